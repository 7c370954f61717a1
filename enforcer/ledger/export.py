"""The ledger for other programs: rows and sums as CSV (RFC 4180) and as plain JSON."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from io import StringIO
from typing import Any

from enforcer.core.figures import UNKNOWN
from enforcer.core.requests import RequestRow
from enforcer.ledger.report import LABELS
from enforcer.ledger.schema import COLUMNS, COUNTS, values
from enforcer.ledger.totals import Total, totals

# What the service or nobody said is no empty cell: a spreadsheet would add it up as 0.
_SAID = frozenset({*COUNTS, "cost_usd", "cost_known_usd"})
# A spreadsheet runs what begins so, and some read on behind a tab or a line end.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def rows_as_csv(rows: Iterable[RequestRow]) -> Iterator[str]:
    """Line by line, the names of the columns first."""
    return _csv(COLUMNS, map(values, rows))


def sums_as_csv(by: str, rows: Sequence[RequestRow]) -> Iterator[str]:
    sums = sums_of(by, rows)
    return _csv((by, *_FIGURES), sums)


def sums_of(by: str, rows: Sequence[RequestRow]) -> list[dict[str, Any]]:
    """One for each lane, model, …; `cost_usd` is None unless the cost of every request is known."""
    parts = totals(rows, _delegation if by == "delegation" else LABELS[by])
    return [{by: part.label, **_figures(part)} for part in sorted(parts, key=lambda part: part.label)]


def _delegation(row: RequestRow) -> str:
    return row.parent or "no delegation"


_FIGURES = ("requests", "failed", *COUNTS, "cost_usd", "cost_known_usd", "unpriced", "latency_ms")


def _figures(part: Total) -> dict[str, Any]:
    counts = {name: getattr(part.usage, name) for name in COUNTS}
    cost = part.cost_usd if part.exact else None
    money = {"cost_usd": cost, "cost_known_usd": part.cost_usd, "unpriced": part.unpriced}
    return {
        "requests": part.requests,
        "failed": part.failed,
        **counts,
        **money,
        "latency_ms": part.latency_ms,
    }


def _csv(names: Sequence[str], lines: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    yield _line(names)
    for each in lines:
        yield _line([_cell(name, each[name]) for name in names])


def _cell(name: str, value: object) -> object:
    if value is None:
        return UNKNOWN if name in _SAID else ""
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"  # spreadsheets take what follows for text
    return value


def _line(cells: Iterable[object]) -> str:
    text = StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerow(cells)
    return text.getvalue()
