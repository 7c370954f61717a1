"""`enforcer ledger`: what every model request asked for, got and cost."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from enforcer.core.errors import UsageError

if TYPE_CHECKING:
    from enforcer.config.paths import Paths
    from enforcer.core.requests import RequestRow

app = typer.Typer(add_completion=False, rich_markup_mode=None)

NOTHING_YET = "no request is in the ledger yet; it fills as you work, or see one in: enforcer demo"
NOTHING_SUCH = "no request of that kind is in the ledger"
WIDE, NARROW = 110, 60  # columns of a screen that take a whole table, and the best part of one
HOURS = {"h": 1, "d": 24, "w": 24 * 7}


@app.command(context_settings={"help_option_names": ["-h", "--help"]})
def ledger(
    session: Annotated[
        str | None, typer.Option(metavar="ID", help="Only this session; the beginning of its id is enough.")
    ] = None,
    since: Annotated[
        str | None, typer.Option(metavar="WHEN", help="Only from then on: 2026-11-20, 2026-11-20T10:00, 12h, 7d, 2w.")
    ] = None,
    days: Annotated[int | None, typer.Option(min=1, max=36_500, metavar="N", help="Only the last N days.")] = None,
    by: Annotated[
        str | None, typer.Option(metavar="WHAT", help="lane, model, task, day, skill, session or delegation.")
    ] = None,
    requests: Annotated[bool, typer.Option("--requests", help="Every request by itself.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The rows as JSON lines; with --by, the sums.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="The rows as CSV; with --by, the sums.")] = False,
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Read back from the session records what is missing.")
    ] = False,
) -> int:
    """What every model request asked for, what served it, why, and what it cost; sub-agents and side calls included."""
    from enforcer.config.paths import Paths
    from enforcer.ledger.report import GROUPINGS

    if by is not None and by not in GROUPINGS:
        raise UsageError(f"--by {by}: use one of {', '.join(GROUPINGS)}")
    if as_json and as_csv:
        raise UsageError("--json and --csv are two forms of the same; use one of them")
    if since and days:
        raise UsageError("--since and --days say the same in two ways; use one of them")
    oldest = datetime.now(UTC) - timedelta(days=days) if days else moment(since) if since else None
    rows = _rows(Paths.from_env(os.environ), oldest, rebuild=rebuild)
    if session:
        rows = [row for row in rows if row.session.startswith(session)]
    if as_json or as_csv:
        _export(rows, by, as_csv=as_csv)
    elif not rows:
        sys.stdout.write(f"{NOTHING_SUCH if session or oldest else NOTHING_YET}\n")
    else:
        _show(rows, by, requests=requests)
    return 0


def moment(text: str) -> datetime:
    """Where `--since` begins; a day or time without a zone is this machine's. Raises: UsageError."""
    try:
        if found := re.fullmatch(r"(\d{1,5})([hdw])", text.strip()):
            return datetime.now(UTC) - timedelta(hours=int(found[1]) * HOURS[found[2]])
        return datetime.fromisoformat(text.strip()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise UsageError(
            f"--since {text}: write a day (2026-11-20), a time (2026-11-20T10:00), or 12h, 7d, 2w"
        ) from None


def _rows(paths: Paths, since: datetime | None, *, rebuild: bool) -> Sequence[RequestRow]:
    """What was lost is read back first. Raises: EnforcerError."""
    from contextlib import closing

    from enforcer.cli.mended import mended_here
    from enforcer.ledger.ledger import Ledger

    with closing(Ledger(paths.data / "ledger.sqlite3")) as ledger_:
        said = mended_here(ledger_, paths, always=rebuild)
        if said or rebuild:
            sys.stderr.write(f"enforcer: {said or 'nothing was missing in the ledger'}\n")
        return ledger_.rows(since=since)


def _export(rows: Sequence[RequestRow], by: str | None, *, as_csv: bool) -> None:
    from enforcer.core.events import plain
    from enforcer.ledger.export import rows_as_csv, sums_as_csv, sums_of

    if as_csv:
        for line in sums_as_csv(by, rows) if by else rows_as_csv(rows):
            sys.stdout.write(line)
        return
    for each in sums_of(by, rows) if by else map(plain, rows):
        sys.stdout.write(json.dumps(each, ensure_ascii=False) + "\n")


def _show(rows: Sequence[RequestRow], by: str | None, *, requests: bool) -> None:
    from enforcer.ledger import report
    from enforcer.ui.tables import print_table

    tables = [report.requests(rows) if requests else report.by(by or "lane", rows)]
    if by is None and not requests and any(row.parent for row in rows):
        tables.append(report.by_delegation(rows))
    screen = sys.stdout.isatty()
    width = shutil.get_terminal_size().columns if screen else WIDE
    for table in tables:
        cut = tuple if width >= WIDE else _columns(table.narrow if width >= NARROW else table.tiny)
        print_table(cut(table.headers), [cut(row) for row in (*table.rows, table.total)])
    sys.stdout.write(f"{report.TRUSTED}{': ' if screen else chr(9)}{report.trusted(rows)}\n")


def _columns(wanted: Sequence[int]) -> Callable[[Sequence[str]], tuple[str, ...]]:
    return lambda cells: tuple(cells[column] for column in wanted)
