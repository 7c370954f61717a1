"""A reader of events that writes the ledger, requests of sub-agents included."""

from __future__ import annotations

from dataclasses import dataclass

from enforcer.core.events import Emit, Event, Notice, RequestFinished, Within
from enforcer.ledger.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Recorder:
    """`emit` hears of a ledger that cannot be written, once; the turn goes on."""

    ledger: Ledger
    emit: Emit

    def __call__(self, event: Event) -> None:
        match event:
            case RequestFinished(row):
                complaint = self.ledger.add(row)
                if complaint:
                    self.emit(Notice(complaint, "warning"))
            case Within(_, inner):
                self(inner)
