"""The ledger: one SQLite row per model request, kept for all sessions. It knows nothing of how rows are shown."""

from __future__ import annotations

import fcntl
import logging
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from enforcer.core.errors import EnforcerError
from enforcer.core.requests import Check, RequestRow
from enforcer.ledger.schema import INSERT, MIGRATIONS, row_of, values
from enforcer.ledger.totals import Spent, Total, totals

if TYPE_CHECKING:
    import sqlite3

log = logging.getLogger(__name__)

BUSY_MS = 2000  # another process writes a row in well under a millisecond
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
CHECKED = """
    UPDATE requests SET check_outcome = :outcome, changed = :changed WHERE session = :session AND turn = :turn
"""
NEWER = "{path} was written by a newer enforcer; update this one"
DAMAGE = frozenset({11, 26})  # SQLITE_CORRUPT, SQLITE_NOTADB


class Damaged(EnforcerError):
    """The file is no ledger any more."""

    def __init__(self, path: Path, why: object) -> None:
        super().__init__(f"{path} is damaged ({why}); enforcer ledger --rebuild makes it anew from the session records")
        self.why = str(why)


class Ledger:
    """Opened when first used; the file is the person's alone. Several processes may write at once."""

    def __init__(self, path: Path, *, migrations: Sequence[str] = MIGRATIONS) -> None:
        self.path = path
        self._migrations = migrations
        self._connection: sqlite3.Connection | None = None
        self._opened: tuple[int, int] | None = None  # which file that is
        self._complained = False

    def add(self, row: RequestRow) -> str:
        """Keep a row. Never raises: it returns "" or, the first time it fails, one sentence for the person."""
        return self._write(INSERT, values(row))

    def checked(self, session: str, turn: int, outcome: Check, changed: int) -> str:
        """What the checks of a turn said, and how many files it had changed, goes to its rows. As `add`."""
        return self._write(CHECKED, {"session": session, "turn": turn, "outcome": outcome, "changed": changed})

    @property
    def whole(self) -> bool:
        """Whether all rows there ever were are in it, as far as it knows. Raises: EnforcerError; Damaged."""
        if not self.path.exists():
            return False
        with self._open() as connection:
            said = str(connection.execute("PRAGMA quick_check(1)").fetchone()[0])
            if said != "ok":
                raise Damaged(self.path, said)
            return connection.execute("SELECT 1 FROM marks WHERE name = 'whole'").fetchone() is not None

    def restore(self, rows: Iterable[RequestRow]) -> int:
        """Put back those it does not have, all or none; how many. From then on it is whole. Raises: EnforcerError."""
        with self._open() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                added = sum(connection.execute(INSERT, values(row)).rowcount for row in rows)
                connection.execute("INSERT OR IGNORE INTO marks VALUES ('whole')")
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")
            return added

    def set_aside(self) -> Path | None:
        """Give a damaged file another name; None when another process has done so meanwhile. Raises: EnforcerError."""
        self.close()
        with self._told(), _alone_in(self.path.parent):
            if not _is_damaged(self.path):
                return None
            stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S-%f")
            kept = self.path.with_name(f"{self.path.name}.damaged-{stamp}")
            self.path.rename(kept)
            for end in ("-wal", "-shm"):  # they belong to the file they were written for
                with suppress(FileNotFoundError):
                    self.path.with_name(self.path.name + end).rename(f"{kept}{end}")
            return kept

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
        try:
            return tuple(row_of(dict(each)) for each in reversed(found))
        except ValueError as error:  # a word this version does not know
            raise EnforcerError(NEWER.format(path=self.path)) from error

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

    def _write(self, statement: str, given: dict[str, Any]) -> str:
        try:
            with self._open() as connection:
                connection.execute(statement, given)
        except EnforcerError as error:
            log.warning("ledger: %s", error)
            first, self._complained = not self._complained, True
            return f"this session's requests are not in the ledger: {error}" if first else ""
        return ""

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """The connection, with every failure told as one that the person can mend."""
        import sqlite3  # costs start-up time, and `--version` and the like never need it

        with self._told():
            if self._connection is not None and _identity(self.path) != self._opened:
                self.close()  # another process has set the file aside, or the person has moved it away
            if self._connection is None:
                self._connection = self._connect()
                self._connection.row_factory = sqlite3.Row
                self._opened = _identity(self.path)
            yield self._connection

    @contextmanager
    def _told(self) -> Iterator[None]:
        import sqlite3

        try:
            yield
        except sqlite3.Error as error:
            if _damage(error):
                raise Damaged(self.path, error) from error
            raise EnforcerError(f"{self.path} cannot be used ({error}); move it away or free it") from error
        except OSError as error:
            raise EnforcerError(f"{self.path} cannot be used ({error.strerror}); move it away or free it") from error

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
            raise EnforcerError(NEWER.format(path=self.path))
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


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


def _damage(error: sqlite3.Error) -> bool:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in DAMAGE


def _is_damaged(path: Path) -> bool:
    """Looks by itself, with the folder held: who waited for it finds what another process has mended."""
    import sqlite3

    if not path.is_file():
        return False
    try:
        with closing(sqlite3.connect(path, timeout=BUSY_MS / 1000)) as connection:
            return str(connection.execute("PRAGMA quick_check(1)").fetchone()[0]) != "ok"
    except sqlite3.Error as error:
        return _damage(error)
