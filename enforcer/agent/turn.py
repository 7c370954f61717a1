"""What a running turn is to the tools that work inside it."""

from __future__ import annotations

from dataclasses import dataclass

from enforcer.core.lanes import Lane, ModelRef
from enforcer.core.requests import UNDECIDED, Decided


@dataclass(slots=True)
class Turn:
    """One per session; the conversation keeps it up to date, the Delegate tool reads and counts."""

    session: str = ""
    number: int = 0
    lane: Lane = Lane.ANALYTICAL
    model: ModelRef | None = None  # who serves it
    delegations: int = 0
    decided: Decided = UNDECIDED
