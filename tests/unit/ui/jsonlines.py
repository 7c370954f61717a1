"""A session's events, and what stream-json makes of them."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable
from itertools import count
from typing import Any

from enforcer.core.events import (
    Event,
    LaneDecided,
    RequestFinished,
    SessionStarted,
    TurnFinished,
    TurnStarted,
)
from enforcer.core.lanes import Lane, LaneDecision, ModelRef, Source, Task
from enforcer.core.messages import (
    ToolCall,
    Usage,
)
from enforcer.core.requests import PinStatus, Purpose, RequestRow
from enforcer.ui.jsonl import JsonLines
from tests.unit.ui.tty import ANALYTICAL, CREATIVE

STARTED = SessionStarted(
    "s1", "/p", "0.1.0", "startup", CREATIVE, ANALYTICAL, Lane.ANALYTICAL, "default", "plan", ("Read", "Bash")
)
DECIDED = LaneDecided(1, LaneDecision(Lane.CREATIVE, Task.WRITE, 0.97, Source.LOCAL, "draft"))
TURN = TurnStarted(1, Lane.CREATIVE, CREATIVE)
BASH = ToolCall("call-1", "Bash", {"command": "ls"})


def done(reason: str = "end", **rest: Any) -> TurnFinished:
    values: dict[str, Any] = {"usage": Usage(1_000, 50, 600, 100), "cost_usd": 0.01, "ms": 900, "requests": 1, **rest}
    return TurnFinished(1, Lane.CREATIVE, CREATIVE, reason, **values)


def row(asked: ModelRef = CREATIVE, cost: float | None = 0.01, **rest: Any) -> RequestFinished:
    values: dict[str, Any] = {
        "lane": Lane.CREATIVE,
        "purpose": Purpose.MAIN,
        "usage": Usage(1_000, 50, 600, 100),
        **rest,
    }
    return RequestFinished(
        RequestRow(
            id="r", session="s1", turn=1, step=1, asked=asked, served=asked.model, pin=PinStatus.OK, why="",
            cost_usd=cost, price="", started="", latency_ms=1, outcome="ok", **values,
        )
    )  # fmt: skip


def written(events: Iterable[Event], **options: Any) -> list[dict[str, Any]]:
    out, ids = io.StringIO(), count(1)
    lines = JsonLines(out, new_id=lambda: f"id-{next(ids)}", **options)
    for event in events:
        lines(event)
    return [json.loads(text) for text in out.getvalue().splitlines()]


def only(events: Iterable[Event], **options: Any) -> dict[str, Any]:
    """The one line between init and result."""
    _, line, _ = written([STARTED, TURN, *events, done()], **options)
    return {key: value for key, value in line.items() if key != "uuid"}
