"""Every setting with its type and default. What is not here is a typing mistake, or a key of another program."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from enforcer.core.errors import UsageError
from enforcer.core.lanes import Lane, ModelRef


def _ref(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return ModelRef.parse(value)
    except UsageError as error:
        raise ValueError(str(error)) from error


Ref = Annotated[ModelRef, BeforeValidator(_ref)]
Positive = Annotated[float, Field(gt=0)]
Share = Annotated[float, Field(ge=0, le=1)]


class Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


class ProviderSection(Section):
    """Read from the user's own files, never from a project's."""

    base_url: str | None = None
    key_env: str | None = None
    transport: Literal["sdk"] = "sdk"
    tries: Annotated[int, Field(ge=1, le=20)] = 5
    first_byte_s: Positive = 600.0
    idle_s: Positive = 90.0


class ToolsSection(Section):
    deny: tuple[str, ...] = ()


class LaneSection(Section):
    model: Ref | None = None
    fallback: tuple[Ref, ...] = ()
    effort: str | None = None
    tools: ToolsSection = ToolsSection()


class CreativeSection(LaneSection):
    tools: ToolsSection = ToolsSection(deny=("WebSearch", "WebFetch"))


class ClassifierSection(Section):
    mode: Literal["local"] = "local"
    ask_at: Share | None = None
    drift_turns: Annotated[int, Field(ge=1)] = 3
    drift_at: Share = 0.80


class HandoffSection(Section):
    mode: Literal["artifact", "full"] = "artifact"
    tail_turns: Annotated[int, Field(ge=0)] = 2
    max_tokens: Annotated[int, Field(ge=200)] = 2000


class DelegationSection(Section):
    enabled: bool = True
    timeout_s: Positive = 600.0
    max_turns: Annotated[int, Field(ge=1)] = 20


class LanesSection(Section):
    creative: CreativeSection = CreativeSection()
    analytical: LaneSection = LaneSection()
    default: Lane = Lane.ANALYTICAL
    ask: Literal["once", "auto", "never"] = "once"
    ask_timeout_s: Positive | None = None
    headless: Literal["pick", "stay", "delegate-only"] = "pick"
    classifier: ClassifierSection = ClassifierSection()
    handoff: HandoffSection = HandoffSection()
    delegation: DelegationSection = DelegationSection()
    skills: dict[str, Literal["creative", "analytical", "none"]] = {}
    pin: Literal["strict", "warn"] | None = None


class PermissionsSection(Section):
    allow: tuple[str, ...] = ()
    ask: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()
    additionalDirectories: tuple[str, ...] = ()
    defaultMode: str = "default"


class MemorySection(Section):
    files: tuple[str, ...] = ("AGENTS.md", "CLAUDE.md")
    imports: bool = True


class UiSection(Section):
    animations: bool = True
    screen_reader: bool = False


class LedgerSection(Section):
    enabled: bool = True
    keep_days: Annotated[int, Field(ge=1)] | None = None


class CompatSection(Section):
    claude: Literal["none", "restrict", "full"] = "restrict"


class Schema(Section):
    """The whole of it; `Settings` in load.py adds where each value came from."""

    providers: dict[str, ProviderSection] = {}
    lanes: LanesSection = LanesSection()
    permissions: PermissionsSection = PermissionsSection()
    hooks: dict[str, Any] = {}
    env: dict[str, str] = {}
    memory: MemorySection = MemorySection()
    ui: UiSection = UiSection()
    ledger: LedgerSection = LedgerSection()
    compat: CompatSection = CompatSection()


# Keys of the design that later versions act on, and keys of Claude Code's settings: no typing mistakes, so no warning.
KNOWN_ELSEWHERE = frozenset(
    ["routes", "escalate", "git", "review", "statusLine", "model", "effortLevel", "fallbackModel", "availableModels", "disableAllHooks", "sandbox", "outputStyle", "cleanupPeriodDays", "autoCompactEnabled", "skillOverrides", "advisorModel", "enableAllProjectMcpServers", "enabledMcpjsonServers", "disabledMcpjsonServers", "disableSkillShellExecution", "attribution", "$schema", "permissions.disableBypassPermissionsMode", "lanes.classifier.model", "lanes.classifier.timeout_ms", "lanes.delegation.max_concurrent", "lanes.delegation.budget_usd", "lanes.delegation.degraded", "ui.theme", "ui.color", "ui.vi", "ui.keys"]
)
