"""Counts what a session's requests used, sub-agents and side calls included."""

from __future__ import annotations

from dataclasses import dataclass, field

from enforcer.core.events import Event, RequestFinished, Within
from enforcer.core.messages import Usage
from enforcer.core.requests import RequestRow


@dataclass(frozen=True, slots=True)
class Sum:
    requests: int
    usage: Usage
    cost_usd: float | None  # None when the cost of any request is unknown
    known_usd: float  # the part that is known
    api_ms: int
    served: tuple[str, ...]


@dataclass(slots=True)
class Meter:
    """A reader of events; `rows` grows by one per model request."""

    rows: list[RequestRow] = field(default_factory=list)

    def __call__(self, event: Event) -> None:
        match event:
            case RequestFinished(row):
                self.rows.append(row)
            case Within(_, inner):
                self(inner)

    def mark(self) -> int:
        return len(self.rows)

    def since(self, mark: int = 0, *, parent: str | None = None) -> Sum:
        """The sum of all rows from `mark` on; with `parent`, of that delegation's rows alone."""
        rows = [row for row in self.rows[mark:] if parent is None or row.parent == parent]
        costs = [row.cost_usd for row in rows]
        known = sum(cost for cost in costs if cost is not None)
        usage = Usage()
        for row in rows:
            usage = usage + row.usage
        served = dict.fromkeys(row.served for row in rows if row.served)
        cost = None if None in costs else known
        return Sum(len(rows), usage, cost, known, sum(row.latency_ms for row in rows), tuple(served))
