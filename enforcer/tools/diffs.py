"""What changed between two texts: lines added and removed, and a unified diff for people."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

CONTEXT = 3
MOST_PAIRS = 4_000_000  # lines before times lines after; beyond, one block is called replaced instead of compared
MOST_CHARACTERS = 20_000
_HEADER = re.compile(r"@@ -(\d+)((?:,\d+)?) \+(\d+)((?:,\d+)?) @@")


@dataclass(frozen=True, slots=True)
class Diff:
    added: int
    removed: int
    text: str  # unified, without file headers, capped


def compare(old: str, new: str) -> Diff:
    before, after = _lines(old), _lines(new)
    head = _common(before, after)
    tail = _common(before[head:][::-1], after[head:][::-1])
    start = max(0, head - CONTEXT)
    before = before[start : len(before) - max(0, tail - CONTEXT)]
    after = after[start : len(after) - max(0, tail - CONTEXT)]
    lines = list(_unified(before, after, start))
    return Diff(
        sum(line.startswith("+") for line in lines), sum(line.startswith("-") for line in lines), _capped(lines)
    )


def _lines(text: str) -> list[str]:
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    return lines if lines[-1] else lines[:-1]


def _common(before: Sequence[str], after: Sequence[str]) -> int:
    pairs = enumerate(zip(before, after, strict=False))
    return next((at for at, (one, other) in pairs if one != other), min(len(before), len(after)))


def _unified(before: Sequence[str], after: Sequence[str], start: int) -> Iterator[str]:
    """Only the part that differs is compared; its line numbers are moved to where it stands in the file."""
    if len(before) * len(after) > MOST_PAIRS:
        yield f"@@ -{start + 1},{len(before)} +{start + 1},{len(after)} @@"
        yield from (f"-{line}" for line in before)
        yield from (f"+{line}" for line in after)
        return
    for number, line in enumerate(difflib.unified_diff(before, after, lineterm="", n=CONTEXT)):
        if number < 2:  # the two file headers
            continue
        header = _HEADER.fullmatch(line)
        if header:
            line = f"@@ -{int(header[1]) + start}{header[2]} +{int(header[3]) + start}{header[4]} @@"
        yield line


def _capped(lines: Sequence[str]) -> str:
    kept: list[str] = []
    room = MOST_CHARACTERS
    for line in lines:
        room -= len(line) + 1
        if room < 0:
            return "\n".join([*kept, "(the rest of the diff is left out)"])
        kept.append(line)
    return "\n".join(kept)
