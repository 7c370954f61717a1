"""The trained classifier. Its letter groups decide what is sure; of the rest the encoder is asked, too.

The encoder is passed in as a function, so that nothing is loaded for it before the first prompt that needs it.
"""

from __future__ import annotations

import json
import math
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from enforcer.core.lanes import Lane, Task
from enforcer.lanes.features import Seen, seen
from enforcer.lanes.groups import LetterGroups
from enforcer.lanes.prediction import NO_WORD, LocalClassifier, Prediction
from enforcer.lanes.smalltalk import is_small_talk
from enforcer.lanes.tongues import ENGLISH, is_filler

LANES: tuple[Lane | None, ...] = (Lane.CREATIVE, Lane.ANALYTICAL, None)
TASKS = tuple(Task)
MOST_NAMED = 2
SURE_OF_ALL = 0.99  # nothing is ever surer
SURE_OF_TASK = 0.7  # of the letter groups: below it the encoder is asked although the lane is sure

FOLDER = Path(__file__).parent / "weights"
CARD, TABLE, ENCODER = "card.json", "groups.bin", "encoder.safetensors"


class Voice(Protocol):
    """What understands a request."""

    def scores(self, request: str) -> tuple[Sequence[float], Sequence[float]]:
        """Of LANES and of TASKS, unscaled."""
        ...


@dataclass(frozen=True, slots=True)
class Mixing:
    """How the two voices are joined in one kind of text, so that a confidence means something."""

    share: float  # of the encoder, 0 to 1
    temperature: float
    groups_temperature: float  # when the letter groups are alone


@dataclass(frozen=True, slots=True)
class Calibration:
    """Found on rows that were not trained on."""

    ask_at: float
    sure_at: float  # from here on the letter groups decide alone
    english: Mixing
    other: Mixing  # of a text that was glossed

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Calibration:
        """Raises: KeyError, TypeError."""
        return cls(data["ask_at"], data["sure_at"], Mixing(**data["english"]), Mixing(**data["other"]))

    def of(self, language: str) -> Mixing:
        return self.english if language == ENGLISH else self.other


class LearnedClassifier:
    """`encoder` gives None when it cannot be had: then `instead` decides what is not sure."""

    def __init__(
        self,
        groups: LetterGroups,
        calibration: Calibration,
        encoder: Callable[[], Voice | None],
        instead: LocalClassifier,
    ) -> None:
        self.calibration = calibration
        self._groups = groups
        self._encoder = encoder
        self._instead = instead
        self._alone = False

    @classmethod
    def read(
        cls, encoder: Callable[[], Voice | None], instead: LocalClassifier, folder: Path = FOLDER
    ) -> LearnedClassifier:
        """The part that is small. Raises: OSError, ValueError, KeyError, TypeError."""
        card = json.loads((folder / CARD).read_text(encoding="utf-8"))
        groups = LetterGroups((folder / TABLE).read_bytes(), card["groups"]["scale"], card["groups"]["bias"])
        return cls(groups, Calibration.from_json(card["calibration"]), encoder, instead)

    @property
    def ask_at(self) -> float:
        return self._instead.ask_at if self._alone else self.calibration.ask_at

    def predict(self, text: str) -> Prediction:
        self._alone = False
        if is_small_talk(text):
            return Prediction(None, Task.OTHER, SURE_OF_ALL, "small talk")
        request = seen(text)
        found = self._judged(request)
        if found is None:
            self._alone = True
            return self._instead.predict(text)
        return self._prediction(request, *found)

    def _judged(self, request: Seen) -> tuple[list[float], list[float]] | None:
        """Probabilities of LANES and scores of TASKS."""
        lanes, tasks = self.heard(request)
        mixing = self.calibration.of(request.language)
        alone = probabilities(lanes, mixing.groups_temperature)
        sure = max(alone) >= self.calibration.sure_at
        if sure and max(probabilities(tasks, 1.0)) >= SURE_OF_TASK:
            return alone, tasks
        encoder = self._encoder()
        if encoder is None:
            return (alone, tasks) if sure else None
        said = encoder.scores(request.english)
        both = alone if sure else probabilities(joined(said[0], lanes, mixing.share), mixing.temperature)
        return both, joined(said[1], tasks, mixing.share)

    def heard(self, request: Seen) -> tuple[list[float], list[float]]:
        """What the letter groups say of LANES and of TASKS, unscaled."""
        scores = self._groups.scores(request)
        return scores[: len(LANES)], scores[len(LANES) :]

    def _prediction(self, request: Seen, lanes: Sequence[float], tasks: Sequence[float]) -> Prediction:
        best, second, _ = sorted(range(len(LANES)), key=lambda lane: -lanes[lane])
        task = max(range(len(TASKS)), key=lambda number: tasks[number])
        return Prediction(
            LANES[best],
            TASKS[task],
            round(min(lanes[best], SURE_OF_ALL), 3),
            ", ".join(self._named(request, best)) or NO_WORD,
            LANES[second],
        )

    def _named(self, request: Seen, lane: int) -> list[str]:
        """The words that say most for a lane, in the order they were said."""
        others = [each for each in range(len(LANES)) if each != lane]
        said = [word for word in dict.fromkeys(_surface(request.said)) if not is_filler(word, request.language)]
        loud = {word: loudness for word in said if (loudness := self._groups.speaks(word, lane, others)) > 0}
        named = sorted(loud, key=lambda word: -loud[word])[:MOST_NAMED]
        return sorted(named, key=said.index)


def joined(one: Sequence[float], other: Sequence[float], share: float) -> list[float]:
    """Two sets of scores as one, the first with this share."""
    pairs = zip(logs(one), logs(other), strict=True)
    return [share * first + (1 - share) * second for first, second in pairs]


def probabilities(scores: Sequence[float], temperature: float) -> list[float]:
    return [math.exp(value) for value in logs([score / temperature for score in scores])]


def logs(scores: Sequence[float]) -> list[float]:
    """Scores as logarithms of probabilities."""
    top = max(scores)
    whole = top + math.log(sum(math.exp(score - top) for score in scores))
    return [score - whole for score in scores]


def _surface(request: str) -> Iterator[str]:
    """Words as they were written, without the signs around them."""
    for chunk in request.lower().split():
        word = chunk.strip("".join(char for char in chunk if unicodedata.category(char)[0] in "PS"))
        if sum(char.isalpha() for char in word) > 1:
            yield word
