"""`python -m benchmarks`: measure every row and print the table. Nothing here is a test."""

from __future__ import annotations

import argparse
import os
import sys

from benchmarks import commands, keys, streams, table, turns, verdicts
from benchmarks.stage import open_stage

ROWS = (*commands.ROWS, *keys.ROWS, *turns.ROWS, *streams.ROWS, *verdicts.ROWS)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", metavar="ROW", action="append", help="a row by its key or its beginning; repeatable")
    parser.add_argument("--runs", metavar="N", type=int, default=7, help="runs of a quick row; long rows take fewer")
    parser.add_argument("--json", action="store_true", help="everything measured, as JSON")
    parser.add_argument("--list", action="store_true", help="the keys of the rows")
    options = parser.parse_args()
    chosen = [row for row in ROWS if not options.only or row.key.startswith(tuple(options.only))]
    if options.list or not chosen:
        sys.stdout.write("".join(f"{row.key:15} {row.name}\n" for row in ROWS))
        return 0 if chosen else 2
    results = measure(chosen, options.runs)
    sys.stdout.write(f"{table.as_json(results) if options.json else table.text(results)}\n")
    return 0


def measure(chosen: list[table.Row], runs: int) -> list[table.Result]:
    results = []
    with open_stage() as stage:
        for row in chosen:
            sys.stderr.write(f"\r\x1b[K{row.name} …" if sys.stderr.isatty() else "")
            results.append(table.Result(row.key, row.name, row.unit, row.bar, row.measure(stage, runs)))
    load = os.getloadavg()[0]
    sys.stderr.write("\r\x1b[K" if sys.stderr.isatty() else "")
    sys.stderr.write(f"load of this machine at the end: {load:.1f} on {os.cpu_count()} processors\n")
    return results


if __name__ == "__main__":
    sys.exit(main())
