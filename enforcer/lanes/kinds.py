"""What kind a prompt is of, in one or two of its own words: narrow enough that a rule for it swallows nothing else."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from enforcer.core.lanes import LaneDecision, Source, Task
from enforcer.lanes.asking import asking_words
from enforcer.lanes.lexicon import ARTEFACTS, FILLERS, LINK, MAKING, NOUNS, TONE, TOPIC, VERBS

MOST = 2
SHORTEST = 3  # letters, of scripts that have spaces
_WORD = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*")
_VAGUE = """
    all any as be been both but can't cannot do does don't each few had has have he her his how if is it its many
    more most much new no not of off old one only or other our out over same she should some something such that then
    there these they thing things this those too two under up very was way well were what why will with within without
    you your bad best better big broken different easy fast fine full funny good great happy hard important large last
    least less little long low main nice quick real right short simple slow small sure used whole wrong wrote today
    tomorrow yesterday monday friday week day time come find look up down
"""
_EMPTY = frozenset(_VAGUE.split()) | FILLERS | LINK | TOPIC
_COMMON = _EMPTY | MAKING
_INFLECTED = re.compile(r".{2,}(?:ing|ed|ly)")


@dataclass(frozen=True, slots=True)
class Kind:
    """Every one of `words` occurs in such prompts, and the task is this one (None = any)."""

    words: tuple[str, ...]
    task: Task | None = None


def kind_of(decision: LaneDecision, prompt: str) -> Kind | None:
    """Two telling words, or one and the task; None when the prompt has nothing that tells its kind."""
    if decision.source is Source.DECLARED:
        return Kind((decision.reason.lower(),))
    said = asking_words(prompt)[0].lower()
    words = _words(said)
    telling = _apart(_reasons(decision, said) or _named_in(words))[-MOST:]
    if len(" ".join(telling).split()) >= MOST:
        return Kind(tuple(telling))
    if telling and decision.task is not Task.OTHER and not _is_weak(telling[0], words):
        return Kind((telling[0],), decision.task)
    pair = _with_neighbour(telling or _rest(words), words)
    return Kind(pair) if len(pair) == MOST else None


def is_empty(phrase: str) -> bool:
    """None of its words tells one kind of prompt from another."""
    return all(word in _COMMON or (len(word) < SHORTEST and word.isascii()) for word in phrase.split())


def _reasons(decision: LaneDecision, said: str) -> list[str]:
    """The words that decided, in the order they were said; what a model or a hook put there is none of them."""
    found = [word.strip(" \"'").lower() for word in decision.reason.partition(";")[0].split(",")]
    trimmed = {_trimmed(word) for word in found if word and word in said}
    return sorted(trimmed - {""}, key=said.find)


def _trimmed(phrase: str) -> str:
    """`names for a` is `names`."""
    words = phrase.split()
    while words and not _tells(words[0]):
        del words[0]
    while words and not _tells(words[-1]):
        del words[-1]
    return " ".join(words)


def _named_in(words: Sequence[str]) -> list[str]:
    """Things to be made, where the decision did not say its words."""
    return [word for word in dict.fromkeys(words) if word in NOUNS and _tells(word)][:MOST]


def _rest(words: Sequence[str]) -> list[str]:
    return [word for word in words if _tells(word) and not _INFLECTED.fullmatch(word)][:1]


def _with_neighbour(telling: Sequence[str], words: Sequence[str]) -> tuple[str, ...]:
    """A weak word and the one that goes with it: behind it, or else before it, and were it the verb."""
    if not telling or telling[0] not in words:
        return tuple(telling)
    at = words.index(telling[0])
    behind = (word for word in words[at + 1 :] if _tells(word))
    before = (word for word in reversed(words[:at]) if len(word) >= SHORTEST and word not in _EMPTY)
    if partner := next(behind, ""):
        return words[at], partner
    partner = next(before, "")
    return (partner, words[at]) if partner else (words[at],)


def _apart(words: Sequence[str]) -> list[str]:
    """Without those that are part of another."""
    return [word for word in words if not any(word != other and word in other for other in words)]


def _tells(word: str) -> bool:
    if not word.isascii():
        return len(word) > 1
    return len(word) >= SHORTEST and word not in _COMMON and (word in NOUNS or (word not in VERBS and word not in TONE))


def _is_weak(word: str, words: Sequence[str]) -> bool:
    """It stands in prompts of every kind, or it may be the verb in a language we do not know."""
    if word in NOUNS:
        return word in ARTEFACTS
    return word in ARTEFACTS or _INFLECTED.fullmatch(word) is not None or (len(words) > 1 and words[0] == word)


def _words(said: str) -> list[str]:
    return [word.replace("’", "'") for word in _WORD.findall(said)]
