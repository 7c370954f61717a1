from __future__ import annotations

from typing import Any

import pytest

from enforcer.core.events import (
    MessageAdded,
    TextDelta,
    ThinkingDelta,
    ToolJudged,
    ToolStarted,
    TurnFinished,
    TurnStarted,
    WebSearched,
    Within,
)
from enforcer.core.lanes import Lane
from enforcer.core.messages import Source, ToolCall, Usage, assistant
from enforcer.core.verdict import Ruling, Verdict
from tests.unit.ui.tty import CREATIVE, CUT, Clock, Window, delegation, finished, tool_done

# Tools


def test_a_tool_shows_four_lines_and_counts_the_rest() -> None:
    window = Window()
    window.terminal(tool_done("Bash npm test", "\n".join(f"line {n}" for n in range(124))))
    shown = ["● Bash npm test", *(f"    line {n}" for n in range(4)), "    … 120 more lines (ctrl+o)"]
    assert window.lines() == shown
    window.terminal.expand()
    assert window.lines()[-1] == "line 123"


def test_a_failed_tool_shows_its_last_lines() -> None:
    window = Window()
    window.terminal(tool_done("Bash make", "\n".join(f"line {n}" for n in range(9)), is_error=True))
    assert window.lines()[:2] == ["✗ Bash make", "    line 5"]
    assert window.lines()[-1] == "    … 5 more lines (ctrl+o)"


def test_an_edit_shows_its_figures_and_its_diff() -> None:
    window = Window()
    diff = "@@ -1,2 +1,4 @@\n-old\n+new\n+more\n"
    window.terminal(tool_done("Edit src/app.py", "done", display=diff, added=3, removed=1))
    assert window.lines() == ["● Edit src/app.py  +3 −1", "    @@ -1,2 +1,4 @@", "    -old", "    +new", "    +more"]
    assert [window.pyte().buffer[row][4].fg for row in (2, 3)] == ["red", "green"]


def test_a_long_diff_is_capped() -> None:
    window = Window(rows=60)
    window.terminal(tool_done("Write a", "", display="\n".join("+x" for _ in range(100))))
    assert window.lines()[-1] == "    … 60 more lines (ctrl+o)"


def test_a_refused_call_says_who_refused_it() -> None:
    window = Window()
    call = ToolCall("call-1", "Bash", {"command": "rm -rf /"})
    window.terminal(ToolJudged(call, Verdict(Ruling.DENY, "never", "rule Bash(rm *)")))
    window.terminal(tool_done("Bash rm -rf /", "never", is_error=True))
    assert window.lines() == ["✗ Bash rm -rf /", "    refused by rule Bash(rm *): never"]


def test_the_live_line_names_the_tool_at_work_and_goes_away() -> None:
    clock = Clock()
    window = Window(clock=clock)
    window.terminal(ToolStarted(ToolCall("call-1", "Bash", {}), "Bash npm test"))
    assert window.all_lines() == ["✻ Bash npm test… 0s · esc to interrupt"]
    window.terminal.typing("and then")
    assert window.all_lines() == ["✻ Bash npm test… 0s · esc to interrupt · › and then"]
    window.terminal.queued("and then stop")
    window.terminal(finished())
    assert window.lines() == ["queued: and then stop", "1.2k in · 340 out · $0.012 · 4.1s"]


def test_a_line_that_is_queued_does_not_break_the_answer_in_two() -> None:
    window = Window()
    window.streams("a b c d ", piece=2)
    window.terminal.queued("and then stop")
    assert window.lines() == ["a b c d"]
    for piece in ("e f\n", "g h "):
        window.terminal(TextDelta(piece))
    assert window.lines() == ["a b c d e f", "queued: and then stop", "g h"]


def test_a_line_that_is_queued_is_said_when_the_answer_is_whole() -> None:
    window = Window()
    window.streams("a b c d ", piece=2)
    window.terminal.queued("first")
    window.terminal.queued("second")
    window.terminal(MessageAdded(Lane.CREATIVE, assistant("a b c d "), 1))
    assert window.lines() == ["a b c d", "queued: first", "queued: second"]


def test_a_line_that_is_queued_at_a_question_waits_until_it_is_folded() -> None:
    window = Window()
    with window.terminal.hold():
        window.terminal.queued("first")
        assert window.bytes == ""
    assert window.lines() == ["queued: first"]


def test_what_was_queued_is_said_before_the_session_ends() -> None:
    window = Window()
    window.streams("a b c d ", piece=2)
    window.terminal.queued("first")
    window.terminal.close()
    assert window.lines() == ["a b c d", "queued: first"]


@pytest.mark.parametrize("options", [{"animations": False}, {"screen_reader": True}], ids=str)
def test_without_animations_there_is_no_live_line(options: dict[str, Any]) -> None:
    window = Window(**options)
    window.terminal(ToolStarted(ToolCall("call-1", "Bash", {}), "Bash npm test"))
    assert window.bytes == ""


def test_nothing_is_drawn_while_a_question_is_open() -> None:
    window = Window()
    window.terminal(ThinkingDelta("hm"))
    with window.terminal.hold():
        window.terminal(ToolStarted(ToolCall("call-1", "Bash", {}), "Bash npm test"))
        assert window.all_lines() == [""]
    assert window.all_lines() == ["✻ Bash npm test… 0s · esc to interrupt"]


# Delegations


def test_delegations_are_one_table_its_deviations_and_one_closing_line() -> None:
    window = Window(90)
    window.terminal(TurnStarted(1, Lane.CREATIVE, CREATIVE))
    first, first_done = delegation(1)
    second, second_done = delegation(2, "timeout", "not done after 600 s; stopped")
    call = tool_done("Read a.py", "1\n2\n")
    for event in [first, Within("d1", call), Within("d1", TextDelta("hidden")), first_done]:
        window.terminal(event)
    for event in [second, Within("d2", CUT), second_done, finished(delegations=2)]:
        window.terminal(event)
    rows = [" ".join(line.split()) for line in window.lines()]
    assert rows == [
        "creative · anthropic/claude-x",
        "",
        "# step agent lane pinned model why",
        "1 find sources analytical analytical openai/gpt-5 model_fit",
        "helper 1",
        "1 ● Read a.py 2 lines",
        "2 find sources analytical analytical openai/gpt-5 model_fit",
        "helper 2",
        "2 ↻ openai: the stream was cut; trying again in 2 s (2 of 5)",
        "✗ #2 timeout: not done after 600 s; stopped",
        "2 delegations · 41k tok · $0.08 · 1 retry",
        "1.2k in · 340 out · $0.012 · 4.1s",
    ]


def test_a_narrow_screen_gets_lines_instead_of_a_table() -> None:
    window = Window(50)
    window.terminal(delegation(1)[0])
    assert " ".join(window.lines()[:2]).startswith("#1 find sources → analytical · openai/gpt-5")


# The end of a turn


@pytest.mark.parametrize(
    ("event", "shown"),
    [
        (finished(), ["1.2k in · 340 out · $0.012 · 4.1s"]),
        (finished(cost_usd=None, usage=Usage()), ["? in · ? out · cost unknown · 4.1s"]),
        (finished("interrupted"), ["■ interrupted; say what to do instead", "1.2k in · 340 out · $0.012 · 4.1s"]),
        (
            finished("max_turns"),
            ["■ stopped at the turn limit; 'continue' goes on", "1.2k in · 340 out · $0.012 · 4.1s"],
        ),
        (finished("error", error="openai: no key"), ["✗ openai: no key", "1.2k in · 340 out · $0.012 · 4.1s"]),
    ],
    ids=["plain", "cost unknown", "interrupted", "limit", "error"],
)
def test_a_turn_ends_with_one_line_of_figures(event: TurnFinished, shown: list[str]) -> None:
    window = Window()
    window.terminal(event)
    assert window.lines() == shown


# Searches


def test_a_search_of_the_service_is_one_line_and_its_query_steers_nothing() -> None:
    window = Window()
    window.terminal(TextDelta("Let me look.\n"))
    window.terminal(WebSearched("kettles\x1b[2J", (Source("https://a.test/"), Source("https://b.test/"))))
    window.terminal(WebSearched("tea", (), "too_many_requests"))
    assert window.lines() == [
        "Let me look.",
        "● WebSearch kettles␛[2J  2 pages",
        "✗ WebSearch tea  too_many_requests",
    ]
