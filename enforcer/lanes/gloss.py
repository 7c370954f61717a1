"""Says a prompt of another language in English, word by word; crude, and enough to hear what it asks for.

The word lists are `words/<language>.txt`: `english gloss: form stem* two_words`. Only the list that is needed is read.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from enforcer.lanes.tongues import ENGLISH, UNSPACED, english_hits, languages_of

FOLDER = Path(__file__).parent / "words"
SHORTEST_REST = 4  # letters of a compound behind its first part
MOST_TOGETHER = 4  # words of a phrase
LINKING = "sn"  # letters between the parts of a compound


@dataclass(frozen=True, slots=True)
class Glossary:
    """The words of one language. Forms are plain: lower case, no accents."""

    exact: Mapping[str, str] = field(default_factory=dict)
    stems: Mapping[str, str] = field(default_factory=dict)
    longest: int = 0  # characters of a stem, or of any form of a language without spaces

    def word(self, word: str) -> str | None:
        """None for a word that is not known; "" for one that says nothing."""
        found = self.exact.get(word)
        return self._by_stem(word) if found is None else found

    def spaced(self, words: list[str]) -> str:
        """Words one after another, phrases first; what is not known stays."""
        said: list[str] = []
        at = 0
        while at < len(words):
            size, gloss = self._phrase(words, at)
            said.append(gloss)
            at += size
        return " ".join(filter(None, said))

    def unspaced(self, text: str) -> str:
        """The longest form first, anywhere."""
        said: list[str] = []
        at = 0
        while at < len(text):
            size = next(
                (
                    size
                    for size in range(min(self.longest, len(text) - at), 0, -1)
                    if text[at : at + size] in self.exact
                ),
                0,
            )
            said.append(f" {self.exact[text[at : at + size]]} " if size else text[at])
            at += size or 1
        return " ".join("".join(said).split())

    def hits(self, words: Iterable[str]) -> int:
        """How many of the words are known here and mean something else than in English."""
        return sum(self.word(word) not in {None, word} for word in words)

    def _phrase(self, words: list[str], at: int) -> tuple[int, str]:
        for size in range(min(MOST_TOGETHER, len(words) - at), 1, -1):
            gloss = self.exact.get(" ".join(words[at : at + size]))
            if gloss is not None:
                return size, gloss
        gloss = self.word(words[at])
        return 1, words[at] if gloss is None else gloss

    def _by_stem(self, word: str) -> str | None:
        for size in range(min(len(word), self.longest), 0, -1):
            gloss = self.stems.get(word[:size])
            if gloss is not None:
                rest = self._rest(word[size:])
                return f"{gloss} {rest}" if rest else gloss
        return None

    def _rest(self, rest: str) -> str:
        if len(rest) < SHORTEST_REST:
            return ""
        return self.word(rest) or (self.word(rest[1:]) if rest[0] in LINKING else None) or ""


def in_english(text: str) -> tuple[str, str]:
    """The text with each known word in English, and its language; an English text as it is, with "en"."""
    words = plain_words(text)
    language = _language(text, words)
    if language == ENGLISH:
        return text, language
    glossary = glossary_of(language)
    if language in UNSPACED:
        return glossary.unspaced(unicodedata.normalize("NFKC", text).lower()), language
    return glossary.spaced(words), language


def plain_words(text: str) -> list[str]:
    """In lower case and without accents, signs of punctuation apart."""
    bare = "".join(_apart(char) for char in unicodedata.normalize("NFKD", text.lower().replace("ł", "l")))
    return unicodedata.normalize("NFC", bare).split()


@cache
def glossary_of(language: str, folder: Path = FOLDER) -> Glossary:
    """An empty one for a language that has no list."""
    try:
        lines = (folder / f"{language}.txt").read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return Glossary()
    return parse(lines, spaces=language not in UNSPACED)


def parse(lines: Iterable[str], *, spaces: bool = True) -> Glossary:
    """Raises: ValueError for a line that is no entry."""
    exact: dict[str, str] = {}
    stems: dict[str, str] = {}
    for line in lines:
        if not line.strip() or line.startswith("#"):
            continue
        gloss, colon, forms = line.partition(":")
        if not colon:
            raise ValueError(f"no entry of a word list: {line}")
        for form in forms.split():
            bare = form.rstrip("*").replace("_", " ")
            known = " ".join(plain_words(bare)) if spaces else unicodedata.normalize("NFKC", bare).lower()
            table = stems if spaces and form.endswith("*") and " " not in known else exact
            table.setdefault(known, gloss.strip())
    exact.pop("", None)
    return Glossary(exact, stems, max(map(len, stems if spaces else exact), default=0))


def _language(text: str, words: list[str]) -> str:
    """Of several likely ones the one that knows most of the words; English where none knows more."""
    likely = languages_of(text, words)
    return likely[0] if len(likely) == 1 else max(likely, key=lambda each: _known(each, words))


def _known(language: str, words: list[str]) -> int:
    return english_hits(words) if language == ENGLISH else glossary_of(language).hits(words)


def _apart(char: str) -> str:
    if "a" <= char <= "z":
        return char
    kind = unicodedata.category(char)
    if kind == "Mn" and not _carries_a_vowel(char):
        return ""
    return char if kind[0] in "LMN" else f" {char} " if kind[0] in "PS" else " "


def _carries_a_vowel(char: str) -> bool:
    """The marks of Devanagari are letters, whatever they are called."""
    return "\u0900" <= char <= "\u097f"
