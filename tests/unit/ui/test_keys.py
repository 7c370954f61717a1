from __future__ import annotations

import asyncio
import io
import os
import termios
from collections.abc import Awaitable, Callable

import pytest
from prompt_toolkit.input import PipeInput, create_input, create_pipe_input

from enforcer.ui.keys import KeyWatch, LineKeys, TtyKeys
from tests.unit.ui.tty import FakeTty


class Heard:
    """What a key watch reported, and a way to wait for it."""

    def __init__(self) -> None:
        self.news: list[str] = []
        self.came = asyncio.Event()

    def __call__(self, what: str) -> None:
        self.news.append(what)
        self.came.set()

    async def until(self, what: str) -> None:
        async with asyncio.timeout(10):
            while what not in self.news:
                self.came.clear()
                await self.came.wait()


def watched(
    story: Callable[[KeyWatch, PipeInput, Heard], Awaitable[None]], out: io.StringIO | None = None
) -> tuple[list[str], str]:
    """Run a story with a key watch; what was reported, and the text left for the next prompt."""

    async def run() -> tuple[list[str], str]:
        heard = Heard()
        with create_pipe_input() as pipe:
            watch = KeyWatch(
                on_interrupt=lambda: heard("interrupt"),
                on_queue=lambda text: heard(f"queued {text!r}"),
                on_typing=lambda text: heard(f"typed {text!r}"),
                on_expand=lambda: heard("expand"),
                source=pipe,
                out=out,
            )
            async with watch:
                await story(watch, pipe, heard)
            return [each for each in heard.news if not each.startswith("typed")], watch.take_rest()

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("sent", "until", "news", "rest"),
    [
        pytest.param("\x1b", "interrupt", ["interrupt"], "", id="a lone Esc interrupts"),
        pytest.param("\x03", "interrupt", ["interrupt"], "", id="Ctrl+C interrupts"),
        pytest.param("\x0f", "expand", ["expand"], "", id="Ctrl+O expands"),
        pytest.param("\x1b[Aab", "typed 'ab'", [], "ab", id="an arrow key is no Esc"),
        pytest.param("\x1b[99;9uab", "typed 'ab'", [], "ab", id="an unknown sequence is no Esc and no text"),
        pytest.param("\x1bxab", "typed 'ab'", [], "ab", id="Alt and a letter is no Esc"),
        pytest.param("next\r", "queued 'next'", ["queued 'next'"], "", id="Enter queues a line"),
        pytest.param("one\rtwo", "typed 'two'", ["queued 'one'"], "two", id="the rest waits"),
        pytest.param("\r \ra", "typed 'a'", [], "a", id="an empty line is not queued"),
        pytest.param("ab\x7fc", "typed 'ac'", [], "ac", id="Backspace"),
        pytest.param("one two\x17x", "typed 'one x'", [], "one x", id="Ctrl+W"),
        pytest.param("one\x15x", "typed 'x'", [], "x", id="Ctrl+U"),
        pytest.param("a\nb", "typed 'a\\nb'", [], "a\nb", id="Ctrl+J is a new line"),
        pytest.param("a\x1b\rb", "typed 'a\\nb'", [], "a\nb", id="Alt+Enter is a new line"),
        pytest.param("\x1b[200~a\rb\x1b[201~", "typed 'a\\nb'", [], "a\nb", id="a paste is not sent by its line ends"),
    ],
)
def test_keys_during_a_turn(sent: str, until: str, news: list[str], rest: str) -> None:
    async def story(watch: KeyWatch, pipe: PipeInput, heard: Heard) -> None:
        pipe.send_text(sent)
        await heard.until(until)

    assert watched(story) == (news, rest)


def test_a_question_has_the_keys_for_itself() -> None:
    async def story(watch: KeyWatch, pipe: PipeInput, heard: Heard) -> None:
        pipe.send_text("be")
        await heard.until("typed 'be'")
        with watch.pause():
            pipe.send_text("y")
            assert await TtyKeys(pipe).key() == "y"
        pipe.send_text("fore")
        await heard.until("typed 'before'")

    assert watched(story) == ([], "before")


def test_what_is_typed_while_a_question_is_drawn_is_not_echoed_into_it() -> None:
    async def run(terminal: int) -> list[bool]:
        with open(terminal, encoding="utf-8", closefd=False) as stdin:
            source = create_input(stdin)
            async with KeyWatch(on_interrupt=list, on_queue=print, source=source) as watch:
                with watch.pause():
                    asked = _echoes(terminal)
                    with source.cooked_mode():  # an editor
                        edited = _echoes(terminal)
        return [asked, edited, _echoes(terminal)]

    master, terminal = os.openpty()
    try:
        assert asyncio.run(run(terminal)) == [False, True, True]
    finally:
        os.close(master)
        os.close(terminal)


def _echoes(terminal: int) -> bool:
    return bool(termios.tcgetattr(terminal)[3] & termios.ECHO)


def test_pasting_is_marked_only_while_the_watch_is_on() -> None:
    out = FakeTty()

    async def story(watch: KeyWatch, pipe: PipeInput, heard: Heard) -> None:
        assert out.getvalue() == "\x1b[?2004h"

    watched(story, out)
    assert out.getvalue() == "\x1b[?2004h\x1b[?2004l"


def test_a_watch_without_a_terminal_does_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("text"))

    async def run() -> str:
        watch = KeyWatch(on_interrupt=list, on_queue=print)
        async with watch:
            with watch.pause():
                return watch.take_rest()

    assert asyncio.run(run()) == ""


@pytest.mark.parametrize(
    ("sent", "key"),
    [("Y", "y"), ("\r", "enter"), ("\x1b", "esc"), ("\x03", "ctrl-c"), ("\x1b[A2", "2"), ("\x04", "ctrl-d")],
    ids=["letter", "Enter", "Esc", "Ctrl+C", "after an arrow", "Ctrl+D"],
)
def test_one_key_answers_without_enter(sent: str, key: str) -> None:
    async def run() -> str:
        with create_pipe_input() as pipe:
            pipe.send_text(sent)
            async with asyncio.timeout(10):
                return await TtyKeys(pipe).key()

    assert asyncio.run(run()) == key


@pytest.mark.parametrize(("text", "key"), [("yes\n", "y"), ("\n", "enter"), ("", "eof"), ("  No\n", "n")])
def test_without_a_terminal_a_line_answers(text: str, key: str) -> None:
    assert asyncio.run(LineKeys(io.StringIO(text), io.StringIO()).key()) == key


def test_without_a_terminal_the_words_are_a_line_too() -> None:
    out = io.StringIO()
    assert asyncio.run(LineKeys(io.StringIO(" use make \n"), out).line("why? ")) == "use make"
    assert out.getvalue() == "why? "
