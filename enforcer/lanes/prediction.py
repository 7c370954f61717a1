"""What a local classifier says of a prompt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from enforcer.core.lanes import Lane, Task

# Reasons that are no words of a prompt.
NO_WORD, SHAPE, NOTHING = "the whole of it", "its shape", "no words that tell"


@dataclass(frozen=True, slots=True)
class Prediction:
    """A lane with a confidence that means something: of those at 0.8, about four in five are right."""

    lane: Lane | None  # None = neutral
    task: Task
    confidence: float
    reason: str  # the words that decided
    runner_up: Lane | None = None


class LocalClassifier(Protocol):
    """`predict` is pure and fast; `ask_at` is the confidence below which its guess is not to be used."""

    @property
    def ask_at(self) -> float: ...

    def predict(self, text: str) -> Prediction: ...
