"""TaskStop: end a background command and all it started."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from enforcer.tools.base import Effect, Params, Tool, ToolContext, ToolOutput
from enforcer.tools.task_output import state


class TaskStopParams(Params):
    task_id: str


class TaskStop(Tool[TaskStopParams]):
    name: ClassVar[str] = "TaskStop"
    description: ClassVar[str] = "End a background command."
    effect: ClassVar[Effect] = Effect.EXECUTE
    params = TaskStopParams

    def summary(self, params: TaskStopParams, cwd: Path) -> str:
        return f"TaskStop {params.task_id}"

    async def run(self, params: TaskStopParams, context: ToolContext) -> str | ToolOutput:
        report = await context.jobs.stop(params.task_id)
        return "\n".join(filter(None, (report.text.rstrip("\n"), f"({state(report)})")))
