"""The ledger: one SQLite row per model request, kept for all sessions. It knows nothing of how rows are shown."""

from __future__ import annotations

import fcntl
import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from enforcer.core.errors import EnforcerError
from enforcer.core.lanes import Lane, ModelRef
from enforcer.core.messages import Usage
from enforcer.core.requests import PinStatus, Purpose, RequestRow
from enforcer.ledger.totals import Spent, Total, totals

if TYPE_CHECKING:
    import sqlite3

log = logging.getLogger(__name__)

BUSY_MS = 2000  # another process writes a row in well under a millisecond
COUNTS = ("input", "output", "cache_read", "cache_write", "searches")
INSERT = """
    INSERT OR IGNORE INTO requests
        (id, session, turn, step, lane, purpose, asked, served, pin, why, input, output, cache_read, cache_write,
         cost_usd, price, started, latency_ms, outcome, tries, parent, agent, searches)
    VALUES
        (:id, :session, :turn, :step, :lane, :purpose, :asked, :served, :pin, :why, :input, :output, :cache_read,
         :cache_write, :cost_usd, :price, :started, :latency_ms, :outcome, :tries, :parent, :agent,
         :searches)
"""
SELECT = "SELECT * FROM requests WHERE started >= :since ORDER BY started DESC, rowid DESC LIMIT :limit"
SELECT_SESSION = """
    SELECT * FROM requests WHERE session = :session AND started >= :since
    ORDER BY started DESC, rowid DESC LIMIT :limit
"""
MOST_AT_ONCE = 500  # SQLite takes at least 999 parameters
SPENT = """
    SELECT session, COUNT(*) AS requests, SUM(cost_usd) AS cost_usd, SUM(cost_usd IS NULL) AS unpriced
    FROM requests WHERE session IN ({marks}) GROUP BY session
"""
# One script per schema version, never edited once released: a change is a new script at the end.
MIGRATIONS = (
    """
    CREATE TABLE requests (
        id TEXT PRIMARY KEY, session TEXT NOT NULL, turn INTEGER NOT NULL, step INTEGER NOT NULL, lane TEXT NOT NULL,
        purpose TEXT NOT NULL, asked TEXT NOT NULL, served TEXT, pin TEXT NOT NULL, why TEXT NOT NULL,
        input INTEGER, output INTEGER, cache_read INTEGER, cache_write INTEGER,
        cost_usd REAL, price TEXT NOT NULL, started TEXT NOT NULL, latency_ms INTEGER NOT NULL, outcome TEXT NOT NULL,
        tries INTEGER NOT NULL, parent TEXT, agent TEXT
    );
    CREATE INDEX requests_by_session ON requests (session);
    CREATE INDEX requests_by_start ON requests (started);
    """,
    "ALTER TABLE requests ADD COLUMN searches INTEGER",
)


class Ledger:
    """Opened when first used; the file is the person's alone. Several processes may write at once."""

    def __init__(self, path: Path, *, migrations: Sequence[str] = MIGRATIONS) -> None:
        self.path = path
        self._migrations = migrations
        self._connection: sqlite3.Connection | None = None
        self._complained = False

    def add(self, row: RequestRow) -> str:
        """Keep a row. Never raises: it returns "" or, the first time it fails, one sentence for the person."""
        try:
            with self._open() as connection:
                connection.execute(INSERT, _values(row))
        except EnforcerError as error:
            log.warning("ledger: %s", error)
            first, self._complained = not self._complained, True
            return f"this session's requests are not in the ledger: {error}" if first else ""
        return ""

    def rows(
        self, *, session: str | None = None, since: datetime | None = None, limit: int | None = None
    ) -> tuple[RequestRow, ...]:
        """Oldest first; with `limit`, the newest ones. Raises: EnforcerError when the file cannot be read."""
        if not self.path.exists():
            return ()
        wanted = {
            "session": session,
            "since": _stamp(since) if since else "",
            "limit": -1 if limit is None else limit,
        }
        with self._open() as connection:
            found = connection.execute(SELECT if session is None else SELECT_SESSION, wanted).fetchall()
        return tuple(_row(dict(values)) for values in reversed(found))

    def totals_by_lane(self, session: str) -> tuple[Total, ...]:
        """Delegations and side calls count for the lane that made them."""
        return totals(self.rows(session=session), lambda row: row.lane.value)

    def totals_by_delegation(self, session: str) -> tuple[Total, ...]:
        """One per delegation, in the order they began; requests of the main session are left out."""
        children = [row for row in self.rows(session=session) if row.parent]
        return totals(children, lambda row: row.parent or "")

    def spent(self, sessions: Sequence[str]) -> dict[str, Spent]:
        """What each of these sessions cost; those without a row are left out. Raises: EnforcerError."""
        if not self.path.exists():
            return {}
        found: list[Any] = []
        with self._open() as connection:
            for start in range(0, len(sessions), MOST_AT_ONCE):
                some = sessions[start : start + MOST_AT_ONCE]
                found += connection.execute(SPENT.format(marks=",".join("?" * len(some))), some).fetchall()
        return {row["session"]: Spent(row["requests"], row["cost_usd"] or 0.0, row["unpriced"]) for row in found}

    def prune(self, keep_days: int) -> int:
        """Forget what is older; the number of rows. Raises: EnforcerError."""
        if not self.path.exists():
            return 0
        oldest = _stamp(datetime.now(UTC) - timedelta(days=keep_days))
        with self._open() as connection:
            return connection.execute("DELETE FROM requests WHERE started < ?", (oldest,)).rowcount

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """The connection, with every failure told as one that the person can mend."""
        import sqlite3  # costs start-up time, and `--version` and the like never need it

        try:
            if self._connection is None:
                self._connection = self._connect()
                self._connection.row_factory = sqlite3.Row
            yield self._connection
        except (sqlite3.Error, OSError) as error:
            why = error.strerror if isinstance(error, OSError) else error
            raise EnforcerError(f"{self.path} cannot be used ({why}); move it away or free it") from error

    def _connect(self) -> sqlite3.Connection:
        import sqlite3

        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with _alone_in(self.path.parent):
            if not self.path.exists():
                self.path.touch(mode=0o600)
            if self.path.is_file():
                self.path.chmod(0o600)  # SQLite gives its -wal and -shm files the mode of this one
            connection = sqlite3.connect(self.path, timeout=BUSY_MS / 1000, isolation_level=None)
            try:
                self._prepare(connection)
            except BaseException:
                connection.close()
                raise
        return connection

    def _prepare(self, connection: sqlite3.Connection) -> None:
        # WAL: a killed process loses at most the row it was writing, and readers never wait for a writer.
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        if _version(connection) == len(self._migrations):
            return
        connection.execute("BEGIN IMMEDIATE")  # one process at a time brings the schema up to date
        version = _version(connection)
        if version > len(self._migrations):
            raise EnforcerError(f"{self.path} was written by a newer enforcer; update this one")
        for script in self._migrations[version:]:
            for statement in filter(str.strip, script.split(";")):
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {len(self._migrations)}")
        connection.execute("COMMIT")


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Processes open the ledger one after another: the change to WAL does not wait for others, it fails."""
    held = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
    finally:
        os.close(held)


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")


def _values(row: RequestRow) -> dict[str, Any]:
    data = {**asdict(row), **asdict(row.usage), "asked": str(row.asked)}
    del data["usage"]
    return data


def _row(data: dict[str, Any]) -> RequestRow:
    usage = Usage(*(data.pop(name) for name in COUNTS))
    data |= {
        "lane": Lane(data["lane"]),
        "purpose": Purpose(data["purpose"]),
        "pin": PinStatus(data["pin"]),
        "asked": ModelRef.parse(data["asked"]),
    }
    return RequestRow(usage=usage, **data)
