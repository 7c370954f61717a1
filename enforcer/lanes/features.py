"""What the classifier sees of a prompt: the part that is read, its words, its letter groups, its pieces.

The trainer and the run time share this file; a change here makes the weights worthless.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from zlib import crc32

from enforcer.lanes.asking import asking_words
from enforcer.lanes.gloss import in_english

HEAD, TAIL = 400, 240  # characters of a request that are read

BUCKETS = 1 << 16
SIZES = (2, 3, 4)  # letters of a group
FIRST_WORDS = 3  # counted a second time: a request begins with what it wants
MOST_WORDS = 160

LONGEST_WORD = 60  # characters; what is longer is no word
INSIDE = "##"
UNKNOWN, START, END = "[UNK]", "[CLS]", "[SEP]"
_IDEOGRAPHS = ((0x4E00, 0x9FFF), (0x3400, 0x4DBF), (0xF900, 0xFAFF), (0x20000, 0x2FA1F))


@dataclass(frozen=True, slots=True)
class Seen:
    """What is read of a prompt: as it was said, and as far as it can be said in English."""

    said: str
    english: str
    language: str  # "en" when both are the same


def seen(prompt: str) -> Seen:
    said = read_part(prompt)
    return Seen(said, *in_english(said))


def read_part(prompt: str) -> str:
    """The words that ask, and of many the two ends; wide and joined letters as plain ones."""
    request = asking_words(unicodedata.normalize("NFKC", prompt))[0].strip()
    return request if len(request) <= HEAD + TAIL else f"{request[:HEAD]} … {request[-TAIL:]}"


def words(text: str) -> list[str]:
    """In lower case and without accents; every sign and every ideograph is a word of its own."""
    plain = unicodedata.normalize("NFD", text.lower())
    return "".join(_spread(char) for char in plain).split()


def groups(prompt: Seen) -> list[int]:
    """The buckets of the words, their pairs and their letter groups; each counts the same. May be empty."""
    marks = _marks(prompt.english)
    if prompt.english != prompt.said:
        marks |= _marks(prompt.said)
    return sorted(bucket(mark) for mark in marks)


def _marks(text: str) -> set[str]:
    said = words(text)[:MOST_WORDS]
    marks = {word_mark(word) for word in said}
    marks |= {f"b {first} {second}" for first, second in pairwise(said)}
    marks |= {f"f {number} {word}" for number, word in enumerate(said[:FIRST_WORDS])}
    run = f" {' '.join(said)} " if said else ""
    for size in SIZES:
        marks |= {f"c {run[start : start + size]}" for start in range(len(run) - size + 1)}
    return marks


def word_mark(word: str) -> str:
    return f"w {word}"


def bucket(mark: str) -> int:
    return crc32(mark.encode("utf-8", "replace")) % BUCKETS


class WordPieces:
    """BERT's uncased scheme: of every word the longest known piece first. `pieces` in the order of their ids."""

    def __init__(self, pieces: Sequence[str]) -> None:
        self._ids: Mapping[str, int] = {piece: number for number, piece in enumerate(pieces)}

    def encode(self, text: str, most: int) -> list[int]:
        """Ids between start and end; of a long text the beginning and, less of it, the end. At most `most`."""
        ids = [number for word in words(text) for number in self._word(word)]
        room = most - 2
        if len(ids) > room:
            head = room * 3 // 5
            ids = [*ids[:head], *ids[len(ids) - (room - head) :]]
        return [self._ids[START], *ids, self._ids[END]]

    def _word(self, word: str) -> list[int]:
        ids: list[int] = []
        rest = word
        while rest:
            size = self._longest(rest, INSIDE if ids else "")
            if not size or len(word) > LONGEST_WORD:
                return [self._ids[UNKNOWN]]
            ids.append(self._ids[(INSIDE if ids else "") + rest[:size]])
            rest = rest[size:]
        return ids

    def _longest(self, rest: str, before: str) -> int:
        return next((size for size in range(len(rest), 0, -1) if before + rest[:size] in self._ids), 0)


def _spread(char: str) -> str:
    """A letter as it is, a sign with room around it, nothing of what has no shape of its own."""
    if "a" <= char <= "z":
        return char
    if char.isspace():
        return " "
    kind = unicodedata.category(char)
    if kind == "Mn" or kind[0] == "C":
        return ""
    return f" {char} " if _stands_alone(char, kind) else char


def _stands_alone(char: str, kind: str) -> bool:
    code = ord(char)
    return kind[0] == "P" or (kind[0] == "S" and code < 128) or any(low <= code <= high for low, high in _IDEOGRAPHS)
