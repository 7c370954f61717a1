"""A ledger that was lost, over real sessions."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import fields
from pathlib import Path

import pytest

from enforcer.cli.main import run
from enforcer.core.events import TurnChecked
from enforcer.core.requests import Check, Purpose, RequestRow
from enforcer.ledger.ledger import Ledger
from tests.servers.vendor import Reply, Tokens
from tests.unit.cli.loopback import FIX, HAIKU, NOTES, calls, delegates, services, talk


@pytest.fixture
def path(home: Path) -> Path:
    return home / "data" / "ledger.sqlite3"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path.resolve() / "repo"
    (root / ".git").mkdir(parents=True)
    (root / "app.py").write_text("def double(x): return x + x + x\n", "utf-8")
    monkeypatch.chdir(root)
    return root


@pytest.fixture
def had(root: Path, path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[RequestRow, ...]]:
    """The rows of a session that edits, delegates, is checked, is asked, hands over, and meets a refusal."""
    app = str(root / "app.py")
    logic = [
        calls("Read", file_path=app),
        calls("Edit", file_path=app, old_string="x + x + x", new_string="x * 2"),
        delegates("creative", "Find a name for a function that doubles a number."),
        Reply(text=("Fixed; it could be called twofold.",)),
        Reply(text=(NOTES,), usage=None),
        Reply(text=(NOTES,)),  # the first switch did not come about
    ]
    muse = [Reply(text=("twofold",), usage=Tokens(900, 40, 800)), Reply(status=401, body="no"), Reply(text=("Rain.",))]
    with services(monkeypatch, muse, logic), talk(root, ["enter", "enter"]) as session:
        session.says(FIX)
        session.session.emit(TurnChecked(session.session.session_id, 1, Check.PASSED))
        session.says(HAIKU, HAIKU)
    with closing(Ledger(path)) as ledger:
        return ledger.rows()


def rows(path: Path) -> tuple[RequestRow, ...]:
    with closing(Ledger(path)) as ledger:
        return ledger.rows()


def lose(path: Path) -> None:
    for file in path.parent.glob("ledger.sqlite3*"):
        file.unlink()


def test_a_lost_ledger_comes_back_row_by_row_and_field_by_field(
    had: tuple[RequestRow, ...], path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lose(path)
    assert run(["ledger", "--json"]) == 0
    shown = capsys.readouterr()
    assert shown.err == f"enforcer: {len(had)} requests missing in the ledger came back from the session records\n"
    assert len(shown.out.splitlines()) == len(had)
    back = rows(path)
    for field in fields(RequestRow):
        assert [getattr(row, field.name) for row in back] == [getattr(row, field.name) for row in had]


def test_the_session_it_is_tried_on_has_everything(had: tuple[RequestRow, ...]) -> None:
    assert {row.purpose for row in had} == {Purpose.MAIN, Purpose.DELEGATION, Purpose.HANDOFF}
    assert {row.decided.answer for row in had} == {"", "switch"}
    assert {(row.turn, row.check, row.changed) for row in had} == {
        (1, Check.PASSED, 1),
        (2, Check.NONE, 0),
        (3, Check.NONE, 0),
    }
    assert "error: auth 401" in {row.outcome for row in had}
    assert None in {row.cost_usd for row in had}


def test_it_comes_back_once_and_is_not_spoken_of_again(
    had: tuple[RequestRow, ...], path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lose(path)
    run(["ledger"])
    capsys.readouterr()
    assert run(["ledger"]) == 0
    assert capsys.readouterr().err == ""


def test_a_session_that_begins_a_new_ledger_does_not_hide_what_was_lost(
    had: tuple[RequestRow, ...], path: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lose(path)
    with services(monkeypatch, [], [Reply(text=("Done.",))]), talk(root) as session:
        session.says(FIX)
    assert len(rows(path)) == 1
    assert run(["ledger"]) == 0
    assert len(rows(path)) == len(had) + 1


def test_a_damaged_ledger_is_kept_under_another_name_and_made_anew(
    had: tuple[RequestRow, ...], path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lose(path)
    path.write_bytes(b"this is no database, whatever its name says" * 100)
    assert run(["ledger", "--json"]) == 0
    (kept,) = path.parent.glob("ledger.sqlite3.damaged-*")
    assert capsys.readouterr().err == (
        f"enforcer: the ledger was damaged (file is not a database); it is kept as {kept}, "
        f"and {len(had)} requests came back from the session records\n"
    )
    assert kept.read_bytes().startswith(b"this is no database")
    assert rows(path) == had


def test_damage_inside_of_the_file_is_found(
    had: tuple[RequestRow, ...], path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with closing(Ledger(path)) as ledger:
        ledger.restore(())
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    path.write_bytes(content)
    assert run(["ledger", "--json"]) == 0
    assert capsys.readouterr().err.startswith("enforcer: the ledger was damaged (")
    assert rows(path) == had


def test_a_session_that_is_open_meanwhile_goes_on_in_the_new_file(
    had: tuple[RequestRow, ...], path: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with services(monkeypatch, [], [Reply(text=("One.",)), Reply(text=("Two.",))]), talk(root) as session:
        session.says(FIX)
        path.write_bytes(b"this is no database" * 100)
        run(["ledger"])
        session.says(FIX)
    assert len(rows(path)) == len(had) + 2


def test_rebuilding_adds_what_is_missing_and_takes_nothing_away(
    had: tuple[RequestRow, ...], path: Path, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(["ledger", "--rebuild"])
    assert capsys.readouterr().err == "enforcer: nothing was missing in the ledger\n"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("DELETE FROM requests WHERE turn = 1")
    assert run(["ledger", "--rebuild"]) == 0
    assert capsys.readouterr().err.endswith(" came back from the session records\n")
    assert rows(path) == had


def test_what_is_too_old_stays_forgotten(had: tuple[RequestRow, ...], path: Path, home: Path) -> None:
    (home / "config").mkdir()
    (home / "config" / "config.yaml").write_text("ledger: {keep_days: 1}\n", "utf-8")
    record = next(home.glob("data/projects/*/*/transcript.jsonl"))
    lines = record.read_text("utf-8").splitlines(keepends=True)
    record.write_text("".join(aged(line) for line in lines), "utf-8")
    lose(path)
    assert run(["ledger"]) == 0
    assert {row.purpose for row in rows(path)} == {Purpose.DELEGATION}


def aged(line: str) -> str:
    entry = json.loads(line)
    row = entry.get("row")
    return json.dumps(entry | ({"row": row | {"started": "2020-01-01T00:00:00.000+00:00"}} if row else {})) + "\n"


def test_a_record_of_an_older_version_still_brings_its_rows(
    had: tuple[RequestRow, ...], path: Path, home: Path
) -> None:
    record = next(home.glob("data/projects/*/*/transcript.jsonl"))
    lines = [json.loads(line) for line in record.read_text("utf-8").splitlines()]
    for entry in lines:
        for name in ("decided", "check", "changed"):
            entry.get("row", {}).pop(name, None)
    record.write_text("".join(json.dumps(entry) + "\n" for entry in lines), "utf-8")
    lose(path)
    run(["ledger"])
    assert [(row.id, row.cost_usd) for row in rows(path)] == [(row.id, row.cost_usd) for row in had]
    assert {row.decided.id for row in rows(path) if row.purpose is Purpose.MAIN} == {""}


def test_a_record_of_a_newer_version_brings_what_can_be_read(
    had: tuple[RequestRow, ...], path: Path, home: Path
) -> None:
    record = next(home.glob("data/projects/*/*/transcript.jsonl"))
    newer = record.read_text("utf-8").replace('"v":1,', '"v":9,').replace('"purpose":"handoff"', '"purpose":"dream"')
    record.write_text(newer.replace('"tries":1', '"tries":1,"mood":"calm"'), "utf-8")
    lose(path)
    run(["ledger"])
    assert rows(path) == tuple(row for row in had if row.purpose is not Purpose.HANDOFF)


def test_a_broken_settings_file_does_not_keep_the_ledger_from_being_read(
    had: tuple[RequestRow, ...], path: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "config").mkdir()
    (home / "config" / "config.yaml").write_text("lanes: [", "utf-8")
    assert run(["ledger", "--json"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == len(had)


def test_who_keeps_no_ledger_gets_none_back(
    had: tuple[RequestRow, ...], path: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "config").mkdir()
    file = home / "config" / "config.yaml"
    file.write_text("ledger: {enabled: false}\n", "utf-8")
    lose(path)
    assert run(["ledger"]) == 0
    assert not path.exists()
    assert run(["ledger", "--rebuild"]) == 2
    assert capsys.readouterr().err == (
        f"enforcer: {file}: ledger.enabled is false, so nothing is read back; set it to true first\n"
    )


def test_a_session_without_a_ledger_is_not_read_back_later(
    path: Path, root: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "config").mkdir()
    (home / "config" / "config.yaml").write_text("ledger: {enabled: false}\n", "utf-8")
    with services(monkeypatch, [], [Reply(text=("Done.",))]), talk(root) as session:
        session.says(FIX)
    (home / "config" / "config.yaml").unlink()
    assert run(["ledger", "--rebuild"]) == 0
    assert rows(path) == ()


def test_a_fork_brings_each_row_once(
    had: tuple[RequestRow, ...], path: Path, root: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session_id = next(home.glob("data/projects/*/*")).name
    with services(monkeypatch, [Reply(text=("Snow.",))], []), talk(root, resume=session_id, fork=True) as session:
        session.says("and one about snow")
    lose(path)
    assert run(["ledger"]) == 0
    assert len(rows(path)) == len(had) + 1
