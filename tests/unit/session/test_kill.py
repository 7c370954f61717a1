"""A process that is killed at any point has lost nothing it was told was kept, and the session goes on."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enforcer.config.paths import Paths
from enforcer.core.errors import EnforcerError
from enforcer.core.events import Event, Notice
from enforcer.core.messages import Message, Role, repair
from enforcer.session.journal import entries
from enforcer.session.record import Record
from enforcer.session.resume import load
from tests.unit.session.conftest import CALLING, CREATIVE, POET, RAN, RESULT, RUNNING, started, turn

pytestmark = pytest.mark.slow  # it waits for processes to end

ROOT = Path(__file__).parents[3]
KILLS = 200


def test_of_200_killed_writers_none_lost_an_acknowledged_record_crash_001(tmp_path: Path) -> None:
    data, project = tmp_path / "data", tmp_path / "repo"
    command = [sys.executable, "-m", "tests.unit.session.writer", str(data), str(project), str(KILLS)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=300)
    acknowledged = json.loads(done.stdout)
    folders = [Paths(data / "config", data).project(project) / f"s{number}" for number in range(KILLS)]
    kept = [sum(1 for _, entry in entries(folder / "transcript.jsonl") if entry) - 1 for folder in folders]
    assert len(acknowledged) == KILLS
    assert [
        n for n, (told, found) in enumerate(zip(acknowledged, kept, strict=True)) if not told <= found <= told + 1
    ] == []
    assert [folder.name for folder in folders if not is_ready_for_a_request(folder, project)] == []


def is_ready_for_a_request(folder: Path, project: Path) -> bool:
    resumed = load(folder, root=project)
    messages = [message for _, message in resumed.messages]
    record = Record.open(folder)
    record.write(Notice("goes on"))
    record.close()
    again = load(folder, root=project)
    return valid(messages) and again.messages == resumed.messages and not any("skipped" in n for n in again.notices)


def valid(messages: list[Message]) -> bool:
    """Nothing is left to mend: every call has its one result right behind it."""
    return repair(messages) == tuple(messages)


# Any beginning of a record is a record


def transcript() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        record = Record.create(Paths(Path(folder), Path(folder)), Path("/repo"), "s1")
        story: list[Event] = [started(), *turn(1, "première", "it is 😀"), CALLING, RUNNING, RAN, RESULT]
        for event in [*story, *turn(2, "a haiku", "rain", CREATIVE, POET)]:
            record.write(event)
        record.close()
        return record.path.read_bytes()


WHOLE = transcript()


@settings(max_examples=150, deadline=None)
@given(st.integers(0, len(WHOLE)))
def test_any_beginning_of_a_record_loads_crash_003(length: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "transcript.jsonl"
        path.write_bytes(WHOLE[:length])
        resumed = load(Path(folder), root=Path("/repo"))
        assert valid([message for _, message in resumed.messages])
        assert [n for n in resumed.notices if "skipped" in n] == []
        said = sum(b'"type":"message_added"' in line for line in WHOLE[:length].split(b"\n")[:-1])
        assert len([m for _, m in resumed.messages if m.role is not Role.TOOL]) >= said - 1
        assert path.read_bytes() == b"" or path.read_bytes().endswith(b"\n")


@settings(max_examples=150, deadline=None)
@given(st.integers(0, len(WHOLE)), st.integers(0, 400), st.binary(max_size=40))
def test_any_damage_in_the_middle_loads_or_is_refused_in_words_crash_004(start: int, length: int, junk: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "transcript.jsonl").write_bytes(WHOLE[:start] + junk + WHOLE[start + length :])
        with suppress(EnforcerError):  # the damage may have made it a newer format
            resumed = load(Path(folder), root=Path("/repo"))
            assert valid([message for _, message in resumed.messages])
