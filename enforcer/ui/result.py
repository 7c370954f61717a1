"""The last line of a turn: what came of it, which models it took, and what it cost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from enforcer.core.checked import CheckpointEvaluated
from enforcer.core.events import (
    DelegationFinished,
    DelegationStarted,
    Event,
    RequestFinished,
    SpecificationMade,
    TurnFinished,
    TurnStarted,
    Within,
    event_to_json,
)
from enforcer.core.lanes import LaneDecision, ModelRef
from enforcer.core.messages import Usage
from enforcer.core.requests import Purpose, RequestRow
from enforcer.ui.wire import usage_json

Line = dict[str, Any]
Windows = Callable[[ModelRef], tuple[int | None, int | None]]  # context window, longest output

Structured = Callable[[str], Any]  # the value of an answer whose shape was asked for

SUBTYPES = {"max_turns": "error_max_turns", "misfit": "error_max_structured_output_retries"}
SUCCESS = frozenset({"end", "refusal", "cut"})
STOP_REASONS = {"end": "end_turn", "refusal": "refusal", "cut": "max_tokens"}
ERRORS = {
    "interrupted": "interrupted by user",
    "max_turns": "stopped at the turn limit",
    "blocked": "blocked by a hook",
    "checkpoint": "a checkpoint failed, however often the model was sent back",
    "broken": "the model's tool calls could not be read",
    "empty": "the model answered with nothing",
    "misfit": "the answer did not fit the JSON Schema, however often it was asked for",
}
CHECKPOINT = ("id", "directive", "on", "status", "severity", "subject", "reason")
NOT_DONE = frozenset({"pin_violation", "unavailable", "not_delegable"})


def no_window(model: ModelRef) -> tuple[int | None, int | None]:
    return None, None


class Result:
    """Collects the rows of requests; `modelUsage` and the cost are the session's so far, the rest is the turn's."""

    def __init__(self, windows: Windows = no_window, structured: Structured | None = None) -> None:
        self._windows = windows
        self._structured = structured
        self._rows: list[RequestRow] = []
        self._turn_rows = 0  # where this turn's rows begin
        self._started: dict[str, DelegationStarted] = {}
        self._delegations: list[DelegationFinished] = []
        self._specification: Line | None = None
        self._checkpoints: list[Line] = []

    def read(self, event: Event) -> None:
        match event:
            case SpecificationMade():
                self._specification = {**event.specification, "problems": list(event.problems), "path": event.path}
            case CheckpointEvaluated() | Within(_, CheckpointEvaluated()):
                data = event_to_json(event.event if isinstance(event, Within) else event)
                self._checkpoints.append({name: data[name] for name in CHECKPOINT})
            case TurnStarted():
                self._specification = None
                self._checkpoints.clear()
                self._started.clear()
                self._delegations.clear()
            case RequestFinished(row) | Within(_, RequestFinished(row)):
                self._rows.append(row)
            case DelegationStarted():
                self._started[event.id] = event
            case DelegationFinished():
                self._delegations.append(event)

    def line(self, event: TurnFinished, decision: LaneDecision | None) -> Line:
        failed = event.reason not in SUCCESS
        steps = sum(row.purpose is Purpose.MAIN for row in self._rows[self._turn_rows :])
        self._turn_rows = len(self._rows)
        said: Line = {"errors": [event.error or ERRORS.get(event.reason, event.reason)]} if failed else {}
        return {
            "type": "result",
            "subtype": SUBTYPES.get(event.reason, "error_during_execution") if failed else "success",
            "is_error": failed,
            "result": event.text,
            **({"structured_output": self._structured(event.text)} if self._structured and not failed else {}),
            **({"specification": self._specification} if self._specification else {}),
            **said,
            "duration_ms": event.ms,
            "duration_api_ms": event.api_ms,
            "num_turns": steps,
            "stop_reason": STOP_REASONS.get(event.reason),
            **_cost(self._rows),
            "usage": usage_json(event.usage),
            "modelUsage": self._models(),
            "permission_denials": [dict(denial) for denial in event.denials],
            "lane": {"active": event.lane.value, "decision": decision.to_json() if decision else None},
            "delegations": [self._delegation(each) for each in self._delegations],
            "degraded": self._degraded(event),
            "checkpoints": list(self._checkpoints),
        }

    def _models(self) -> Line:
        models: dict[ModelRef, list[RequestRow]] = {}
        for row in self._rows:
            models.setdefault(row.asked, []).append(row)
        return {str(ref): self._model(ref, rows) for ref, rows in models.items()}

    def _model(self, ref: ModelRef, rows: list[RequestRow]) -> Line:
        usage = usage_json(sum((row.usage for row in rows), Usage()))
        window, longest = self._windows(ref)
        cost = _cost(rows)
        return {
            "inputTokens": usage["input_tokens"],
            "outputTokens": usage["output_tokens"],
            "cacheReadInputTokens": usage["cache_read_input_tokens"],
            "cacheCreationInputTokens": usage["cache_creation_input_tokens"],
            "webSearchRequests": sum(row.usage.searches or 0 for row in rows),
            "costUSD": cost["total_cost_usd"],
            "costUnknown": cost["cost_unknown"],
            "contextWindow": window,
            "maxOutputTokens": longest,
            "provider": ref.provider,
            "lanes": sorted({row.lane.value for row in rows}),
            "served": sorted({row.served for row in rows if row.served}),
            "requests": len(rows),
        }

    def _delegation(self, event: DelegationFinished) -> Line:
        started = self._started.get(event.id)
        spawned = {
            "step": started.step if started else "",
            "agent": started.agent if started else "",
            "lane": started.lane.value if started else None,
            "pinned": str(started.model) if started else None,
            "why": started.why if started else "",
        }
        return {
            "number": event.number,
            "tool_use_id": event.id,
            **spawned,
            "served": list(event.served),
            "status": event.status,
            "usage": usage_json(event.usage),
            "cost_usd": event.cost_usd,
            "ms": event.ms,
            "requests": event.requests,
        }

    def _degraded(self, turn: TurnFinished) -> list[Line]:
        """Steps whose lane could not do them, whatever fallback was tried."""
        last = {each.number: each for each in self._delegations}
        steps = []
        for each in last.values():
            started = self._started.get(each.id)
            if each.status in NOT_DONE and started:
                why = f"{each.status}: {each.report}"
                wanted = started.lane.value
                steps.append({"step": started.step, "wanted_lane": wanted, "ran_on": turn.lane.value, "reason": why})
        return steps


def _cost(rows: list[RequestRow]) -> Line:
    """A number always, as readers expect; whether it is all of it stands beside it."""
    known = sum(row.cost_usd for row in rows if row.cost_usd is not None)
    return {"total_cost_usd": round(known, 6), "cost_unknown": any(row.cost_usd is None for row in rows)}
