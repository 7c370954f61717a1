"""Plain tables for people: aligned on a screen, tab-separated in a pipe."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from enforcer.ui.sanitize import clean

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table


def print_table(columns: Sequence[str], rows: Sequence[Sequence[str]], console: Console | None = None) -> None:
    """Draw on `console`, or on standard output; a pipe gets one line per row, cells separated by tabs."""
    if console is None and not sys.stdout.isatty():
        for row in (columns, *rows):
            sys.stdout.write("\t".join(clean(cell).replace("\t", " ") for cell in row) + "\n")
        return
    if console is None:
        from rich.console import Console

        console = Console(highlight=False)
    console.print(make_table(columns, rows))


def make_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    """Every cell is text, never markup: most of them were written by a model or a file."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="dim", border_style="dim")
    for column in columns:
        table.add_column(Text(column), overflow="fold")
    for row in rows:
        table.add_row(*(Text(clean(cell)) for cell in row))
    return table
