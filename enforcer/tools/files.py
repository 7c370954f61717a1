"""What this agent has read and changed: no file is written over unread or changed content, and every change is kept."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from enforcer.core.errors import ToolError
from enforcer.tools import atomic
from enforcer.tools.diffs import Diff, compare
from enforcer.tools.paths import folder, inside, open_plain, refuse_special


class FileChange(NamedTuple):
    """All this agent did to one file so far. `sha256` is the file as it is now, None when it is gone."""

    path: str
    sha256: str | None
    added: int  # lines
    removed: int


@dataclass(frozen=True, slots=True)
class Written:
    created: bool
    diff: Diff
    notices: tuple[str, ...] = ()


class FileLedger:
    """Every path given to it is resolved already (`paths.resolve`)."""

    def __init__(self, roots: Sequence[Path]) -> None:
        self.roots = tuple(roots)
        self._read: dict[Path, str] = {}
        self._lines: dict[Path, tuple[int, int]] = {}
        self._mode = 0o666 & ~_umask()

    def note_read(self, path: Path, data: bytes) -> None:
        self.note_digest(path, atomic.digest(data))

    def note_digest(self, path: Path, sha256: str) -> None:
        """The same for a file that was hashed while it was read in parts."""
        self._read[path] = sha256

    def check_unchanged(self, path: Path) -> bytes:
        """The content now. Raises: ToolError when it was never read here or is not what was read."""
        if path not in self._read:
            refuse_special(path)
            raise ToolError(f"{path} was not read in this session: Read it first")
        fd = open_plain(path)
        try:
            data = atomic.read_all(fd)
        finally:
            os.close(fd)
        if atomic.digest(data) != self._read[path]:
            raise atomic.changed(path)
        return data

    def write(self, path: Path, data: bytes) -> Written:
        """Put `data` at `path`, whole or not at all; folders above a new file are made inside the roots only.

        Raises: ToolError.
        """
        if os.path.lexists(path):
            old = self.check_unchanged(path)
            notices = atomic.replace(path, data, self._read[path])
            return self._note(path, data, Written(False, compare(_text(old), _text(data)), notices))
        self._make_folders(path)
        notices = atomic.create(path, data, self._mode)
        return self._note(path, data, Written(True, compare("", _text(data)), notices))

    def changes(self) -> tuple[FileChange, ...]:
        """One entry per file, in the order of the first change."""
        return tuple(FileChange(str(path), _digest_of(path), *lines) for path, lines in self._lines.items())

    def _note(self, path: Path, data: bytes, written: Written) -> Written:
        self.note_read(path, data)
        added, removed = self._lines.get(path, (0, 0))
        self._lines[path] = (added + written.diff.added, removed + written.diff.removed)
        return written

    def _make_folders(self, path: Path) -> None:
        if path.parent.is_dir():
            return
        if not inside(path, self.roots):
            raise ToolError(f"the folder {path.parent} does not exist; outside the project it is not made")
        try:
            with folder(path.parent, make=True):
                return
        except OSError as error:
            raise ToolError(f"cannot make the folder {path.parent}: {(error.strerror or '').lower()}") from error


def _digest_of(path: Path) -> str | None:
    try:
        fd = open_plain(path)
    except ToolError:
        return None
    try:
        return atomic.digest(atomic.read_all(fd))
    finally:
        os.close(fd)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
