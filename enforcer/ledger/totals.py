"""Sums over requests, where what is unknown stays unknown."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import reduce

from enforcer.core.messages import Usage
from enforcer.core.requests import RequestRow


@dataclass(frozen=True, slots=True)
class Total:
    """`cost_usd` is the sum of what is known; with `unpriced` requests among them the true cost is higher."""

    label: str
    requests: int
    usage: Usage
    cost_usd: float
    unpriced: int  # requests whose cost nobody knows
    latency_ms: int
    failed: int  # requests that gave no answer, cancelled ones included
    retries: int

    @property
    def exact(self) -> bool:
        return not self.unpriced


@dataclass(frozen=True, slots=True)
class Spent:
    """What a session cost as far as the ledger knows."""

    requests: int = 0
    cost_usd: float = 0.0  # the sum of what is known
    unpriced: int = 0  # requests whose cost nobody knows

    def of(self, requests: int) -> Spent:
        """The same, when so many were made: those the ledger does not have, or has no longer, have no known cost."""
        missing = max(0, requests - self.requests)
        return Spent(self.requests + missing, self.cost_usd, self.unpriced + missing)

    @property
    def exact(self) -> bool:
        return not self.unpriced

    @property
    def unknown(self) -> bool:
        """Nothing is known of what it cost."""
        return self.requests > 0 and self.unpriced == self.requests


def total(rows: Iterable[RequestRow], label: str = "total") -> Total:
    known = list(rows)
    costs = [row.cost_usd for row in known if row.cost_usd is not None]
    return Total(
        label,
        len(known),
        reduce(Usage.__add__, (row.usage for row in known), Usage()),
        sum(costs),
        len(known) - len(costs),
        sum(row.latency_ms for row in known),
        sum(row.outcome != "ok" for row in known),
        sum(row.tries - 1 for row in known),
    )


def totals(rows: Iterable[RequestRow], by: Callable[[RequestRow], str]) -> tuple[Total, ...]:
    """One total per label, in the order in which the labels first appear."""
    groups: dict[str, list[RequestRow]] = {}
    for row in rows:
        groups.setdefault(by(row), []).append(row)
    return tuple(total(group, label) for label, group in groups.items())
