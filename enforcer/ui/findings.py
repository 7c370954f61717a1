"""What a check found, and how it is shown: a word for how bad it is, one line, and the remedy below it."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from typing import Any

from enforcer.core.errors import ExitCode
from enforcer.ui.sanitize import line

VERSION = 1  # of the JSON; raised when a field goes or changes its meaning
_INDENT = "  "
_WORD = 7  # the longest word of a level


class Level(StrEnum):
    OK = "ok"
    NOTE = "note"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Finding:
    """`code` names the kind of finding for programs; `remedy` is a command or an edit, "" where nothing is to do."""

    level: Level
    code: str
    text: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """A finding in its group."""

    group: str
    finding: Finding


def ok(code: str, text: str) -> Finding:
    return Finding(Level.OK, code, text)


def note(code: str, text: str, remedy: str = "") -> Finding:
    return Finding(Level.NOTE, code, text, remedy)


def warning(code: str, text: str, remedy: str) -> Finding:
    return Finding(Level.WARNING, code, text, remedy)


def error(code: str, text: str, remedy: str) -> Finding:
    return Finding(Level.ERROR, code, text, remedy)


def lines(found: Iterable[Found], width: int | None, inks: Mapping[str, str] = {}) -> Iterator[str]:
    """For people; `width` None does not wrap. `inks` are escape codes by level, without them none is written."""
    for group, members in groupby(found, lambda each: each.group):
        yield group
        for each in members:
            yield from _entry(each.finding, width, inks)


def summary(found: Iterable[Found]) -> str:
    counts = _counts(found)
    bad = [f"{counts[level]} {level}{'' if counts[level] == 1 else 's'}" for level in (Level.ERROR, Level.WARNING)]
    told = [words for words, level in zip(bad, (Level.ERROR, Level.WARNING), strict=True) if counts[level]]
    return ", ".join(told) if told else "everything is in order"


def to_json(found: Iterable[Found], version: str) -> dict[str, Any]:
    found = tuple(found)
    counts = _counts(found)
    return {
        "version": VERSION,
        "enforcer": version,
        "ok": not counts[Level.ERROR],
        "counts": {level.value: counts[level] for level in Level},
        "findings": [
            {
                "group": each.group,
                "code": each.finding.code,
                "level": each.finding.level.value,
                "text": line(each.finding.text),
                "remedy": line(each.finding.remedy) or None,
            }
            for each in found
        ],
    }


def exit_code(found: Iterable[Found]) -> ExitCode:
    return ExitCode.RUN_ERROR if _counts(found)[Level.ERROR] else ExitCode.OK


def _counts(found: Iterable[Found]) -> dict[Level, int]:
    levels = [each.finding.level for each in found]
    return {level: levels.count(level) for level in Level}


def _entry(finding: Finding, width: int | None, inks: Mapping[str, str]) -> Iterator[str]:
    ink = inks.get(finding.level, "")
    word = f"{finding.level:<{_WORD}}"
    head = f"{_INDENT}\x1b[{ink}m{word}\x1b[0m  " if ink else f"{_INDENT}{word}  "
    first, *rest = _wrapped(line(finding.text), width)
    yield f"{head}{first}"
    yield from (f"{_margin()}{text}" for text in rest)
    if finding.remedy:
        first, *rest = _wrapped(f"→ {line(finding.remedy)}", width)
        yield from (f"{_margin()}{text}" for text in (first, *(f"  {text}" for text in rest)))


def _margin() -> str:
    return " " * (len(_INDENT) + _WORD + 2)


def _wrapped(text: str, width: int | None) -> list[str]:
    """Words stay whole where they can: a path or a command is copied from here."""
    if width is None:
        return [text]
    room = max(width - len(_margin()) - 2, 20)
    return textwrap.wrap(text, room, break_long_words=False, break_on_hyphens=False) or [""]
