"""TaskList: the steps and where they stand."""

from __future__ import annotations

from typing import ClassVar

from enforcer.tools.base import Effect, Params, Tool, ToolContext, ToolOutput


class TaskListParams(Params):
    pass


class TaskListing(Tool[TaskListParams]):
    name: ClassVar[str] = "TaskList"
    description: ClassVar[str] = "Show the task list."
    effect: ClassVar[Effect] = Effect.READ
    parallel: ClassVar[bool] = True
    params = TaskListParams

    async def run(self, params: TaskListParams, context: ToolContext) -> str | ToolOutput:
        lines = [f"{item.id}. [{item.status}] {item.subject}" for item in context.tasks.all()]
        return "\n".join(lines) or "(no tasks)"
