"""Single keys from the terminal: for questions, and while a turn runs. Restores the terminal whatever happens."""

from __future__ import annotations

import asyncio
import atexit
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, TextIO

if TYPE_CHECKING:
    from prompt_toolkit.input import Input
    from prompt_toolkit.key_binding import KeyPress

ESCAPE_S = 0.05  # an Esc that nothing follows for so long was the key, not the start of a sequence
_PASTE_ON, _PASTE_OFF = "\x1b[?2004h", "\x1b[?2004l"


@dataclass(frozen=True, slots=True)
class Key:
    """`name`: char, paste, enter, newline, esc, backspace, a control key such as ctrl-c, eof, or other."""

    name: str
    text: str = ""


class KeySource(Protocol):
    """Where the answers to a question come from."""

    async def key(self) -> str:
        """The next key: a lower-case character, or the name of a `Key`."""
        ...

    async def line(self, prompt: str) -> str:
        """One line of text, "" when there is none."""
        ...

    def forget(self) -> None:
        """Drop what was typed before the question was there to be read."""
        ...


class TtyKeys:
    """Keys of a terminal, one at a time, without Enter."""

    def __init__(self, source: Input | None = None) -> None:
        self._source = source
        self._typed: deque[Key] = deque()

    async def key(self) -> str:
        source = self._input()
        while True:
            if not self._typed:
                await self._wait(source)
            key = self._typed.popleft()
            if key.name != "other":
                return key.text.lower() if key.name == "char" else key.name

    async def line(self, prompt: str) -> str:
        from prompt_toolkit import PromptSession

        self._typed.clear()
        session: PromptSession[str] = PromptSession(erase_when_done=True, input=self._input())
        try:
            return await session.prompt_async(prompt)
        except (EOFError, KeyboardInterrupt):
            return ""

    def forget(self) -> None:
        self._typed.clear()

    async def _wait(self, source: Input) -> None:
        came = asyncio.Event()

        def take(key: Key) -> None:
            self._typed.append(key)
            came.set()

        with _Reader(source, take):
            await came.wait()

    def _input(self) -> Input:
        if self._source is None:
            self._source = open_input()
        return self._source


class LineKeys:
    """Answers of a person without a terminal for keys: whole lines, of which the first character counts."""

    def __init__(self, stdin: TextIO, out: TextIO) -> None:
        self._stdin = stdin
        self._out = out

    async def key(self) -> str:
        text = await in_thread(self._stdin.readline)
        if not text:
            return "eof"
        return text.strip()[:1].lower() or "enter"

    async def line(self, prompt: str) -> str:
        self._out.write(prompt)
        self._out.flush()
        return (await in_thread(self._stdin.readline)).strip()

    def forget(self) -> None:
        pass


class KeyWatch:
    """While a turn runs: Esc and Ctrl+C interrupt it, whole lines are queued, the rest waits for the next prompt.

    Does nothing when stdin is no terminal. `rest` is the text that was begun.
    """

    def __init__(
        self,
        *,
        on_interrupt: Callable[[], None],
        on_queue: Callable[[str], None],
        on_typing: Callable[[str], None] = lambda text: None,
        on_expand: Callable[[], None] = lambda: None,
        source: Input | None = None,
        out: TextIO | None = None,
    ) -> None:
        self._on_interrupt = on_interrupt
        self._on_queue = on_queue
        self._on_typing = on_typing
        self._on_expand = on_expand
        self._source = source
        self._out = out
        self._reader: _Reader | None = None
        self.rest = ""

    async def __aenter__(self) -> KeyWatch:
        if self._source is None and sys.stdin is not None and sys.stdin.isatty():
            self._source = open_input()
        if self._source is not None:
            self._reader = _Reader(self._source, self._pressed, self._out)
            self._reader.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._reader is not None:
            self._reader.stop()
            self._reader = None

    @contextmanager
    def pause(self) -> Iterator[None]:
        """Leave the keys to somebody else meanwhile."""
        reader = self._reader
        if reader is None:
            yield
            return
        reader.stop()
        try:
            yield
        finally:
            if self._reader is reader:  # the watch may have ended while the question was open
                reader.start()

    def take_rest(self) -> str:
        """What was begun and not sent; it becomes the next prompt's text."""
        rest, self.rest = self.rest, ""
        return rest

    def _pressed(self, key: Key) -> None:
        match key.name:
            case "esc" | "ctrl-c":
                self._on_interrupt()
            case "enter":
                self._queue()
            case "ctrl-o":
                self._on_expand()
            case _:
                self._edit(key)

    def _queue(self) -> None:
        text = self.take_rest()
        if text.strip():
            self._on_queue(text)
        self._on_typing("")

    def _edit(self, key: Key) -> None:
        match key.name:
            case "char" | "paste":
                self.rest += key.text
            case "newline":
                self.rest += "\n"
            case "backspace":
                self.rest = self.rest[:-1]
            case "ctrl-w":
                self.rest = self.rest.rstrip()[: self.rest.rstrip().rfind(" ") + 1]
            case "ctrl-u":
                self.rest = ""
            case _:
                return
        self._on_typing(self.rest)


def open_input() -> Input:
    from prompt_toolkit.input import create_input

    learn_shift_enter()
    return create_input()


def learn_shift_enter() -> None:
    """Terminals that tell Shift+Enter from Enter send one of these; both mean a new line, as Alt+Enter does."""
    from prompt_toolkit.input.ansi_escape_sequences import ANSI_SEQUENCES
    from prompt_toolkit.keys import Keys

    for sequence in ("\x1b[13;2u", "\x1b[27;2;13~"):
        ANSI_SEQUENCES[sequence] = (Keys.Escape, Keys.ControlM)


async def in_thread(read: Callable[[], str]) -> str:
    """Wait for a blocking read; the thread is a daemon, so that a read nobody needs any more cannot hold the exit."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[str] = loop.create_future()

    def deliver(text: str) -> None:
        if not done.done():
            done.set_result(text)

    def work() -> None:
        text = read()
        with suppress(RuntimeError):  # nobody waits any more, the loop is closed
            loop.call_soon_threadsafe(deliver, text)

    threading.Thread(target=work, daemon=True, name="stdin").start()
    return await done


class _Reader:
    """Raw mode and a callback per key, between `start` and `stop`."""

    def __init__(self, source: Input, on_key: Callable[[Key], None], out: TextIO | None = None) -> None:
        self._source = source
        self._on_key = on_key
        self._out = out
        self._open = ExitStack()
        self._flush: asyncio.TimerHandle | None = None

    def __enter__(self) -> None:
        self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        self._open.enter_context(self._source.raw_mode())
        # A signal that ends the process between two awaits still leaves the terminal as it was.
        atexit.register(self.stop)
        self._open.callback(atexit.unregister, self.stop)
        self._open.enter_context(self._source.attach(self._ready))
        if self._out is not None:
            self._say(_PASTE_ON)
            self._open.callback(self._say, _PASTE_OFF)

    def stop(self) -> None:
        if self._flush is not None:
            self._flush.cancel()
            self._flush = None
        self._open.close()

    def _ready(self) -> None:
        if self._flush is not None:
            self._flush.cancel()
        closed = self._source.closed
        self._deliver(self._source.read_keys())
        if closed or self._source.closed:
            self._on_key(Key("eof"))
            return
        self._flush = asyncio.get_running_loop().call_later(ESCAPE_S, self._flushed)

    def _flushed(self) -> None:
        self._flush = None
        self._deliver(self._source.flush_keys())

    def _deliver(self, presses: Sequence[KeyPress]) -> None:
        for key in decode(presses):
            self._on_key(key)

    def _say(self, text: str) -> None:
        if self._out is not None:
            self._out.write(text)
            self._out.flush()


def decode(presses: Sequence[KeyPress]) -> Iterator[Key]:
    """What was pressed. An Esc with something right behind it was Alt, or a sequence nobody knows."""
    from prompt_toolkit.keys import Keys

    at = 0
    while at < len(presses):
        press, at = presses[at], at + 1
        if press.key == Keys.Escape and at < len(presses) and presses[at].key != Keys.Escape:
            follower = presses[at]
            at = _after_sequence(presses, at)
            yield Key("newline") if follower.key in {Keys.ControlM, Keys.ControlJ} else Key("other")
        else:
            yield _key(press)


def _after_sequence(presses: Sequence[KeyPress], at: int) -> int:
    if presses[at].data not in {"[", "O"}:
        return at + 1
    at += 1
    while at < len(presses) and not ("@" <= presses[at].data[:1] <= "~"):
        at += 1
    return at + 1


def _key(press: KeyPress) -> Key:
    from prompt_toolkit.keys import Keys

    if not isinstance(press.key, Keys):
        return Key("char", press.data)
    names = {
        Keys.ControlM: "enter",
        Keys.ControlJ: "newline",
        Keys.Escape: "esc",
        Keys.ControlH: "backspace",
        Keys.BracketedPaste: "paste",
    }
    if press.key in names:
        return Key(names[press.key], press.data.replace("\r\n", "\n").replace("\r", "\n"))
    value = press.key.value
    return Key(f"ctrl-{value[2:]}") if value.startswith("c-") and len(value) == 3 else Key("other")
