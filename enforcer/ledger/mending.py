"""A ledger that was lost or damaged, made whole again from what the session records say."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from enforcer.core.events import Event
from enforcer.core.figures import count
from enforcer.core.requests import Check, RequestRow
from enforcer.ledger.ledger import Damaged, Ledger
from enforcer.ledger.recorder import Recorder

Records = Callable[[], Iterable[Event]]  # all that the records of all sessions say, in the order of each


@dataclass(slots=True)
class Gathered:
    """Rows in memory, kept as the ledger keeps them."""

    rows: dict[str, RequestRow] = field(default_factory=dict)
    _of: dict[tuple[str, int], list[str]] = field(default_factory=dict)  # the rows of a turn

    def add(self, row: RequestRow) -> str:
        if row.id not in self.rows:
            self.rows[row.id] = row
            self._of.setdefault((row.session, row.turn), []).append(row.id)
        return ""

    def checked(self, session: str, turn: int, outcome: Check, changed: int) -> str:
        for id in self._of.get((session, turn), ()):
            self.rows[id] = replace(self.rows[id], check=outcome, changed=changed)
        return ""


def mend(ledger: Ledger, records: Records, *, oldest: datetime | None = None, always: bool = False) -> str:
    """What came back, in one sentence, or "". The records are read when rows may be missing, or `always`.

    Rows from before `oldest` stay forgotten. Raises: EnforcerError when the ledger cannot be used.
    """
    try:
        if ledger.whole and not always:
            return ""
    except Damaged as damaged:
        kept = ledger.set_aside()
        if kept is not None:
            back = _restore(ledger, records, oldest)
            return (
                f"the ledger was damaged ({damaged.why}); it is kept as {kept}, "
                f"and {count(back, 'request')} came back from the session records"
            )
    back = _restore(ledger, records, oldest)
    return f"{count(back, 'request')} missing in the ledger came back from the session records" if back else ""


def _restore(ledger: Ledger, records: Records, oldest: datetime | None) -> int:
    gathered = Gathered()
    recorder = Recorder(gathered, _nobody)
    for event in records():
        recorder(event)
    since = oldest.isoformat(timespec="milliseconds") if oldest else ""
    rows = [row for row in gathered.rows.values() if row.started >= since]
    if not rows and not ledger.path.exists():
        return 0  # looking makes no file
    return ledger.restore(rows)


def _nobody(event: Event) -> None:
    """Nobody is told anything while records are read."""
