"""The one writer to the terminal: finished output goes to the scrollback, one live line below it comes and goes."""

from __future__ import annotations

import asyncio
import base64
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from io import TextIOWrapper
from typing import TYPE_CHECKING, TextIO

from enforcer.ui.figures import cells, shorten
from enforcer.ui.sanitize import line

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

GLYPHS = "✻✼✽✼"
TICK_S = 0.25
INKS = {"bold": "1", "dim": "2", "creative": "35", "analytical": "36", "yellow": "33"}


class Screen:
    """Knows whether escape sequences may be written, how wide it is, and where the cursor stands.

    `colour` False or a stream that is no terminal: not one escape byte. The cursor is never hidden, echo never
    touched, so there is nothing to restore when the process dies.
    """

    def __init__(
        self,
        out: TextIO,
        *,
        colour: bool | None = None,
        live: bool | None = None,
        size: Callable[[], tuple[int, int]] | None = None,
        env: Mapping[str, str] = os.environ,
        tick_s: float = TICK_S,
    ) -> None:
        tty = out.isatty()
        dumb = env.get("TERM", "") in {"dumb", ""}
        self._out = out
        self._size = size or _terminal_size
        self._tick_s = tick_s
        self.tty = tty
        self.colour = tty and not dumb and not env.get("NO_COLOR") if colour is None else colour
        self.live = (tty and not dumb) if live is None else live and tty
        self._console: Console | None = None
        self._status: Callable[[], str] | None = None
        self._shown = ""  # the live line that stands on the screen
        self._tick: asyncio.TimerHandle | None = None
        self._frame = 0
        self._held = 0
        self._mid_line = False
        self._gap = True  # an empty line stands last, or nothing at all
        if isinstance(out, TextIOWrapper) and out.encoding.lower().replace("-", "") != "utf8":
            out.reconfigure(errors="replace")

    @property
    def width(self) -> int:
        return max(self._size()[0], 10)

    @property
    def height(self) -> int:
        return self._size()[1]

    @property
    def wrap_width(self) -> int | None:
        """None when nobody watches: a pipe gets long lines as they are."""
        return self.width if self.tty else None

    @property
    def free(self) -> bool:
        """A line can be printed without breaking one in two, or standing inside a question."""
        return not self._mid_line and not self._held

    # Finished output

    def write(self, text: str) -> None:
        """Text that is already sanitised and painted; it may stop in the middle of a line."""
        if not text:
            return
        self._erase_status()
        self._out.write(text)
        self._out.flush()
        self._mid_line = not text.endswith("\n")
        self._gap = text.endswith("\n\n") or (self._gap and text == "\n")

    def gap(self) -> None:
        """One empty line, and only one, between what was printed and what comes."""
        self.new_line()
        if not self._gap:
            self.write("\n")
            self._gap = True

    def ink(self, text: str, style: str) -> str:
        return f"\x1b[{INKS[style]}m{text}\x1b[0m" if self.colour else text

    def print(self, *renderables: RenderableType) -> int:
        """Print below what stands there; the number of rows it took."""
        text = self.rendered(*renderables)
        self.new_line()
        self.write(text)
        self._draw_status()
        return text.count("\n")

    def rows(self, renderable: RenderableType) -> int:
        """How many it would take."""
        return self.rendered(renderable).count("\n")

    def rendered(self, *renderables: RenderableType) -> str:
        console = self._rich()
        console.width = self.width
        with console.capture() as capture:
            for renderable in renderables:
                console.print(renderable, soft_wrap=not self.tty)
        return capture.get()

    def new_line(self) -> None:
        """Leave a line that is only begun."""
        if self._mid_line:
            self.write("\n")

    def erase(self, rows: int) -> bool:
        """Take back the last rows, if they are surely all on the screen."""
        if not self.colour or self._mid_line or not 0 < rows < self.height:
            return False
        self._erase_status()
        self._out.write(f"\x1b[{rows}A\r\x1b[J")
        self._out.flush()
        return True

    def clipboard(self, text: str) -> bool:
        """Ask the terminal to take the text into its clipboard (OSC 52); False where no sequence may be written."""
        if not self.tty or not self.live:
            return False
        self._out.write(f"\x1b]52;c;{base64.b64encode(text.encode('utf-8', 'replace')).decode()}\x07")
        self._out.flush()
        return True

    # The live line

    def status(self, text: Callable[[], str] | None) -> None:
        """Show one line below everything until it is replaced, None = no more. Never drawn beside unfinished text."""
        self._status = text
        if text is None:
            self._erase_status()
            self._stop_ticking()
        else:
            self._draw_status()
            self._start_ticking()

    @contextmanager
    def hold(self) -> Iterator[None]:
        """No live line meanwhile: somebody else uses the last row."""
        self._held += 1
        self._erase_status()
        try:
            yield
        finally:
            self._held -= 1
            self._draw_status()

    def close(self) -> None:
        self.status(None)
        self.new_line()

    def _draw_status(self) -> None:
        if self._status is None or not self.live or self._mid_line or self._held:
            return
        glyph = GLYPHS[self._frame % len(GLYPHS)]
        text = shorten(line(f"{glyph} {self._status()}"), self.width - 1)
        if text == self._shown:
            return
        self._erase_status()
        self._out.write(f"\x1b[2m{text}\x1b[0m" if self.colour else text)
        self._out.flush()
        self._shown = text

    def _erase_status(self) -> None:
        if not self._shown:
            return
        blank = "\r\x1b[K" if self.colour else f"\r{' ' * cells(self._shown)}\r"
        self._out.write(blank)
        self._shown = ""

    def _start_ticking(self) -> None:
        if self._tick is not None or not self.live:
            return
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:  # drawn once, without a loop to move it
            return
        self._tick = loop.call_later(self._tick_s, self._ticked)

    def _ticked(self) -> None:
        self._tick = None
        self._frame += 1
        if self._status is not None:
            self._draw_status()
            self._start_ticking()

    def _stop_ticking(self) -> None:
        if self._tick is not None:
            self._tick.cancel()
            self._tick = None

    def _rich(self) -> Console:
        if self._console is None:
            from rich.console import Console

            self._console = Console(
                file=self._out,
                force_terminal=self.colour,
                color_system="auto" if self.colour else None,
                no_color=not self.colour,
                highlight=False,
                markup=False,
                emoji=False,
                width=self.width,
            )
        return self._console


def _terminal_size() -> tuple[int, int]:
    """The terminal's own word first: COLUMNS, where it is exported, does not follow a resize."""
    try:
        size = os.get_terminal_size(1)
    except (OSError, ValueError):
        size = shutil.get_terminal_size()
    return size.columns or 80, size.lines or 24
