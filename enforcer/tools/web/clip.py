"""A long text, clipped around what was asked: its beginning, and the passages that speak of it, in their order."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence

PIECE = 1500  # characters of a passage at most
BEGINNING = 5  # a fifth of the room is for how the text begins
_WORD = re.compile(r"\w{3,}")


def clipped(text: str, question: str, room: int) -> str:
    """At most about `room` characters; the marks between the passages say how much was left out."""
    if len(text) <= room:
        return text
    pieces = _pieces(text)
    chosen: set[int] = set()
    left = room
    for number in (*_beginning(pieces, room // BEGINNING), *_by_worth(pieces, question), *range(len(pieces))):
        if number not in chosen and len(pieces[number]) <= left:
            chosen.add(number)
            left -= len(pieces[number])
    return _joined(pieces, chosen)


def _pieces(text: str) -> list[str]:
    """Paragraphs with the blank lines behind them; a longer one is cut at a line's end, or anywhere."""
    found = []
    for paragraph in re.findall(r".+?(?:\n{2,}|\Z)", text, re.DOTALL):
        while len(paragraph) > PIECE:
            cut = paragraph.rfind("\n", PIECE // 2, PIECE) + 1 or PIECE
            found.append(paragraph[:cut])
            paragraph = paragraph[cut:]
        found.append(paragraph)
    return found


def _beginning(pieces: Sequence[str], room: int) -> range:
    used = 0
    for number, piece in enumerate(pieces):
        used += len(piece)
        if used > room:
            return range(number)
    return range(len(pieces))


def _by_worth(pieces: Sequence[str], question: str) -> list[int]:
    """The passages that share words with the question, the rarer the better; a neighbour of one counts half."""
    wanted = set(_WORD.findall(question.casefold()))
    shared = [wanted & set(_WORD.findall(piece.casefold())) for piece in pieces]
    spread = Counter(word for words in shared for word in words)
    own = [sum(math.log(1 + len(pieces) / spread[word]) for word in words) for words in shared]
    near = [max(own[max(at - 1, 0) : at + 2]) / 2 for at in range(len(own))]
    worth = [max(pair) for pair in zip(own, near, strict=True)]
    return sorted((at for at in range(len(pieces)) if worth[at] > 0), key=lambda at: -worth[at])


def _joined(pieces: Sequence[str], chosen: set[int]) -> str:
    out: list[str] = []
    gap = 0
    for number, piece in enumerate(pieces):
        if number not in chosen:
            gap += len(piece)
            continue
        out += [_mark(gap)] * bool(gap) + [piece]
        gap = 0
    return "".join(out + [_mark(gap)] * bool(gap)).strip("\n")


def _mark(gap: int) -> str:
    return f"\n[… {gap:,} characters left out …]\n\n"
