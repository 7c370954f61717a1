"""Events as stream-json: one JSON object per line, in the shapes that drivers of Claude Code already read.

`init` is the first line, written when the first prompt runs, and `result` the last line of each turn. What no service
told us is null, never 0; a total that has an unknown part carries the known sum and `"cost_unknown": true`.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any, TextIO

from enforcer.core.checked import CheckpointEvaluated
from enforcer.core.events import (
    DelegationFinished,
    DelegationStarted,
    EscalationAnswered,
    Event,
    HookRan,
    LaneDecided,
    LaneRolledBack,
    LaneSwitched,
    MessageAdded,
    Notice,
    PermissionAnswered,
    PinChecked,
    Retrying,
    SessionStarted,
    ToolJudged,
    TurnFinished,
    TurnStarted,
    Within,
    event_to_json,
)
from enforcer.core.lanes import LaneDecision, ModelRef
from enforcer.core.messages import Role
from enforcer.core.verdict import Ruling
from enforcer.ui.encode import encode
from enforcer.ui.result import Result, Structured, Windows, no_window
from enforcer.ui.userlines import read_user_lines
from enforcer.ui.wire import Partial, assistant_message, tool_result_message, user_message

__all__ = ["JsonLines", "read_user_lines"]

CAPABILITIES = ["lanes_v1"]

Line = dict[str, Any]


class JsonLines:
    """A reader of events that writes them to `out`; `whole` False = only the result of each turn."""

    def __init__(
        self,
        out: TextIO,
        *,
        whole: bool = True,
        partial: bool = False,
        init: Mapping[str, Any] | None = None,
        windows: Windows = no_window,
        structured: Structured | None = None,
        new_id: Callable[[], str] = lambda: str(uuid.uuid4()),
    ) -> None:
        """`init` adds to the first line, e.g. `slash_commands` and `skills`; `windows` tells a model's limits."""
        self._out = out
        self._whole = whole
        self._extra = dict(init or {})
        self._new_id = new_id
        self._session: SessionStarted | None = None
        self._decision: LaneDecision | None = None
        self._waiting: list[Line] | None = []  # lines before init is known; None = it is written
        self._result = Result(windows, structured)
        self._partial = Partial(self._stream_event) if partial else None

    def __call__(self, event: Event) -> None:
        self._result.read(event)
        match event:
            case SessionStarted():
                self._session = event
            case LaneDecided(_, decision):
                self._decision = decision
                self._system("lane_decision", decision.to_json())
            case TurnStarted():
                self._begin(event)
            case TurnFinished():
                self._begin(event)
                self._finish(event)
            case Within(id, inner):
                self._event(inner, id)
            case _:
                if self._partial is not None:
                    self._partial.read(event)
                self._event(event, None)

    # Lines

    def _event(self, event: Event, parent: str | None) -> None:
        match event:
            case MessageAdded():
                self._message(event, parent)
            case ToolJudged(call, verdict) if verdict.ruling is Ruling.DENY:
                self._denied(call.id, call.name, call.input, f"{verdict.by}: {verdict.reason}", parent)
            case PermissionAnswered(call, False, how):
                self._denied(call.id, call.name, call.input, how, parent)
            case Retrying():
                self._retry(event, parent)
            case HookRan():
                self._hook(event)
            case EscalationAnswered() | LaneSwitched() | LaneRolledBack() | PinChecked() | Notice():
                self._harness(event, parent)
            case CheckpointEvaluated():
                self._harness(event, parent)
            case DelegationStarted() | DelegationFinished():
                data = event_to_json(event)
                kind, id = data.pop("type"), data.pop("id")
                self._system(kind, {**data, "delegation_id": id, "tool_use_id": id})
            case _:
                pass  # the record keeps the rest

    def _message(self, event: MessageAdded, parent: str | None) -> None:
        message = event.message
        match message.role:
            case Role.ASSISTANT:
                self._line("assistant", assistant_message(message, event.usage, self._new_id()), parent)
            case Role.TOOL:
                self._line("user", tool_result_message(message), parent)
            case Role.USER if parent is not None:  # the session's own prompts are the client's, and not echoed
                self._line("user", user_message(message), parent)

    def _line(self, type: str, message: Line, parent: str | None) -> None:
        self._put({"type": type, "message": message, "parent_tool_use_id": parent, **self._ids()})

    def _denied(self, id: str, name: str, input: Mapping[str, Any], reason: str, parent: str | None) -> None:
        denied = {"tool_name": name, "tool_use_id": id, "tool_input": dict(input), "decision_reason": reason}
        self._system("permission_denied", denied, parent)

    def _retry(self, event: Retrying, parent: str | None) -> None:
        retry = {
            "attempt": event.attempt - 1,  # counted from the first retry
            "max_retries": event.tries - 1,
            "retry_delay_ms": round(event.delay_s * 1000),
            "error_status": event.status,
            "error": event.reason,
        }
        self._system("api_retry", retry, parent)

    def _hook(self, event: HookRan) -> None:
        which = {"hook_id": self._new_id(), "hook_name": event.command, "hook_event": event.event}
        outcome = {"stdout": event.stdout, "stderr": event.stderr, "exit_code": event.exit_code}
        self._system("hook_started", which)
        self._system("hook_response", {**which, **outcome, "outcome": event.outcome})

    def _harness(self, event: Event, parent: str | None) -> None:
        data = event_to_json(event)
        kind = data.pop("type")
        if isinstance(event, CheckpointEvaluated):
            kind = "checkpoint"
        if isinstance(event, LaneSwitched):
            kind, data["from"], data["to"] = "lane_switch", data.pop("from_lane"), data.pop("to_lane")
        self._system(kind, data, parent)

    def _system(self, subtype: str, data: Mapping[str, Any], parent: str | None = None) -> None:
        nested = {"parent_tool_use_id": parent} if parent else {}
        self._put({"type": "system", "subtype": subtype, **data, **nested, **self._ids()})

    def _stream_event(self, event: Line) -> None:
        self._put({"type": "stream_event", "event": event, "parent_tool_use_id": None, **self._ids()})

    # Begin and end

    def _begin(self, event: TurnStarted | TurnFinished) -> None:
        """Write init, now that the lane of the first turn is known, and what had to wait for it."""
        if self._waiting is None:
            return
        waiting, self._waiting = self._waiting, None
        self._put(self._init(event))
        for data in waiting:
            self._put(data)

    def _init(self, event: TurnStarted | TurnFinished) -> Line:
        session = self._session
        init = {
            "type": "system",
            "subtype": "init",
            "cwd": session.cwd if session else "",
            "tools": list(session.tools) if session else [],
            "mcp_servers": [],
            "model": str(event.model),
            "permissionMode": session.permission_mode if session else "default",
            "slash_commands": [],
            "skills": [],
            "agents": [],
            "plugins": [],
            "output_style": "default",
            "apiKeySource": "none",
            "enforcer_version": session.version if session else "",
            "capabilities": CAPABILITIES,
            "lanes": self._lanes(event),
        }
        return {**init, **self._extra, **self._ids()}

    def _lanes(self, event: TurnStarted | TurnFinished) -> Line:
        session, decision = self._session, self._decision
        source = session.lane_source if session else "default"
        if source == "default" and decision and decision.lane is event.lane and not decision.abstained:
            source = "decided"
        models = {"creative": session.creative, "analytical": session.analytical} if session else {}
        known = {lane: {"model": _ref(model)} for lane, model in models.items()}
        return {"active": event.lane.value, **known, "source": source}

    def _finish(self, event: TurnFinished) -> None:
        self._write({**self._result.line(event, self._decision), **self._ids()})

    def _ids(self) -> Line:
        return {"session_id": self._session.session_id if self._session else "", "uuid": self._new_id()}

    def _put(self, data: Line) -> None:
        if self._waiting is not None:
            self._waiting.append(data)
        elif self._whole:
            self._write(data)

    def _write(self, data: Line) -> None:
        self._out.write(encode(data))
        self._out.flush()


def _ref(model: ModelRef | None) -> str | None:
    return str(model) if model else None
