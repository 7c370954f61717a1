"""Directives: a person's rules, word for word, in marked blocks of a SKILL.md. Reads and writes text, no files."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace

from enforcer.core.errors import EnforcerError

HEADING = "## Directives"
SHORTEST_ID = 4  # hex digits behind "d-"
_OPEN = re.compile(r"^\s{0,3}<!--\s*origin\s*:\s*(?P<rest>.*?)\s*-->\s*$")
_CLOSE = re.compile(r"^\s{0,3}<!--\s*/origin\s*-->\s*$")
_FENCE = re.compile(r"^\s{0,3}(?P<fence>`{3,}|~{3,})")
ID = re.compile(r"d-[0-9a-f]{4,64}")


class Unclosed(EnforcerError):
    """A block that is not closed: nobody can say where the rule ends."""


@dataclass(frozen=True, slots=True)
class Directive:
    """One block. `first` and `last` are the lines of its two marks, counted from 1; `id` is "" until it has one."""

    text: str
    id: str = ""
    origin: str = "user"
    added: str = ""  # YYYY-MM-DD
    immutable: bool = True
    first: int = 0
    last: int = 0

    @property
    def digest(self) -> str:
        return digest(self.text)

    def block(self) -> str:
        """As it stands in the file."""
        marks = [f"origin: {self.origin}", *([f"id: {self.id}"] if self.id else [])]
        marks += [f"added: {self.added}"] if self.added else []
        marks += ["immutable: true"] if self.immutable else []
        return f"<!-- {' | '.join(marks)} -->\n{self.text}\n<!-- /origin -->"


def read(text: str) -> tuple[Directive, ...]:
    """Every block, in the order of the file; what stands in a code block is an example. Raises: Unclosed."""
    found: list[Directive] = []
    opened: Directive | None = None
    body: list[str] = []
    for number, line, code in _lines(text):
        mark = None if code else _OPEN.match(line)
        if mark and opened:
            raise Unclosed(f"line {opened.first}: the block is not closed before line {number}; add <!-- /origin -->")
        if mark:
            opened, body = _opened(mark["rest"], number), []
        elif opened and not code and _CLOSE.match(line):
            found.append(replace(opened, text="\n".join(body).strip("\n"), last=number))
            opened = None
        elif opened:
            body.append(line)
    if opened:
        raise Unclosed(f"line {opened.first}: the block is not closed; add <!-- /origin --> below it")
    return tuple(found)


def digest(text: str) -> str:
    """sha256 of a rule as it reads: the same for another line end, another Unicode form, and blanks at line ends."""
    return hashlib.sha256(normal(text).encode()).hexdigest()


def normal(text: str) -> str:
    composed = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    return "\n".join(line.rstrip() for line in composed.strip("\n").split("\n")).rstrip()


def new_id(skill: str, text: str, taken: Collection[str]) -> str:
    """`d-` and as many digits of the hash as it takes to be the only one."""
    whole = hashlib.sha256(f"{skill}\n{normal(text)}".encode()).hexdigest()
    lengths = range(SHORTEST_ID, len(whole) + 1)
    return next((short for length in lengths if (short := f"d-{whole[:length]}") not in taken), f"d-{whole}")


def added(text: str, directive: Directive) -> str:
    """The text of a SKILL.md with one more block below the others."""
    blocks = read(text)
    lines = text.rstrip("\n").split("\n")
    if blocks:
        at = blocks[-1].last
        return _joined([*lines[:at], "", directive.block(), *lines[at:]])
    if HEADING in lines:
        at = lines.index(HEADING) + 1
        return _joined([*lines[:at], "", directive.block(), *lines[at:]])
    return _joined([*lines, "", HEADING, "", directive.block()])


def exchanged(text: str, old: Directive, new: Directive | None) -> str:
    """The text with one block in place of another, or without it."""
    lines = text.rstrip("\n").split("\n")
    before, behind = lines[: old.first - 1], lines[old.last :]
    if new is not None:
        return _joined([*before, new.block(), *behind])
    while before and behind and not before[-1].strip() and not behind[0].strip():
        before.pop()
    return _joined([*before, *behind])


def _joined(lines: list[str]) -> str:
    return "\n".join(lines).rstrip("\n") + "\n"


def _lines(text: str) -> Iterator[tuple[int, str, bool]]:
    """Number, line, and whether it belongs to a code block."""
    fence = ""
    for number, line in enumerate(text.replace("\r\n", "\n").removeprefix("\ufeff").split("\n"), 1):
        mark = _FENCE.match(line)
        if fence:
            yield number, line, True
            closing = mark["fence"] if mark else ""
            if closing[:1] == fence[0] and len(closing) >= len(fence) and not line.strip().strip(fence[0]):
                fence = ""
        else:
            fence = mark["fence"] if mark else ""
            yield number, line, bool(mark)


def _opened(marks: str, number: int) -> Directive:
    said = _marks(marks)
    id = said.get("id", "")
    return Directive(
        text="",
        id=id if ID.fullmatch(id) else "",
        origin=said.get("origin", "user"),
        added=said.get("added", ""),
        immutable=said.get("immutable", "").lower() in {"true", "yes", "on", "1"},
        first=number,
    )


def _marks(marks: str) -> Mapping[str, str]:
    """`user | id: d-7f3a | immutable: true`; the first is the origin's own value."""
    pairs = [part.partition(":") for part in f"origin: {marks}".split("|")]
    return {key.strip().lower(): value.strip() for key, _, value in pairs}
