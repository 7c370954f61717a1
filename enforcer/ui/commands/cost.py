"""`/cost`: what this session used, per lane and per delegation, side calls included."""

from __future__ import annotations

from collections.abc import Sequence

from enforcer.core.requests import Check
from enforcer.ledger import report
from enforcer.ui.commands.base import STAY, Done, Host, command


@command("cost", "what this session used, per lane and per delegation", aliases=("usage", "stats", "ledger"))
async def COMMAND(host: Host, arguments: str) -> Done:
    if said := host.mend_ledger():
        host.say(said)
    rows = host.ledger.rows(session=host.session_id)
    if not rows:
        host.say("no request yet")
        return STAY
    tables = [report.by_lane(rows)]
    if any(row.parent for row in rows):
        tables.append(report.by_delegation(rows))
    for table in tables:
        host.table(_short(table.headers), [_short(row) for row in (*table.rows, table.total)])
    if hits := report.cache_line(rows):
        host.say(hits)
    unpriced = sorted({str(row.asked) for row in rows if row.cost_usd is None and row.outcome == "ok"})
    if unpriced:
        host.say(f"no price is known for {', '.join(unpriced)}; add one in models.yaml in your config folder")
    if any(row.check is not Check.NONE for row in rows):
        host.say(f"{report.TRUSTED}: {report.trusted(rows)}")
    return STAY


def _short(cells: Sequence[str]) -> tuple[str, ...]:
    return tuple(cells[column] for column in report.NARROW)
