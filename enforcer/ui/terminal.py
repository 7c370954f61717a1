"""The session at a terminal: a reader of events that writes them into the scrollback, once."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from enforcer.core.events import Event, SessionStarted, TextDelta, ThinkingDelta
from enforcer.core.lanes import Lane
from enforcer.ui.activity import Activity
from enforcer.ui.answer import Answer
from enforcer.ui.figures import shorten
from enforcer.ui.sanitize import line
from enforcer.ui.screen import Screen

if TYPE_CHECKING:
    from enforcer.ui.drawing import Drawing


class Terminal:
    """`animations` False or `screen_reader`: no live line, only finished lines."""

    def __init__(
        self,
        screen: Screen,
        *,
        verbose: bool = False,
        animations: bool = True,
        screen_reader: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.screen = screen
        screen.live = screen.live and animations and not screen_reader
        self._verbose = verbose
        self._answer = Answer(screen)
        self._activity = Activity(screen, clock)
        self._loaded: Drawing | None = None
        self._queued: list[str] = []  # not said yet

    def __call__(self, event: Event) -> None:
        match event:
            case TextDelta(text):
                self._answer.feed(text)
            case ThinkingDelta():
                self._activity.does("thinking")
            case SessionStarted():
                self._greet(event)
            case _:
                self._drawing.draw(event)
        self._say_queued()

    def say(self, text: str, style: str = "") -> None:
        """Print a text of ours or of a command; foreign characters in it are made safe."""
        self._drawing.say(text, style)

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        self._drawing.table(columns, rows)

    def rows(self, rows: Iterable[tuple[str, str]]) -> None:
        """Print one row for each style and text, cut to the width; without rich, which would delay the first prompt."""
        width = self.screen.width
        cut = ((style, shorten(line(text), width)) for style, text in rows)
        self.screen.write("".join(f"{self.screen.ink(text, style) if style else text}\n" for style, text in cut))

    def expand(self) -> None:
        """Print the last tool output in full (Ctrl+O)."""
        self._drawing.expand()

    def queued(self, text: str) -> None:
        """A line the person typed while the turn runs; said when the line of the answer is whole."""
        self._activity.typed("")
        self._queued.append(text)
        self._say_queued()

    def typing(self, text: str) -> None:
        """What the person has typed ahead so far; it stands in the live line."""
        self._activity.typed(text)

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Nothing is drawn into the last row meanwhile: a question or the prompt stands there."""
        self._answer.end()
        self._say_queued()
        try:
            with self.screen.hold():
                yield
        finally:
            self._say_queued()

    def close(self) -> None:
        self._answer.end()
        self._say_queued()
        self._activity.rests()
        self.screen.close()

    def _say_queued(self) -> None:
        while self._queued and self.screen.free:
            text = shorten(line(self._queued.pop(0)), self.screen.width - 10)
            self.screen.write(f"{self.screen.ink(f'queued: {text}', 'dim')}\n")
            self._activity.refresh()

    @property
    def _drawing(self) -> Drawing:
        if self._loaded is None:
            from enforcer.ui.drawing import Drawing

            self._loaded = Drawing(self.screen, self._answer, self._activity, verbose=self._verbose)
        return self._loaded

    def _greet(self, event: SessionStarted) -> None:
        rows = [("bold", f"Enforcer {line(event.version)}")]
        for lane, model in ((Lane.CREATIVE, event.creative), (Lane.ANALYTICAL, event.analytical)):
            rows.append((lane.value, f"  {lane.value:<10} {line(str(model)) if model else 'no model'}"))
        self.rows(rows)
