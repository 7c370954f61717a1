"""The ledger in words: plain tables and lines for `/cost` and `enforcer ledger`; it draws nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from enforcer.core.requests import Purpose, RequestRow
from enforcer.ledger.totals import Spent, Total, total, totals

HEADERS = ("requests", "tokens in", "cached", "tokens out", "cost", "model time", "failed")
UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Table:
    """`total` is the last row, apart; every row has as many cells as there are headers."""

    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    total: tuple[str, ...]


def by_lane(rows: Sequence[RequestRow]) -> Table:
    """Per lane; what delegations, handoffs and the classifier used has rows of its own."""

    def label(row: RequestRow) -> str:
        return row.lane if row.purpose is Purpose.MAIN else f"{row.lane} · {row.purpose}"

    return _table("lane", rows, label, sort=True)


def by_model(rows: Sequence[RequestRow]) -> Table:
    return _table("model", rows, lambda row: str(row.asked), sort=True)


def by_delegation(rows: Sequence[RequestRow]) -> Table:
    """One row per delegation, in the order they began."""
    children = [row for row in rows if row.parent]
    names = {row.parent: f"{row.agent or 'agent'} on {row.asked} ({row.parent})" for row in reversed(children)}
    return _table("delegation", children, lambda row: names[row.parent])


def by_session(rows: Sequence[RequestRow]) -> Table:
    return _table("session", rows, lambda row: row.session)


def by_day(rows: Sequence[RequestRow]) -> Table:
    """Days of UTC, as the rows are stamped."""
    return _table("day", rows, lambda row: row.started[:10], sort=True)


GROUPINGS: dict[str, Callable[[Sequence[RequestRow]], Table]] = {
    "lane": by_lane,
    "model": by_model,
    "delegation": by_delegation,
    "session": by_session,
    "day": by_day,
}


def requests(rows: Sequence[RequestRow]) -> Table:
    """Every request by itself."""
    headers = ("started", "lane", "for", "asked", "served", "pin", "tokens in", "tokens out", "cost", "outcome", "why")
    return Table(headers, tuple(_request(row) for row in rows), ("total", *[""] * 5, *_sums(rows), "", ""))


def cost_lines(rows: Sequence[RequestRow]) -> tuple[str, ...]:
    """What `/cost` says: the sum, each lane's part, and what was not the conversation itself."""
    if not rows:
        return ("no request yet",)
    lines = [_line(total(rows))]
    lines += [f"  {_line(part)}" for part in totals(sorted(rows, key=lambda row: row.lane), lambda row: row.lane)]
    side = [row for row in rows if row.purpose is not Purpose.MAIN]
    lines += [f"  of which {_line(part)}" for part in totals(side, lambda row: row.purpose)]
    unpriced = sorted({str(row.asked) for row in rows if row.cost_usd is None and row.outcome == "ok"})
    if unpriced:
        lines.append(f"  no price or no token count for {', '.join(unpriced)}; add a price in models.yaml")
    return tuple(lines)


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


def money(sums: Total) -> str:
    """`$0.08`; `≥ $0.08` when some requests have no known cost; `unknown` when none has."""
    if sums.requests and sums.unpriced == sums.requests:
        return UNKNOWN
    return usd(sums.cost_usd) if sums.exact else f"≥ {usd(sums.cost_usd)}"


def spent(sums: Spent) -> str:
    """As `money`; a dash when no request was made."""
    if not sums.requests:
        return "–"
    if sums.unknown:
        return UNKNOWN
    return usd(sums.cost_usd) if sums.exact else f"≥ {usd(sums.cost_usd)}"


def usd(cost_usd: float | None) -> str:
    """Cents, or four digits below a cent, so that little never reads as nothing."""
    if cost_usd is None:
        return UNKNOWN
    return f"${cost_usd:.4f}" if 0 < cost_usd < 0.01 else f"${cost_usd:,.2f}"


def tokens(number: int | None) -> str:
    """`950`, `41k`, `1.2M`; a dash when nobody said."""
    if number is None:
        return "–"
    if number < 1_000:
        return str(number)
    return f"{number / 1_000:.0f}k" if number < 999_500 else f"{number / 1_000_000:.1f}M"


def seconds(ms: int) -> str:
    if ms < 60_000:
        return f"{ms / 1000:.1f} s"
    return f"{ms // 60_000} min {ms % 60_000 // 1000} s"


def _table(header: str, rows: Sequence[RequestRow], label: Callable[[RequestRow], str], *, sort: bool = False) -> Table:
    parts = totals(rows, label)
    ordered = sorted(parts, key=lambda part: part.label) if sort else parts
    return Table((header, *HEADERS), tuple(_cells(part) for part in ordered), _cells(total(rows)))


def _cells(part: Total) -> tuple[str, ...]:
    use = part.usage
    counts = (tokens(use.input), tokens(use.cache_read), tokens(use.output))
    return (part.label, str(part.requests), *counts, money(part), seconds(part.latency_ms), str(part.failed))


def _request(row: RequestRow) -> tuple[str, ...]:
    served = row.served or "not named"
    tried = row.outcome if row.tries == 1 else f"{row.outcome} ({row.tries} tries)"
    purpose = f"{row.purpose} {row.agent or ''}".strip()
    asked = (row.started, row.lane.value, purpose, str(row.asked), served, row.pin.value)
    return (*asked, tokens(row.usage.input), tokens(row.usage.output), usd(row.cost_usd), tried, row.why)


def _sums(rows: Sequence[RequestRow]) -> tuple[str, str, str]:
    sums = total(rows)
    return tokens(sums.usage.input), tokens(sums.usage.output), money(sums)


def _line(part: Total) -> str:
    count = "1 request" if part.requests == 1 else f"{part.requests} requests"
    read = f" ({tokens(part.usage.cache_read)} cached)" if part.usage.cache_read else ""
    flow = f"{tokens(part.usage.input)} in{read}, {tokens(part.usage.output)} out"
    return f"{part.label}: {money(part)} · {count} · {flow} · {seconds(part.latency_ms)}"
