"""What a settings file may say: every key with its type and its default."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainValidator

from enforcer.config.yaml import resolved
from enforcer.core.errors import UsageError
from enforcer.core.lanes import Lane, ModelRef, Task, effort_level

NO_ROUTE = "must be creative, analytical or a model, written as provider/model"
_MODES = {"accept-edits": "acceptEdits", "yolo": "bypassPermissions", "bypass": "bypassPermissions"}


def _ref(value: object) -> ModelRef:
    if isinstance(value, ModelRef):
        return value
    if not isinstance(value, str):
        raise ValueError("must be a model, written as provider/model")
    try:
        return ModelRef.parse(str(value))
    except UsageError as error:
        raise ValueError(str(error)) from None


def _route(value: object) -> Lane | ModelRef:
    if isinstance(value, ModelRef):
        return value
    if not isinstance(value, str):
        raise ValueError(NO_ROUTE)
    if value in set(Lane):
        return Lane(value)
    if "/" not in value:
        raise ValueError(NO_ROUTE)
    return _ref(value)


def _effort(value: str) -> str:
    try:
        return effort_level(value)
    except UsageError as error:
        raise ValueError(str(error)) from None


def _one_is_a_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _inside(name: str) -> str:
    if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts or name.startswith("~"):
        raise ValueError("must be a file name inside the project")
    return name


def _switch(value: object) -> object:
    """YAML may have read `on` and `off` as booleans."""
    return {True: "on", False: "off"}.get(value, value) if isinstance(value, bool) else value


def _mode(value: object) -> object:
    return _MODES.get(value, value) if isinstance(value, str) else value


Ref = Annotated[ModelRef, PlainValidator(_ref)]
Refs = Annotated[tuple[Ref, ...], BeforeValidator(_one_is_a_list)]
Effort = Annotated[str, AfterValidator(_effort)]
Route = Annotated[Lane | ModelRef, PlainValidator(_route)]
Texts = Annotated[tuple[str, ...], BeforeValidator(_one_is_a_list)]
FileNames = Annotated[tuple[Annotated[str, AfterValidator(_inside)], ...], BeforeValidator(_one_is_a_list)]
Raw = Annotated[dict[str, Any], BeforeValidator(resolved)]  # belongs to another room, or to nobody yet
RawValue = Annotated[Any, BeforeValidator(resolved)]
ModeName = Annotated[Literal["default", "acceptEdits", "plan", "bypassPermissions", "dontAsk"], BeforeValidator(_mode)]
Switch = Annotated[Literal["auto", "on", "off"], BeforeValidator(_switch)]
Seconds = Annotated[float, Field(gt=0)]
Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=1)]


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class ProviderEntry(Section):
    base_url: str | None = None
    key_env: str | None = None
    transport: Literal["auto", "http", "sdk"] = "auto"
    tries: Count = 5
    first_byte_s: Seconds = 600.0
    idle_s: Seconds = 90.0


class LaneTools(Section):
    deny: Texts = ()


class LaneSettings(Section):
    model: Ref | None = None
    fallback: Refs = ()
    effort: Effort | None = None
    search: Switch = "auto"
    tools: LaneTools = LaneTools()


class CreativeLane(LaneSettings):
    tools: LaneTools = LaneTools(deny=("WebSearch", "WebFetch"))


class ClassifierSettings(Section):
    mode: Literal["local", "local+model"] = "local"
    model: Ref | None = None
    ask_at: Share | None = None
    timeout_ms: Count = 2500
    drift_turns: Count = 3
    drift_at: Share = 0.80


class HandoffSettings(Section):
    mode: Literal["artifact", "full"] = "artifact"
    tail_turns: Annotated[int, Field(ge=0)] = 2
    max_tokens: Count = 2000


class DelegationSettings(Section):
    enabled: bool = True
    max_concurrent: Count = 1
    timeout_s: Seconds = 600.0
    max_turns: Count = 20
    budget_usd: Seconds | None = None
    degraded: Literal["ask", "allow", "fail"] = "ask"


class Lanes(Section):
    creative: CreativeLane = CreativeLane()
    analytical: LaneSettings = LaneSettings()
    default: Lane = Lane.ANALYTICAL
    ask: Literal["once", "auto", "never"] = "once"
    ask_timeout_s: Seconds | None = None
    corrections: bool = True
    headless: Literal["pick", "stay", "delegate-only"] = "pick"
    classifier: ClassifierSettings = ClassifierSettings()
    handoff: HandoffSettings = HandoffSettings()
    delegation: DelegationSettings = DelegationSettings()
    skills: Mapping[str, Literal["creative", "analytical", "none"]] = {}
    pin: Literal["strict", "warn"] | None = None
    one_vendor: bool = False


class WebSearchSettings(Section):
    allowed_domains: Texts = ()
    blocked_domains: Texts = ()
    max_uses: Count = 5


class Escalate(Section):
    model: Route | None = None
    after_failures: Count = 3
    high_risk: bool = True
    headless: Literal["stay", "allow"] = "stay"


class Git(Section):
    strict: bool = False
    push_notes: bool = False
    inline_s: Seconds = 10.0


class MemorySettings(Section):
    files: FileNames = ("AGENTS.md", "CLAUDE.md")
    imports: bool = True


class StatusLine(Section):
    model_config = ConfigDict(extra="allow", frozen=True)

    type: Literal["command"] = "command"
    command: str


class Ui(Section):
    theme: str = "auto"
    color: Literal["auto", "always", "never"] = "auto"
    vi: bool = False
    animations: bool = True
    screen_reader: bool = False
    keys: Mapping[str, str] = {}


class LedgerSettings(Section):
    enabled: bool = True
    keep_days: Count | None = None


class Compat(Section):
    claude: Literal["none", "restrict", "full"] = "restrict"


class ClaudeKeys(Section):
    """Claude Code's own keys, under their own names; accepted and kept, whether we use them yet or not."""

    model: str | None = None
    effortLevel: str | None = None
    fallbackModel: RawValue = None
    availableModels: Texts | None = None
    env: Mapping[str, str] = {}
    disableAllHooks: bool = False
    sandbox: Raw = {}
    outputStyle: str | None = None
    cleanupPeriodDays: Count | None = None
    autoCompactEnabled: bool | None = None
    skillOverrides: Raw = {}
    advisorModel: str | None = None
    enableAllProjectMcpServers: bool = False
    enabledMcpjsonServers: Texts = ()
    disabledMcpjsonServers: Texts = ()
    disableSkillShellExecution: bool = False
    attribution: RawValue = None


class Common(ClaudeKeys):
    """What a file may say and a session reads in the same shape."""

    providers: Mapping[str, ProviderEntry] = {}
    lanes: Lanes = Lanes()
    web_search: WebSearchSettings = WebSearchSettings()
    routes: Mapping[Task, Route] = {}
    escalate: Escalate = Escalate()
    git: Git = Git()
    review: Literal["optional", "required"] = "optional"
    memory: MemorySettings = MemorySettings()
    statusLine: StatusLine | None = None
    ui: Ui = Ui()
    ledger: LedgerSettings = LedgerSettings()
    compat: Compat = Compat()


class PermissionKeys(Section):
    allow: Texts = ()
    ask: Texts = ()
    deny: Texts = ()
    additionalDirectories: Texts = ()
    defaultMode: ModeName = "default"
    disableBypassPermissionsMode: Literal["disable"] | None = None


class SettingsFile(Common):
    """One file, or the environment, or the flags."""

    permissions: PermissionKeys = PermissionKeys()
    hooks: Raw = {}


class RuleSource(Section):
    """The permission rules of one place; `base` is the folder a leading `/` of a path means."""

    origin: str
    base: Path
    allow: tuple[str, ...] = ()
    ask: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()


class HookSource(Section):
    """The `hooks:` mapping of one place, as it was written."""

    origin: str
    events: Mapping[str, Any]


class Permissions(PermissionKeys):
    """`allow`, `ask` and `deny` are those of all places together; `rules` has them by place, the highest first."""

    rules: tuple[RuleSource, ...] = ()
