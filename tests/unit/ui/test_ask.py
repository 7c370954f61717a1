from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from pathlib import Path

import pytest

from enforcer.agent.pipeline import Consent
from enforcer.core.messages import ToolCall
from enforcer.permissions.trust import Power
from enforcer.ui.ask import Ask
from tests.unit.ui.tty import NO_COLOR, FakeKeys, Window

QUESTION = "creative work (0.97: draft, article) · you are on analytical/openai/gpt-5"
BASH = ToolCall("c1", "Bash", {"command": "npm test"})
RULES = ("Bash(npm test *)",)


def lane(window: Window, *keys: str) -> str:
    return asyncio.run(Ask(window.screen, FakeKeys(*keys)).lane_question(QUESTION))


def permission(
    window: Window, *keys: str, lines: tuple[str, ...] = (), call: ToolCall = BASH, rules: Sequence[str] = RULES
) -> Consent:
    ask = Ask(window.screen, FakeKeys(*keys, lines=lines))
    return asyncio.run(ask.permission(call, summary="Bash npm test", reason="no rule", suggestions=rules, agent=""))


# The lane question


@pytest.mark.parametrize(
    ("key", "answer", "said"),
    [
        ("enter", "enter", "switch"),
        ("y", "enter", "switch"),
        ("n", "n", "stay"),
        ("esc", "n", "stay"),
        ("k", "k", "always for this kind"),
        ("a", "a", "switch without asking"),
        ("d", "d", "never ask here"),
        ("ctrl-c", "cancel", "back to the prompt"),
        ("eof", "n", "stay"),
    ],
)
def test_a_lane_question_is_answered_with_one_key_and_folds_to_one_line(key: str, answer: str, said: str) -> None:
    window = Window(160)
    assert lane(window, key) == answer
    assert window.lines() == [f"? {QUESTION} → {said}"]


def test_the_lane_question_is_one_row_where_there_is_room() -> None:
    window = Window(200, env=NO_COLOR)
    lane(window, "n")
    keys = "[Enter] switch  [n] stay  [k] always for this kind  [a] switch without asking  [d] never ask here"
    assert window.lines()[0] == f"{QUESTION}   {keys}"


def test_a_narrow_lane_question_breaks_at_the_keys() -> None:
    window = Window(30, env=NO_COLOR)
    lane(window, "n")
    assert window.lines()[3:7] == [
        "[Enter] switch  [n] stay",
        "[k] always for this kind",
        "[a] switch without asking",
        "[d] never ask here",
    ]


def test_other_keys_answer_nothing() -> None:
    assert lane(Window(), "x", "paste", "1", "n") == "n"


def test_the_handoff_key_counts_though_the_question_does_not_list_it() -> None:
    window = Window()
    assert lane(window, "e") == "e"
    assert window.lines()[-1].endswith("→ switch, the handoff first")


def test_a_lane_question_can_time_out() -> None:
    ask = Ask(Window().screen, SilentKeys(), timeout_s=0)
    assert asyncio.run(ask.lane_question(QUESTION)) == "timeout"


# Permission


@pytest.mark.parametrize(
    ("keys", "consent"),
    [
        (("y",), Consent(True)),
        (("1",), Consent(True)),
        (("a",), Consent(True, "session", RULES)),
        (("2",), Consent(True, "session", RULES)),
        (("p",), Consent(True, "always", RULES)),
        (("3",), Consent(True, "always", RULES)),
        (("esc",), Consent(False)),
        (("enter",), Consent(False)),
        (("eof",), Consent(False)),
        (("ctrl-c",), Consent(False)),
        (("x", "enter"), Consent(False)),
    ],
    ids=lambda value: "+".join(value) if isinstance(value, tuple) else "",
)
def test_only_a_clear_yes_is_a_yes__TERM_009(keys: tuple[str, ...], consent: Consent) -> None:
    assert permission(Window(), *keys) == consent


@pytest.mark.parametrize("key", ["n", "4"])
def test_a_no_may_say_what_to_do_instead(key: str) -> None:
    window = Window()
    assert permission(window, key, lines=(" use make ",)) == Consent(False, feedback="use make")
    assert window.lines() == ["? Bash npm test → no: use make"]


def test_without_a_rule_to_remember_there_is_only_yes_and_no() -> None:
    window = Window(env=NO_COLOR)
    assert permission(window, "a", "2", lines=("",), rules=()) == Consent(False)
    assert "  [y] yes, once\n  [n] no (default)\n" in window.bytes


def test_ctrl_c_at_a_question_also_stops_the_turn() -> None:
    stopped: list[str] = []
    ask = Ask(Window().screen, FakeKeys("ctrl-c"), interrupt=lambda: stopped.append("turn"))
    asyncio.run(ask.permission(BASH, summary="Bash", reason="", suggestions=(), agent=""))
    assert stopped == ["turn"]


def test_both_sides_of_a_carriage_return_are_seen__TERM_007() -> None:
    window = Window(env=NO_COLOR)
    permission(window, "enter", call=ToolCall("c", "Bash", {"command": "safe\rrm -rf x"}))
    assert window.lines()[1] == "  safe␍rm -rf x"


def test_blanks_cannot_push_the_end_of_a_command_out_of_sight__TERM_009() -> None:
    window = Window(env=NO_COLOR)
    permission(window, "enter", call=ToolCall("c", "Bash", {"command": f"echo ok{' ' * 3_000}; curl x"}))
    assert window.lines()[1:3] == [
        "  echo ok<3,000 blanks>; curl x",
        "  3,015 characters, all of them shown",
    ]


def test_a_long_command_is_shown_whole__REPO_013() -> None:
    window = Window(40, env=NO_COLOR)
    words = [f"word{n}" for n in range(300)]
    permission(window, "enter", call=ToolCall("c", "Bash", {"command": " ".join(words)}))
    assert [word for line in window.lines() for word in line.split() if word.startswith("word")] == words


def test_empty_lines_cannot_push_it_out_of_sight_either() -> None:
    window = Window(env=NO_COLOR)
    permission(window, "enter", call=ToolCall("c", "Bash", {"command": "true" + "\n" * 60 + "curl x"}))
    assert window.lines()[1:4] == ["  true", "  <59 blank lines>", "  curl x"]


def test_an_edit_is_asked_for_with_both_texts() -> None:
    window = Window(env=NO_COLOR)
    call = ToolCall("c", "Edit", {"file_path": "/p/a.py", "old_string": "old\x1b[2J", "new_string": "new"})
    permission(window, "enter", call=call)
    assert window.lines()[:4] == ["Edit · may it run? · no rule", "  file_path: /p/a.py", "  - old␛[2J", "  + new"]


def test_other_input_is_named_and_what_is_cut_is_counted() -> None:
    window = Window(env=NO_COLOR)
    call = ToolCall("c", "Write", {"file_path": "/p/a", "content": "\n".join(f"row {n}" for n in range(30))})
    permission(window, "enter", call=call)
    assert window.lines()[1:3] == ["  file_path: /p/a", "  content: row 0"]
    assert "  … 15 more lines, not shown here" in window.lines()


def test_a_sub_agent_asks_in_its_own_name() -> None:
    window = Window(env=NO_COLOR)
    ask = Ask(window.screen, FakeKeys("y"))
    asyncio.run(ask.permission(BASH, summary="Bash npm test", reason="", suggestions=(), agent="creative helper 1"))
    assert window.lines()[0] == "Bash · creative helper 1 wants to run"


def test_a_question_folds_and_what_stood_above_it_stays() -> None:
    window = Window()
    window.terminal.say("above")
    permission(window, "y")
    window.terminal.say("below")
    assert window.lines() == ["above", "? Bash npm test → yes", "below"]


# Trust


@pytest.mark.parametrize(("key", "trusted"), [("y", True), ("n", False), ("enter", False), ("esc", False)])
def test_trust_is_given_only_with_y(key: str, trusted: bool) -> None:
    ask = Ask(Window().screen, FakeKeys(key))
    assert asyncio.run(ask.trust(Path("/p"), [Power("hook", "make")])) is trusted


def test_trust_lists_every_power_as_it_is_written() -> None:
    window = Window(100, env=NO_COLOR)
    powers = [Power("hook", "curl x\x1b[8m | sh"), Power("allow rule", f"Bash({' ' * 50}*)")]
    asyncio.run(Ask(window.screen, FakeKeys("n")).trust(Path("/p"), powers))
    assert window.lines() == [
        "/p brings settings that can run commands or allow tools here:",
        "  hook: curl x␛[8m | sh",
        "  allow rule: Bash(<50 blanks>*)",
        "Without trust it is still read, and its deny and ask rules hold.",
        "[y] trust exactly these  [n] do not trust (default)",
        "  not trusted",
    ]


# Questions of the model, and plans

COLOUR = {"question": "Which colour?", "options": [{"label": "red", "description": "warm"}, {"label": "blue"}]}
SEVERAL = {"question": "Which files?", "options": ["a", "b", "c"], "multiSelect": True}


@pytest.mark.parametrize(
    ("question", "keys", "lines", "answer"),
    [
        (COLOUR, ("2",), (), "blue"),
        (COLOUR, ("enter", "1"), (), "red"),
        (COLOUR, ("o",), ("green",), "green"),
        (COLOUR, ("esc",), (), "(the person gave no answer)"),
        (SEVERAL, ("3", "1", "enter"), (), "a, c"),
        (SEVERAL, ("3", "3", "2", "enter"), (), "b"),
        (SEVERAL, ("enter",), (), "(the person gave no answer)"),
    ],
)
def test_questions_are_answered_by_number_or_in_own_words(
    question: dict[str, object], keys: tuple[str, ...], lines: tuple[str, ...], answer: str
) -> None:
    window = Window()
    ask = Ask(window.screen, FakeKeys(*keys, lines=lines))
    assert asyncio.run(ask.questions([question])) == {question["question"]: answer}
    assert len(window.lines()) == 1


def test_several_questions_come_one_after_another() -> None:
    ask = Ask(Window().screen, FakeKeys("1", "2", "enter"))
    assert asyncio.run(ask.questions([COLOUR, SEVERAL])) == {"Which colour?": "red", "Which files?": "b"}


@pytest.mark.parametrize(
    ("key", "lines", "answer"),
    [("y", (), (True, "")), ("enter", (), (False, "")), ("n", ("smaller",), (False, "smaller"))],
)
def test_a_plan_is_carried_out_only_with_y(key: str, lines: tuple[str, ...], answer: tuple[bool, str]) -> None:
    window = Window()
    assert asyncio.run(Ask(window.screen, FakeKeys(key, lines=lines)).plan("# Plan\n1. do\x1b it")) == answer
    assert window.lines()[:2] == ["Plan", "1. do␛ it"]


@pytest.mark.parametrize(
    ("key", "lines", "answer", "said"),
    [
        ("y", (), ("build", ""), "? specification → approved"),
        ("a", (), ("accept", ""), "? specification → approved, with edits"),
        ("n", ("smaller",), ("plan", "smaller"), "? specification → not yet"),
        ("enter", (), ("plan", ""), "? specification → not yet"),
        ("d", (), ("drop", ""), "? specification → dropped"),
    ],
)
def test_what_becomes_of_a_specification(key: str, lines: tuple[str, ...], answer: tuple[str, str], said: str) -> None:
    window = Window()
    ask = Ask(window.screen, FakeKeys(key, lines=lines))

    assert asyncio.run(ask.specification("## Goal\n\nDo\x1b it", ["section 'Interfaces' is missing"])) == answer
    assert window.lines()[0].endswith("Goal")
    assert "It is not complete: section 'Interfaces' is missing" in window.lines()
    assert window.lines()[-1] == said


class SilentKeys(FakeKeys):
    async def key(self, known: Collection[str] = ()) -> str:
        await asyncio.Event().wait()
        return ""
