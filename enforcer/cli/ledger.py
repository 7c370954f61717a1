"""`enforcer ledger`: what every model request asked for, got and cost."""

from __future__ import annotations

import json
import os
import shutil
import sys
from typing import Annotated

import typer

from enforcer.core.errors import UsageError

app = typer.Typer(add_completion=False, rich_markup_mode=None)

NOTHING_YET = "no request is in the ledger yet; it fills as you work, or see one in: enforcer demo"


@app.command(context_settings={"help_option_names": ["-h", "--help"]})
def ledger(
    session: Annotated[
        str | None, typer.Option(metavar="ID", help="Only this session; the beginning of its id is enough.")
    ] = None,
    days: Annotated[int | None, typer.Option(min=1, metavar="N", help="Only the last N days.")] = None,
    by: Annotated[str, typer.Option(metavar="WHAT", help="lane, model, delegation, session or day.")] = "lane",
    requests: Annotated[bool, typer.Option("--requests", help="Every request by itself.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The rows as JSON lines.")] = False,
) -> int:
    """What every model request asked for, what served it, why, and what it cost; sub-agents and side calls included."""
    from contextlib import closing
    from datetime import UTC, datetime, timedelta

    from enforcer.config.paths import Paths
    from enforcer.core.events import plain
    from enforcer.core.requests import RequestRow
    from enforcer.ledger import report
    from enforcer.ledger.ledger import Ledger

    if by not in report.GROUPINGS:
        raise UsageError(f"--by {by}: use one of {', '.join(report.GROUPINGS)}")
    path = Paths.from_env(os.environ).data / "ledger.sqlite3"
    since = datetime.now(UTC) - timedelta(days=days) if days else None
    rows: tuple[RequestRow, ...] = ()
    if path.exists():
        with closing(Ledger(path)) as ledger_:
            rows = ledger_.rows(since=since)
    if session:
        rows = tuple(row for row in rows if row.session.startswith(session))
    if as_json:
        for row in rows:
            sys.stdout.write(json.dumps(plain(row)) + "\n")
        return 0
    if not rows:
        nothing = "no request of that kind is in the ledger" if session or days else NOTHING_YET
        sys.stdout.write(f"{nothing}\n")
        return 0
    from enforcer.ui.tables import print_table

    tables = [report.requests(rows)] if requests else [report.GROUPINGS[by](rows)]
    if by == "lane" and not requests and any(row.parent for row in rows):
        tables.append(report.by_delegation(rows))
    columns = list(range(len(tables[0].headers)))
    if not requests and sys.stdout.isatty() and shutil.get_terminal_size().columns < 110:
        columns = [0, 1, 2, 4, 5]  # who, requests, tokens in and out, cost: what fits beside each other
    for table in tables:
        rows_ = [table.headers, *table.rows, table.total]
        head, *body = ([row[column] for column in columns] for row in rows_)
        print_table(head, body)
    return 0
