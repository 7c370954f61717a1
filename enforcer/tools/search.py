"""Searching files line by line, in pure Python: what Grep does where no ripgrep is installed.

`main` is the same as a program: it reads a query as JSON from stdin and writes one JSON line per hit, so that a pattern
that takes for ever can be ended from outside; Python's `re` would hold the whole process.
"""

from __future__ import annotations

import json
import os
import re
import stat
import sys
import warnings
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Event

from enforcer.core.errors import ToolError
from enforcer.tools.globs import POSIX
from enforcer.tools.paths import open_plain
from enforcer.tools.walk import Only, walk

MOST_BYTES = 64 * 1024 * 1024  # of one file
BINARY_BYTES = 65_536  # a NUL in here makes a file binary
MOST_CHARACTERS = 1000  # of one line
_LITERAL = re.compile(r"(?:[^\\.^$*+?{}\[\]|()]|\\[^a-zA-Z0-9])*")
_ENDLESS = re.compile(r"[*+{]")


@dataclass(frozen=True, slots=True)
class Query:
    pattern: str
    root: str  # a folder, or one file
    glob: str | None = None
    ignore_case: bool = False
    multiline: bool = False
    before: int = 0
    after: int = 0
    first_only: bool = False  # one hit per file is enough

    @property
    def may_take_long(self) -> bool:
        """Only repeats make Python's engine try again and again."""
        return bool(_ENDLESS.search(self.pattern))

    @property
    def place(self) -> str:
        """The folder of the search."""
        return self.root if os.path.isdir(self.root) else os.path.dirname(self.root)

    @property
    def plain(self) -> bool:
        """What ripgrep and we surely understand alike: lines of the files of a folder."""
        return not self.multiline and os.path.isdir(self.root)


@dataclass(frozen=True, slots=True)
class Hit:
    """One line. `path` is relative to the root, or the root itself; `matched` is False for lines around a match."""

    path: str
    number: int
    text: str
    matched: bool


def search(query: Query, stop: Event | None = None) -> Iterator[Hit]:
    """In the order of paths, until `stop` is set. Raises: ToolError for a pattern that is no regular expression."""
    regex = compiled(query)
    literal = query.pattern if _LITERAL.fullmatch(query.pattern) and "\\" not in query.pattern else ""
    needle = "" if query.ignore_case or query.multiline else literal
    for path, full in _files(query):
        if stop and stop.is_set():
            return
        text = _text(full)
        if text is not None and needle in text:
            yield from _hits(path, text, regex, query)


def compiled(query: Query) -> re.Pattern[str]:
    """Reads ripgrep's spellings of what Python spells otherwise. Raises: ToolError."""
    flags = re.IGNORECASE if query.ignore_case else re.NOFLAG
    flags |= re.MULTILINE | re.DOTALL if query.multiline else re.NOFLAG
    pattern = re.sub(r"\[:(\w+):\]", lambda found: POSIX.get(found[1], found[0]), query.pattern)
    pattern = re.sub(r"(?<!\\)\(\?<(?=[A-Za-z_])", "(?P<", pattern)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return re.compile(pattern, flags)
    except (re.error, RecursionError, OverflowError) as error:
        raise ToolError(
            f"the pattern is not a valid regular expression ({error}); put a backslash before a literal ( [ {{ or *"
        ) from error


def _files(query: Query) -> Iterator[tuple[str, Path]]:
    root = Path(query.root)
    if not root.is_dir():
        yield query.root, root
        return
    for found in walk(root, only=Only(query.glob) if query.glob else None):
        if not found.is_folder and not found.is_link:
            yield found.path, Path(found.full)


def _text(path: Path) -> str | None:
    """None for what is not searched: binary, huge, unreadable, not a plain file."""
    try:
        fd = open_plain(path)
    except ToolError:
        return None
    with os.fdopen(fd, "rb") as file:
        state = os.fstat(fd)
        if state.st_size > MOST_BYTES or not stat.S_ISREG(state.st_mode):
            return None
        data = file.read(BINARY_BYTES)
        wide = data.startswith((BOM_UTF16_LE, BOM_UTF16_BE))
        if b"\0" in data and not wide:
            return None
        data += file.read()
    if wide:
        return data.decode("utf-16", "replace")
    return data.removeprefix(BOM_UTF8).decode("utf-8", "replace")


def _hits(path: str, text: str, regex: re.Pattern[str], query: Query) -> Iterator[Hit]:
    lines = text.split("\n")
    if not lines[-1]:
        lines.pop()
    matched = _spanned(text, regex, len(lines)) if query.multiline else _matching(lines, regex)
    shown = -1  # the last line given out
    coming = -1  # the last line after a match that is still to be given out
    for index in matched:
        for other in range(shown + 1, min(coming + 1, index)):
            yield Hit(path, other + 1, _line(lines[other]), False)
        for other in range(max(shown + 1, coming + 1, index - query.before), index):
            yield Hit(path, other + 1, _line(lines[other]), False)
        yield Hit(path, index + 1, _line(lines[index]), True)
        if query.first_only:
            return
        shown, coming = index, index + query.after
    for other in range(shown + 1, min(coming + 1, len(lines))):
        yield Hit(path, other + 1, _line(lines[other]), False)


def _matching(lines: list[str], regex: re.Pattern[str]) -> Iterator[int]:
    return (index for index, line in enumerate(lines) if regex.search(line.removesuffix("\r")))


def _spanned(text: str, regex: re.Pattern[str], lines: int) -> Iterator[int]:
    """The lines that matches cover, each once."""
    at = line = 0
    given = -1
    for match in regex.finditer(text):
        line += text.count("\n", at, match.start())
        last = line + text.count("\n", match.start(), max(match.start(), match.end() - 1))
        yield from range(max(line, given + 1), min(last + 1, lines))
        at, given = match.start(), max(given, last)


def _line(text: str) -> str:
    return text[:MOST_CHARACTERS].removesuffix("\r")


def main() -> int:
    query = Query(**json.load(sys.stdin))
    for hit in search(query):
        sys.stdout.write(f"{json.dumps(asdict(hit))}\n")
    return 0
