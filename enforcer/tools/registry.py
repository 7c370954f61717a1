"""Which tools there are, and the way from a model's call to a tool and its checked input."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from functools import cached_property
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from enforcer.core.errors import ToolError, UsageError
from enforcer.core.messages import ToolCall, ToolSpec
from enforcer.tools.base import Params, Tool
from enforcer.tools.paths import absolute

GROUP = "enforcer.tools"  # entry points of other packages
TOOLS = {
    "Read": "enforcer.tools.read:Read",
    "Write": "enforcer.tools.write:Write",
    "Edit": "enforcer.tools.edit:Edit",
    "Bash": "enforcer.tools.bash:Bash",
    "TaskOutput": "enforcer.tools.task_output:TaskOutput",
    "TaskStop": "enforcer.tools.task_stop:TaskStop",
    "Glob": "enforcer.tools.glob:Glob",
    "Grep": "enforcer.tools.grep:Grep",
    "WebFetch": "enforcer.tools.web_fetch:WebFetch",
    "TaskCreate": "enforcer.tools.task_create:TaskCreate",
    "TaskUpdate": "enforcer.tools.task_update:TaskUpdate",
    "TaskList": "enforcer.tools.task_list:TaskListing",
    "AskUserQuestion": "enforcer.tools.ask_user:AskUserQuestion",
    "ExitPlanMode": "enforcer.tools.exit_plan:ExitPlanMode",
}
PATHS = ("file_path", "path")

P = TypeVar("P", bound=Params)


def build(names: Iterable[str] | None = None) -> dict[str, Tool[Any]]:
    """Our tools, or those asked for; other packages are looked at only for a name that is not ours.

    Raises: UsageError for a name nobody knows.
    """
    return {name: _make(name) for name in (TOOLS if names is None else names)}


class Toolbox:
    """The tools of one agent, in the order in which the model is told of them."""

    def __init__(self, tools: Mapping[str, Tool[Any]]) -> None:
        self.tools: dict[str, Tool[Any]] = dict(tools)

    def specs(self) -> tuple[ToolSpec, ...]:
        """Always the same object in the same order, so that consecutive requests share their beginning."""
        return self._specs

    @cached_property
    def _specs(self) -> tuple[ToolSpec, ...]:
        return tuple(tool.spec() for tool in self.tools.values())

    def parse(self, call: ToolCall) -> tuple[Tool[Any], Params]:
        """Raises: ToolError, one sentence that names what is wrong with the call."""
        tool = self.tools.get(call.name)
        if tool is None:
            raise ToolError(f"there is no tool '{call.name}'; {_nearest(call.name, self.tools)}")
        if call.broken is not None:
            raise ToolError(f"the arguments of {call.name} were not valid JSON; send them again as one JSON object")
        try:
            return tool, tool.params.model_validate(dict(call.input))
        except ValidationError as error:
            raise ToolError(f"{call.name}: {_told(error)}") from error

    def absolute(self, params: P, cwd: Path) -> P:
        """The same input with absolute, normal paths: what hooks and rules judge is what runs. Raises: ToolError."""
        given = {name: getattr(params, name, None) for name in PATHS}
        found = {name: str(absolute(path, cwd)) for name, path in given.items() if isinstance(path, str)}
        return params.model_copy(update=found) if found else params


def _make(name: str) -> Tool[Any]:
    if name in TOOLS:
        module, _, attribute = TOOLS[name].partition(":")
        made: Tool[Any] = getattr(import_module(module), attribute)()
        return made
    for entry in entry_points(group=GROUP, name=name):
        tool = entry.load()()
        if isinstance(tool, Tool):
            return tool
    raise UsageError(f"there is no tool '{name}'; {_nearest(name, TOOLS)}")


def _nearest(name: str, known: Iterable[str]) -> str:
    names = {one.lower(): one for one in known}
    close = difflib.get_close_matches(name.lower(), names, n=1, cutoff=0.6)
    return f"did you mean {names[close[0]]}?" if close else f"there are {', '.join(names.values())}"


def _told(error: ValidationError) -> str:
    """The complaints by field, at most three, without values: those may be long or private."""
    complaints = [_complaint(problem["loc"], problem["type"], problem["msg"]) for problem in error.errors()]
    more = f"; and {len(complaints) - 3} more" if len(complaints) > 3 else ""
    return "; ".join(complaints[:3]) + more


def _complaint(where: tuple[int | str, ...], kind: str, message: str) -> str:
    field = ".".join(str(part) for part in where)
    if kind == "missing":
        return f"{field} is missing"
    if kind == "extra_forbidden":
        return f"there is no field {field}"
    said = message.removeprefix("Input ").removeprefix("Value ")
    return f"{field} {said[:1].lower()}{said[1:]}"
