"""One row per model request: what was asked for, what served it, why, at what cost, with what outcome."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from enforcer.core.lanes import Lane, ModelRef
from enforcer.core.messages import Usage


class Purpose(StrEnum):
    MAIN = "main"
    DELEGATION = "delegation"
    HANDOFF = "handoff"
    CLASSIFIER = "classifier"
    DOCTOR = "doctor"  # a look at who answers, asked for by the person


class PinStatus(StrEnum):
    OK = "ok"
    UNVERIFIED = "unverified"  # the service did not name the model it used
    MISMATCH = "mismatch"


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
