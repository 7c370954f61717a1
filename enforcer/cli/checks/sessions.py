"""The records and the ledger: how many, and are they whole."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from enforcer.cli.checks.scene import Scene
from enforcer.session.record import NAME
from enforcer.session.store import Store
from enforcer.ui.findings import Finding, error, ok, warning

WITHIN_S = 2.0
REBUILD = "enforcer ledger --rebuild"  # keeps the damaged file under another name


def check(scene: Scene) -> Iterator[Finding]:
    yield from _records(scene)
    yield from _ledger(scene.paths.data / "ledger.sqlite3")


def _records(scene: Scene) -> Iterator[Finding]:
    store = Store(scene.paths)
    here, live = store.list(scene.root), store.live(scene.root)
    opened = f", {len(live)} open now" if live else ""
    yield ok("sessions", f"{len(here)} of this project{opened}")
    empty = [path for path in scene.paths.data.glob(f"projects/*/*/{NAME}") if path.stat().st_size == 0]
    for path in empty:
        yield warning("session-empty", f"{path} is empty", f"rm -r {path.parent}")


def _ledger(path: Path) -> Iterator[Finding]:
    if not path.exists():
        yield ok("ledger-none", "no ledger yet; it begins with the first request")
        return
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=WITHIN_S)) as connection:
            said = str(connection.execute("PRAGMA quick_check(1)").fetchone()[0])
            count = int(connection.execute("SELECT count(*) FROM requests").fetchone()[0])
    except sqlite3.Error as failed:
        yield error("ledger-broken", f"{path} cannot be read ({failed})", REBUILD)
        return
    if said != "ok":
        yield error("ledger-broken", f"{path} is damaged ({said})", REBUILD)
    else:
        yield ok("ledger", f"{count:,} requests in {path}")
