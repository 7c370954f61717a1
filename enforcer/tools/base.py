"""The base of every tool: its name, its input, its effect, and what it may touch while it runs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict

from enforcer.core.events import Emit
from enforcer.core.messages import Image, ToolSpec
from enforcer.tools.files import FileLedger
from enforcer.tools.jobs import Jobs
from enforcer.tools.tasks import TaskList
from enforcer.tools.web.state import Web


class Effect(StrEnum):
    """READ changes nothing, WRITE changes files, EXECUTE may do anything, NONE touches nothing outside the session."""

    READ = "read"
    WRITE = "write"
    EXECUTE = "execute"
    NONE = "none"


class Params(BaseModel):
    """Base of every tool's input; an unknown field is an error, so that the model hears of a misspelling."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True, frozen=True)


@dataclass(frozen=True, slots=True)
class ToolOutput:
    """`content` is what the model reads. The rest is for people and the record."""

    content: str
    display: str = ""  # e.g. a unified diff
    path: str | None = None
    added: int = 0
    removed: int = 0
    images: tuple[Image, ...] = ()
    is_error: bool = False


class Questioner(Protocol):
    """Puts the questions of AskUserQuestion to the person; answers are keyed by question text.

    Raises: ToolError when nobody can be asked.
    """

    async def __call__(self, questions: Sequence[Mapping[str, Any]]) -> Mapping[str, str]: ...


class PlanApprover(Protocol):
    """Takes a finished plan; what the model is told. Raises: ToolError when it must be mended, or nobody is there."""

    async def __call__(self, plan: str) -> str: ...


@dataclass(slots=True)
class ToolContext:
    """What a running tool may use; one per agent, so a sub-agent never sees its parent's jobs or tasks."""

    cwd: Path
    roots: tuple[Path, ...]  # resolved; cwd's project and every added directory
    outputs: Path  # folder for the full text of capped outputs
    files: FileLedger
    jobs: Jobs
    tasks: TaskList
    emit: Emit
    env: Mapping[str, str]  # the scrubbed environment of child processes
    ask: Questioner | None = None
    approve_plan: PlanApprover | None = None
    agent: str = ""  # "" = the main session
    denied_read: Callable[[Path], bool] = field(default=lambda path: False)
    web: Web = field(default_factory=Web)  # the same one for a session and its sub-agents
    call_id: str = ""


P = TypeVar("P", bound=Params)
NOISE = frozenset({"title", "default", "additionalProperties"})


class Tool(ABC, Generic[P]):
    """Subclass, set the class attributes, write `run`. Registered by one line in `tools/registry.py`."""

    name: ClassVar[str]
    description: ClassVar[str]
    effect: ClassVar[Effect]
    params: type[P]
    parallel: ClassVar[bool] = False  # may run beside other calls of the same message
    main_only: ClassVar[bool] = False  # not offered to sub-agents

    @abstractmethod
    async def run(self, params: P, context: ToolContext) -> str | ToolOutput:
        """Raises: ToolError for what the model can mend."""

    def summary(self, params: P, cwd: Path) -> str:
        """One line for a person, e.g. `Edit src/app.py`; paths below `cwd` are shown relative to it."""
        return self.name

    def spec(self) -> ToolSpec:
        return ToolSpec(self.name, self.description, schema_of(self.params))


def schema_of(params: type[BaseModel]) -> dict[str, Any]:
    """The JSON Schema of a tool's input without what costs bytes and tells nothing: titles, references, null."""
    whole = params.model_json_schema(by_alias=True)
    definitions = whole.pop("$defs", {})
    plain: dict[str, Any] = _plain(
        {key: whole[key] for key in ("type", "properties", "required") if key in whole}, definitions
    )
    return plain


def _plain(value: Any, definitions: Mapping[str, Any]) -> Any:
    if isinstance(value, list):
        return [_plain(item, definitions) for item in value]
    if not isinstance(value, dict):
        return value
    if "$ref" in value:
        target = definitions[value["$ref"].rsplit("/", 1)[-1]]
        return _plain({**target, **{key: item for key, item in value.items() if key != "$ref"}}, definitions)
    choices = [choice for choice in value.get("anyOf", ()) if choice != {"type": "null"}]
    if len(choices) == 1:
        return _plain({**choices[0], **{key: item for key, item in value.items() if key != "anyOf"}}, definitions)
    kept = {key: item for key, item in value.items() if key not in NOISE}
    if "properties" in kept:  # names, of which one may be `title`
        kept["properties"] = {name: _plain(schema, definitions) for name, schema in kept["properties"].items()}
    return {key: item if key == "properties" else _plain(item, definitions) for key, item in kept.items()}
