"""TaskCreate: put a step on the list."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from pydantic import Field

from enforcer.tools.base import Effect, Params, Tool, ToolContext, ToolOutput


class TaskCreateParams(Params):
    subject: str = Field(min_length=1)
    description: str = ""
    activeForm: str = Field("", description="shown while in progress: 'Running tests'")


class TaskCreate(Tool[TaskCreateParams]):
    name: ClassVar[str] = "TaskCreate"
    description: ClassVar[str] = "Add a step to the task list the person sees."
    effect: ClassVar[Effect] = Effect.NONE
    params = TaskCreateParams

    def summary(self, params: TaskCreateParams, cwd: Path) -> str:
        return f"TaskCreate {params.subject}"

    async def run(self, params: TaskCreateParams, context: ToolContext) -> str | ToolOutput:
        item = context.tasks.create(params.subject, params.description, params.activeForm)
        context.emit(context.tasks.event())
        return f"Task {item.id} created: {item.subject}"
