"""The ledger in words: plain tables and lines for `/cost` and `enforcer ledger`; it draws nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from enforcer.core.figures import UNKNOWN, count, duration, tokens
from enforcer.core.figures import money as usd
from enforcer.core.requests import Check, Purpose, RequestRow
from enforcer.ledger.totals import Spent, Total, total, totals

HEADERS = ("requests", "tokens in", "cached", "tokens out", "cost", "model time", "failed")
NARROW = (0, 1, 2, 4, 5)  # who, requests, tokens in and out, cost: what fits beside each other
TRUSTED = "cost per trusted change"


@dataclass(frozen=True, slots=True)
class Table:
    """`total` is the last row, apart; every row has as many cells as there are headers."""

    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    total: tuple[str, ...]
    narrow: tuple[int, ...] = NARROW  # the columns for a small screen
    tiny: tuple[int, ...] = (0, 5)  # and for half of one


def by_lane(rows: Sequence[RequestRow]) -> Table:
    """Per lane; what delegations, handoffs and the classifier used has rows of its own."""
    return by("lane", rows)


def by_delegation(rows: Sequence[RequestRow]) -> Table:
    """One row per delegation, in the order they began."""
    children = [row for row in rows if row.parent]
    names = {row.parent: f"{row.agent or 'agent'} on {row.asked} ({row.parent})" for row in reversed(children)}
    return _table("delegation", children, lambda row: names[row.parent])


def by(name: str, rows: Sequence[RequestRow]) -> Table:
    """By one of `LABELS`, or by delegation."""
    if name == "delegation":
        return by_delegation(rows)
    return _table(name, rows, LABELS[name], sort=name != "session")


def _lane(row: RequestRow) -> str:
    return row.lane if row.purpose is Purpose.MAIN else f"{row.lane} · {row.purpose}"


def _task(row: RequestRow) -> str:
    return row.decided.task or "no task"


LABELS: dict[str, Callable[[RequestRow], str]] = {
    "lane": _lane,
    "model": lambda row: str(row.asked),
    "task": _task,
    "day": lambda row: row.started[:10],  # of UTC, as the rows are stamped
    "skill": lambda row: row.decided.skill or "no skill",
    "session": lambda row: row.session,
}
GROUPINGS = (*LABELS, "delegation")


def requests(rows: Sequence[RequestRow]) -> Table:
    """Every request by itself."""
    headers = (
        "started, UTC",
        "lane",
        "for",
        "asked",
        "served",
        "pin",
        "tokens in",
        "tokens out",
        "cost",
        "outcome",
        "why",
    )
    return Table(
        headers,
        tuple(_request(row) for row in rows),
        ("total", *[""] * 5, *_sums(rows), "", ""),
        (0, 2, 3, 8, 9),
        (0, 3, 8),
    )


def cache_line(rows: Sequence[RequestRow]) -> str:
    """How much of what was sent the services had kept; "" when none of them said so."""
    parts = [
        (part.label, _share(part)) for part in totals(sorted(rows, key=lambda row: row.lane), lambda row: row.lane)
    ]
    hits = ", ".join(f"{lane} {share:.0%}" for lane, share in parts if share is not None)
    return f"from the services' caches, of the tokens in: {hits}" if hits else ""


def _share(part: Total) -> float | None:
    use = part.usage
    return use.cache_read / use.input if use.input and use.cache_read else None


def trusted(rows: Sequence[RequestRow]) -> str:
    """What a change cost that passed its checks, all that was spent on the way to it included."""
    changes = {(row.session, row.turn): row.check for row in rows if row.changed}
    passed = sum(check is Check.PASSED for check in changes.values())
    failed = sum(check is Check.FAILED for check in changes.values())
    missed = f", {count(failed, 'turn')} failed" if failed else ""
    if not passed:
        return f"no checked changes yet{missed}"
    sums = total(rows)
    each = money(replace(sums, cost_usd=sums.cost_usd / passed))
    return f"{each} ({money(sums)} for {count(passed, 'turn')} that changed files and passed the checks{missed})"


def money(sums: Total) -> str:
    """`$0.08`; `≥ $0.08` when some requests have no known cost; `unknown` when none has."""
    return spent(Spent(sums.requests, sums.cost_usd, sums.unpriced)) if sums.requests else usd(0.0)


def spent(sums: Spent) -> str:
    """As `money`; a dash when no request was made."""
    if not sums.requests:
        return "–"
    if sums.unknown:
        return UNKNOWN
    return usd(sums.cost_usd) if sums.exact else f"≥ {usd(sums.cost_usd)}"


def _table(header: str, rows: Sequence[RequestRow], label: Callable[[RequestRow], str], *, sort: bool = False) -> Table:
    parts = totals(rows, label)
    ordered = sorted(parts, key=lambda part: part.label) if sort else parts
    return Table((header, *HEADERS), tuple(_cells(part) for part in ordered), _cells(total(rows)))


def _cells(part: Total) -> tuple[str, ...]:
    use = part.usage
    counts = (tokens(use.input), tokens(use.cache_read), tokens(use.output))
    return (part.label, str(part.requests), *counts, money(part), duration(part.latency_ms), str(part.failed))


def _request(row: RequestRow) -> tuple[str, ...]:
    served = row.served or "not named"
    tried = row.outcome if row.tries == 1 else f"{row.outcome} ({row.tries} tries)"
    purpose = f"{row.purpose} {row.agent or ''}".strip()
    asked = (row.started[:19].replace("T", " "), row.lane.value, purpose, str(row.asked), served, row.pin.value)
    return (*asked, tokens(row.usage.input), tokens(row.usage.output), usd(row.cost_usd), tried, row.why)


def _sums(rows: Sequence[RequestRow]) -> tuple[str, str, str]:
    sums = total(rows)
    return tokens(sums.usage.input), tokens(sums.usage.output), money(sums)
