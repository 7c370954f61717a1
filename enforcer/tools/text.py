"""The text of a file as an edit sees it: strict UTF-8, line ends and a byte order mark left as they are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from enforcer.core.errors import ToolError

BOM = "\ufeff"
_NUMBERED = re.compile(r"^ *\d+\t", re.MULTILINE)
_LINE = re.compile(r"[^\n]*\n|[^\n]+")


@dataclass(frozen=True, slots=True)
class Substitution:
    text: str
    count: int
    line: int  # of the first change, from 1


def decode(data: bytes, path: Path) -> str:
    """Raises: ToolError for what cannot be written back byte for byte."""
    if b"\0" in data:
        raise ToolError(f"{path} is binary; Edit changes text files only")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ToolError(
            f"{path} is not UTF-8 (byte {error.start}); Edit would damage it, use a program that knows its encoding"
        ) from error


def encode(text: str) -> bytes:
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise ToolError("the text holds half of a surrogate pair; send it as plain UTF-8") from error


def like(content: str, old: str) -> str:
    """New content for a file that held `old`: its byte order mark and its CRLF are kept."""
    if "\r\n" in old and "\n" not in old.replace("\r\n", "") and "\r\n" not in content:
        content = content.replace("\n", "\r\n")
    return BOM + content if old.startswith(BOM) and not content.startswith(BOM) else content


def substitute(text: str, old: str, new: str, *, replace_all: bool) -> Substitution:
    """Replace the one place where `old` stands, or all. A newline in `old` also matches CRLF.

    Raises: ToolError when there is no place, or several and not `replace_all`.
    """
    spans = list(_spans(text, old, overlapping=not replace_all))
    if not spans:
        raise ToolError(_not_found(text, old))
    if len(spans) > 1 and not replace_all:
        lines = ", ".join(str(_line(text, start)) for start, _ in spans[:10])
        raise ToolError(
            f"old_string occurs {len(spans)} times (lines {lines}): add the lines around the one you mean, "
            "or set replace_all"
        )
    pieces, at = [], 0
    for start, end in spans:
        pieces += [text[at:start], _replacement(text, text[start:end], new)]
        at = end
    return Substitution("".join([*pieces, text[at:]]), len(spans), _line(text, spans[0][0]))


def _spans(text: str, old: str, *, overlapping: bool) -> Iterator[tuple[int, int]]:
    lines = old.replace("\r\n", "\n").split("\n")
    pattern = re.compile(r"\r?\n".join(re.escape(line) for line in lines))
    at = 0
    while match := pattern.search(text, at):
        yield match.span()
        at = match.start() + 1 if overlapping else match.end()


def _line(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1


def _replacement(text: str, segment: str, new: str) -> str:
    """In a file with CRLF, lines that stay keep their own bytes and new ones end as their neighbours do."""
    if "\r\n" not in text:
        return new
    place = segment if "\n" in segment else text
    crlf = place.count("\r\n") * 2 > place.count("\n")
    before, after = _LINE.findall(segment), _LINE.findall(new.replace("\r\n", "\n"))
    head = _same(before, after)
    tail = _same(before[head:][::-1], after[head:][::-1])
    middle = after[head : len(after) - tail]
    made = [line.replace("\n", "\r\n") if crlf else line for line in middle]
    return "".join([*before[:head], *made, *before[len(before) - tail :]])


def _same(before: list[str], after: list[str]) -> int:
    count = 0
    for one, other in zip(before, after, strict=False):
        if one.replace("\r\n", "\n") != other:
            break
        count += 1
    return count


def _not_found(text: str, old: str) -> str:
    bare = _NUMBERED.sub("", old)
    if bare != old and bare and next(_spans(text, bare, overlapping=True), None):
        return "old_string carries the line numbers that Read prints; send it without them"
    wanted = [line.strip() for line in old.strip().splitlines()]
    have = [line.strip() for line in text.split("\n")]
    for at in range(len(have) - len(wanted) + 1 if any(wanted) else 0):
        if have[at : at + len(wanted)] == wanted:
            return f"old_string differs in spaces or indentation from line {at + 1}; Read there and copy it exactly"
    return "old_string was not found; Read the file again and copy the text exactly"
