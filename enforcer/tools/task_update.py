"""TaskUpdate: change a step of the list, mostly its status."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from enforcer.tools.base import Effect, Params, Tool, ToolContext, ToolOutput
from enforcer.tools.tasks import TaskStatus


class TaskUpdateParams(Params):
    taskId: str
    status: TaskStatus | None = None
    subject: str | None = None
    description: str | None = None
    activeForm: str | None = None


class TaskUpdate(Tool[TaskUpdateParams]):
    name: ClassVar[str] = "TaskUpdate"
    description: ClassVar[str] = "Change a task: in_progress when you start it, completed only when it is done."
    effect: ClassVar[Effect] = Effect.NONE
    params = TaskUpdateParams

    def summary(self, params: TaskUpdateParams, cwd: Path) -> str:
        return f"TaskUpdate {params.taskId}{f' {params.status}' if params.status else ''}"

    async def run(self, params: TaskUpdateParams, context: ToolContext) -> str | ToolOutput:
        item = context.tasks.update(
            params.taskId,
            status=params.status,
            subject=params.subject,
            description=params.description,
            active_form=params.activeForm,
        )
        context.emit(context.tasks.event())
        return f"Task {item.id} {item.status}: {item.subject}"
