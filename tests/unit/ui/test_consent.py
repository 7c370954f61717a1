from __future__ import annotations

import asyncio

import pytest

from enforcer.core.messages import ToolCall
from enforcer.ui.ask import Ask
from tests.unit.ui.tty import COLOURS, NO_COLOR, FakeKeys, Window

BEFORE = "".join(f"line {n}\n" for n in range(1, 25))
AFTER = BEFORE.replace("line 22\n", "line twenty-two\n")
LONG = "\n".join(f"row {n}" for n in range(1, 301))


def asked(window: Window, call: ToolCall, *keys: str) -> Window:
    ask = Ask(window.screen, FakeKeys(*keys))
    asyncio.run(ask.permission(call, summary=call.name, reason="", suggestions=("Edit",), agent=""))
    return window


def edit(old: str, new: str) -> ToolCall:
    return ToolCall("c", "Edit", {"file_path": "/p/a.py", "old_string": old, "new_string": new})


def write(content: str) -> ToolCall:
    return ToolCall("c", "Write", {"file_path": "/p/a.py", "content": content})


def test_an_edit_shows_what_differs_with_three_lines_around_it() -> None:
    window = asked(Window(env=NO_COLOR), edit(BEFORE, AFTER), "esc")
    assert window.lines()[1:11] == [
        "  file_path: /p/a.py",
        "    … 18 equal lines",
        "    line 19",
        "    line 20",
        "    line 21",
        "  - line 22",
        "  + line twenty-two",
        "    line 23",
        "    line 24",
        "  [y] yes, once",
    ]


def test_what_is_taken_away_is_red_and_what_comes_is_green() -> None:
    window = asked(Window(env=COLOURS), edit("old", "new"), "esc")
    assert "\x1b[31m- old\x1b[0m" in window.bytes
    assert "\x1b[32m+ new\x1b[0m" in window.bytes


@pytest.mark.parametrize(
    ("old", "new", "shown"),
    [
        pytest.param("a\nb", "a \nb", ["  - a", "  + a·", "    b"], id="a blank at the end"),
        pytest.param("\ta", "    a", ["  - ⇥   a", "  +     a"], id="a tab for blanks"),
        pytest.param("a\r\nb", "a\nb", ["  - a␍", "  + a", "    b"], id="line ends"),
        pytest.param("a", "a\u200b", ["  - a", "  + a<U+200B>"], id="an invisible character"),
        pytest.param("a", "a\n", ["    a", "  +"], id="a line end at the end"),
        pytest.param("a", "a", ["  both texts are the same"], id="nothing"),
    ],
)
def test_a_change_that_cannot_be_seen_is_made_visible(old: str, new: str, shown: list[str]) -> None:
    window = asked(Window(env=NO_COLOR), edit(old, new), "esc")
    assert window.lines()[2 : 2 + len(shown)] == shown


@pytest.mark.parametrize(
    "call",
    [write(LONG), edit(LONG, LONG.replace("row", "line")), write("x" * 9_000)],
    ids=["Write", "Edit", "one line"],
)
def test_what_is_longer_than_the_screen_shows_its_head_and_its_tail_and_fits(call: ToolCall) -> None:
    window = Window(60, 20, env=NO_COLOR)
    asked(window, call, "esc")
    question = window.bytes.split("\n? ")[0]
    assert question.count("\n") < 19
    assert "more lines, not shown here" in question
    assert "[v] view all" in question


def test_head_and_tail_are_counted() -> None:
    window = asked(Window(60, 20, env=NO_COLOR), write(LONG), "esc")
    rows = window.bytes.split("\n")
    assert rows[1:3] == ["  file_path: /p/a.py", "  content: row 1"]
    at = rows.index("  … 289 more lines, not shown here")
    assert rows[at - 1] == "    row 8"
    assert rows[at + 1 : at + 4] == ["    row 298", "    row 299", "    row 300"]


def test_v_prints_all_of_it_made_safe_and_asks_again() -> None:
    window = asked(Window(60, 20), write(LONG.replace("row 150", "row\x1b[2J150")), "v", "y")
    lines = window.lines()
    assert lines[:2] == ["Write · may it run?", "  file_path: /p/a.py"]
    assert lines[3:302] == [f"    row {n}" if n != 150 else "    row␛[2J150" for n in range(2, 301)]
    assert lines[302:] == ["? Write → yes"]
    assert not any("[y]" in line or "not shown" in line for line in lines[1:])


def test_there_is_nothing_more_to_view_where_all_is_shown() -> None:
    window = asked(Window(env=NO_COLOR), write("short"), "v", "esc")
    assert "[v]" not in window.bytes
    assert window.bytes.count("Write ·") == 1


def test_a_question_as_tall_as_the_screen_is_taken_back_whole() -> None:
    window = Window(60, 12)
    window.terminal.say("above")
    asked(window, write(LONG), "y")
    assert window.lines() == ["above", "? Write → yes"]


def test_a_command_taller_than_the_screen_is_shown_whole_and_only_its_keys_are_taken_back() -> None:
    command = "\n".join(f"echo {n}" for n in range(40))
    window = asked(Window(60, 12), ToolCall("c", "Bash", {"command": command}), "y")
    assert [line for line in window.lines() if line.startswith("  echo")] == [f"  echo {n}" for n in range(40)]
    assert window.lines()[-1] == "? Bash → yes"
    assert not any("[y]" in line for line in window.lines())


def test_a_long_question_of_the_model_leaves_no_keys_behind() -> None:
    window = Window(60, 12)
    question = {"question": "\n".join(f"point {n}" for n in range(30)), "options": ["red", "blue"]}
    asyncio.run(Ask(window.screen, FakeKeys("1")).questions([question]))
    assert window.lines()[:30] == [f"point {n}" for n in range(30)]
    assert window.lines()[30].endswith("→ red")
    assert not any("[1]" in line for line in window.lines())
