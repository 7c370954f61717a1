from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from enforcer.config.secrets import SECRETS
from enforcer.core.lanes import Lane, LaneDecision, Source, Task
from enforcer.lanes.classify import Classifier, Context
from enforcer.lanes.confusion import confusion, uncorrected
from enforcer.lanes.corrections import NAME, Corrections, corrections_in, forget, read
from enforcer.lanes.policy import Ask, SwitchPolicy
from enforcer.lanes.steering import Around, Heard, Steersman

CREATIVE, ANALYTICAL = Lane.CREATIVE, Lane.ANALYTICAL
THERE = Around(interactive=True, two=True)
HAIKU = "write a haiku about rain"
FIX = "fix the failing test in app.py"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / NAME


def decided(lane: Lane, source: Source = Source.LOCAL, reason: str = "write, haiku") -> LaneDecision:
    return LaneDecision(lane, Task.WRITE, 0.97, source, reason, abstained=source is Source.ABSTAIN)


def steersman(path: Path, policy: str = "once") -> Steersman:
    memory = Corrections(path)
    return Steersman(Classifier(corrections=memory), SwitchPolicy(ANALYTICAL, policy=policy), memory=memory)


def says(it: Steersman, prompt: str, key: str = "enter") -> None:
    move = it.place(it.decide(prompt, Heard(nothing=False)), prompt, THERE)
    if isinstance(move, Ask):
        it.answer(move, key)


def kept(path: Path) -> list[tuple[str, str, str]]:
    return [(example.text, example.said.value, example.decided) for example in read(path).examples]


# What teaches


def test_a_yes_agrees_and_a_no_disagrees(path: Path) -> None:
    says(steersman(path), HAIKU, "enter")
    says(steersman(path), "write a sonnet about snow", "n")

    assert kept(path) == [
        (HAIKU, "creative", "creative"),
        ("write a sonnet about snow", "analytical", "creative"),
    ]


@pytest.mark.parametrize("key", ["cancel", "timeout", "d"])
def test_no_opinion_on_the_prompt_is_none(path: Path, key: str) -> None:
    says(steersman(path), HAIKU, key)

    assert kept(path) == []


def test_a_lane_command_right_behind_a_decision_for_the_other_lane_corrects_it(path: Path) -> None:
    it = steersman(path)
    says(it, FIX)
    it.take(CREATIVE)

    assert kept(path) == [(FIX, "creative", "analytical")]


@pytest.mark.parametrize("new_work", [HAIKU, "something for the footer", "debug the importer"])
def test_a_lane_command_for_the_next_prompt_corrects_nothing(path: Path, new_work: str) -> None:
    it = steersman(path)
    says(it, FIX)
    it.take(CREATIVE)
    says(it, new_work)

    assert kept(path) == []
    assert Corrections(path).match(FIX) is None


@pytest.mark.parametrize("prompt", ["thanks", FIX, "again"])
def test_a_lane_command_corrects_what_is_said_again_or_gone_on_with(path: Path, prompt: str) -> None:
    it = steersman(path)
    says(it, FIX)
    it.take(CREATIVE)
    move = it.place(it.decide(prompt, Heard(FIX, "Fixed.", nothing=False)), prompt, THERE)

    assert not isinstance(move, Ask)
    assert kept(path) == [(FIX, "creative", "analytical")]


def test_a_move_that_is_taken_back_was_wrong_whatever_comes_next(path: Path) -> None:
    it = steersman(path, "auto")
    says(it, HAIKU)
    it.take(ANALYTICAL)
    says(it, "something for the footer")

    assert kept(path) == [(HAIKU, "analytical", "creative")]


def test_a_lane_command_behind_an_answer_is_for_what_comes_next(path: Path) -> None:
    it = steersman(path)
    says(it, HAIKU, "enter")
    it.take(ANALYTICAL)

    assert kept(path) == [(HAIKU, "creative", "creative")]


@pytest.mark.parametrize("prompt", ["thanks", "/clear"])
def test_a_lane_command_behind_what_says_nothing_corrects_nothing(path: Path, prompt: str) -> None:
    it = steersman(path)
    says(it, FIX)
    if prompt == "/clear":
        it.clear()
    else:
        says(it, prompt)
    it.take(CREATIVE)

    assert kept(path) == []


def test_a_prefix_says_where_a_prompt_belongs_but_not_a_follow_up(path: Path) -> None:
    it = steersman(path)
    it.visit(f"@creative {FIX}", Heard(nothing=False))
    it.visit("@creative make it shorter", Heard("fix it", "done", nothing=False))

    assert kept(path) == [(FIX, "creative", "analytical")]


def test_a_correction_decides_the_same_prompt_without_a_question_also_in_the_next_session(path: Path) -> None:
    it = steersman(path, "auto")
    says(it, HAIKU)
    it.take(ANALYTICAL)

    again = steersman(path).decide("  Write a haiku, about RAIN!", Heard())
    assert (again.lane, again.source, again.confidence) == (ANALYTICAL, Source.LEARNT, 1.0)
    assert again.reason.startswith("you said so of this prompt on 20")


def test_a_yes_takes_an_older_correction_back(path: Path) -> None:
    memory = Corrections(path)
    memory.remember(HAIKU, ANALYTICAL, decided(CREATIVE), "question")
    memory.remember(HAIKU, CREATIVE, decided(CREATIVE), "question")

    assert (memory.match(HAIKU), Corrections(path).match(HAIKU)) == (None, None)


def test_one_word_decides_nothing_later(path: Path) -> None:
    memory = Corrections(path)
    memory.remember("haiku", ANALYTICAL, decided(CREATIVE), "question")

    assert memory.match("haiku") is None


# What is kept


def test_the_file_is_private_and_has_no_secret_and_no_long_text(path: Path) -> None:
    SECRETS.add("sk-lane-example-0123456789")
    prompt = f"{'write ' * 32}sk-lane-example-0123456789 {'a haiku ' * 500}"
    Corrections(path).remember(prompt, ANALYTICAL, decided(CREATIVE), "question")

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    (line,) = path.read_text("utf-8").splitlines()
    assert "sk-lane" not in line
    assert len(json.loads(line)["text"]) == 200
    assert Corrections(path).match(prompt) is not None


def test_with_the_setting_off_there_is_nothing_that_keeps(tmp_path: Path) -> None:
    assert corrections_in(tmp_path, kept=False) is None


def test_what_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file", "utf-8")
    memory = Corrections(tmp_path / "data" / NAME)

    memory.ran()
    assert memory.remember(HAIKU, ANALYTICAL, decided(CREATIVE), "question") == 1


def test_a_link_in_its_place_is_not_followed(path: Path, tmp_path: Path) -> None:
    path.parent.mkdir()
    (tmp_path / "other").write_text("mine\n", "utf-8")
    path.symlink_to(tmp_path / "other")
    Corrections(path).ran()

    assert (tmp_path / "other").read_text("utf-8") == "mine\n"


def test_lines_of_another_kind_are_passed_over(path: Path) -> None:
    memory = Corrections(path)
    memory.remember(HAIKU, ANALYTICAL, decided(CREATIVE), "question")
    with path.open("a", encoding="utf-8") as file:
        file.write('{"half\n[]\n{"said": "fast", "key": 1}\n{"ran": "x"}\n{"withdrawn": 1, "key": []}\n')
    memory.ran()

    assert (len(read(path).examples), read(path).ran) == (1, 1)


def test_a_file_that_has_grown_keeps_the_newest_and_the_count(path: Path) -> None:
    path.parent.mkdir()
    path.write_text('{"ran":1}\n' * 110_000, "utf-8")
    memory = Corrections(path)
    memory.remember(HAIKU, ANALYTICAL, decided(CREATIVE), "question")

    assert path.stat().st_size < 1_000
    assert (len(read(path).examples), read(path).ran) == (1, 110_000)


def test_all_of_it_can_be_forgotten(path: Path) -> None:
    Corrections(path).remember(HAIKU, ANALYTICAL, decided(CREATIVE), "question")

    assert (forget(path), forget(path), path.exists()) == (1, 0, False)


# The report


def test_the_matrix_has_what_was_said_in_rows_and_what_was_decided_in_columns(path: Path) -> None:
    memory = Corrections(path)
    memory.remember("write one haiku", CREATIVE, decided(CREATIVE), "question")
    memory.remember("write two haiku", ANALYTICAL, decided(CREATIVE), "question")
    memory.remember("write three haiku", ANALYTICAL, decided(CREATIVE, reason="haiku"), "lane")
    memory.remember("do something nice", CREATIVE, decided(ANALYTICAL, Source.ABSTAIN), "prefix")
    for _ in range(10):
        memory.ran()

    found = confusion(read(path))
    assert found.matrix == {
        "creative": {"creative": 1, "analytical": 0, "abstained": 1},
        "analytical": {"creative": 2, "analytical": 0, "abstained": 0},
    }
    assert (found.ran, found.corrected, uncorrected(found)) == (10, 3, 7)
    assert found.words == (("haiku", 2), ("write", 1))
    assert [example.text for example in found.newest] == ["do something nice", "write three haiku", "write two haiku"]


def test_a_decision_by_a_correction_is_told_as_learnt(path: Path) -> None:
    memory = Corrections(path)
    memory.remember(FIX, CREATIVE, decided(ANALYTICAL), "prefix")

    decision = Classifier(corrections=memory).classify(FIX, Context(ANALYTICAL))
    assert (decision.lane, decision.source) == (CREATIVE, Source.LEARNT)
