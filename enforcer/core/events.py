"""What happens in a session, as plain values. Everything a person sees or a record keeps is one of these."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from enum import Enum
from typing import Any

from enforcer.core.checked import CheckpointEvaluated
from enforcer.core.lanes import Lane, LaneDecision, ModelRef
from enforcer.core.messages import Message, Source, ToolCall, Usage, message_to_json
from enforcer.core.requests import Check, PinStatus, RequestRow
from enforcer.core.verdict import Verdict


@dataclass(frozen=True, slots=True)
class SessionStarted:
    session_id: str
    cwd: str
    version: str
    source: str  # startup | resume | clear
    creative: ModelRef | None
    analytical: ModelRef | None
    active: Lane
    lane_source: str  # flag | resume | default | decided: how the first lane was chosen
    permission_mode: str
    tools: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PromptSubmitted:
    turn: int
    text: str  # as the person typed it


@dataclass(frozen=True, slots=True)
class LaneDecided:
    turn: int
    decision: LaneDecision
    decision_id: str = ""  # `<session>:<turn>`, as the rows of its requests have it


@dataclass(frozen=True, slots=True)
class LaneAnswered:
    """The one question of an endeavor was answered (`switch` or `stay`)."""

    endeavor: int
    answer: str
    key: str  # enter | n | k | a | d | auto | timeout


@dataclass(frozen=True, slots=True)
class EscalationAnswered:
    """Whether a stronger model takes over (`yes` or `no`), for this turn or the rest of it."""

    turn: int
    why: str
    model: ModelRef
    answer: str
    key: str  # enter | n | timeout


@dataclass(frozen=True, slots=True)
class SpecificationMade:
    """A plan was read as a specification; `problems` is what it lacks, `specification` its sections."""

    turn: int
    path: str
    problems: tuple[str, ...]
    specification: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CleanStart:
    """From here on the thread of a lane holds the specification and nothing that was said before."""

    lane: Lane
    path: str


@dataclass(frozen=True, slots=True)
class LaneSwitched:
    from_lane: Lane
    to_lane: Lane
    model: ModelRef
    reason: str
    handoff_path: str | None
    artifact_bytes: int = 0
    full_bytes: int = 0  # what the whole history would have cost


@dataclass(frozen=True, slots=True)
class LaneRolledBack:
    from_lane: Lane  # the lane that failed
    to_lane: Lane  # the lane that holds again
    reason: str


@dataclass(frozen=True, slots=True)
class PromptReturned:
    """A prompt no model answered went back to the person; its messages leave the end of that lane's thread."""

    lane: Lane
    turn: int


@dataclass(frozen=True, slots=True)
class HistoryReplayed:
    """What the other lane said entered this lane's thread, word for word (`lanes.handoff.mode: full`)."""

    lane: Lane
    messages: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class SessionRenamed:
    title: str  # "" gives the first prompt its place back


@dataclass(frozen=True, slots=True)
class SessionState:
    """The lane state a resume restores (semantics: endeavor, drift, answers)."""

    state: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class TurnStarted:
    turn: int
    lane: Lane
    model: ModelRef


@dataclass(frozen=True, slots=True)
class RequestStarted:
    lane: Lane
    model: ModelRef
    step: int


@dataclass(frozen=True, slots=True)
class TextDelta:
    text: str


@dataclass(frozen=True, slots=True)
class ThinkingDelta:
    text: str


@dataclass(frozen=True, slots=True)
class WebSearched:
    """The service searched the web by itself; shown, and kept in the message it belongs to."""

    query: str
    sources: tuple[Source, ...] = ()
    error: str = ""  # the service's own word for what failed


@dataclass(frozen=True, slots=True)
class MessageAdded:
    """A message entered a lane's thread. These, in order, are the transcript."""

    lane: Lane
    message: Message
    turn: int
    usage: Usage | None = None


@dataclass(frozen=True, slots=True)
class RequestFinished:
    row: RequestRow


@dataclass(frozen=True, slots=True)
class TurnChecked:
    """All checks of a turn have spoken; it may go on and be checked again, and then the last word counts."""

    session: str
    turn: int
    outcome: Check


@dataclass(frozen=True, slots=True)
class Retrying:
    attempt: int  # the try that comes, counted from 2
    tries: int
    delay_s: float
    reason: str
    status: int | None = None


@dataclass(frozen=True, slots=True)
class PinChecked:
    """Only emitted when the answer was not plainly `ok`."""

    pinned: ModelRef
    served: str | None
    status: PinStatus


@dataclass(frozen=True, slots=True)
class ToolJudged:
    call: ToolCall
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class PermissionAnswered:
    """What a person said; kept for the record, never read back as authority."""

    call: ToolCall
    allowed: bool
    how: str  # once | session | always | no | headless


@dataclass(frozen=True, slots=True)
class ToolStarted:
    """Written to the record before the tool's side effect."""

    call: ToolCall
    summary: str  # one line: "Edit src/app.py"
    changes: bool = True  # False: it only looks, so nothing is done that a power cut could hide


@dataclass(frozen=True, slots=True)
class ToolFinished:
    call: ToolCall
    summary: str
    content: str
    is_error: bool
    ms: int
    display: str = ""  # what a person reads instead of `content`, e.g. a diff
    path: str | None = None  # the file it changed
    added: int = 0  # lines
    removed: int = 0


@dataclass(frozen=True, slots=True)
class TasksChanged:
    tasks: tuple[Mapping[str, str], ...]  # id, subject, status, activeForm


@dataclass(frozen=True, slots=True)
class DelegationStarted:
    id: str
    number: int  # in this turn, from 1
    step: str
    agent: str
    lane: Lane
    model: ModelRef
    why: str
    prompt: str = ""


@dataclass(frozen=True, slots=True)
class DelegationFinished:
    id: str
    number: int
    status: str  # completed | failed | pin_violation | not_delegable | interrupted | timeout | max_turns
    report: str
    usage: Usage
    cost_usd: float | None
    ms: int
    requests: int
    served: tuple[str, ...] = ()
    path: str = ""  # the full record of the child


@dataclass(frozen=True, slots=True)
class Within:
    """An event of a sub-agent, inside delegation `id`."""

    id: str
    event: Event


@dataclass(frozen=True, slots=True)
class ContextTrimmed:
    lane: Lane
    turns: int  # whole turns left out of what the model sees; the record keeps them


@dataclass(frozen=True, slots=True)
class HookRan:
    event: str
    command: str
    exit_code: int | None  # None = timed out or could not start
    outcome: str  # ok | blocked | error
    stdout: str = ""
    stderr: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """One calm sentence from the harness to the person. `level`: info | warning | error."""

    text: str
    level: str = "info"


@dataclass(frozen=True, slots=True)
class TurnFinished:
    turn: int
    lane: Lane
    model: ModelRef
    reason: str  # end | interrupted | max_turns | error | refusal | cut | blocked | pin
    usage: Usage
    cost_usd: float | None
    ms: int
    requests: int
    delegations: int = 0
    text: str = ""  # the final answer
    error: str = ""
    api_ms: int = 0
    denials: tuple[Mapping[str, Any], ...] = field(default=())


Event = (
    SessionStarted
    | PromptSubmitted
    | LaneDecided
    | LaneAnswered
    | EscalationAnswered
    | SpecificationMade
    | CleanStart
    | LaneSwitched
    | LaneRolledBack
    | PromptReturned
    | HistoryReplayed
    | SessionRenamed
    | SessionState
    | TurnStarted
    | RequestStarted
    | TextDelta
    | ThinkingDelta
    | WebSearched
    | MessageAdded
    | RequestFinished
    | TurnChecked
    | CheckpointEvaluated
    | Retrying
    | PinChecked
    | ToolJudged
    | PermissionAnswered
    | ToolStarted
    | ToolFinished
    | TasksChanged
    | DelegationStarted
    | DelegationFinished
    | Within
    | ContextTrimmed
    | HookRan
    | Notice
    | TurnFinished
)

Emit = Callable[[Event], None]


def event_to_json(event: Event) -> dict[str, Any]:
    """`{"type": "lane_switched", …}`; every value is plain JSON."""
    return {"type": event_type(type(event)), **{f.name: plain(getattr(event, f.name)) for f in fields(event)}}


def event_type(kind: type) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", kind.__name__).lower()


def plain(value: Any) -> Any:
    """Plain JSON of a domain value: enums by value, references as text, dataclasses as dicts."""
    match value:
        case Message():
            return message_to_json(value)
        case LaneDecision():
            return value.to_json()
        case ModelRef():
            return str(value)
        case Enum():
            return value.value
        case None | bool() | int() | float() | str():
            return value
        case Mapping():
            return {str(key): plain(item) for key, item in value.items()}
        case tuple() | list() | set() | frozenset():
            return [plain(item) for item in value]
        case _ if hasattr(value, "__dataclass_fields__"):
            inner = {f.name: plain(getattr(value, f.name)) for f in fields(value)}
            return {"type": event_type(type(value)), **inner} if type(value) in EVENT_TYPES else inner
    return str(value)


EVENT_TYPES: frozenset[type] = frozenset(Event.__args__)
