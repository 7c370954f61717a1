"""A project folder, a context for tools in it, and a hand that calls a tool as a model does."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from enforcer.core.events import Event
from enforcer.core.messages import ToolCall
from enforcer.tools.base import ToolContext, ToolOutput
from enforcer.tools.files import FileLedger
from enforcer.tools.jobs import Jobs
from enforcer.tools.process import child_environment
from enforcer.tools.registry import Toolbox, build
from enforcer.tools.tasks import TaskList


@dataclass
class Hand:
    """Calls tools the way the pipeline does: parse, make paths absolute, run."""

    context: ToolContext
    events: list[Event]
    toolbox: Toolbox = field(default_factory=lambda: Toolbox(build()))

    def __call__(self, name: str, /, **given: Any) -> ToolOutput:
        return asyncio.run(self.call(name, **given))

    async def call(self, name: str, /, **given: Any) -> ToolOutput:
        tool, params = self.toolbox.parse(ToolCall("c1", name, given))
        output = await tool.run(self.toolbox.absolute(params, self.context.cwd), self.context)
        return output if isinstance(output, ToolOutput) else ToolOutput(output)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    return folder.resolve()


@pytest.fixture
def make_hand(project: Path, tmp_path: Path) -> Callable[..., Hand]:
    def make(**other: Any) -> Hand:
        events: list[Event] = []
        values: dict[str, Any] = {
            "cwd": project,
            "roots": (project,),
            "outputs": tmp_path / "outputs",
            "files": FileLedger((project,)),
            "jobs": Jobs(),
            "tasks": TaskList(),
            "emit": events.append,
            "env": child_environment(os.environ),
        }
        return Hand(ToolContext(**{**values, **other}), events)

    return make


@pytest.fixture
def hand(make_hand: Callable[..., Hand]) -> Hand:
    return make_hand()
