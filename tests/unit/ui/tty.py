"""Stand-ins for a terminal: a stream that says it is one, what a person would see of it, and keys that are pressed."""

from __future__ import annotations

import io
from collections.abc import Collection
from typing import Any

import pyte

from enforcer.core.events import (
    DelegationFinished,
    DelegationStarted,
    Event,
    RequestStarted,
    Retrying,
    TextDelta,
    ToolFinished,
    TurnFinished,
)
from enforcer.core.lanes import Lane, ModelRef
from enforcer.core.messages import ToolCall, Usage
from enforcer.ui.ahead import Draft
from enforcer.ui.screen import Screen
from enforcer.ui.terminal import Terminal

CREATIVE = ModelRef("anthropic", "claude-x")
ANALYTICAL = ModelRef("openai", "gpt-5")
COLOURS = {"TERM": "xterm-256color"}
NO_COLOR = {"TERM": "xterm-256color", "NO_COLOR": "1"}


class FakeTty(io.StringIO):
    def isatty(self) -> bool:
        return True


class Window:
    """A screen of the given size, and a terminal reader that draws on it."""

    def __init__(
        self, columns: int = 80, rows: int = 24, *, env: dict[str, str] = COLOURS, tty: bool = True, **options: Any
    ) -> None:
        self.out = FakeTty() if tty else io.StringIO()
        self.size = (columns, rows)
        self.screen = Screen(self.out, size=lambda: self.size, env=env)
        self.terminal = Terminal(self.screen, **options)

    @property
    def bytes(self) -> str:
        return self.out.getvalue()

    def pyte(self) -> pyte.HistoryScreen:
        display = pyte.HistoryScreen(*self.size, history=10_000)
        pyte.Stream(display).feed(self.bytes.replace("\n", "\r\n"))
        return display

    def lines(self) -> list[str]:
        """What stays in the scrollback: every row, scrolled out or not, but the live line."""
        rows = self.all_lines()
        return rows[:-1] or [""] if rows[-1].startswith("✻") else rows

    def all_lines(self) -> list[str]:
        display = self.pyte()
        scrolled = ["".join(row[x].data for x in range(self.size[0])) for row in display.history.top]
        return "\n".join(row.rstrip() for row in [*scrolled, *display.display]).rstrip().split("\n")

    def streams(self, text: str, piece: int = 3) -> Window:
        self.terminal(RequestStarted(Lane.CREATIVE, CREATIVE, 1))
        for at in range(0, len(text), piece):
            self.terminal(TextDelta(text[at : at + piece]))
        return self


class FakeKeys:
    """Presses what it is told to; `line` answers come from `lines`."""

    def __init__(self, *keys: str, lines: tuple[str, ...] = ()) -> None:
        self._keys = list(keys)
        self._lines = list(lines)

    async def key(self, known: Collection[str] = ()) -> str:
        return self._keys.pop(0)

    async def line(self, prompt: str) -> str:
        return self._lines.pop(0)

    def forget(self, draft: Draft | None = None) -> None:
        pass


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def tool_done(summary: str, content: str, *, is_error: bool = False, display: str = "", **rest: Any) -> ToolFinished:
    call = ToolCall("call-1", summary.split()[0], {})
    return ToolFinished(call, summary, content, is_error, 12, display, **rest)


CUT = Retrying(2, 5, 2.0, "openai: the stream was cut")


def finished(reason: str = "end", **rest: Any) -> TurnFinished:
    values: dict[str, Any] = {"usage": Usage(1_200, 340), "cost_usd": 0.012, "ms": 4_100, "requests": 2, **rest}
    return TurnFinished(1, Lane.CREATIVE, CREATIVE, reason, **values)


def delegation(number: int, status: str = "completed", report: str = "ok", cost: float | None = 0.04) -> list[Event]:
    id = f"d{number}"
    start = DelegationStarted(
        id, number, "find sources", f"analytical helper {number}", Lane.ANALYTICAL, ANALYTICAL, "model_fit"
    )
    return [start, DelegationFinished(id, number, status, report, Usage(20_000, 500), cost, 9_000, 3)]
