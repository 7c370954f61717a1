"""The record: what is kept, how privately, and what happens when the disk refuses."""

from __future__ import annotations

import os
import resource
import signal
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from enforcer.core.errors import UsageError
from enforcer.core.events import (
    DelegationFinished,
    DelegationStarted,
    Event,
    Notice,
    PromptSubmitted,
    RequestStarted,
    Retrying,
    TextDelta,
    ThinkingDelta,
    ToolStarted,
    TurnStarted,
    Within,
)
from enforcer.core.messages import ToolCall, Usage, assistant, user
from enforcer.session.journal import entries
from enforcer.session.record import InUse, Record, RecordError, wants_disk
from tests.unit.session.conftest import (
    ANALYST,
    ANALYTICAL,
    CALL,
    CREATIVE,
    POET,
    RUNNING,
    Desk,
    finished,
    said,
    started,
)

BEGUN = DelegationStarted("d1", 1, "write it", "creative helper 1", CREATIVE, POET, "model_fit", "a haiku")
ENDED = DelegationFinished("d1", 1, "completed", "rain", Usage(1, 2), None, 5, 1)


def test_the_first_line_says_what_this_is(desk: Desk) -> None:
    (header,) = desk.lines()
    assert {key: header[key] for key in ("v", "id", "parent", "type", "session", "root", "version")} == {
        "v": 1,
        "id": 1,
        "parent": None,
        "type": "header",
        "session": "s1",
        "root": str(desk.root),
        "version": "0.0.1",
    }


def test_an_event_is_on_the_disk_when_write_returns_crash_001(desk: Desk) -> None:
    desk.write(started(), PromptSubmitted(1, "hello"))
    assert [line["type"] for line in desk.lines()] == ["header", "session_started", "prompt_submitted"]
    assert [(line["id"], line["parent"]) for line in desk.lines()] == [(1, None), (2, 1), (3, 2)]


@pytest.mark.parametrize(
    "event",
    [TextDelta("a"), ThinkingDelta("b"), RequestStarted(ANALYTICAL, ANALYST, 1), Retrying(2, 5, 1.0, "overloaded")],
    ids=lambda event: type(event).__name__,
)
def test_what_passes_by_is_not_kept(desk: Desk, event: Event) -> None:
    desk.write(event, Within("d1", event))
    assert len(desk.lines()) == 1


def test_a_sub_agent_has_a_file_of_its_own(desk: Desk) -> None:
    inner = said(assistant("rain", model=POET), lane=CREATIVE)
    desk.write(BEGUN, Within("d1", RUNNING), Within("d1", inner), ENDED)
    child = [entry for _, entry in entries(desk.folder / "delegations/d1.jsonl")]
    assert [entry["type"] for entry in child if entry] == ["header", "tool_started", "message_added"]
    assert [line["type"] for line in desk.lines()] == ["header", "delegation_started", "delegation_finished"]
    assert [line.get("delegation") for line in desk.lines()] == [None, "d1", "d1"]
    assert len({line["id"] for line in desk.lines()}) == 3


@pytest.mark.parametrize("id", ["../evil", "a/b", "", ".", "x" * 65, "a\n", "-rf"])
def test_an_id_never_leads_out_of_its_folder(desk: Desk, id: str) -> None:
    with pytest.raises(UsageError, match="cannot be the id of a session"):
        Record.create(desk.paths, desk.root, id)
    with pytest.raises(UsageError, match="cannot be the id of a session"):
        desk.write(Within(id, RUNNING))


def test_files_are_0600_and_folders_0700_whatever_the_umask_secr_003(desk: Desk) -> None:
    before = os.umask(0)
    try:
        record = Record.create(desk.paths, desk.root / "other", "s2")
        record.write(BEGUN)
        record.write(Within("d1", RUNNING))
        made = [record.outputs, record.handoffs, record.delegations, record.folder, record.folder.parent]
        record.close()
    finally:
        os.umask(before)
    assert {stat.S_IMODE(path.stat().st_mode) for path in made} == {0o700}
    files = [path for path in record.folder.rglob("*") if path.is_file()]
    assert len(files) == 2
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}


def test_a_planted_link_is_not_followed_secr_008(desk: Desk, tmp_path: Path) -> None:
    folder = desk.paths.project(desk.root) / "s2"
    folder.mkdir()
    (folder / "transcript.jsonl").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(RecordError):
        Record.create(desk.paths, desk.root, "s2")
    assert not (tmp_path / "elsewhere").exists()


def test_a_session_is_never_started_over_another_one(desk: Desk) -> None:
    with pytest.raises(RecordError, match="cannot be opened"):
        Record.create(desk.paths, desk.root, "s1")


def test_secrets_are_scrubbed_wherever_they_stand_secr_001(desk: Desk) -> None:
    record = Record.create(desk.paths, desk.root, "s2", scrub=lambda text: text.replace("sk-canary", "[secret]"))
    call = ToolCall("1", "Bash", {"command": ["echo sk-canary"], "sk-canary": {"deep": "sk-canary"}})
    record.write(said(assistant("it is sk-canary", call)))
    record.write(BEGUN)
    record.write(Within("d1", Notice("sk-canary")))
    record.close()
    kept = b"".join(path.read_bytes() for path in record.folder.rglob("*.jsonl"))
    assert b"sk-canary" not in kept
    assert kept.count(b"[secret]") == 5


@pytest.mark.parametrize("text", ["\ud800", "a\udcffb", "\U0001f600", "\u2028\x00\x1b[31m", "é" * 9])
def test_no_text_breaks_a_line(desk: Desk, text: str) -> None:
    desk.write(PromptSubmitted(1, text), Notice("after"))
    desk.transcript.read_bytes().decode("utf-8")
    assert desk.lines()[1]["text"] == text
    assert len(desk.lines()) == 3


# One writer


def test_a_second_writer_is_refused_conc_003(desk: Desk) -> None:
    with pytest.raises(InUse) as refused:
        Record.open(desk.folder)
    assert str(refused.value) == (
        "session s1 is open in another terminal; go on there, start a new one with: enforcer, "
        "or branch it with: enforcer -r s1 --fork-session"
    )


def test_a_writer_that_left_is_followed_by_the_next_conc_003(desk: Desk) -> None:
    desk.record.close()
    with_next = Record.open(desk.folder)
    with_next.write(Notice("on it goes"))
    with_next.close()
    assert [(line["id"], line["parent"]) for line in desk.lines()] == [(1, None), (2, 1)]


def test_a_file_with_a_process_id_locks_nobody_out_conc_004(desk: Desk) -> None:
    desk.record.close()
    (desk.folder / "transcript.jsonl.lock").write_text(str(os.getpid()), encoding="utf-8")
    Record.open(desk.folder).close()


def test_two_sessions_of_one_project_have_a_record_each_conc_002(desk: Desk) -> None:
    other = Record.create(desk.paths, desk.root, "s2")
    other.write(Notice("two"))
    desk.write(Notice("one"))
    other.close()
    assert [line.get("text") for line in desk.lines()] == [None, "one"]


def test_a_record_that_is_not_there_cannot_be_opened(desk: Desk) -> None:
    with pytest.raises(RecordError, match=r"list the sessions there are with: enforcer -r"):
        Record.open(desk.folder.parent / "s9")


def test_closing_twice_is_closing_once(desk: Desk) -> None:
    desk.record.close()
    desk.record.close()
    Record.open(desk.folder).close()


# A torn end, as seen by the next writer


def test_the_next_writer_moves_a_torn_line_aside_crash_003(desk: Desk) -> None:
    desk.written(PromptSubmitted(1, "one"))
    with desk.transcript.open("ab") as file:
        file.write(b'{"v":1,"id":3,"type":"notice","te')
    record = Record.open(desk.folder)
    record.write(Notice("after"))
    record.close()
    assert record.torn
    assert [(line["id"], line["type"]) for line in desk.lines()] == [
        (1, "header"),
        (2, "prompt_submitted"),
        (3, "notice"),
    ]
    torn = desk.folder / "transcript.jsonl.torn"
    assert torn.read_bytes() == b'{"v":1,"id":3,"type":"notice","te\n'
    assert stat.S_IMODE(torn.stat().st_mode) == 0o600


def test_a_link_in_the_place_of_the_torn_file_is_not_followed_secr_008(desk: Desk, tmp_path: Path) -> None:
    desk.record.close()
    with desk.transcript.open("ab") as file:
        file.write(b"{torn")
    (desk.folder / "transcript.jsonl.torn").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(RecordError, match="mend that, then resume"):
        Record.open(desk.folder)
    assert not (tmp_path / "elsewhere").exists()
    assert desk.transcript.read_bytes().endswith(b"{torn")


def test_a_whole_line_that_lacks_its_end_is_kept_crash_003(desk: Desk) -> None:
    desk.written(PromptSubmitted(1, "one"))
    desk.transcript.write_bytes(desk.transcript.read_bytes().rstrip(b"\n"))
    record = Record.open(desk.folder)
    record.write(Notice("after"))
    record.close()
    assert not record.torn
    assert [line["type"] for line in desk.lines()] == ["header", "prompt_submitted", "notice"]


# A full disk


@contextmanager
def no_room_beyond(size: int) -> Iterator[None]:
    """No file of this process may grow beyond `size`, as on a disk that is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)


@pytest.mark.parametrize("room", [0, 1, 40, 130], ids=lambda room: f"{room} bytes left")
def test_a_full_disk_is_told_at_once_and_nothing_is_lost_crash_005(desk: Desk, room: int) -> None:
    with no_room_beyond(desk.transcript.stat().st_size + room):
        with pytest.raises(RecordError) as told:
            desk.write(said(user("x" * 200)))
        desk.write(Notice("the turn ends quietly"), finished())
        with pytest.raises(RecordError):
            desk.write(RUNNING)
    desk.write(Notice("there is room again"))
    assert str(told.value) == (
        f"the record {desk.transcript} cannot be written (File too large); nothing further is done until it can. "
        "Make room, then say it again: what is missing is kept and written first"
    )
    kept = [line["type"] for line in desk.lines()]
    assert kept == ["header", "message_added", "notice", "turn_finished", "tool_started", "notice"]


@pytest.mark.parametrize(
    "event",
    [PromptSubmitted(1, "x"), TurnStarted(1, ANALYTICAL, ANALYST), ToolStarted(CALL, "make"), BEGUN],
    ids=lambda event: type(event).__name__,
)
def test_while_the_disk_is_full_nothing_begins_crash_005(desk: Desk, event: Event) -> None:
    with no_room_beyond(desk.transcript.stat().st_size):
        with pytest.raises(RecordError):
            desk.write(Notice("the first to fail"))
        with pytest.raises(RecordError):
            desk.write(event)


def test_each_new_failure_is_told_again_crash_005(desk: Desk) -> None:
    for _ in range(2):
        with no_room_beyond(desk.transcript.stat().st_size), pytest.raises(RecordError):
            desk.write(Notice("full"))
        desk.write(Notice("room"))
    assert [line.get("text") for line in desk.lines()] == [None, "full", "room", "full", "room"]


def test_leaving_with_lines_that_were_never_written_is_told_crash_005(desk: Desk) -> None:
    with no_room_beyond(desk.transcript.stat().st_size):
        with pytest.raises(RecordError):
            desk.write(Notice("lost"))
        with pytest.raises(RecordError):
            desk.record.close()
    Record.open(desk.folder).close()


def test_what_waits_is_written_when_leaving_crash_005(desk: Desk) -> None:
    with no_room_beyond(desk.transcript.stat().st_size), pytest.raises(RecordError):
        desk.write(Notice("late"))
    desk.record.close()
    assert desk.lines()[-1]["text"] == "late"


@pytest.mark.parametrize(
    ("event", "waits"),
    [
        (ToolStarted(CALL, "make"), True),
        (ToolStarted(CALL, "Read app.py", changes=False), False),
        (finished(), True),
        (Notice("said"), False),
    ],
    ids=["a tool that may change something", "a tool that only looks", "the end of a turn", "a notice"],
)
def test_what_a_power_cut_must_not_hide_is_on_the_disk_first(event: Event, *, waits: bool) -> None:
    assert wants_disk(event) is waits
