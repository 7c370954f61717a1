"""The local classifier: rules over a lexicon, offline, in microseconds. It abstains where its words do not decide."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence

from enforcer.core.lanes import Lane, Task
from enforcer.lanes.asking import asking_words, without_quotes
from enforcer.lanes.lexicon import ARTEFACTS, FILLERS, LINK, MAKING, NOUNS, TONE, TOPIC, VERBS, Cue, Entry
from enforcer.lanes.phrases import PHRASES
from enforcer.lanes.prediction import NOTHING, SHAPE, Prediction
from enforcer.lanes.smalltalk import is_small_talk
from enforcer.lanes.steps import plan_steps
from enforcer.lanes.world import is_foreign, world_cues

ASK_AT = 0.70
SLOPE = 0.62  # of the logistic: how sure a point of weight makes
LONGEST = 900  # characters of a request that are read
MOST_NAMED = 2

# How loudly a word speaks where it stands.
LATER_CLAUSE = 0.6  # behind the first clause, and no command
MADE = 1.3  # what a "write" or a "build" is about
LATER_NOUN = 0.6  # behind the thing to be made
BEHIND_LINK = 0.5  # for the poem
IN_TOPIC = 0.3  # about a poem
PHRASE_IN_TOPIC = 0.4
MODIFIER = 0.2  # a poem generator
BESIDE_VERB = 0.5  # the verb has decided: debug my poem
AMONG_FOREIGN = 0.5  # an English word in a text of another language
INNER_VERB = 0.35  # a verb that is not what to do

DECISIVE = 2.2  # a verb of this weight decides by itself
OVERRULING = 4.0  # a phrase of this weight holds against any verb
EARLY = 80  # characters

_CLAUSE = re.compile(r"[.;:!?\n]+(?:\s|$)|,\s| [-–—] ")
_ABOUT = re.compile(r"\b(?:about|where|in which|who|whose|that|because|on)\b")
_WORD = re.compile(r"[a-z](?:[a-z'’-]*[a-z])?|404|500")
_CODE_FILE = re.compile(
    r"\b[\w/-]+\.(?:py|js|ts|tsx|jsx|rs|go|c|h|cpp|java|kt|rb|sh|sql|css|html|csv|tsv|json|ya?ml|toml|log|xlsx|ipynb|parquet"
    r"|ini|conf|lock|ndjson|vue|swift|php|pl|ex)\b"
)
_IDENTIFIER = re.compile(
    r"\b[a-z]+_[a-z_]+\b|\b[a-z]+[A-Z]\w+\b|(?<!\w)--[a-z][\w-]+|\b[A-Z]{2,}_[A-Z_]+\b|\w+\(\)|\w+::\w+"
)
_QUESTION = re.compile(r"\s*(?:which|who|when|where|why|did|does|is|are|was|were|has|have|can|do)\b", re.IGNORECASE)
_QUANTITY = re.compile(r"[£$€]\s?\d|\d+(?:[.,]\d+)?\s?(?:%|k\b|kg|km|ms|gb|mb|hrs?|hours|days|weeks|usd|eur|°|m\b)")


class RuleClassifier:
    """What is asked for decides: the verb and the thing to be made, not the topic it is about."""

    ask_at = ASK_AT

    def predict(self, text: str) -> Prediction:
        """Of the final deliverable, where there are several steps."""
        _, last = plan_steps(asking_words(text)[0], self._glance)
        return last or self._glance(text)

    def _glance(self, text: str) -> Prediction:
        if is_small_talk(text):
            return Prediction(None, Task.OTHER, 0.95, "small talk")
        asked, pasted = asking_words(text)
        bare = without_quotes(asked)[:LONGEST].lower()
        english = [*_phrase_cues(bare), *_word_cues(bare)]
        if is_foreign(bare):
            english = [cue._replace(weight=cue.weight * AMONG_FOREIGN) for cue in english]
        return _weigh([*english, *_shape_cues(asked, pasted=pasted), *world_cues(bare)], bare)


def _weigh(cues: Sequence[Cue], text: str) -> Prediction:
    score = sum(cue.weight for cue in cues)
    lane = Lane.CREATIVE if score > 0 else Lane.ANALYTICAL
    sign = 1 if score > 0 else -1
    agreeing = sorted((cue for cue in cues if cue.weight * sign > 0), key=lambda cue: -abs(cue.weight))
    if not agreeing:
        return Prediction(None, Task.OTHER, 0.5, NOTHING)
    confidence = min(0.99, 1 / (1 + math.exp(-SLOPE * abs(score))))
    reason = ", ".join(_named(agreeing, text)) or SHAPE
    return Prediction(lane, agreeing[0].task, round(confidence, 3), reason, lane.other)


def _named(agreeing: Sequence[Cue], text: str) -> list[str]:
    """The loudest words, in the order they were said; none that is part of another."""
    named: list[str] = []
    for cue in agreeing:
        if cue.word and not any(cue.word in word for word in named) and len(named) < MOST_NAMED:
            named.append(cue.word)
    return sorted(named, key=text.find)


def _phrase_cues(text: str) -> Iterator[Cue]:
    head = VERBS.get(_head(text), (0.0, Task.OTHER))[0]
    topic = _ABOUT.search(text)
    for pattern, weight, task in PHRASES:
        if found := pattern.search(text):
            loud = 1.0 if found.start() < EARLY else 0.7  # what comes late is a detail
            if topic and found.start() > topic.start():
                loud = min(loud, PHRASE_IN_TOPIC)
            if abs(head) >= DECISIVE and head * weight < 0 and abs(weight) < OVERRULING and found.start() > 0:
                loud = min(loud, BESIDE_VERB)
            yield Cue(found[0].strip(), weight * loud, task)


def _word_cues(text: str) -> Iterator[Cue]:
    clauses = [words for clause in _CLAUSE.split(text) if (words := _words(clause))]
    for number, words in enumerate(clauses):
        begun = _without_fillers(words)
        commands = bool(begun) and (begun[0] in VERBS or begun[0] in MAKING)
        yield from _clause_cues(begun, 1.0 if commands or number == 0 else LATER_CLAUSE)


def _clause_cues(words: Sequence[str], scale: float) -> Iterator[Cue]:
    making = bool(words) and words[0] in MAKING
    decided = bool(words) and words[0] in VERBS and not making
    around, objects = 1.0, 0
    for index, word in enumerate(words):
        if word in TOPIC:
            around = IN_TOPIC
        elif word in LINK:
            around = min(around, BEHIND_LINK)
        if index == 0 and word in VERBS:
            weight, task = VERBS[word]
            yield Cue(word, weight * scale, task)
        elif entry := _noun(word):
            modifier = index + 1 < len(words) and (words[index + 1] in ARTEFACTS or _noun(words[index + 1]) is not None)
            loud = scale * around * (MODIFIER if modifier else 1.0) * (BESIDE_VERB if decided else 1.0)
            loud *= LATER_NOUN if objects else MADE if making and around == 1.0 else 1.0
            yield Cue(word, entry[0] * loud, entry[1])
            objects += not modifier
        elif word in TONE:
            yield Cue(word, TONE[word][0] * max(scale, 0.7), TONE[word][1])
        elif word in VERBS and word not in MAKING:
            yield Cue(word, VERBS[word][0] * scale * around * INNER_VERB, VERBS[word][1])


def _shape_cues(text: str, *, pasted: bool) -> Iterator[Cue]:
    """How it looks: names of files and things in code, quantities, a question."""
    if found := _CODE_FILE.search(text):
        yield Cue(found[0], -1.5, Task.IMPLEMENT)
    if found := _IDENTIFIER.search(text):
        yield Cue(found[0], -1.2, Task.IMPLEMENT)
    if len(_QUANTITY.findall(text)) > 1:
        yield Cue("", -1.2, Task.DATA)
    if text.rstrip().endswith("?"):
        yield Cue("", -1.7 if _QUESTION.match(text) else -0.7, Task.RESEARCH)
    if pasted:
        yield Cue("", -0.4, Task.OTHER)


def _words(clause: str) -> list[str]:
    words: list[str] = []
    for word in _WORD.findall(clause.replace("’", "'")):
        known = "-" not in word or word in NOUNS or word in VERBS or word in TONE
        words.append(word if known else word.rpartition("-")[2])  # what stands before the hyphen is a modifier
    return words


def _head(text: str) -> str:
    begun = _without_fillers(_words(text[:EARLY]))
    return begun[0] if begun else ""


def _without_fillers(words: Sequence[str]) -> Sequence[str]:
    """From the word that says what to do: "could you please write" begins at "write"."""
    begun = next((index for index, word in enumerate(words) if word not in FILLERS), len(words))
    return words[begun:]


def _noun(word: str) -> Entry | None:
    found = NOUNS.get(word)
    if found is None and len(word) > 3 and word.endswith("s"):
        found = NOUNS.get(word[:-1]) or (NOUNS.get(word[:-3] + "y") if word.endswith("ies") else None)
    return found
