"""The event of one checkpoint; part of `events.Event`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CheckpointEvaluated:
    """One rule was checked. `subject` is what on: a call, a file, the answer; `reason` is "" for a pass."""

    id: str
    directive: str
    on: str  # pre-tool | post-tool | stop | subagent-stop
    status: str  # pass | fail | error | unavailable
    severity: str  # block | ask | warn
    subject: str
    reason: str = ""
    text: str = ""  # the directive, word for word
    receipt: str = ""  # where it is written down
