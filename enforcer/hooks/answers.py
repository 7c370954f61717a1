"""What one hook said: its exit code and output, read as the answer the event allows."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from enforcer.core.lanes import Lane
from enforcer.core.verdict import Ruling
from enforcer.hooks.config import Handler
from enforcer.hooks.events import HookEvent, PreToolUse
from enforcer.hooks.process import Ran

BLOCK_EXIT = 2
_RANKS = ("allow", "ask", "defer", "deny")  # weakest first
# Deferring a call to a later run is not offered, so the person decides now.
_RULINGS = {"allow": Ruling.ALLOW, "ask": Ruling.ASK, "defer": Ruling.ASK, "deny": Ruling.DENY}
_OLD_DECISIONS = {"approve": "allow", "block": "deny"}  # PreToolUse, before permissionDecision

Cap = Callable[[str], str]


class BadAnswer(ValueError):
    """The JSON is not what the event allows; the text says what is wrong."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One handler's part of an Outcome. `failure` = it said nothing that counts."""

    blocked: bool = False
    reason: str = ""
    context: str = ""
    permission: str = ""  # "" | allow | ask | defer | deny
    permission_reason: str = ""
    updated_input: Mapping[str, Any] | None = None
    updated_output: str | None = None
    lane: Lane | None = None
    stop: bool = False
    stop_reason: str = ""
    message: str = ""
    initial_user_message: str = ""
    session_title: str = ""
    failure: str = ""

    @property
    def rank(self) -> int:
        return _RANKS.index(self.permission) if self.permission else -1

    @property
    def ruling(self) -> Ruling | None:
        return _RULINGS.get(self.permission)


def read_answer(handler: Handler, event: HookEvent, ran: Ran, cap: Cap) -> Answer:
    answer = _read(handler, event, ran, cap)
    if not answer.failure:
        return answer
    said = f"the {event.event_name()} hook '{_short(handler.command)}' {answer.failure}"
    if handler.fail_closed and event.blockable:
        return Answer(blocked=True, reason=f"{said}; it is marked failClosed, so this is a block", failure=said)
    return Answer(message=said, failure=said)


def _read(handler: Handler, event: HookEvent, ran: Ran, cap: Cap) -> Answer:
    if ran.exit_code is None:
        return Answer(failure=ran.failure)
    if ran.exit_code == BLOCK_EXIT:  # whatever JSON says
        said = cap(ran.stderr.strip()) or f"blocked by the hook '{_short(handler.command)}'"
        return Answer(blocked=True, reason=said) if event.blockable else Answer(message=said)
    text = ran.stdout.strip()
    if text.startswith("{"):
        try:
            return _from_json(event, _object(text), cap)
        except BadAnswer as error:
            return Answer(failure=f"answered with unusable JSON: {error}")
    if ran.exit_code:
        detail = _first_line(ran.stderr) or _first_line(ran.stdout)
        return Answer(failure=f"failed with exit code {ran.exit_code}" + (f": {detail}" if detail else ""))
    return Answer(context=cap(text)) if event.prints_context else Answer()


def _object(text: str) -> Mapping[str, Any]:
    try:
        data = json.loads(text)
    except ValueError as error:
        raise BadAnswer(str(error)) from error
    if not isinstance(data, dict):
        raise BadAnswer("not an object")
    return data


def _from_json(event: HookEvent, data: Mapping[str, Any], cap: Cap) -> Answer:
    specific = _specific(event, data)
    decision = _choice(data, "decision", ("block", "approve"))
    permission = _permission(event, decision, specific)
    said = _text(specific, "permissionDecisionReason") or _text(data, "reason")
    stop = data.get("continue") is False
    return Answer(
        blocked=decision == "block" and event.blockable and not isinstance(event, PreToolUse),
        reason=cap(_text(data, "reason")),
        context=cap(_text(specific, "additionalContext")),
        permission=permission,
        permission_reason=cap(said) if permission else "",
        updated_input=_mapping(specific, "updatedInput"),
        updated_output=_output(specific, cap),
        lane=_lane(specific),
        stop=stop,
        stop_reason=cap(_text(data, "stopReason")) if stop else "",
        message=cap(_text(data, "systemMessage")),
        initial_user_message=cap(_text(specific, "initialUserMessage")),
        session_title=_text(specific, "sessionTitle"),
    )


def _specific(event: HookEvent, data: Mapping[str, Any]) -> Mapping[str, Any]:
    specific = _mapping(data, "hookSpecificOutput") or {}
    name = specific.get("hookEventName", event.event_name())
    if name != event.event_name():
        raise BadAnswer(f"hookSpecificOutput is for {name}")
    return specific


def _permission(event: HookEvent, decision: str, specific: Mapping[str, Any]) -> str:
    if not isinstance(event, PreToolUse):
        return ""
    return _choice(specific, "permissionDecision", _RANKS) or _OLD_DECISIONS.get(decision, "")


def _choice(data: Mapping[str, Any], key: str, known: tuple[str, ...]) -> str:
    value = data.get(key)
    if value is None:
        return ""
    if value not in known:
        raise BadAnswer(f"{key} is {value!r}, not one of {', '.join(known)}")
    return str(value)


def _text(data: Mapping[str, Any], key: str) -> str:
    value = data.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise BadAnswer(f"{key} is not text")
    return value


def _mapping(data: Mapping[str, Any], key: str) -> Mapping[str, Any] | None:
    value = data.get(key)
    if value is not None and not isinstance(value, dict):
        raise BadAnswer(f"{key} is not an object")
    return value


def _output(specific: Mapping[str, Any], cap: Cap) -> str | None:
    value = specific.get("updatedToolOutput")
    if value is None:
        return None
    return cap(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


def _lane(specific: Mapping[str, Any]) -> Lane | None:
    chosen = _choice(specific, "lane", tuple(Lane))
    return Lane(chosen) if chosen else None


def _first_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[0][:200] if lines else ""


def _short(command: str) -> str:
    line = " ".join(command.split())
    return line if len(line) <= 60 else f"{line[:59]}…"
