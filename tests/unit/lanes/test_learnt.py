from __future__ import annotations

import stat
from datetime import date
from pathlib import Path

import pytest

from enforcer.core.errors import EnforcerError
from enforcer.core.lanes import Lane, LaneDecision, Source, Task
from enforcer.lanes.learnt import Learnt, LearntRule, kind_of

DAY = date(2025, 9, 29)


def decision(reason: str = "draft, article", task: Task = Task.WRITE) -> LaneDecision:
    return LaneDecision(Lane.CREATIVE, task, 0.97, Source.LOCAL, reason)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "config" / "lanes.yaml"


def test_a_rule_is_four_readable_lines(path: Path) -> None:
    note = Learnt(path).learn(decision(), today=DAY)

    assert note == f"learnt: article is creative work; the rule is in {path}"
    assert path.read_text("utf-8") == (
        "# Rules Enforcer learnt from your answers; edit or delete them as you like.\n"
        "- when: [article]\n"
        "  lane: creative\n"
        "  task: write\n"
        "  learnt: 2025-09-29\n"
    )


def test_a_rule_is_used_at_once_and_by_the_next_session(path: Path) -> None:
    learnt = Learnt(path)
    learnt.learn(decision(), today=DAY)
    rule = LearntRule(("article",), Lane.CREATIVE, Task.WRITE, "2025-09-29")

    assert learnt.match("an article on tea", Task.WRITE) == rule
    assert Learnt(path).match("an article on tea", Task.WRITE) == rule


def test_only_its_owner_can_read_the_file(path: Path) -> None:
    Learnt(path).learn(decision(), today=DAY)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_second_rule_leaves_the_first_and_the_person_s_comments(path: Path) -> None:
    path.parent.mkdir()
    path.write_text("# mine\n- when: [haiku] # short ones\n  lane: creative\n", "utf-8")

    Learnt(path).learn(decision(), today=DAY)

    assert path.read_text("utf-8") == (
        "# mine\n- when: [haiku] # short ones\n  lane: creative\n"
        "- when: [article]\n  lane: creative\n  task: write\n  learnt: 2025-09-29\n"
    )


def test_a_list_in_brackets_is_rewritten_line_by_line(path: Path) -> None:
    path.parent.mkdir()
    path.write_text("[{when: [haiku], lane: creative}]\n", "utf-8")

    Learnt(path).learn(decision(), today=DAY)

    assert [rule.when for rule in Learnt(path).rules] == [("haiku",), ("article",)]


def test_a_linked_file_stays_a_link(path: Path, tmp_path: Path) -> None:
    kept = tmp_path / "dotfiles.yaml"
    kept.write_text("", "utf-8")
    path.parent.mkdir()
    path.symlink_to(kept)

    Learnt(path).learn(decision(), today=DAY)

    assert path.is_symlink()
    assert "article" in kept.read_text("utf-8")


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        pytest.param("draft, article", ("article",), id="what is made, not the verb"),
        pytest.param("haiku", ("haiku",), id="one word"),
        pytest.param("Tagline; a hook chose creative", ("tagline",), id="without what was added behind it"),
        pytest.param("/study:chat", ("/study:chat",), id="a skill"),
        pytest.param("", (), id="nothing"),
    ],
)
def test_the_kind_of_a_prompt_is(reason: str, expected: tuple[str, ...]) -> None:
    assert kind_of(decision(reason)) == expected


def test_nothing_is_written_when_no_word_tells_the_kind(path: Path) -> None:
    assert Learnt(path).learn(decision(""), today=DAY) == "no rule was written: nothing in this prompt tells its kind"
    assert not path.exists()


@pytest.mark.parametrize(
    ("text", "task", "fits"),
    [
        pytest.param("write an article", Task.WRITE, True, id="the word"),
        pytest.param("Two ARTICLES please", Task.WRITE, True, id="its plural, in any case"),
        pytest.param("write a particle system", Task.WRITE, False, id="not inside another word"),
        pytest.param("test the article parser", Task.TEST, False, id="another task"),
        pytest.param("write a poem", Task.WRITE, False, id="another word"),
    ],
)
def test_a_rule_fits_prompts_of_its_kind(text: str, task: Task, fits: bool) -> None:
    assert LearntRule(("article",), Lane.CREATIVE, Task.WRITE).fits(text, task) is fits


def test_every_word_of_a_rule_must_occur() -> None:
    rule = LearntRule(("release", "notes"), Lane.CREATIVE)

    assert rule.fits("draft the release notes", Task.OTHER)
    assert not rule.fits("release the build", Task.OTHER)


def test_a_word_without_spaces_around_it_fits_in_scripts_that_have_none() -> None:
    assert LearntRule(("俳句",), Lane.CREATIVE).fits("雨の俳句を書いて", Task.WRITE)


BAD_ENTRIES = """\
- {when: [haiku], lane: creative}
- {when: [], lane: creative}
- {when: [report], lane: fast}
- {when: [no], lane: analytical}
- {when: [memo], lane: creative, task: poetry}
- just words
- {when: slogan, lane: creative, learnt: 2025-09-29}
"""


def test_bad_entries_are_named_and_skipped(path: Path) -> None:
    path.parent.mkdir()
    path.write_text(BAD_ENTRIES, "utf-8")
    learnt = Learnt(path)

    assert [rule.when for rule in learnt.rules] == [("haiku",), ("slogan",)]
    assert learnt.problems == (
        f"{path}: rule 2 is skipped: 'when' must be a list of words",
        f"{path}: rule 3 is skipped: 'lane' is 'fast', and must be one of creative, analytical",
        f"{path}: rule 4 is skipped: 'when' holds something that is not a word; put it in quotes",
        f"{path}: rule 5 is skipped: 'task' is 'poetry', and must be one of plan, implement, debug, review, test,"
        " research, data, ops, write, edit, brainstorm, translate, design, routine, other",
        f"{path}: rule 6 is skipped: it is not a mapping with when and lane",
    )


def test_a_file_that_is_no_list_is_named_and_never_overwritten(path: Path) -> None:
    path.parent.mkdir()
    path.write_text("lane: creative\n", "utf-8")
    learnt = Learnt(path)

    assert learnt.problems == (
        f"{path} is not a list of rules; write entries like '- {{when: [haiku], lane: creative}}'",
    )
    with pytest.raises(EnforcerError, match="is not a list of rules; mend it or move it away"):
        learnt.learn(decision(), today=DAY)
    assert path.read_text("utf-8") == "lane: creative\n"


def test_a_broken_file_is_named_and_never_overwritten(path: Path) -> None:
    path.parent.mkdir()
    path.write_text("- when: [haiku\n", "utf-8")
    learnt = Learnt(path)

    assert learnt.problems[0].startswith(f"{path} cannot be read, so its lane rules are not used: ")
    with pytest.raises(EnforcerError, match="no rule was added"):
        learnt.learn(decision(), today=DAY)
    assert path.read_text("utf-8") == "- when: [haiku\n"


def test_a_missing_file_is_no_problem(path: Path) -> None:
    assert (Learnt(path).rules, Learnt(path).problems) == ((), ())


def test_a_folder_that_cannot_be_made_is_said_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "config").write_text("a file", "utf-8")

    with pytest.raises(EnforcerError, match=r"the rule could not be written to .*lanes\.yaml"):
        Learnt(tmp_path / "config" / "lanes.yaml").learn(decision(), today=DAY)


def test_the_project_s_rules_come_before_the_user_s(path: Path, tmp_path: Path) -> None:
    project = tmp_path / "lanes.yaml"
    project.write_text("- {when: [report], lane: creative}\n", "utf-8")
    path.parent.mkdir()
    path.write_text("- {when: [report], lane: analytical}\n", "utf-8")

    assert Learnt(path, project).match("a report", Task.OTHER) == LearntRule(("report",), Lane.CREATIVE)


def test_what_a_model_said_makes_no_rule(tmp_path: Path) -> None:
    learnt = Learnt(tmp_path / "lanes.yaml")
    decision = LaneDecision(Lane.CREATIVE, Task.WRITE, 0.9, Source.MODEL, "so says openai/small")
    assert learnt.learn(decision) == "no rule was written: nothing in this prompt tells its kind"
    assert not learnt.path.exists()
