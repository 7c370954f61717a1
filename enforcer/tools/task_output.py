"""TaskOutput: what a background command has printed since it was last asked."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from pydantic import Field

from enforcer.tools.base import Effect, Params, Tool, ToolContext, ToolOutput
from enforcer.tools.jobs import JobReport
from enforcer.tools.process import ending

WAIT_MS = 30_000
MOST_WAIT_MS = 600_000


class TaskOutputParams(Params):
    task_id: str
    block: bool = Field(True, description="wait for the end (default)")
    timeout: int | None = Field(None, ge=0, le=MOST_WAIT_MS, description="ms to wait, default 30000")


class TaskOutput(Tool[TaskOutputParams]):
    name: ClassVar[str] = "TaskOutput"
    description: ClassVar[str] = "New output and state of a background command."
    effect: ClassVar[Effect] = Effect.READ
    parallel: ClassVar[bool] = True
    params = TaskOutputParams

    def summary(self, params: TaskOutputParams, cwd: Path) -> str:
        return f"TaskOutput {params.task_id}"

    async def run(self, params: TaskOutputParams, context: ToolContext) -> str | ToolOutput:
        wait_ms = WAIT_MS if params.timeout is None else params.timeout
        report = await context.jobs.output(params.task_id, wait_s=wait_ms / 1000 if params.block else 0.0)
        return ToolOutput("\n".join(filter(None, (report.text.rstrip("\n"), f"({state(report)})"))))


def state(report: JobReport) -> str:
    how = f", {ending(report.exit_code)}" if report.exit_code is not None else ""
    return f"task {report.id}: {report.status}{how}"
