"""Single keys from the terminal: for questions, and while a turn runs. Restores the terminal whatever happens."""

from __future__ import annotations

import asyncio
import atexit
import sys
import threading
import time
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, TextIO, TypeVar

from enforcer.ui.ahead import QUIET_S, Draft, a_quiet_moment, answer_in, belongs_to_draft, through_urgent
from enforcer.ui.keynames import ARROWS, Key, decode

if TYPE_CHECKING:
    from prompt_toolkit.input import Input
    from prompt_toolkit.key_binding import KeyPress

T = TypeVar("T")
ESCAPE_S = 0.05  # an Esc that nothing follows for so long was the key, not the start of a sequence
_PASTE_ON, _PASTE_OFF = "\x1b[?2004h", "\x1b[?2004l"


class KeySource(Protocol):
    """Where the answers to a question come from."""

    async def key(self, known: Collection[str] = ()) -> str:
        """The next key: a lower-case character, or the name of a `Key`. What is not `known` may be typing ahead."""
        ...

    async def line(self, prompt: str) -> str:
        """One line of text, "" when there is none."""
        ...

    def forget(self, draft: Draft | None = None) -> None:
        """A question was drawn: what was typed before it is no answer, and keys that are typing go to `draft`."""
        ...


class TtyKeys:
    """Keys of a terminal, one at a time, without Enter.

    Nobody may answer a question by typing on. Until the keys rested for a quiet moment, and as long as a draft is
    begun, a key counts only when it stands alone; several in a row go to the draft.
    """

    def __init__(self, source: Input | None = None, *, quiet: Callable[[], Awaitable[object]] = a_quiet_moment) -> None:
        self._source = source
        self._quiet = quiet
        self._typed: deque[Key] = deque()
        self._came = asyncio.Event()
        self._draft: Draft | None = None
        self._settling = False  # the question is new
        self._busy = False  # and came while the person was typing

    async def key(self, known: Collection[str] = ()) -> str:
        while True:
            key = await self._next()
            name = key.text.lower() if key.name == "char" else key.name
            if name in known if known else key.name not in {"other", *ARROWS}:
                return name
            self._hand_over([key])

    async def press(self) -> Key:
        """The next key as it was pressed, for a screen that takes text as well."""
        return await self._next()

    async def line(self, prompt: str) -> str:
        from prompt_toolkit import PromptSession

        self._typed.clear()
        session: PromptSession[str] = PromptSession(erase_when_done=True, input=self._input())
        try:
            return await session.prompt_async(prompt)
        except (EOFError, KeyboardInterrupt):
            return ""

    def forget(self, draft: Draft | None = None) -> None:
        self._typed.clear()
        self._draft = draft
        self._settling = True
        self._busy = draft is not None and draft.busy

    async def _next(self) -> Key:
        try:
            while self._settling or (self._draft is not None and self._draft.begun):
                await self._rest()
                burst = through_urgent(self._typed)
                typing, self._settling, self._busy = self._busy, False, False
                kept, answer = answer_in(burst, typing=typing)
                self._hand_over(kept)
                if answer is not None:
                    return answer
            await self._first()
        except asyncio.CancelledError:
            self._hand_over(self._typed)
            raise
        return self._typed.popleft()

    async def _first(self) -> None:
        with _Reader(self._input(), self._take):
            while not self._typed:
                self._came.clear()
                await self._came.wait()

    async def _rest(self) -> None:
        """Until no key came for a quiet moment, or one that cannot wait; a question that is settled waits for a key."""
        if not self._settling:
            await self._first()
        with _Reader(self._input(), self._take):
            while not any(key.urgent for key in self._typed):
                self._came.clear()
                waits = [asyncio.ensure_future(self._came.wait()), asyncio.ensure_future(self._quiet())]
                try:
                    await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    for each in waits:
                        each.cancel()
                if not self._came.is_set():
                    return

    def _take(self, key: Key) -> None:
        self._typed.append(key)
        self._came.set()

    def _hand_over(self, keys: Collection[Key]) -> None:
        for key in keys:
            if self._draft is not None and belongs_to_draft(key):
                self._draft.press(key)

    def _input(self) -> Input:
        if self._source is None:
            self._source = open_input()
        return self._source


class LineKeys:
    """Answers of a person without a terminal for keys: whole lines, of which the first character counts."""

    def __init__(self, stdin: TextIO, out: TextIO) -> None:
        self._stdin = stdin
        self._out = out

    async def key(self, known: Collection[str] = ()) -> str:
        text = await in_thread(self._stdin.readline)
        if not text:
            return "eof"
        return text.strip()[:1].lower() or "enter"

    async def line(self, prompt: str) -> str:
        self._out.write(prompt)
        self._out.flush()
        return (await in_thread(self._stdin.readline)).strip()

    def forget(self, draft: Draft | None = None) -> None:
        """Nothing is read ahead."""


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
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._on_interrupt = on_interrupt
        self._on_queue = on_queue
        self._on_typing = on_typing
        self._on_expand = on_expand
        self._source = source
        self._out = out
        self._clock = clock
        self._pressed_at = -QUIET_S
        self._reader: _Reader | None = None
        self.rest = ""

    @property
    def begun(self) -> bool:
        return bool(self.rest)

    @property
    def busy(self) -> bool:
        return self.begun or self._clock() - self._pressed_at < QUIET_S

    async def __aenter__(self) -> KeyWatch:
        if self._source is None and sys.stdin is not None and sys.stdin.isatty():
            self._source = open_input()
        if self._source is not None:
            self._reader = _Reader(self._source, self.press, self._out)
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
        """Leave the keys to somebody else meanwhile; nothing is echoed into what they draw."""
        reader = self._reader
        if reader is None or self._source is None:
            yield
            return
        reader.stop()
        try:
            with _silent(self._source):
                yield
        finally:
            if self._reader is reader:  # the watch may have ended while the question was open
                reader.start()

    def take_rest(self) -> str:
        """What was begun and not sent; it becomes the next prompt's text."""
        rest, self.rest = self.rest, ""
        return rest

    def press(self, key: Key) -> None:
        self._pressed_at = self._clock()
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


@contextmanager
def cooked() -> Iterator[None]:
    """The terminal as other programs expect to find it."""
    if sys.stdin is None or not sys.stdin.isatty():
        yield
        return
    with open_input().cooked_mode():
        yield


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


async def in_thread(read: Callable[[], T]) -> T:
    """Wait for a blocking read; the thread is a daemon, so that a read nobody needs any more cannot hold the exit."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def deliver(text: T) -> None:
        if not done.done():
            done.set_result(text)

    def work() -> None:
        text = read()
        with suppress(RuntimeError):  # nobody waits any more, the loop is closed
            loop.call_soon_threadsafe(deliver, text)

    threading.Thread(target=work, daemon=True, name="stdin").start()
    return await done


@contextmanager
def _silent(source: Input) -> Iterator[None]:
    """Raw mode, left even when the process is ended in the middle."""
    with ExitStack() as raw:
        raw.enter_context(source.raw_mode())
        atexit.register(raw.close)
        raw.callback(atexit.unregister, raw.close)
        yield


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
