"""Putting bytes at a path: the file is whole old or whole new at every moment. Knows no tool and no permission."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import secrets
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from enforcer.core.errors import ToolError
from enforcer.tools.paths import PLAIN, folder

PREFIX, SUFFIX = ".enforcer-", ".tmp"
ELSEWHERE = {errno.EACCES, errno.EPERM, errno.EROFS, errno.EBUSY, errno.EXDEV}  # not in this folder; try another way
NO_LINKS = {errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}
IN_PLACE = "its folder is not writable, so the file was rewritten in place"


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def changed(path: Path) -> ToolError:
    return ToolError(f"{path} changed since read: Read it again")


def read_all(fd: int) -> bytes:
    with os.fdopen(os.dup(fd), "rb") as file:
        file.seek(0)
        return file.read()


def replace(path: Path, data: bytes, expected: str) -> tuple[str, ...]:
    """Exchange the whole content if it still has the digest `expected`; mode, owner and attributes stay.

    Returns notices. Raises: ToolError, and then the file is as it was.
    """
    try:
        with ExitStack() as stack:
            parent = stack.enter_context(folder(path.parent))
            old = _Old(path, parent, stack.enter_context(_locked(path, parent)), expected)
            mode = stat.S_IMODE(old.state.st_mode)
            if not mode & 0o222 or not os.access(path.name, os.W_OK, dir_fd=parent):
                raise ToolError(f"{path} is read-only (mode {mode:04o}); ask the person before its mode is changed")
            return _swap(old, data, _scratches(path, parent, stack))
    except OSError as error:
        raise _cannot(path, error, "; it is as it was") from error


def create(path: Path, data: bytes, mode: int) -> tuple[str, ...]:
    """Make a new file; one that appeared meanwhile is not overwritten. Raises: ToolError."""
    try:
        with ExitStack() as stack:
            parent = stack.enter_context(folder(path.parent))
            return _create(path.name, parent, data, mode, _scratches(path, parent, stack))
    except FileExistsError as error:
        raise ToolError(f"{path} was made by another program meanwhile: Read it first") from error
    except OSError as error:
        raise _cannot(path, error) from error


@dataclass(frozen=True, slots=True)
class _Old:
    """The file to be exchanged, open and locked."""

    path: Path
    parent: int
    fd: int
    expected: str

    @property
    def state(self) -> os.stat_result:
        return os.fstat(self.fd)

    def check(self) -> None:
        """Raises: ToolError when another program wrote to it or put another file in its place."""
        there = os.stat(self.path.name, dir_fd=self.parent, follow_symlinks=False)
        if not os.path.samestat(there, self.state) or digest(read_all(self.fd)) != self.expected:
            raise changed(self.path)


def _swap(old: _Old, data: bytes, scratches: list[int]) -> tuple[str, ...]:
    for scratch in scratches:
        try:
            with _temp(scratch, data, lambda fd: _like(fd, old.fd)) as (name, notices):
                old.check()
                os.replace(name, old.path.name, src_dir_fd=scratch, dst_dir_fd=old.parent)
                _sync(old.parent)
                return notices
        except OSError as error:
            if error.errno not in ELSEWHERE:
                raise
    old.check()
    _overwrite(old, data)
    return (IN_PLACE,)


def _create(name: str, parent: int, data: bytes, mode: int, scratches: list[int]) -> tuple[str, ...]:
    for scratch in scratches:
        try:
            with _temp(scratch, data, lambda fd: _as_new(fd, parent, mode)) as (temp, notices):
                _link(temp, scratch, name, parent)
                _sync(parent)
                return notices
        except OSError as error:
            if error.errno not in ELSEWHERE or scratch == scratches[-1]:
                raise
    raise OSError(errno.EACCES, os.strerror(errno.EACCES))


def _scratches(path: Path, parent: int, stack: ExitStack) -> list[int]:
    """Where the temporary file may stand: the repository's own folder, where no status shows it, then beside the file.

    A kill leaves it there; the next write in that folder sweeps it away.
    """
    device = os.fstat(parent).st_dev
    for above in path.parents:
        with suppress(OSError):
            state = os.lstat(above / ".git")
            if stat.S_ISDIR(state.st_mode) and state.st_dev == device and above / ".git" not in path.parents:
                with suppress(OSError):
                    return [stack.enter_context(folder(above / ".git")), parent]
            break
    return [parent]


@contextmanager
def _temp(
    scratch: int, data: bytes, prepare: Callable[[int], tuple[str, ...]]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """A file with `data`, on the disk, nobody else's to read until `prepare` says so; gone afterwards."""
    _sweep(scratch)
    name, fd = _fresh(scratch)
    try:
        _write(fd, data)
        notices = prepare(fd)
        os.fsync(fd)
        yield name, notices
    finally:
        with suppress(FileNotFoundError):
            os.unlink(name, dir_fd=scratch)
        os.close(fd)


def _fresh(scratch: int) -> tuple[str, int]:
    """Locked, so that a sweeping neighbour can tell it from one whose maker was killed."""
    while True:
        name = f"{PREFIX}{secrets.token_hex(8)}{SUFFIX}"
        fd = os.open(name, os.O_RDWR | os.O_CREAT | os.O_EXCL | PLAIN, 0o600, dir_fd=scratch)
        with suppress(OSError):
            fcntl.flock(fd, fcntl.LOCK_EX)
        if os.fstat(fd).st_nlink:
            return name, fd
        os.close(fd)


def _sweep(scratch: int) -> None:
    with suppress(OSError), _readable(scratch) as listing:
        for name in os.listdir(listing):
            if name.startswith(PREFIX) and name.endswith(SUFFIX):
                _remove_orphan(name, scratch)


def _remove_orphan(name: str, scratch: int) -> None:
    with suppress(OSError):
        fd = os.open(name, os.O_RDONLY | PLAIN, dir_fd=scratch)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.unlink(name, dir_fd=scratch)
        finally:
            os.close(fd)


def _write(fd: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(fd, rest) :]


def _like(fd: int, old: int) -> tuple[str, ...]:
    """Give a new file the owner, mode and attributes of the old one, as far as we may."""
    notices: list[str] = []
    was, now = os.fstat(old), os.fstat(fd)
    mode = stat.S_IMODE(was.st_mode)
    if (was.st_uid, was.st_gid) != (now.st_uid, now.st_gid):
        try:
            os.fchown(fd, was.st_uid, was.st_gid)
        except OSError:
            notices.append("its owner could not be kept")
            mode &= 0o777
    if was.st_nlink > 1:
        notices.append("other hard links to it keep the old content")
    if not _copy_attributes(fd, old):
        notices.append("some extended attributes could not be kept")
    os.fchmod(fd, mode)
    return tuple(notices)


def _copy_attributes(fd: int, old: int) -> bool:
    if sys.platform != "linux":
        return True
    try:
        for name in os.listxattr(old):
            os.setxattr(fd, name, os.getxattr(old, name))
    except OSError as error:
        return error.errno in {errno.EOPNOTSUPP, errno.ENOSYS}
    return True


def _as_new(fd: int, parent: int, mode: int) -> tuple[str, ...]:
    above = os.fstat(parent)
    if above.st_mode & stat.S_ISGID:  # what is made in such a folder belongs to its group
        with suppress(OSError):
            os.fchown(fd, -1, above.st_gid)
    os.fchmod(fd, mode)
    return ()


def _link(temp: str, scratch: int, name: str, parent: int) -> None:
    """Unlike a rename, a link never overwrites; where there are no links, look first."""
    try:
        os.link(temp, name, src_dir_fd=scratch, dst_dir_fd=parent)
    except OSError as error:
        if error.errno not in NO_LINKS:
            raise
        with suppress(FileNotFoundError):
            os.stat(name, dir_fd=parent, follow_symlinks=False)
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST)) from error
        os.replace(temp, name, src_dir_fd=scratch, dst_dir_fd=parent)


def _overwrite(old: _Old, data: bytes) -> None:
    """The way left when nothing can be put beside the file. A copy of the old content waits until all is written."""
    before = read_all(old.fd)
    copy, backup = tempfile.mkstemp(prefix="enforcer-", suffix=".bak")
    fd = -1
    try:
        _write(copy, before)
        os.fsync(copy)
        fd = os.open(old.path.name, os.O_WRONLY | PLAIN, dir_fd=old.parent)
        _pour(fd, data, len(before))
    except OSError as error:
        if fd >= 0:
            _pour(fd, before, len(before))
        raise OSError(error.errno, f"{error.strerror} (a copy of the old content: {backup})") from error
    finally:
        os.close(copy)
        if fd >= 0:
            os.close(fd)
    os.unlink(backup)


def _pour(fd: int, data: bytes, size: int) -> None:
    """Room is taken before a byte is changed, and the file is never cut to nothing first."""
    if len(data) > size and sys.platform == "linux":
        try:
            os.posix_fallocate(fd, 0, len(data))
        except OSError as error:
            if error.errno not in {errno.EOPNOTSUPP, errno.EINVAL}:
                raise
    os.lseek(fd, 0, os.SEEK_SET)
    _write(fd, data)
    os.ftruncate(fd, len(data))
    os.fsync(fd)


@contextmanager
def _locked(path: Path, parent: int) -> Iterator[int]:
    """Two sessions never write one file at once. A lock file systems may not have is done without."""
    fd = os.open(path.name, os.O_RDONLY | PLAIN, dir_fd=parent)
    try:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ToolError(f"another program is writing {path}; Read it again, then try again") from error
        except OSError:
            pass
        yield fd
    finally:
        os.close(fd)


@contextmanager
def _readable(entered: int) -> Iterator[int]:
    """The descriptor a folder is entered by can be neither listed nor synced."""
    fd = os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=entered)
    try:
        yield fd
    finally:
        os.close(fd)


def _sync(entered: int) -> None:
    with suppress(OSError), _readable(entered) as fd:
        os.fsync(fd)


def _cannot(path: Path, error: OSError, after: str = "") -> ToolError:
    return ToolError(f"cannot write {path}: {(error.strerror or str(error)).lower()}{after}")
