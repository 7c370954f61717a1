"""The file of lane rules as people edit it: entries are read one by one, added and taken out by line, comments stay."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml
from filelock import FileLock, Timeout

from enforcer.config.paths import PRIVATE_FILE, PRIVATE_FOLDER
from enforcer.config.replace import replace_text
from enforcer.core.errors import EnforcerError

HEAD = "# Rules Enforcer learnt from your answers; edit or delete them as you like.\n"
LOCK_S = 5
_ITEM = re.compile(r"^( *)-(?=\s|$)")


@dataclass(frozen=True, slots=True)
class Entry:
    """One item of the list; `problem` instead of a value when it is no YAML."""

    number: int  # from 1
    value: Any = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Book:
    """`problem` is one sentence about the whole file, "" when it is a list."""

    entries: tuple[Entry, ...] = ()
    problem: str = ""


def read(path: Path) -> Book:
    """A broken entry does not take the others with it."""
    try:
        return _parsed(path.read_text("utf-8"), path)
    except FileNotFoundError:
        return Book()
    except (OSError, UnicodeDecodeError) as error:
        return Book(problem=f"{path} cannot be read, so its lane rules are not used: {_first_line(error)}")


def add(path: Path, value: Mapping[str, Any], instead_of: int | None = None) -> int:
    """Write one line, in the place of another where one is named; its number. Raises: EnforcerError."""
    with _open(path, "the rule could not be written to") as (real, before):
        if _entries(before) is None:
            raise EnforcerError(f"no rule was added: {path} is not a list of rules; mend it or move it away")
        text = _replaced(before, instead_of, line_of(value)) if instead_of else _with(before, line_of(value))
        replace_text(real, text, PRIVATE_FILE)
        return instead_of or len(_parsed(text, path).entries)


def drop(path: Path, number: int) -> str:
    """Take one entry out; its lines. Raises: EnforcerError."""
    with _open(path, "the rule could not be taken out of") as (real, before):
        lines = before.splitlines(keepends=True)
        first, last = _place(before, number, path)
        replace_text(real, _replaced(before, number, ""), PRIVATE_FILE)
        return "".join(lines[first:last]).strip()


def line_of(value: Mapping[str, Any]) -> str:
    written = yaml.safe_dump(dict(value), allow_unicode=True, default_flow_style=True, sort_keys=False, width=10_000)
    return f"- {written.strip()}\n"


@contextmanager
def _open(path: Path, failed: str) -> Iterator[tuple[Path, str]]:
    """The file's real place and its text, alone. Raises: EnforcerError."""
    real = path.resolve()  # a link to a file kept elsewhere stays a link
    try:
        real.parent.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        with FileLock(f"{real}.lock", timeout=LOCK_S):
            yield real, _in_lines(real.read_text("utf-8") if real.exists() else HEAD)
    except (OSError, UnicodeDecodeError, Timeout) as error:
        raise EnforcerError(f"{failed} {path}: {_first_line(error)}") from error


def _parsed(text: str, path: Path) -> Book:
    entries = _entries(text)
    if entries is not None:
        return Book(tuple(Entry(number, value) for number, value in enumerate(entries, 1)))
    places = _places(text)
    if places and _wrong(text):
        lines = text.splitlines(keepends=True)
        return Book(tuple(_entry(n, lines[a:b], a + 1) for n, (a, b) in enumerate(places, 1)))
    wrong = _wrong(text)
    if wrong:
        return Book(problem=f"{path} cannot be read, so its lane rules are not used: {wrong}")
    return Book(problem=f"{path} is not a list of rules; write entries like '- {{when: [haiku], lane: creative}}'")


def _entry(number: int, lines: Sequence[str], first: int) -> Entry:
    entries = _entries("".join(lines))
    if entries and len(entries) == 1:
        return Entry(number, entries[0])
    return Entry(number, problem=f"line {first} cannot be read as YAML; look at its brackets and quotes")


def _entries(text: str) -> Sequence[Any] | None:
    """None when the text is no list."""
    try:
        data = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError):  # a date such as 2025-99-99 is a ValueError
        return None
    if data is None:
        return ()
    return data if isinstance(data, list) else None


def _wrong(text: str) -> str:
    try:
        yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        return _first_line(error)
    return ""


def _places(text: str) -> list[tuple[int, int]]:
    """First line and line behind the last of each entry; a comment belongs to the entry below it."""
    lines = text.splitlines()
    indent = next((found[1] for line in lines if (found := _ITEM.match(line))), "")
    starts = [n for n, line in enumerate(lines) if (found := _ITEM.match(line)) and found[1] == indent]
    return [(a, _end(lines, a, b)) for a, b in pairwise([*starts, len(lines)])]


def _end(lines: Sequence[str], first: int, behind: int) -> int:
    while behind > first + 1 and (not lines[behind - 1].strip() or lines[behind - 1].lstrip().startswith("#")):
        behind -= 1
    return behind


def _place(text: str, number: int, path: Path) -> tuple[int, int]:
    places = _places(text)
    if not 1 <= number <= len(places):
        there = f"1 to {len(places)}" if len(places) > 1 else "only 1" if places else "none"
        raise EnforcerError(f"there is no rule {number} in {path}; the numbers there are: {there}")
    return places[number - 1]


def _in_lines(text: str) -> str:
    """A list in [brackets] cannot be added to at its end; it becomes one line for each rule."""
    entries = _entries(text)
    if not entries or len(_places(text)) == len(entries):
        return text
    return HEAD + "".join(line_of(entry) if isinstance(entry, dict) else f"- {entry}\n" for entry in entries)


def _with(before: str, line: str) -> str:
    indent = next((found[1] for text in before.splitlines() if (found := _ITEM.match(text))), "")
    return f"{before.rstrip()}\n{indent}{line}" if before.strip() else HEAD + line


def _replaced(before: str, number: int, line: str) -> str:
    lines = before.splitlines(keepends=True)
    first, last = _places(before)[number - 1]
    return "".join([*lines[:first], line, *lines[last:]])


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
