"""Text output of -p: the answer alone on stdout; what else a person should know on stderr."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TextIO

from enforcer.core.events import (
    DelegationFinished,
    DelegationStarted,
    Event,
    HookRan,
    LaneRolledBack,
    Notice,
    PinChecked,
    Retrying,
    SpecificationMade,
    ToolFinished,
    TurnFinished,
    Within,
)
from enforcer.core.requests import PinStatus
from enforcer.ui.result import ERRORS, NOT_DONE, SUCCESS, Structured
from enforcer.ui.sanitize import clean, line


class Plain:
    """A reader of events. `verbose` adds tools and delegations on stderr."""

    def __init__(
        self, out: TextIO, err: TextIO, *, verbose: bool = False, structured: Structured | None = None
    ) -> None:
        self._out = out
        self._err = err
        self._verbose = verbose
        self._structured = structured
        self._steps: dict[str, DelegationStarted] = {}
        self._plan: Path | None = None

    def __call__(self, event: Event) -> None:
        match event:
            case TurnFinished():
                self._finish(event)
            case SpecificationMade(path=path, problems=problems):
                self._plan = Path(path)
                if problems:
                    self._say(f"the specification is not complete: {'; '.join(problems)}")
            case Notice(text, level):
                if level != "info" or self._verbose:
                    self._say(text)
            case Retrying():
                self._say(f"{event.reason}; trying again ({event.attempt} of {event.tries})")
            case PinChecked(pinned, served, status):
                if status is PinStatus.MISMATCH:
                    self._say(f"asked for {pinned}, served by {served}")
            case Within(_, inner):
                if not isinstance(inner, TurnFinished):
                    self(inner)
            case _:
                self._aside(event)

    def _aside(self, event: Event) -> None:
        match event:
            case LaneRolledBack():
                self._say(f"back in the {event.to_lane} lane: {event.reason}")
            case DelegationStarted():
                self._steps[event.id] = event
                if self._verbose:
                    self._say(f"delegation {event.number}: {event.step} → {event.lane} · {event.model}")
            case DelegationFinished():
                self._delegated(event)
            case HookRan(name, _, _, outcome) if outcome != "ok":
                self._say(f"hook {name} {outcome}: {(event.stderr or event.command).strip()}")
            case ToolFinished() if self._verbose:
                self._say(f"{'failed: ' if event.is_error else ''}{event.summary}")

    def _delegated(self, event: DelegationFinished) -> None:
        if event.status == "completed":
            return
        started = self._steps.get(event.id)
        step = f" ({started.step})" if started else ""
        kept = f"; it was not done by the {started.lane} lane" if started and event.status in NOT_DONE else ""
        self._say(f"delegation {event.number}{step} ended as {event.status}{kept}: {event.report.strip()}")

    def _finish(self, event: TurnFinished) -> None:
        if self._plan is not None and event.reason == "end":  # the plan is the answer, not that it is done
            self._out.write(clean(self._plan.read_text("utf-8")))
            self._plan = None
        elif text := self._answer(event):
            self._out.write(clean(text).rstrip("\n") + "\n")
            self._out.flush()
        if event.reason not in SUCCESS:
            self._say(event.error or ERRORS.get(event.reason, event.reason))

    def _answer(self, event: TurnFinished) -> str:
        """Of an answer that was to be JSON, the JSON alone; nothing when it is not."""
        if self._structured is None:
            return event.text
        return json.dumps(self._structured(event.text), ensure_ascii=False) if event.reason == "end" else ""

    def _say(self, text: str) -> None:
        self._err.write(f"enforcer: {line(text)}\n")
        self._err.flush()
