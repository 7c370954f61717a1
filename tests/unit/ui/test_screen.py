from __future__ import annotations

import asyncio
import io
import os
import signal
import sys

import pexpect
import pytest
from rich.text import Text

from enforcer.ui.screen import Screen
from tests.unit.ui.tty import NO_COLOR, FakeTty, Window

LIVE_REGION = """
import asyncio, os, signal, sys
from enforcer.core.events import ThinkingDelta
from enforcer.ui.keys import KeyWatch
from enforcer.ui.screen import Screen
from enforcer.ui.terminal import Terminal

def ends(*_):
    raise SystemExit(143)

async def turn():
    terminal = Terminal(Screen(sys.stdout))
    async with KeyWatch(on_interrupt=list, on_queue=list, out=sys.stdout):
        terminal(ThinkingDelta("hm"))
        if sys.argv[1] == "exception":
            raise ValueError
        await asyncio.Event().wait()

signal.signal(signal.SIGTERM, ends)
print("pid", os.getpid(), flush=True)
asyncio.run(turn())
"""
SHELL = '"$0" -c "$1" "$2"; echo "status $?"; stty -a; echo "end"'


@pytest.mark.parametrize(("how", "status"), [("exception", 1), ("SIGTERM", 143)])
def test_the_terminal_is_restored_when_a_live_line_was_shown__TERM_012(how: str, status: int) -> None:
    shell = pexpect.spawn("/bin/sh", ["-c", SHELL, sys.executable, LIVE_REGION, how], encoding="utf-8", timeout=30)
    shell.expect(r"pid (\d+)\r\n")
    child = int(str(shell.match[1]))
    shell.expect("esc to interrupt")
    if how == "SIGTERM":
        os.kill(child, signal.SIGTERM)
    shell.expect(f"status {status}\r\n")
    shell.expect("\r\nend\r\n")
    modes = str(shell.before).replace(";", " ").split()
    shell.close()
    assert {"echo", "icanon", "isig", "icrnl"} <= set(modes)


def test_a_screen_hides_no_cursor_and_opens_no_other_screen() -> None:
    window = Window()
    window.screen.status(lambda: "working")
    window.screen.print(Text("a line"))
    window.screen.close()
    assert "\x1b[?" not in window.bytes
    assert window.all_lines() == ["a line"]


def test_the_live_line_moves_below_what_is_printed() -> None:
    window = Window()
    window.screen.status(lambda: "working")
    window.screen.print(Text("one"))
    window.screen.print(Text("two"))
    assert window.all_lines() == ["one", "two", "✻ working"]


@pytest.mark.parametrize("env", [{"TERM": "xterm"}, NO_COLOR], ids=["colour", "no colour"])
def test_the_live_line_is_wiped_before_other_output(env: dict[str, str]) -> None:
    window = Window(env=env)
    window.screen.status(lambda: "a long line of status")
    window.screen.write("x\n")
    window.screen.status(None)
    assert window.all_lines() == ["x"]


def test_the_live_line_moves_with_time() -> None:
    out, moved = FakeTty(), []
    screen = Screen(out, env={"TERM": "xterm"}, tick_s=0)

    def text() -> str:
        moved.append(len(moved))
        return f"tick {len(moved)}"

    async def run() -> None:
        screen.status(text)
        async with asyncio.timeout(10):
            while len(moved) < 3:
                await asyncio.sleep(0)
        screen.status(None)

    asyncio.run(run())
    assert "tick 2" in out.getvalue()
    assert out.getvalue().endswith("\r\x1b[K")


def test_the_live_line_is_cut_to_one_row() -> None:
    window = Window(20)
    window.screen.status(lambda: "漢字 " * 20)
    assert len(window.all_lines()) == 1


@pytest.mark.parametrize(
    ("rows", "erased"), [(2, True), (0, False), (24, False)], ids=["on the screen", "nothing", "scrolled out"]
)
def test_rows_are_taken_back_only_when_they_are_surely_there(rows: int, erased: bool) -> None:
    window = Window()
    window.screen.print(Text("\n".join(str(n) for n in range(30))))
    assert window.screen.erase(rows) is erased


def test_a_pipe_gets_whole_lines_and_no_live_line() -> None:
    window = Window(20, tty=False)
    window.screen.status(lambda: "working")
    window.screen.print(Text("word " * 30))
    assert window.bytes == "word " * 30 + "\n"


def test_a_terminal_of_another_encoding_gets_replacements_instead_of_an_error() -> None:
    raw = io.BytesIO()
    screen = Screen(io.TextIOWrapper(raw, encoding="ascii", write_through=True))
    screen.print(Text("● naïve"))
    assert raw.getvalue() == b"? na?ve\n"


def test_colour_is_off_where_it_is_not_wanted() -> None:
    assert Screen(FakeTty(), env={"TERM": "xterm"}).colour
    assert not Screen(FakeTty(), env={"TERM": "xterm", "NO_COLOR": "1"}).colour
    assert not Screen(FakeTty(), env={"TERM": "dumb"}).colour
    assert not Screen(io.StringIO(), env={"TERM": "xterm"}).colour
    assert Screen(io.StringIO(), env={}, colour=True).colour
