"""Lanes, model references, and the decision where a prompt belongs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from enforcer.core.errors import UsageError


class Lane(StrEnum):
    """One of the two brains of a session."""

    CREATIVE = "creative"
    ANALYTICAL = "analytical"

    @property
    def other(self) -> Lane:
        return Lane.ANALYTICAL if self is Lane.CREATIVE else Lane.CREATIVE


class Task(StrEnum):
    """What kind of work a prompt asks for; the routing table maps each to a lane."""

    PLAN = "plan"
    IMPLEMENT = "implement"
    DEBUG = "debug"
    REVIEW = "review"
    TEST = "test"
    RESEARCH = "research"
    DATA = "data"
    OPS = "ops"
    WRITE = "write"
    EDIT = "edit"
    BRAINSTORM = "brainstorm"
    TRANSLATE = "translate"
    DESIGN = "design"
    ROUTINE = "routine"
    OTHER = "other"


class Source(StrEnum):
    """Which rule gave the lane; the first that answers wins, in this order."""

    EXPLICIT = "explicit"
    DECLARED = "declared"
    LEARNT = "learnt"
    FOLLOW_UP = "follow-up"
    LOCAL = "local"
    MODEL = "model"
    ABSTAIN = "abstain"


EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")


def effort_level(text: str) -> str:
    """Raises: UsageError for a word that no service knows."""
    if text not in EFFORTS:
        raise UsageError(f"'{text}' is no effort level; there are {', '.join(EFFORTS[:-1])} and {EFFORTS[-1]}")
    return text


@dataclass(frozen=True, slots=True)
class ModelRef:
    """`provider/model-id`, split at the first slash; the id is kept verbatim."""

    provider: str
    model: str

    @classmethod
    def parse(cls, text: str) -> ModelRef:
        """Raises: UsageError when a part is missing."""
        provider, slash, model = text.strip().partition("/")
        if not (provider and slash and model):
            raise UsageError(f"'{text}' is not a model; write it as provider/model")
        return cls(provider, model)

    def __str__(self) -> str:
        return f"{self.provider}/{self.model}"


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a request with several."""

    text: str
    lane: Lane | None
    task: Task


@dataclass(frozen=True, slots=True)
class LaneDecision:
    """Where a prompt belongs, and why."""

    lane: Lane | None  # None = neutral; the best guess even when abstained
    task: Task
    confidence: float  # 0..1
    source: Source
    reason: str  # one clause, shown to the person
    abstained: bool = False
    deliverable_lane: Lane | None = None
    runner_up: Lane | None = None
    steps: tuple[Step, ...] = ()
    us: int = 0  # microseconds the decision took
    cost_usd: float | None = 0.0
    model: ModelRef | None = None  # what would serve the turn
    route: str = ""  # the key that chose the lane or the model, e.g. routes.test

    def to_json(self) -> dict[str, Any]:
        data = asdict(self)
        data["lane"] = self.lane or "neutral"
        data["model"] = str(self.model) if self.model else None
        return data

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> LaneDecision:
        def lane(value: str | None) -> Lane | None:
            return Lane(value) if value in {"creative", "analytical"} else None

        return cls(
            lane=lane(data["lane"]),
            task=Task(data["task"]),
            confidence=float(data["confidence"]),
            source=Source(data["source"]),
            reason=str(data["reason"]),
            abstained=bool(data.get("abstained")),
            deliverable_lane=lane(data.get("deliverable_lane")),
            runner_up=lane(data.get("runner_up")),
            steps=tuple(Step(s["text"], lane(s["lane"]), Task(s["task"])) for s in data.get("steps", ())),
            us=int(data.get("us", 0)),
            cost_usd=data.get("cost_usd"),
            model=ModelRef.parse(data["model"]) if data.get("model") else None,
            route=str(data.get("route", "")),
        )
