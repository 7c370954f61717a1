"""One row per model request: what was asked for, what served it, why, at what cost, with what outcome."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any, TypeVar

from enforcer.core.lanes import Lane, LaneDecision, ModelRef, Source, Task
from enforcer.core.messages import Usage

E = TypeVar("E", bound=StrEnum)


class Purpose(StrEnum):
    MAIN = "main"
    DELEGATION = "delegation"
    HANDOFF = "handoff"
    CLASSIFIER = "classifier"
    JUDGE = "judge"  # of the other lane, on one rule
    DOCTOR = "doctor"  # a look at who answers, asked for by the person


class PinStatus(StrEnum):
    OK = "ok"
    UNVERIFIED = "unverified"  # the service did not name the model it used
    MISMATCH = "mismatch"


class Check(StrEnum):
    """What the checks of a turn said, all of them together."""

    PASSED = "pass"
    FAILED = "fail"
    NONE = "none"  # nothing was checked


@dataclass(frozen=True, slots=True)
class Decided:
    """What was decided about a turn; every request made for it carries this, those of sub-agents too."""

    id: str = ""  # `<session>:<turn>`; "" when no prompt was decided about
    source: Source | None = None
    confidence: float | None = None
    runner_up: Lane | None = None
    answer: str = ""  # what the person said to the lane question: switch, stay, or "" when nobody asked
    endeavor: int | None = None
    task: Task | None = None
    skill: str = ""  # the one that was invoked

    @classmethod
    def of(cls, decision: LaneDecision, id: str, endeavor: int) -> Decided:
        skill = decision.reason.removeprefix("/") if decision.source is Source.DECLARED else ""
        return cls(
            id,
            decision.source,
            decision.confidence,
            decision.runner_up,
            endeavor=endeavor,
            task=decision.task,
            skill=skill,
        )

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Decided:
        """A word this version does not know counts as not said."""
        confidence, endeavor = data.get("confidence"), data.get("endeavor")
        return cls(
            id=str(data.get("id") or ""),
            source=_word(Source, data.get("source")),
            confidence=None if confidence is None else float(confidence),
            runner_up=_word(Lane, data.get("runner_up")),
            answer=str(data.get("answer") or ""),
            endeavor=None if endeavor is None else int(endeavor),
            task=_word(Task, data.get("task")),
            skill=str(data.get("skill") or ""),
        )


UNDECIDED = Decided()


@dataclass(frozen=True, slots=True)
class RequestRow:
    id: str
    session: str
    turn: int
    step: int
    lane: Lane
    purpose: Purpose
    asked: ModelRef
    served: str | None
    pin: PinStatus
    why: str
    usage: Usage
    cost_usd: float | None  # None = unknown, which is never 0
    price: str  # the price used, e.g. "3/15 USD per Mtok, 2025-09-29"; "" when unknown
    started: str  # ISO 8601, UTC
    latency_ms: int
    outcome: str  # "ok", "cancelled", or "error: <one clause>"
    tries: int = 1
    parent: str | None = None  # the delegation this request belongs to
    agent: str | None = None
    decided: Decided = UNDECIDED
    check: Check = Check.NONE  # of its turn, once that was checked
    changed: int = 0  # files its turn had changed by then

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> RequestRow:
        """As an event has it, of an older version too. Raises: KeyError, ValueError, TypeError, UsageError."""
        read = {
            "lane": Lane(data["lane"]),
            "purpose": Purpose(data["purpose"]),
            "asked": ModelRef.parse(data["asked"]),
            "pin": PinStatus(data["pin"]),
            "usage": Usage(**{key: count for key, count in data["usage"].items() if key in _COUNTS}),
            "decided": Decided.from_json(data.get("decided") or {}),
            "check": _word(Check, data.get("check")) or Check.NONE,
        }
        return cls(**({key: value for key, value in data.items() if key in _FIELDS} | read))


_FIELDS = frozenset(field.name for field in fields(RequestRow))
_COUNTS = frozenset(field.name for field in fields(Usage))


def _word(kind: type[E], value: object) -> E | None:
    if value is None:
        return None
    try:
        return kind(str(value))
    except ValueError:
        return None
