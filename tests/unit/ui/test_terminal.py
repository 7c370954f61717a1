from __future__ import annotations

import tracemalloc

import pytest

from enforcer.core.events import (
    ContextTrimmed,
    Event,
    HookRan,
    LaneDecided,
    LaneRolledBack,
    LaneSwitched,
    MessageAdded,
    Notice,
    PinChecked,
    PromptReturned,
    SessionStarted,
    TasksChanged,
    TextDelta,
    ThinkingDelta,
    ToolStarted,
    TurnStarted,
)
from enforcer.core.lanes import Lane, LaneDecision, Source, Task
from enforcer.core.messages import ToolCall, assistant
from enforcer.core.requests import PinStatus
from tests.unit.ui.tty import ANALYTICAL, CREATIVE, CUT, NO_COLOR, Window, delegation, finished, tool_done

STARTED = SessionStarted("s1", "/home/me/p", "0.1.0", "startup", CREATIVE, None, Lane.CREATIVE, "default", "default")
EVIL = {
    "TERM-001 clear screen": "a\x1b[2Jb",
    "TERM-002 clipboard": "a\x1b]52;c;ZXZpbA==\x07b",
    "TERM-003 window title": "a\x1b]0;evil\x07b",
    "TERM-004 alternate screen": "\x1b[?1049h",
    "TERM-005 device query": "\x1b[c",
    "TERM-006 eight-bit CSI": "a\x9b2Jb",
    "TERM-008 markup": "[/] [/foo] [bold [link=http://evil]x[/link]",
}


def sources(text: str) -> dict[str, list[Event]]:
    call = ToolCall("c", "Bash", {"command": text})
    return {
        "model text": [TextDelta(text), MessageAdded(Lane.CREATIVE, assistant(text), 1)],
        "code block": [TextDelta(f"```py\n{text}\n```\n")],
        "tool output": [tool_done("Bash x", text)],
        "tool error": [tool_done("Bash x", text, is_error=True)],
        "diff": [tool_done("Edit x", "", display=f"+{text}")],
        "file name": [tool_done(f"Edit {text}", "ok")],
        "live line": [ToolStarted(call, text)],
        "error body": [finished("error", error=text), CUT.__class__(2, 5, 0.0, text)],
        "notice": [Notice(text, "warning")],
        "hook": [HookRan("PreToolUse", text, 2, "blocked", stderr=text)],
        "model name": [PinChecked(CREATIVE, text, PinStatus.MISMATCH)],
        "task": [TasksChanged(({"subject": text, "status": "in_progress"},))],
        "report": delegation(1, "failed", text),
    }


@pytest.mark.parametrize("source", sources(""))
@pytest.mark.parametrize("text", EVIL.values(), ids=EVIL)
def test_nothing_foreign_reaches_the_terminal_as_a_command(text: str, source: str) -> None:
    window = Window(200, 24, env=NO_COLOR)
    for event in sources(text)[source]:
        window.terminal(event)
    window.terminal.close()
    assert "\x1b" not in window.bytes
    assert "\x9b" not in window.bytes
    assert "\x07" not in window.bytes
    assert text.replace("\x1b", "␛").replace("\x07", "␇").replace("\x9b", "<U+009B>") in window.bytes


def test_markup_is_printed_as_it_was_written_and_makes_no_link() -> None:
    window = Window()
    window.terminal(Notice(EVIL["TERM-008 markup"]))
    assert window.lines() == ["[/] [/foo] [bold [link=http://evil]x[/link]"]
    assert "\x1b]8" not in window.bytes


def test_a_dangling_escape_of_a_tool_eats_nothing_of_the_next_line__TERM_013() -> None:
    window = Window()
    window.terminal(tool_done("Bash x", "abc\x1b["))
    window.terminal(Notice("the next line"))
    assert window.lines() == ["● Bash x", "    abc␛[", "the next line"]


@pytest.mark.parametrize(
    "window", [Window(tty=False), Window(env=NO_COLOR), Window(env={"TERM": "dumb"})], ids=["pipe", "NO_COLOR", "dumb"]
)
def test_no_escape_byte_where_none_is_wanted__TERM_011(window: Window) -> None:
    for event in [STARTED, TurnStarted(1, Lane.CREATIVE, CREATIVE), ThinkingDelta("hm"), TextDelta("# T\n**b** `c`\n")]:
        window.terminal(event)
    for event in [tool_done("Edit a", "", display="+x\n-y", added=1), *delegation(1, "failed"), finished()]:
        window.terminal(event)
    window.terminal.close()
    assert "\x1b" not in window.bytes


def test_five_megabytes_without_a_line_end_are_shown_short_and_fast__TERM_010() -> None:
    window = Window()
    content = "x" * 5_000_000 + "\n[output cut; all of it is in /data/s1/outputs/7.txt]"
    tracemalloc.start()
    window.terminal(tool_done("Bash x", content))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20_000_000
    assert len(window.bytes) < 2_000
    assert "4,999,600 more characters" in "".join(window.lines())


def test_a_long_output_says_where_all_of_it_is() -> None:
    window = Window()
    window.terminal(tool_done("Bash x", "1\n2\n3\n4\n5\n6\nfull output: /data/s1/outputs/7.txt"))
    assert window.lines()[-1] == "    … 3 more lines (ctrl+o · /data/s1/outputs/7.txt)"


def test_the_live_line_leaves_cursor_and_main_screen_alone__TERM_012() -> None:
    window = Window()
    window.terminal(TurnStarted(1, Lane.CREATIVE, CREATIVE))
    window.terminal(ThinkingDelta("hm"))
    display = window.pyte()
    assert display.display[1].startswith("✻ thinking… 0s · esc to interrupt")
    assert not display.cursor.hidden
    assert "\x1b[?" not in window.bytes


# The answer


def test_an_answer_appears_word_by_word() -> None:
    window = Window()
    window.streams("It was a dark and stormy night")
    assert window.lines() == ["It was a dark and stormy"]
    window.terminal(MessageAdded(Lane.CREATIVE, assistant("It was a dark and stormy night"), 1))
    assert window.lines() == ["It was a dark and stormy night"]


def test_an_answer_that_was_not_streamed_is_shown_whole() -> None:
    window = Window()
    window.terminal(MessageAdded(Lane.CREATIVE, assistant("all at once"), 1))
    assert window.lines() == ["all at once"]


def test_a_tool_line_begins_on_a_row_of_its_own() -> None:
    window = Window().streams("I will look ")
    window.terminal(tool_done("Read src/a.py", "1\n2\n3\n"))
    assert window.lines() == ["I will look", "● Read src/a.py  3 lines"]


@pytest.mark.parametrize(
    ("second", "shown"),
    [
        pytest.param("Once upon a time there was", ["Once upon a", "↻", "time there was"], id="the same, and more"),
        pytest.param("Once upon a ", ["Once upon a", "↻"], id="the same"),
        pytest.param(
            "Once more", ["Once upon a", "↻", "(the answer starts again)", "Once more"], id="PROV-013 something else"
        ),
        pytest.param("Once", ["Once upon a", "↻", "(the answer starts again)", "Once"], id="only its beginning"),
    ],
)
def test_what_a_retry_repeats_is_not_shown_twice__PROV_013(second: str, shown: list[str]) -> None:
    window = Window().streams("Once upon a ")
    window.terminal(CUT)
    for char in second:
        window.terminal(TextDelta(char))
    window.terminal(MessageAdded(Lane.CREATIVE, assistant(second), 1))
    retried = "↻ openai: the stream was cut; trying again in 2 s (2 of 5)"
    assert window.lines() == [retried if line == "↻" else line for line in shown]


def test_twenty_thousand_pieces_are_each_written_once() -> None:
    window = Window(200)
    text = "word **bold** `code`, " * 2_728 + "\n"
    window.streams(text, piece=3)
    assert len(window.bytes) < 2 * len(text)  # whatever is drawn again for each piece exceeds it by far
    assert "\x1b[1mbold\x1b[0m" in window.bytes


def test_code_is_coloured_line_by_line() -> None:
    window = Window().streams("```python\ndef f(): return 'x'\n")
    row = window.pyte().buffer[1]
    assert [row[0].fg, row[4].bold, row[16].fg] == ["blue", True, "green"]
    assert window.lines()[1] == "def f(): return 'x'"


# Lanes


@pytest.mark.parametrize(
    ("lane", "model", "colour"),
    [(Lane.CREATIVE, CREATIVE, "magenta"), (Lane.ANALYTICAL, ANALYTICAL, "cyan")],
    ids=["creative", "analytical"],
)
def test_a_lane_has_a_word_and_a_colour(lane: Lane, model: object, colour: str) -> None:
    window = Window()
    window.terminal(TurnStarted(1, lane, CREATIVE))
    display = window.pyte()
    assert display.display[0].startswith(f"{lane} · anthropic/claude-x")
    assert display.buffer[0][0].fg == colour


@pytest.mark.parametrize(
    ("artifact", "full", "shown"),
    [
        (812, 41_000, "→ creative · anthropic/claude-x (handoff 812 B instead of 41 kB)"),
        (812, 300, "→ creative · anthropic/claude-x (handoff 812 B)"),
        (0, 0, "→ creative · anthropic/claude-x"),
    ],
)
def test_a_switch_is_one_line(artifact: int, full: int, shown: str) -> None:
    window = Window()
    window.terminal(LaneSwitched(Lane.ANALYTICAL, Lane.CREATIVE, CREATIVE, "asked", "/h/1.md", artifact, full))
    assert window.lines() == [shown]


def test_a_decision_is_silent_unless_it_was_asked_for() -> None:
    decision = LaneDecision(Lane.CREATIVE, Task.WRITE, 0.97, Source.LOCAL, "draft, article")
    quiet, verbose = Window(), Window(verbose=True)
    for window in (quiet, verbose):
        window.terminal(LaneDecided(1, decision))
    assert quiet.lines() == [""]
    assert verbose.lines() == ["lane: creative (0.97: draft, article)"]


@pytest.mark.parametrize(
    ("event", "shown"),
    [
        (LaneRolledBack(Lane.CREATIVE, Lane.ANALYTICAL, "no key"), "↩ back in the analytical lane: no key"),
        (PromptReturned(Lane.CREATIVE, 1), "your prompt is back in the input line"),
        (PinChecked(CREATIVE, "claude-y", PinStatus.MISMATCH), "pin: asked for anthropic/claude-x, served by claude-y"),
        (
            ContextTrimmed(Lane.CREATIVE, 2),
            "2 oldest turns no longer fit into the model's context; the record keeps them",
        ),
        (HookRan("Stop", "check.sh", None, "error"), "hook Stop failed: check.sh"),
        (HookRan("PreToolUse", "g.sh", 2, "blocked", stderr="no pushes\nx"), "hook PreToolUse blocked: no pushes"),
        (TasksChanged(({"status": "completed"}, {"status": "in_progress", "subject": "fix"})), "☐ tasks 1/2 · fix"),
    ],
)
def test_the_harness_speaks_in_single_lines(event: Event, shown: str) -> None:
    window = Window(120)
    window.terminal(event)
    assert window.lines() == [shown]


def test_a_service_that_does_not_name_its_model_is_reported_once() -> None:
    window = Window(100)
    for _ in range(3):
        window.terminal(PinChecked(CREATIVE, None, PinStatus.UNVERIFIED))
    assert window.lines() == ["pin unverified: the service did not say which model answered for anthropic/claude-x"]


# Narrow screens


@pytest.mark.parametrize("columns", [1, 10, 20, 33, 80])
def test_every_event_fits_every_width(columns: int) -> None:
    window = Window(columns, 24)
    for events in sources("a **word** and a-very-long-word-without-any-blank-in-it 漢字").values():
        for event in events:
            window.terminal(event)
    for event in [STARTED, TurnStarted(1, Lane.CREATIVE, CREATIVE), ThinkingDelta("x"), finished("interrupted")]:
        window.terminal(event)
    window.terminal.close()
    assert "word" in "".join(window.lines()).replace(" ", "")


def test_twenty_columns_stay_readable() -> None:
    window = Window(20, 24)
    window.terminal(STARTED)
    window.streams("A long answer that needs rows.")
    window.terminal(ToolStarted(ToolCall("call-1", "Bash", {}), "Bash npm test --all"))
    assert window.all_lines() == [
        "Enforcer 0.1.0",
        "  creative   anthro…",
        "  analytical no mod…",
        "",
        "A long answer that",
        "needs rows.",
        "✻ Bash npm test… 0s",
    ]


# What commands print


def test_a_command_prints_text_and_tables_safely() -> None:
    window = Window(40)
    window.terminal.say("a \x1b[2J [bold]")
    window.terminal.table(("key", "what"), [("Enter", "send \x1b"), ("Esc", "stop")])
    assert window.lines() == ["a ␛[2J [bold]", "", "key    what", "Enter  send ␛", "Esc    stop"]
