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
    """Shows a plan; True = approved, and plan mode is left. The text is feedback when it was not."""

    async def __call__(self, plan: str) -> tuple[bool, str]: ...


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
    call_id: str = ""


P = TypeVar("P", bound=Params)


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

    def summary(self, params: P) -> str:
        """One line for a person, e.g. `Edit src/app.py`."""
        return self.name

    def spec(self) -> ToolSpec:
        return ToolSpec(self.name, self.description, schema_of(self.params))


def schema_of(params: type[BaseModel]) -> dict[str, Any]:
    """The JSON Schema of a tool's input without titles: they cost bytes and tell the model nothing."""
    return _untitled(params.model_json_schema(by_alias=True))  # type: ignore[no-any-return]


def _untitled(value: Any, *, inside_properties: bool = False) -> Any:
    if isinstance(value, dict):
        return {
            key: _untitled(item, inside_properties=key in {"properties", "$defs"})
            for key, item in value.items()
            if inside_properties or key not in {"title", "default"}
        }
    return [_untitled(item) for item in value] if isinstance(value, list) else value
