"""One file of JSON lines that only grows, held by one process; the kernel lets go of it when that process ends."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from enforcer.config.paths import PRIVATE_FILE
from enforcer.core.errors import EnforcerError

VERSION = 1
CHUNK = 65_536

_SYNC: Callable[[int], None] = getattr(os, "fdatasync", os.fsync)  # macOS has no fdatasync


class RecordError(EnforcerError):
    """The record cannot be written, so the turn stops: nobody would remember what comes next."""


class InUse(RecordError):
    """Another process writes this record."""


class Journal:
    """Every line is one `write` of the whole line; what a full disk refused waits and goes first next time."""

    def __init__(self, path: Path, *, new: bool = False) -> None:
        """Raises: RecordError; InUse when another process has it open."""
        self.path = path
        self._waiting = bytearray()
        self._unsynced = False
        self._fd = _open(path, new=new)
        try:
            _lock(self._fd, path)
            self.torn = _mend_tail(path, self._fd)
            self._last = _last_id(path)
        except OSError as error:
            os.close(self._fd)
            raise RecordError(f"the record {path} cannot be read ({error.strerror}); mend that, then resume") from error
        except RecordError:
            os.close(self._fd)
            raise

    @property
    def complete(self) -> bool:
        """Nothing waits to be written."""
        return not self._waiting and not self._unsynced

    def append(self, entry: Mapping[str, Any], *, sync: bool = False) -> None:
        """Raises: RecordError; the line is kept in memory then, for the next call or `close`."""
        number = self._last + 1
        stamp = datetime.now(UTC).isoformat(timespec="milliseconds")
        line = {"v": VERSION, "id": number, "parent": self._last or None, "ts": stamp, **entry}
        self._waiting += _encode(line)
        self._last = number
        self._unsynced |= sync
        self.flush()

    def flush(self) -> None:
        """Raises: RecordError."""
        try:
            while self._waiting:
                # A disk that fills up takes a part of a line; the rest of that line goes first later on.
                del self._waiting[: os.write(self._fd, self._waiting)]
            if self._unsynced:
                _SYNC(self._fd)
                self._unsynced = False
        except OSError as error:
            raise RecordError(
                f"the record {self.path} cannot be written ({error.strerror}); nothing further is done until it can. "
                "Make room, then say it again: what is missing is kept and written first"
            ) from error

    def close(self) -> None:
        """Write what waits and let go. Safe to call twice. Raises: RecordError when something is lost."""
        if self._fd < 0:
            return
        try:
            self._unsynced = True
            self.flush()
        finally:
            os.close(self._fd)
            self._fd = -1


def entries(path: Path) -> Iterator[tuple[int, dict[str, Any] | None]]:
    """Line number and entry; None for a line that cannot be read. Touches nothing. Raises: OSError."""
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            yield number, decode(line)


def decode(line: bytes) -> dict[str, Any] | None:
    """An entry has a type; anything else is a broken line."""
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return entry if isinstance(entry, dict) and isinstance(entry.get("type"), str) else None


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Nobody else writes it meanwhile, and it stays as it is. Raises: InUse; RecordError when it cannot be opened."""
    fd = _open(path, new=False)
    try:
        _lock(fd, path)
        yield
    finally:
        os.close(fd)


def in_use(path: Path) -> bool:
    """Whether another process writes it, or this one."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(fd)
    return False


def _open(path: Path, *, new: bool) -> int:
    flags = os.O_RDWR | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW
    try:
        fd = os.open(path, flags | (os.O_CREAT | os.O_EXCL if new else 0), PRIVATE_FILE)
        if new:
            os.fchmod(fd, PRIVATE_FILE)
    except FileNotFoundError:
        raise RecordError(f"there is no record at {path}; list the sessions there are with: enforcer -r") from None
    except OSError as error:
        raise RecordError(f"the record {path} cannot be opened ({error.strerror}); set ENFORCER_DATA_DIR") from error
    return fd


def _lock(fd: int, path: Path) -> None:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise InUse(
            f"session {path.parent.name} is open in another terminal; go on there, start a new one with: enforcer, "
            f"or branch it with: enforcer -r {path.parent.name} --fork-session"
        ) from None


def _mend_tail(path: Path, fd: int) -> bool:
    """Bring a file to an end of line, with its lock held: a torn last line goes into `….torn`; True if there was one.

    A last line that only lacks its line end is whole, and gets one.
    """
    size = os.fstat(fd).st_size
    tail = _tail(path, size)
    if not tail:
        return False
    if decode(tail) is not None:
        os.write(fd, b"\n")
        return False
    torn = os.open(f"{path}.torn", os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, PRIVATE_FILE)
    try:
        os.write(torn, tail + b"\n")
        os.fsync(torn)
    finally:
        os.close(torn)
    os.ftruncate(fd, size - len(tail))
    return True


def _encode(line: Mapping[str, Any]) -> bytes:
    try:
        return json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
    except UnicodeEncodeError:  # half of a surrogate pair has no UTF-8; an escape brings it back unchanged
        return json.dumps(line, separators=(",", ":")).encode() + b"\n"


def _tail(path: Path, size: int) -> bytes:
    """What stands behind the last line end."""
    with path.open("rb") as file:
        for length in _growing(size):
            file.seek(size - length)
            data = file.read(length)
            if b"\n" in data or length == size:
                return data.rpartition(b"\n")[2]
    return b""


def _last_id(path: Path) -> int:
    """The number of the newest line that can be read; 0 in an empty file."""
    size = path.stat().st_size
    with path.open("rb") as file:
        for length in _growing(size):
            file.seek(size - length)
            for line in reversed(file.read(length).split(b"\n")):
                entry = decode(line)
                if entry is not None and isinstance(entry.get("id"), int):
                    return int(entry["id"])
    return 0


def _growing(size: int) -> Iterator[int]:
    length = min(CHUNK, size)
    while length < size:
        yield length
        length = min(length * 8, size)
    yield size
