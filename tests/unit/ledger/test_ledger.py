from __future__ import annotations

import logging
import signal
import sqlite3
import stat
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from enforcer.core.errors import EnforcerError
from enforcer.core.lanes import Lane, ModelRef, Source, Task
from enforcer.core.messages import Usage
from enforcer.core.requests import Check, Decided, PinStatus, Purpose
from enforcer.ledger.ledger import MIGRATIONS, Ledger
from enforcer.ledger.totals import Spent
from tests.unit.ledger.conftest import MakeRow

WRITER = textwrap.dedent("""
    import sys
    from pathlib import Path
    from enforcer.core.lanes import Lane, ModelRef
    from enforcer.core.messages import Usage
    from enforcer.core.requests import PinStatus, Purpose, RequestRow
    from enforcer.ledger.ledger import Ledger

    path, name, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    ledger = Ledger(path)
    print("ready", flush=True)
    sys.stdin.readline()
    for number in range(count):
        row = RequestRow(f"{name}-{number}", name, 1, 1, Lane.CREATIVE, Purpose.MAIN, ModelRef("muse", "m"), None,
                         PinStatus.OK, "", Usage(1, 1), 0.01, "", "2026-11-20T10:00:00.000+00:00", 1, "ok")
        complaint = ledger.add(row)
        if complaint:
            sys.exit(complaint)
    print("written", flush=True)
    sys.stdin.readline()
""")


class Writer:
    """Another process with its own ledger on the same file."""

    def __init__(self, path: Path, name: str, count: int) -> None:
        command = [sys.executable, "-c", WRITER, str(path), name, str(count)]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self.says("ready")

    def says(self, line: str) -> None:
        assert self.process.stdout
        assert self.process.stdout.readline().strip() == line

    def go(self) -> None:
        assert self.process.stdin
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.communicate()


@pytest.fixture
def writers(path: Path) -> Iterator[list[Writer]]:
    started = [Writer(path, name, 200) for name in ("one", "two", "three")]
    yield started
    for writer in started:
        writer.kill()


def test_a_row_comes_back_as_it_was_added(ledger: Ledger, row: MakeRow) -> None:
    added = row("a", lane=Lane.ANALYTICAL, tries=3, parent="d1", agent="researcher", purpose=Purpose.DELEGATION)
    assert ledger.add(added) == ""
    assert ledger.rows() == (added,)


def test_what_was_decided_about_its_turn_comes_back_with_a_row(ledger: Ledger, row: MakeRow) -> None:
    decided = Decided("s1:1", Source.LOCAL, 0.97, Lane.CREATIVE, "switch", 2, Task.WRITE, "release-notes")
    ledger.add(row("a", decided=decided, check=Check.FAILED, changed=3))
    (found,) = ledger.rows()
    assert (found.decided, found.check, found.changed) == (decided, Check.FAILED, 3)


def test_what_the_checks_of_a_turn_say_goes_to_its_rows_alone(ledger: Ledger, row: MakeRow) -> None:
    for added in (row("a"), row("b", parent="d1"), row("c", turn=2), row("d", session="s2")):
        ledger.add(added)
    assert ledger.checked("s1", 1, Check.PASSED, 2) == ""
    assert [(found.id, found.check, found.changed) for found in ledger.rows()] == [
        ("a", Check.PASSED, 2),
        ("b", Check.PASSED, 2),
        ("c", Check.NONE, 0),
        ("d", Check.NONE, 0),
    ]


def test_a_row_with_a_word_of_a_newer_version_is_told(ledger: Ledger, path: Path, row: MakeRow) -> None:
    ledger.add(row("a"))
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("UPDATE requests SET purpose = 'dream'")
    with pytest.raises(EnforcerError) as told:
        ledger.rows()
    assert str(told.value) == f"{path} was written by a newer enforcer; update this one"


FIRST = """
    INSERT INTO requests VALUES ('a', 's1', 1, 1, 'creative', 'main', 'muse/muse-1', 'muse-1', 'ok', 'creative work',
    1000, 50, 800, 0, 0.02, '3/15 USD per Mtok, 2026-10-01', '2026-11-20T10:00:00.000+00:00', 1500, 'ok', 1, NULL, NULL
"""
OLD = {1: f"{FIRST})", 2: f"{FIRST}, 2)"}  # a row as that version wrote it


def written_by(version: int, path: Path) -> None:
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as connection:
        for script in MIGRATIONS[:version]:
            connection.executescript(script)
        connection.execute(OLD[version])
        connection.execute(f"PRAGMA user_version = {version}")
        connection.commit()


@pytest.mark.parametrize(("version", "searches"), [(1, None), (2, 2)])
def test_a_ledger_of_every_older_version_is_brought_up_to_date(
    version: int, searches: int | None, path: Path, ledger: Ledger, row: MakeRow
) -> None:
    written_by(version, path)
    assert ledger.rows() == (row("a", usage=Usage(1000, 50, 800, 0, searches)),)
    assert ledger.whole
    assert ledger.add(row("b", decided=Decided("s1:2", task=Task.DEBUG))) == ""
    assert [found.decided.task for found in ledger.rows()] == [None, Task.DEBUG]


def test_every_older_version_is_tried() -> None:
    assert sorted(OLD) == list(range(1, len(MIGRATIONS)))


def test_two_processes_bring_an_old_ledger_up_to_date_at_once_and_both_write(path: Path) -> None:
    written_by(1, path)
    both = [Writer(path, name, 100) for name in ("one", "two")]
    for writer in both:
        writer.go()
    with closing(Ledger(path)) as ledger:
        for writer in both:
            assert len(ledger.rows()) <= 201  # read while it is written
            writer.says("written")
            writer.kill()
        assert [len(ledger.rows(session=name)) for name in ("one", "two", "s1")] == [100, 100, 1]


def test_half_a_character_does_not_keep_a_row_out(ledger: Ledger, row: MakeRow) -> None:
    assert ledger.add(row("a", why="caf\udce9")) == ""
    assert ledger.rows()[0].why == "caf?"


def test_what_is_unknown_comes_back_as_unknown(ledger: Ledger, row: MakeRow) -> None:
    added = row("a", served=None, pin=PinStatus.UNVERIFIED, usage=Usage(), cost_usd=None, price="")
    ledger.add(added)
    assert ledger.rows() == (added,)


def test_a_model_id_with_slashes_comes_back_whole(ledger: Ledger, row: MakeRow) -> None:
    ledger.add(row("a", asked=ModelRef("openai-compatible:hub", "maker/model")))
    assert ledger.rows()[0].asked == ModelRef("openai-compatible:hub", "maker/model")


def test_a_request_is_kept_once(ledger: Ledger, row: MakeRow) -> None:
    ledger.add(row("a"))
    assert ledger.add(row("a")) == ""
    assert len(ledger.rows()) == 1


def test_rows_are_found_by_session(ledger: Ledger, row: MakeRow) -> None:
    ledger.add(row("a", session="s1"))
    ledger.add(row("b", session="s2"))
    assert [found.id for found in ledger.rows(session="s2")] == ["b"]


@pytest.mark.parametrize(
    ("since", "ids"),
    [
        pytest.param(datetime(2026, 11, 20, 10, 0, tzinfo=UTC), ["a", "b"], id="the_moment_itself_counts"),
        pytest.param(datetime(2026, 11, 20, 10, 0, 0, 1000, tzinfo=UTC), ["b"], id="a_millisecond_later"),
        pytest.param(datetime.fromisoformat("2026-11-20T12:30:00+02:00"), ["b"], id="in_another_zone"),
    ],
)
def test_rows_are_found_by_time(ledger: Ledger, row: MakeRow, since: datetime, ids: list[str]) -> None:
    ledger.add(row("a", started="2026-11-20T10:00:00.000+00:00"))
    ledger.add(row("b", started="2026-11-20T11:00:00.000+00:00"))
    assert [found.id for found in ledger.rows(since=since)] == ids


def test_with_a_limit_the_newest_rows_are_found_oldest_first(ledger: Ledger, row: MakeRow) -> None:
    for number in range(5):
        ledger.add(row(f"r{number}"))
    assert [found.id for found in ledger.rows(limit=2)] == ["r3", "r4"]


def test_reading_makes_no_file(ledger: Ledger, path: Path) -> None:
    assert ledger.rows() == ()
    assert ledger.prune(1) == 0
    assert not path.exists()


def test_the_file_and_its_folder_are_the_persons_alone(ledger: Ledger, path: Path, row: MakeRow) -> None:
    ledger.add(row("a"))
    modes = {file.name: oct(stat.S_IMODE(file.stat().st_mode)) for file in (path.parent, *path.parent.iterdir())}
    assert modes == {
        "data": "0o700",
        "ledger.sqlite3": "0o600",
        "ledger.sqlite3-wal": "0o600",
        "ledger.sqlite3-shm": "0o600",
    }


def test_a_file_that_others_could_read_is_closed_to_them(path: Path, ledger: Ledger, row: MakeRow) -> None:
    path.parent.mkdir()
    path.touch(mode=0o644)
    ledger.add(row("a"))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_totals_by_lane_include_what_was_delegated(ledger: Ledger, row: MakeRow) -> None:
    ledger.add(row("a"))
    ledger.add(row("b", lane=Lane.ANALYTICAL, purpose=Purpose.DELEGATION, parent="d1"))
    ledger.add(row("c", lane=Lane.ANALYTICAL))
    ledger.add(row("d", session="s2"))
    assert [(part.label, part.requests) for part in ledger.totals_by_lane("s1")] == [("creative", 1), ("analytical", 2)]


def test_totals_by_delegation_leave_out_the_main_session(ledger: Ledger, row: MakeRow) -> None:
    ledger.add(row("a"))
    ledger.add(row("b", parent="d1"))
    ledger.add(row("c", parent="d2"))
    ledger.add(row("d", parent="d1"))
    assert [(part.label, part.requests) for part in ledger.totals_by_delegation("s1")] == [("d1", 2), ("d2", 1)]


def test_old_rows_are_forgotten_when_asked(ledger: Ledger, row: MakeRow) -> None:
    ledger.add(row("old", started=(datetime.now(UTC) - timedelta(days=31)).isoformat()))
    ledger.add(row("new", started=(datetime.now(UTC) - timedelta(days=29)).isoformat()))
    assert ledger.prune(30) == 1
    assert [found.id for found in ledger.rows()] == ["new"]


def test_a_ledger_can_be_used_again_after_it_was_closed(ledger: Ledger, row: MakeRow) -> None:
    ledger.add(row("a"))
    ledger.close()
    ledger.close()
    ledger.add(row("b"))
    assert len(ledger.rows()) == 2


def test_a_ledger_that_cannot_be_written_is_told_once_and_never_raises(
    path: Path, ledger: Ledger, row: MakeRow, caplog: pytest.LogCaptureFixture
) -> None:
    path.parent.mkdir()
    path.write_text("this is not a database, it only has its name" * 30, encoding="utf-8")
    with caplog.at_level(logging.WARNING):
        said = [ledger.add(row("a")), ledger.add(row("b"))]
    assert said == [
        f"this session's requests are not in the ledger: {path} is damaged (file is not a database); "
        "enforcer ledger --rebuild makes it anew from the session records",
        "",
    ]
    assert len(caplog.records) == 2


def test_a_folder_in_the_files_place_is_told(path: Path, ledger: Ledger, row: MakeRow) -> None:
    path.mkdir(parents=True)
    assert ledger.add(row("a")).endswith(
        f"{path} cannot be used (unable to open database file); move it away or free it"
    )
    assert stat.S_IMODE(path.stat().st_mode) & 0o100


def test_a_damaged_ledger_cannot_be_read_and_says_so(path: Path, ledger: Ledger) -> None:
    path.parent.mkdir()
    path.write_text("this is not a database, it only has its name" * 30, encoding="utf-8")
    with pytest.raises(EnforcerError, match=r"is damaged \(file is not a database\)"):
        ledger.rows()


def test_a_newer_schema_is_left_alone(path: Path, row: MakeRow) -> None:
    newer = Ledger(path, migrations=(*MIGRATIONS, "ALTER TABLE requests ADD COLUMN mood TEXT"))
    newer.add(row("a"))
    newer.close()
    assert Ledger(path).add(row("b")) == (
        f"this session's requests are not in the ledger: {path} was written by a newer enforcer; update this one"
    )


def test_an_older_schema_is_brought_up_to_date_and_keeps_its_rows(path: Path, ledger: Ledger, row: MakeRow) -> None:
    ledger.add(row("a"))
    newer = Ledger(path, migrations=(*MIGRATIONS, "CREATE TABLE notes (text TEXT); CREATE TABLE moods (text TEXT)"))
    newer.add(row("b"))
    newer.close()
    with closing(sqlite3.connect(path)) as connection:
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        assert tables == {"requests", "marks", "notes", "moods"}
        assert connection.execute("PRAGMA user_version").fetchone() == (4,)
        assert connection.execute("SELECT count(*) FROM requests").fetchone() == (2,)


def test_a_migration_that_fails_changes_nothing(path: Path, ledger: Ledger, row: MakeRow) -> None:
    ledger.add(row("a"))
    broken = Ledger(path, migrations=(*MIGRATIONS, "CREATE TABLE notes (text TEXT); CREATE TABLE requests (x TEXT)"))
    assert "already exists" in broken.add(row("b"))
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'notes'").fetchone() == (0,)
    assert ledger.add(row("c")) == ""


def test_three_processes_make_one_ledger_and_write_it_at_once(writers: list[Writer], path: Path) -> None:
    for writer in writers:
        writer.go()
    for writer in writers:
        writer.says("written")
    with closing(Ledger(path)) as ledger:
        assert [len(ledger.rows(session=name)) for name in ("one", "two", "three")] == [200, 200, 200]


def test_rows_of_a_killed_process_stay(writers: list[Writer], path: Path, row: MakeRow) -> None:
    writers[0].go()
    writers[0].says("written")
    writers[0].kill()
    with closing(Ledger(path)) as ledger:
        assert ledger.add(row("next")) == ""
        assert len(ledger.rows(session="one")) == 200


def test_importing_the_ledger_does_not_load_sqlite() -> None:
    code = "import sys, enforcer.ledger.ledger, enforcer.ledger.report; sys.exit('sqlite3' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_what_sessions_cost_is_known_as_far_as_it_is_known(ledger: Ledger, row: MakeRow) -> None:
    for made in (row("a"), row("b", cost_usd=None), row("c", session="s2", cost_usd=None), row("d", session="s3")):
        ledger.add(made)
    spent = ledger.spent(["s1", "s2", "s3", "s4"])
    assert spent == {"s1": Spent(2, 0.02, 1), "s2": Spent(1, 0.0, 1), "s3": Spent(1, 0.02, 0)}


def test_more_sessions_than_one_statement_takes_are_looked_up(ledger: Ledger, row: MakeRow) -> None:
    ledger.add(row("a", session="n1300"))
    assert list(ledger.spent([f"n{number}" for number in range(1400)])) == ["n1300"]
