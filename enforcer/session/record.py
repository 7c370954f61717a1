"""The record of a session: append-only JSON lines, written before anything of it is shown."""

from __future__ import annotations

import fcntl
import json
import os
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from enforcer.core.errors import EnforcerError
from enforcer.core.events import (
    Event,
    RequestStarted,
    Retrying,
    TextDelta,
    ThinkingDelta,
    ToolStarted,
    TurnFinished,
    Within,
    event_to_json,
)

SCHEMA = 1
NAME = "transcript.jsonl"
_PASSING = (TextDelta, ThinkingDelta, RequestStarted, Retrying)  # shown, never kept: the messages have it all
_SYNCED = (ToolStarted, TurnFinished)  # on the disk before a side effect, and when a turn is over

_SYNC = getattr(os, "fdatasync", os.fsync)  # macOS has no fdatasync

Scrub = Callable[[str], str]


class RecordError(EnforcerError):
    """The record cannot be written, so the turn stops: nobody would remember what comes next."""


class Record:
    """One writer at a time; every event is one `write` of one whole line."""

    def __init__(self, folder: Path, session_id: str, *, scrub: Scrub) -> None:
        self.folder = folder
        self.session_id = session_id
        self.path = folder / NAME
        self._scrub = scrub
        self._log = _Log(self.path)
        self._children: dict[str, _Log] = {}

    @classmethod
    def create(cls, folder: Path, session_id: str, header: Mapping[str, Any], *, scrub: Scrub = str) -> Record:
        """Start the record of a new session. Raises: RecordError."""
        _private(folder)
        record = cls(folder, session_id, scrub=scrub)
        record._append(record._log, {"type": "header", "schema": SCHEMA, "session_id": session_id, **header})
        return record

    @classmethod
    def open(cls, folder: Path, *, scrub: Scrub = str) -> Record:
        """Go on with a record. Raises: RecordError, also when another process writes it."""
        return cls(folder, folder.name, scrub=scrub)

    @property
    def outputs(self) -> Path:
        return _private(self.folder / "outputs")

    @property
    def handoffs(self) -> Path:
        return _private(self.folder / "handoffs")

    @property
    def delegations(self) -> Path:
        return _private(self.folder / "delegations")

    def write(self, event: Event) -> None:
        """Keep an event. Raises: RecordError; what could not be written is written first at the next call."""
        if isinstance(event, Within):
            self._write_child(event)
        elif not isinstance(event, _PASSING):
            self._append(self._log, event_to_json(event), sync=isinstance(event, _SYNCED))

    def close(self) -> None:
        for log in (self._log, *self._children.values()):
            log.close()

    def _write_child(self, event: Within) -> None:
        """What a sub-agent says goes into a file of its own; the main file has its beginning and end."""
        if isinstance(event.event, (*_PASSING, Within)):
            return
        log = self._children.get(event.id)
        if log is None:
            log = self._children[event.id] = _Log(self.delegations / f"{_safe(event.id)}.jsonl")
        self._append(log, event_to_json(event.event), sync=isinstance(event.event, ToolStarted))

    def _append(self, log: _Log, data: Mapping[str, Any], *, sync: bool = False) -> None:
        id = uuid.uuid4().hex[:12]
        line = {"v": SCHEMA, "id": id, "parent": log.last, "ts": datetime.now(UTC).isoformat(timespec="milliseconds")}
        text = self._scrub(json.dumps({**line, **data}, ensure_ascii=False))
        log.append(text.encode("utf-8", "backslashreplace") + b"\n", id, sync=sync)


class _Log:
    """One file that only grows, held by one process; the kernel lets go of it if the process dies."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.last: str | None = None
        self._waiting: list[bytes] = []
        try:
            self._fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        except OSError as error:
            raise RecordError(f"the record {path} cannot be opened ({error.strerror})") from error
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._fd)
            raise RecordError(
                f"session {path.parent.name} is open in another terminal; go on there, or start a new one: enforcer"
            ) from None

    def append(self, line: bytes, id: str, *, sync: bool) -> None:
        self._waiting.append(line)
        self.last = id
        try:
            while self._waiting:
                self._write(self._waiting[0])
                self._waiting.pop(0)
            if sync:
                _SYNC(self._fd)
        except OSError as error:
            raise RecordError(
                f"the record {self.path} cannot be written ({error.strerror}); nothing further was done. "
                "Make room or mend the folder, then go on: what is missing is written first"
            ) from error

    def close(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def _write(self, line: bytes) -> None:
        start = os.fstat(self._fd).st_size
        written = os.write(self._fd, line)
        if written < len(line):  # the disk is full: take the torn line back, so that the next one is whole
            os.ftruncate(self._fd, start)
            raise OSError(28, "No space left on device")


def _private(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise RecordError(f"the folder {folder} cannot be made ({error.strerror}); set ENFORCER_DATA_DIR") from error
    return folder


def _safe(id: str) -> str:
    return "".join(char if char.isalnum() or char in "-_" else "-" for char in id)[:80] or "child"
