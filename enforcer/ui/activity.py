"""What the live line says: what is being done, for how long, and what the person types meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable

from enforcer.ui.figures import cells, shorten
from enforcer.ui.sanitize import line
from enforcer.ui.screen import Screen

HINT = "esc to interrupt"
NARROW = 40  # columns below which the hint is left out


class Activity:
    def __init__(self, screen: Screen, clock: Callable[[], float] = time.monotonic) -> None:
        self._screen = screen
        self._clock = clock
        self._doing = ""
        self._typed = ""
        self._since = 0.0

    def does(self, what: str) -> None:
        if what != self._doing:
            self._doing, self._since = what, self._clock()
            self.refresh()

    def rests(self) -> None:
        self._doing = ""
        self._screen.status(None)

    def typed(self, text: str) -> None:
        self._typed = text
        self.refresh()

    def refresh(self) -> None:
        self._screen.status(self._text if self._doing else None)

    def _text(self) -> str:
        width = self._screen.width
        tail = f" {self._clock() - self._since:.0f}s"
        if width >= NARROW:
            tail += f" · {HINT}"
        if self._typed:
            tail += f" · › {self._typed}"
        doing = shorten(f"{line(self._doing)}…", max(width - cells(tail) - 3, 8))
        return doing + tail
