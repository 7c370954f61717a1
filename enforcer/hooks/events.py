"""What can happen in a session that a person's own command may listen to. The fields are the JSON payload."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, ClassVar

from enforcer.core.events import plain
from enforcer.core.messages import ToolCall

DELEGATION_NAMES = frozenset({"Delegate", "Agent", "Task"})  # one tool, three names people's matchers use
_RENAMED = {"from_lane": "from", "to_lane": "to"}  # `from` is a keyword of the language


@dataclass(frozen=True, slots=True)
class HookEvent:
    """The base: what is particular about an event is said by its class attributes."""

    blockable: ClassVar[bool] = False  # exit 2 and `decision: block` hold something up; else stderr is for the person
    prints_context: ClassVar[bool] = False  # plain stdout is context for the model
    is_tool: ClassVar[bool] = False  # `if` may be used
    matched_field: ClassVar[str] = ""  # what the matcher is compared with; "" = every handler matches
    optional: ClassVar[frozenset[str]] = frozenset()  # left out of the payload while empty
    default_timeout_s: ClassVar[float] = 600.0
    timeout_cap_s: ClassVar[float | None] = None  # whatever a handler says

    @classmethod
    def event_name(cls) -> str:
        return cls.__name__

    def subjects(self) -> tuple[str, ...]:
        """The names a matcher may hit; empty = the matcher is not asked."""
        if not self.matched_field:
            return ()
        name = str(getattr(self, self.matched_field))
        if self.is_tool and name in DELEGATION_NAMES:
            return tuple(sorted(DELEGATION_NAMES))
        return (name,)

    def payload(self) -> dict[str, Any]:
        found = {_RENAMED.get(f.name, f.name): plain(getattr(self, f.name)) for f in fields(self)}
        return {name: value for name, value in found.items() if value or name not in self.optional}


@dataclass(frozen=True, slots=True)
class ToolEvent(HookEvent):
    tool_name: str
    tool_input: Mapping[str, Any]
    tool_use_id: str

    blockable: ClassVar[bool] = True
    is_tool: ClassVar[bool] = True
    matched_field: ClassVar[str] = "tool_name"

    @property
    def call(self) -> ToolCall:
        return ToolCall(self.tool_use_id, self.tool_name, self.tool_input)


@dataclass(frozen=True, slots=True)
class SessionStart(HookEvent):
    source: str  # startup | resume | clear | compact | fork
    model: str = ""
    session_title: str = ""

    prints_context: ClassVar[bool] = True
    matched_field: ClassVar[str] = "source"
    optional: ClassVar[frozenset[str]] = frozenset({"model", "session_title"})


@dataclass(frozen=True, slots=True)
class UserPromptSubmit(HookEvent):
    prompt: str

    blockable: ClassVar[bool] = True
    prints_context: ClassVar[bool] = True
    default_timeout_s: ClassVar[float] = 30.0


@dataclass(frozen=True, slots=True)
class PreToolUse(ToolEvent):
    pass


@dataclass(frozen=True, slots=True)
class PostToolUse(ToolEvent):
    tool_response: Any
    duration_ms: int


@dataclass(frozen=True, slots=True)
class PostToolUseFailure(ToolEvent):
    error: str
    is_interrupt: bool
    duration_ms: int


@dataclass(frozen=True, slots=True)
class SubagentStart(HookEvent):
    agent_id: str
    agent_type: str

    matched_field: ClassVar[str] = "agent_type"


@dataclass(frozen=True, slots=True)
class SubagentStop(HookEvent):
    stop_hook_active: bool
    agent_id: str
    agent_type: str
    last_assistant_message: str
    agent_transcript_path: str = ""

    blockable: ClassVar[bool] = True
    matched_field: ClassVar[str] = "agent_type"
    optional: ClassVar[frozenset[str]] = frozenset({"agent_transcript_path"})


@dataclass(frozen=True, slots=True)
class Stop(HookEvent):
    stop_hook_active: bool
    last_assistant_message: str
    background_tasks: tuple[Mapping[str, Any], ...] = ()

    blockable: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class SessionEnd(HookEvent):
    reason: str  # clear | resume | prompt_input_exit | other

    matched_field: ClassVar[str] = "reason"
    default_timeout_s: ClassVar[float] = 1.5
    timeout_cap_s: ClassVar[float | None] = 1.5  # nobody waits for a hook on the way out


@dataclass(frozen=True, slots=True)
class Notification(HookEvent):
    notification_type: str
    message: str
    title: str = ""

    matched_field: ClassVar[str] = "notification_type"
    optional: ClassVar[frozenset[str]] = frozenset({"title"})


@dataclass(frozen=True, slots=True)
class LaneProposed(HookEvent):
    """Before the one question; a block means stay."""

    from_lane: str
    to_lane: str
    confidence: float
    source: str
    prompt: str

    blockable: ClassVar[bool] = True
    matched_field: ClassVar[str] = "to_lane"


@dataclass(frozen=True, slots=True)
class LaneSwitched(HookEvent):
    from_lane: str
    to_lane: str
    handoff_path: str

    matched_field: ClassVar[str] = "to_lane"


EVENTS: Mapping[str, type[HookEvent]] = {
    kind.event_name(): kind
    for kind in (
        SessionStart,
        UserPromptSubmit,
        PreToolUse,
        PostToolUse,
        PostToolUseFailure,
        SubagentStart,
        SubagentStop,
        Stop,
        SessionEnd,
        Notification,
        LaneProposed,
        LaneSwitched,
    )
}

# Events of the same format that people's files may name and this version does not fire.
NOT_FIRED = frozenset(
    {
        "UserPromptExpansion",
        "PermissionRequest",
        "PostToolBatch",
        "StopFailure",
        "PreCompact",
        "PostCompact",
        "TaskCreated",
        "TaskCompleted",
        "ConfigChange",
        "InstructionsLoaded",
        "CwdChanged",
        "FileChanged",
        "WorktreeCreate",
        "WorktreeRemove",
        "Elicitation",
        "ElicitationResult",
        "MessageDisplay",
        "DirectoryAdded",
        "TeammateIdle",
        "PermissionDenied",
        "Setup",
        "CheckpointEvaluated",
    }
)
