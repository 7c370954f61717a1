"""Where a path really leads, and opening it without following a link or hanging. Permits nothing and denies nothing."""

from __future__ import annotations

import difflib
import errno
import os
import stat
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from enforcer.core.errors import ToolError

PROCESS_SECRETS = frozenset({"environ", "mem", "kcore", "kmsg"})  # below /proc: keys, memory, endless streams
LONGEST, LONGEST_NAME = 4095, 255  # bytes
SPECIAL = {
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}
ENTER = (os.O_PATH if sys.platform == "linux" else os.O_RDONLY) | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
PLAIN = os.O_NONBLOCK | os.O_NOFOLLOW | os.O_NOCTTY | os.O_CLOEXEC  # NONBLOCK: a pipe must not wait for its writer


def absolute(path: str, cwd: Path) -> Path:
    """By its letters only: `~`, `..` and relative forms are gone, links are kept.

    Raises: ToolError for what no file system can hold.
    """
    if not path.strip():
        raise ToolError("the path is empty; send an absolute path")
    if "\0" in path:
        raise ToolError("a path cannot contain a NUL character; send it without")
    home = os.path.expanduser(path) if path == "~" or path.startswith("~/") else path
    try:
        os.fsencode(home)
    except UnicodeEncodeError as error:
        raise ToolError("the path is not valid text; send it as plain UTF-8") from error
    normal = os.path.normpath(os.path.join(cwd, home))
    if len(os.fsencode(normal)) > LONGEST or any(len(os.fsencode(part)) > LONGEST_NAME for part in normal.split("/")):
        raise ToolError("the path is longer than any file system allows; send the path of a file alone")
    return Path("/" + normal.lstrip("/"))  # POSIX keeps a leading `//`; two spellings of one file are one too many


def resolve(path: str, cwd: Path) -> Path:
    """Where `path` leads in the end; the file need not exist. Raises: ToolError."""
    return Path(os.path.realpath(absolute(path, cwd)))


def inside(path: Path, roots: Iterable[Path]) -> bool:
    """Compared part by part: /srv/app2 is not inside /srv/app."""
    return any(path.is_relative_to(root) for root in roots)


def shown(path: str | Path, cwd: Path) -> str:
    """As a person reads it: relative when it lies below `cwd`."""
    path = Path(path)
    return str(path.relative_to(cwd)) if path.is_relative_to(cwd) else str(path)


@contextmanager
def folder(path: Path, *, make: bool = False) -> Iterator[int]:
    """A descriptor of a resolved folder, entered part by part so that a link put there meanwhile is not followed."""
    fd = os.open("/", ENTER)
    try:
        for part in path.parts[1:]:
            inner = _enter(part, fd, make=make)
            os.close(fd)
            fd = inner
        yield fd
    finally:
        os.close(fd)


def _enter(part: str, fd: int, *, make: bool) -> int:
    try:
        return os.open(part, ENTER, dir_fd=fd)
    except FileNotFoundError:
        if not make:
            raise
    with suppress(FileExistsError):
        os.mkdir(part, dir_fd=fd)
    return os.open(part, ENTER, dir_fd=fd)


def open_plain(path: Path, flags: int = os.O_RDONLY) -> int:
    """A descriptor of a resolved, plain file. Raises: ToolError for anything else, at once."""
    refuse_special(path)
    try:
        with folder(path.parent) as parent:
            fd = os.open(path.name or ".", flags | PLAIN, dir_fd=parent)
    except OSError as error:
        raise ToolError(why_not(path, error)) from error
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        raise ToolError(f"{path} is not a plain file")
    return fd


def refuse_special(path: Path) -> None:
    """Looks before anything is opened: opening some devices already does something. Raises: ToolError."""
    if path.parts[1:2] == ("proc",) and path.name in PROCESS_SECRETS:
        raise ToolError(f"{path} holds a process's own secrets and is never read")
    try:
        kind = stat.S_IFMT(os.lstat(path).st_mode)
    except OSError as error:
        raise ToolError(why_not(path, error)) from error
    if kind == stat.S_IFDIR:
        raise ToolError(f"{path} is a folder; list it with Glob: pattern '*', path '{path}'")
    if kind in SPECIAL:
        raise ToolError(f"{path} is {SPECIAL[kind]}, not a plain file; it is never opened")


def why_not(path: Path, error: OSError) -> str:
    """One sentence for the model about a path that could not be opened."""
    match error.errno:
        case errno.ENOENT:
            return f"no file {path}{_instead(path)}"
        case errno.ELOOP:
            return f"{path} became a link while it was opened; try again"
        case errno.ENOTDIR:
            return f"no file {path}: a part of it is not a folder"
    return f"cannot open {path}: {(error.strerror or str(error)).lower()}"


def _instead(path: Path) -> str:
    """Names of the same folder that look like the missing one, or the part of the path that does exist."""
    parent = path.parent
    try:
        names = {name.lower(): name for name in sorted(os.listdir(parent))}
    except OSError:
        existing = next((folder for folder in parent.parents if folder.is_dir()), Path("/"))
        return f"; the folder {parent} does not exist either, {existing} does"
    close = difflib.get_close_matches(path.name.lower(), names, n=3, cutoff=0.6)
    if not close:
        return "; find it with Glob"
    return f"; did you mean {' or '.join(str(parent / names[name]) for name in close)}?"
