"""A fork begins with what another session said, and goes on by itself."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from enforcer.core.errors import EnforcerError
from enforcer.core.events import RequestFinished, SessionRenamed
from enforcer.core.lanes import Lane
from enforcer.session.facts import facts_of
from enforcer.session.fork import fork
from enforcer.session.record import Record
from enforcer.session.resume import load
from tests.unit.session.conftest import ANALYST, CREATIVE, POET, Desk, turn
from tests.unit.session.test_facts import ROW


def forked(desk: Desk, id: str = "s2", source: Path | None = None) -> Path:
    return fork(source or desk.folder, id, root=desk.root, version="0.0.2")


def written_by(folder: Path, root: Path) -> list[tuple[Lane, str, str]]:
    said = load(folder, root=root).said
    return [(each.lane, each.message.text, str(each.message.model)) for each in said if each.message.model]


def test_a_fork_has_what_was_said_and_who_said_it(desk: Desk) -> None:
    desk.written(*turn(1, "fix", "fixed"), *turn(2, "a haiku", "rain", CREATIVE, POET))
    folder = forked(desk)
    assert load(folder, root=desk.root).messages == load(desk.folder, root=desk.root).messages
    assert written_by(folder, desk.root) == [(Lane.ANALYTICAL, "fixed", str(ANALYST)), (CREATIVE, "rain", str(POET))]
    assert load(folder, root=desk.root).header.origins == ("s1",)


def test_an_open_session_can_be_forked_and_is_not_touched_conc_002(desk: Desk) -> None:
    desk.write(*turn(1, "fix", "fixed"))
    with desk.transcript.open("ab") as file:
        file.write(b'{"being writ')
    before = desk.transcript.read_bytes()
    folder = forked(desk)
    assert desk.transcript.read_bytes() == before
    assert (load(folder, root=desk.root).turns, load(folder, root=desk.root).notices) == (1, ())


def test_what_is_said_in_a_fork_stays_in_the_fork(desk: Desk) -> None:
    desk.written(*turn(1, "fix", "fixed"))
    record = Record.open(forked(desk))
    for event in turn(2, "and now", "so"):
        record.write(event)
    record.close()
    assert (load(record.folder, root=desk.root).turns, load(desk.folder, root=desk.root).turns) == (2, 1)
    ids = [json.loads(line)["id"] for line in record.path.read_bytes().splitlines()]
    assert ids == list(range(1, len(ids) + 1))


def test_a_fork_is_told_apart_in_a_list_until_it_has_a_name(desk: Desk) -> None:
    desk.written(*turn(1, "fix", "fixed"), SessionRenamed("kettle"))
    record = Record.open(forked(desk))
    assert facts_of(record.path).title == "kettle (fork)"
    record.write(SessionRenamed("teapot"))
    record.close()
    assert facts_of(record.path).title == "teapot"


def test_a_fork_has_not_made_the_requests_of_its_origin(desk: Desk) -> None:
    desk.written(RequestFinished(ROW))
    record = Record.open(forked(desk))
    record.write(RequestFinished(ROW))
    record.close()
    assert (facts_of(desk.transcript).requests, facts_of(record.path).requests) == (1, 1)


def test_the_files_a_record_points_to_go_with_it_and_all_is_private_secr_003(desk: Desk) -> None:
    (desk.record.outputs / "1.txt").write_text("long", encoding="utf-8")
    desk.written(*turn(1, "fix", "fixed"))
    folder = forked(desk)
    assert (folder / "outputs" / "1.txt").read_text(encoding="utf-8") == "long"
    assert stat.S_IMODE((folder / "transcript.jsonl").stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_fork_of_a_fork_knows_both(desk: Desk) -> None:
    desk.written(*turn(1, "fix", "fixed"))
    second = forked(desk, "s3", forked(desk))
    assert load(second, root=desk.root).header.origins == ("s2", "s1")


def test_a_record_of_a_newer_format_is_not_forked_crash_011(desk: Desk) -> None:
    desk.written(*turn(1, "fix", "fixed"))
    desk.transcript.write_bytes(desk.transcript.read_bytes().replace(b'"v":1', b'"v":2'))
    with pytest.raises(EnforcerError, match="was written by a newer Enforcer"):
        forked(desk)
    assert not (desk.folder.parent / "s2").exists()
