"""The one line that says where a session stands, cut to the width there is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from enforcer.core.lanes import Lane, ModelRef
from enforcer.ui.figures import cells, cost, shorten
from enforcer.ui.sanitize import line

SEPARATOR = " │ "
SHORTEST_MODEL = 12


@dataclass(frozen=True, slots=True)
class Status:
    lane: Lane
    model: ModelRef | None
    mode: str = "default"
    cost_usd: float | None = 0.0  # what is known of it
    cost_unknown: bool = False  # some request had no price
    context_percent: int | None = None
    note: str = ""  # e.g. "2 queued"


def status_line(status: Status, width: int) -> str:
    """`creative · anthropic/claude-… │ default │ $0.03`; the least needed goes first, the lane stays."""
    model = line(str(status.model)) if status.model else "no model"
    rest = _rest(status)
    while True:
        head = f"{status.lane.value} · {model}"
        room = width - sum(cells(part) + len(SEPARATOR) for part in rest)
        if cells(head) <= room:
            return SEPARATOR.join([head, *rest])
        shortest = cells(f"{status.lane.value} · ") + SHORTEST_MODEL
        if room >= shortest or not rest:
            return SEPARATOR.join([shorten(head, room), *rest])
        rest.pop()


def _rest(status: Status) -> list[str]:
    parts: Iterable[str] = (
        line(status.mode),
        _cost(status),
        "" if status.context_percent is None else f"{status.context_percent}% context",
        line(status.note),
    )
    return [part for part in parts if part]


def _cost(status: Status) -> str:
    if status.cost_unknown and not status.cost_usd:
        return "cost unknown"
    known = cost(status.cost_usd)
    return f"{known} + unknown" if status.cost_unknown and status.cost_usd else known
