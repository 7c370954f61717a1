"""A receipt for every evaluation: what was checked, on what, and what came of it. One file each, in the session."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from enforcer.checkpoints.checkpoint import Checkpoint, On
from enforcer.checkpoints.directives import digest
from enforcer.checkpoints.evaluate import Outcome
from enforcer.core.checked import CheckpointEvaluated
from enforcer.core.events import Emit

FOLDER = "receipts"


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True)
class Receipts:
    """`folder` gives the folder of the session, which may not be there yet."""

    folder: Callable[[], Path]
    emit: Emit
    now: Callable[[], datetime] = _now
    scrub: Callable[[str], str] = str
    written: int = 0
    last: dict[str, Outcome] = field(default_factory=dict)  # by checkpoint

    def write(self, each: Checkpoint, on: On, subject: str, outcome: Outcome) -> None:
        """Raises: OSError; what cannot be written down was not checked."""
        self.last[each.id] = outcome
        path = self._next(each)
        told = {
            "checkpoint": each.id,
            "directive": each.directive,
            "directive_sha256": digest(each.text),
            "on": on.value,
            "at": self.now().isoformat(timespec="milliseconds"),
            "subject": self.scrub(subject),
            "status": outcome.status.value,
            "reason": self.scrub(outcome.reason),
            "severity": each.severity.value,
        }
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(json.dumps(told, ensure_ascii=False, indent=1, sort_keys=True) + "\n")
        self.emit(
            CheckpointEvaluated(
                each.id,
                each.directive,
                on.value,
                outcome.status.value,
                each.severity.value,
                subject,
                outcome.reason,
                each.text,
                str(path),
            )
        )

    def _next(self, each: Checkpoint) -> Path:
        """A session that goes on counts on."""
        folder = self.folder() / FOLDER
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.written = self.written or sum(1 for _ in folder.iterdir())
        self.written += 1
        return folder / f"{self.written:04d}-{each.id.replace('/', '.')}.json"
