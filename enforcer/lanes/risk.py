"""Whether a prompt asks for work that is hard to take back: migrations, auth, deletion, money, production, secrets.

Small and precise rather than complete: something is to be changed (`risk_world.VERBS`), and a few words from
there stands what is at stake (`THINGS`). To ask, read, review, plan, test or write about it is no risk.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from enforcer.core.lanes import Lane, Task
from enforcer.lanes.asking import asking_words, without_quotes
from enforcer.lanes.risk_world import ABOUT, BEFORE, COMMANDS, JOINED, NEAR, THINGS, VERBS

LOOKING = frozenset({Task.PLAN, Task.REVIEW, Task.RESEARCH, Task.WRITE, Task.BRAINSTORM, Task.TRANSLATE})
LONGEST = 2_000  # characters of what asks that are looked at
_SENTENCE = re.compile(r"(?<=[.!?;,])\s+|\n+|[。！？；，、]")
_WORD = re.compile(r"\w[\w'’]*(?:[-/.][\w'’]+)*")
# Whoever fixes what fails is easily taken for one who tests: that has to be said.
_TESTS = re.compile(
    r"test|spec|coverage|prueba|prüf|prova|proves|测试|測試|テスト|테스트|시험|परीक्षण|टेस्ट", re.IGNORECASE
)
_PAIR = re.compile(r"\b(api|private|ssh|signing) (keys?)\b")


@dataclass(frozen=True, slots=True)
class Risk:
    """`words` are those that told."""

    kind: str
    words: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.kind}: {', '.join(self.words)}"


def risk_of(prompt: str, lane: Lane | None, task: Task) -> Risk | None:
    """The first that is found in the words that ask; `lane` and `task` are what was decided of the prompt."""
    if lane is Lane.CREATIVE or task in LOOKING:
        return None
    text = asking_words(prompt)[0][:LONGEST]
    if task is Task.TEST and _TESTS.search(text):
        return None
    if found := _commanded(text):
        return found
    for sentence in _SENTENCE.split(without_quotes(text).lower()):
        if found := _spelled(_WORD.findall(_PAIR.sub(r"\1-\2", sentence))) or _joined(sentence):
            return found
    return None


def _commanded(text: str) -> Risk | None:
    """A command that is named outright is what it is in every language."""
    for kind, pattern in COMMANDS.items():
        if found := re.search(rf"{BEFORE}({pattern})", text, re.IGNORECASE | re.MULTILINE):
            return Risk(kind, (" ".join(found[1].split()),))
    return None


def _spelled(words: Sequence[str]) -> Risk | None:
    """A verb and its thing, near each other, where neither is only talked about."""
    for kind in THINGS:
        verbs = [at for at, word in enumerate(words) if _any(VERBS[kind]).match(word)]
        for at, word in enumerate(words):
            if not _things(kind).match(word) or _only_about(words, at):
                continue
            near = [verb for verb in verbs if verb != at and -NEAR // 2 <= at - verb <= NEAR]
            if near:
                return Risk(kind, (words[near[0]], word))
    return None


def _only_about(words: Sequence[str], at: int) -> bool:
    """`payment email`, `migration guide`, `auth docs`, `production-ready`: it is something to read or to look at."""
    return any(_any(ABOUT).match(word) for word in words[at + 1 : at + 3])


def _joined(sentence: str) -> Risk | None:
    """Languages without blanks between words."""
    for kind, (verbs, things) in JOINED.items():
        verb, thing = re.search(verbs, sentence), re.search(things, sentence)
        if verb and thing:
            return Risk(kind, (verb[0], thing[0]))
    return None


def _things(kind: str) -> re.Pattern[str]:
    return _any(THINGS[kind])


@cache
def _any(words: tuple[str, ...]) -> re.Pattern[str]:
    """Beginnings of words, whole words behind a `=`."""
    whole = [re.escape(word[1:]) for word in words if word.startswith("=")]
    starts = [re.escape(word) for word in words if not word.startswith("=")]
    return re.compile(rf"(?:(?:{'|'.join(whole) or '(?!)'})\Z|(?:{'|'.join(starts) or '(?!)'}))")
