"""A reader of events that writes the ledger, requests of sub-agents included."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Protocol

from enforcer.core.events import (
    Emit,
    Event,
    Notice,
    PromptSubmitted,
    RequestFinished,
    ToolFinished,
    TurnChecked,
    Within,
)
from enforcer.core.requests import Check, RequestRow


class Keeper(Protocol):
    """Keeps rows; each says "" or one sentence for the person, and never raises."""

    def add(self, row: RequestRow) -> str: ...

    def checked(self, session: str, turn: int, outcome: Check, changed: int) -> str: ...


@dataclass(frozen=True, slots=True)
class Recorder:
    """`emit` hears of a ledger that cannot be written, once; the turn goes on."""

    ledger: Keeper
    emit: Emit
    scrub: Callable[[str], str] = str  # takes known secrets out, as the record does
    _changed: set[str] = field(default_factory=set, init=False)  # files, in this turn

    def __call__(self, event: Event) -> None:
        complaint = ""
        match event:
            case PromptSubmitted():
                self._changed.clear()
            case RequestFinished(row):
                complaint = self.ledger.add(self._clean(row))
            case ToolFinished(path=str(path), is_error=False):
                self._changed.add(path)
            case TurnChecked(session, turn, outcome):
                complaint = self.ledger.checked(session, turn, outcome, len(self._changed))
            case Within(_, inner):
                self(inner)
        if complaint:
            self.emit(Notice(complaint, "warning"))

    def _clean(self, row: RequestRow) -> RequestRow:
        """What a prompt, a service or a person named may have a key in it."""
        served = None if row.served is None else self.scrub(row.served)
        decided = replace(row.decided, skill=self.scrub(row.decided.skill))
        return replace(row, why=self.scrub(row.why), outcome=self.scrub(row.outcome), served=served, decided=decided)
