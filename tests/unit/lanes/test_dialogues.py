"""The dialogues in tests/data/dialogues: which turn asks, by a person's judgement, and the same in a real session."""

from __future__ import annotations

from pathlib import Path

import pytest

from enforcer.core.errors import UsageError
from enforcer.core.lanes import Lane
from enforcer.lanes import trained
from enforcer.lanes.dialogues import Dialogue, read
from enforcer.lanes.explicit import named_lane
from enforcer.lanes.replay import Played, Tuning, play, steersman
from tests.unit.lanes.talks import Talk

FOLDER = Path(__file__).parents[2] / "data" / "dialogues"
SCRIPTS = {file.stem: read(file) for file in sorted(FOLDER.glob("*.yaml"))}
TUNING = Tuning(local=trained.local(pytest.fail).classifier)
# It asks where it should in these, too, but guesses another lane in a turn it is not sure of.
NOT_YET = {"an engineer on call"}
LATE = pytest.mark.xfail(strict=True, reason="the classifier guesses another lane where it abstains")
EVERY = [
    pytest.param(dialogue, id=f"{name}: {dialogue.id}") for name, dialogues in SCRIPTS.items() for dialogue in dialogues
]
JUDGED = [
    pytest.param(*each.values, id=each.id, marks=LATE if each.id.partition(": ")[2] in NOT_YET else ())
    for each in EVERY
]


def test_there_are_at_least_thirty_of_six_to_fourteen_turns_and_every_turn_says_whether_it_asks() -> None:
    dialogues = [dialogue for script in SCRIPTS.values() for dialogue in script]

    assert len(dialogues) >= 30
    assert [each.id for each in dialogues if not 6 <= len(each.turns) <= 14] == []
    unsaid = [each.id for each in dialogues for turn in each.turns if not {"asks", "active_after"} <= set(turn.expect)]
    assert unsaid == []


@pytest.mark.parametrize("dialogue", JUDGED)
def test_a_dialogue_asks_exactly_where_it_should(dialogue: Dialogue) -> None:
    assert [(played.turn, played.user, each) for played in play(dialogue, TUNING) for each in played.missed] == []


@pytest.mark.parametrize("dialogue", EVERY)
def test_a_session_asks_where_the_replay_says(dialogue: Dialogue, tmp_path: Path) -> None:
    assert session(dialogue, tmp_path) == [seen(played) for played in play(dialogue, TUNING)]


def seen(played: Played) -> tuple[str, bool, str, int, int, str | None]:
    return (played.user, played.asks, played.active_after, played.endeavor, played.drift, played.ran)


def session(dialogue: Dialogue, folder: Path) -> list[tuple[str, bool, str, int, int, str | None]]:
    """The same dialogue, typed into a real conversation whose two models are scripted."""
    made = steersman(dialogue, TUNING, folder)
    talk = Talk(folder, lambda: made.policy, made.classifier, made.memory)
    told = []
    for turn in dialogue.turns:
        asked, ran = len(talk.asker.questions), None
        talk.plan_mode = turn.plan
        if turn.user.startswith("/lane"):
            talk.moves_to(named_lane(turn.user.split()[1]))
        elif turn.user == "/clear":
            talk.it.clear()
        elif talk.says(turn.user, answer=turn.answer, assistant=turn.assistant):
            ran = talk.finished[-1].lane.value
        state = talk.it.policy.state
        asks = len(talk.asker.questions) > asked
        told.append((turn.user, asks, state.active_lane.value, state.endeavor_id, state.drift_count, ran))
    return told


# Reading


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        pytest.param("- a", "this is not a file of dialogues; its keys are dialogues", id="a list"),
        pytest.param("dialogue: []", "'dialogue' is not a key of a file of dialogues; use dialogues", id="a wrong key"),
        pytest.param(
            "dialogues: []",
            "'dialogues' is not a list of dialogues; write 'dialogues: [{id: …, turns: […]}]'",
            id="nothing",
        ),
        pytest.param(
            "dialogues: [{id: a, turns: [{user: hi}, {usr: hi}]}]",
            "dialogue 'a', turn 2: 'usr' is not a key of a turn; use user, assistant, answer, plan, expect",
            id="a wrong key in a turn",
        ),
        pytest.param(
            "dialogues: [{id: a, turns: [{answer: stay}]}]",
            "dialogue 'a', turn 1: 'user' is missing; it is what the person types",
            id="no prompt",
        ),
        pytest.param(
            "dialogues: [{turns: [{user: 12}]}]",
            "dialogue 1, turn 1: 'user' is 12 and no text; put it in quotes",
            id="a number, in a dialogue without a name",
        ),
        pytest.param(
            "dialogues: [{id: a, turns: [{user: hi, answer: maybe}]}]",
            "dialogue 'a', turn 1: 'answer' is maybe, and must be one of enter, y, n, k, a, d, e, esc, timeout, switch,"
            " stay, ctrl-c",
            id="no answer",
        ),
        pytest.param(
            "dialogues: [{id: a, turns: [{user: hi, expect: {asks: maybe}}]}]",
            "dialogue 'a', turn 1: 'expect.asks' is maybe, and must be one of true, false",
            id="no expectation",
        ),
        pytest.param(
            "dialogues: [{id: a, active_lane: fast, turns: [{user: hi}]}]",
            "dialogue 'a': 'active_lane' is fast, and must be one of creative, analytical",
            id="no lane",
        ),
        pytest.param(
            "dialogues: [{id: a, turns: [{user: hi}]}, {id: a, turns: [{user: hi}]}]",
            "two dialogues have the id 'a'; give each its own",
            id="one name twice",
        ),
        pytest.param("dialogues: [{id: a", None, id="no YAML"),
    ],
)
def test_what_is_wrong_in_a_file_is_one_sentence_that_says_where(
    text: str, sentence: str | None, tmp_path: Path
) -> None:
    file = tmp_path / "talk.yaml"
    file.write_text(text, "utf-8")

    with pytest.raises(UsageError) as told:
        read(file)
    no_yaml = f"{file} cannot be read as YAML: line 1, column 19: expected ',' or '}}', but got '<stream end>'"
    assert str(told.value) == (no_yaml if sentence is None else f"{file}: {sentence}")


def test_a_file_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"none\.yaml cannot be read: No such file or directory"):
        read(tmp_path / "none.yaml")


def test_an_answer_that_yaml_takes_for_a_truth_is_meant_as_a_key(tmp_path: Path) -> None:
    file = tmp_path / "talk.yaml"
    file.write_text("dialogues: [{turns: [{user: hi, answer: yes}, {user: ho, answer: no}]}]", "utf-8")

    assert [turn.answer for turn in read(file)[0].turns] == ["y", "n"]


# Playing


def script(tmp_path: Path, turns: str, more: str = "") -> Dialogue:
    file = tmp_path / "talk.yaml"
    file.write_text(f"dialogues:\n- id: talk\n  active_lane: analytical\n{more}  turns:\n{turns}", "utf-8")
    return read(file)[0]


def test_a_turn_says_what_was_decided_what_became_of_it_and_why(tmp_path: Path) -> None:
    turns = "  - {user: write a haiku about rain, answer: stay}\n  - {user: again, expect: {asks: true}}\n"
    asked, again = play(script(tmp_path, turns), TUNING)

    assert (asked.lane, asked.asks, asked.to, asked.active_after) == ("creative", True, "creative", "analytical")
    assert asked.why.startswith("creative work (0.")
    assert (asked.ran, asked.source, asked.endeavor, asked.drift) == ("analytical", "local", 1, 0)
    assert (again.asks, again.to, again.why) == (False, None, "a follow-up: a reply")
    assert again.missed == ("asks is false, expected true",)


def test_a_replay_knows_two_commands_and_says_so(tmp_path: Path) -> None:
    dialogue = script(tmp_path, "  - {user: hello}\n  - {user: /why}\n")

    with pytest.raises(UsageError) as told:
        list(play(dialogue, TUNING))
    assert str(told.value) == "dialogue 'talk', turn 2: '/why' is no prompt, and a replay knows /lane and /clear only"


def test_what_a_dialogue_teaches_ends_with_it_and_the_person_s_files_stay_as_they_are(tmp_path: Path) -> None:
    rules = tmp_path / "lanes.yaml"
    rules.write_text("- {when: [sonnet], lane: analytical}\n", "utf-8")
    tuning = Tuning(rules=rules, corrections=tmp_path / "examples.jsonl")
    dialogue = script(tmp_path, "  - {user: write a sonnet}\n  - {user: write a haiku about rain, answer: k}\n")

    for _ in range(2):
        assert [(played.source, played.asks) for played in play(dialogue, tuning)] == [
            ("learnt", False),
            ("local", True),
        ]
    assert rules.read_text("utf-8") == "- {when: [sonnet], lane: analytical}\n"
    assert not (tmp_path / "examples.jsonl").exists()


def test_rules_of_a_dialogue_stand_in_place_of_the_person_s(tmp_path: Path) -> None:
    rules = tmp_path / "lanes.yaml"
    rules.write_text("- {when: [sonnet], lane: analytical}\n", "utf-8")
    dialogue = script(tmp_path, "  - {user: write a sonnet}\n", "  rules: [{when: [sonnet], lane: creative}]\n")

    (played,) = play(dialogue, Tuning(rules=rules))
    assert (played.source, played.to, played.active_after) == ("learnt", "creative", Lane.CREATIVE.value)
