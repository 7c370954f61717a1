"""ExitPlanMode: show the plan to the person and, when they agree, begin."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from enforcer.core.errors import ToolError
from enforcer.tools.base import Effect, Params, Tool, ToolContext, ToolOutput


class ExitPlanModeParams(Params):
    plan: str = Field(min_length=1, description="Markdown")


class ExitPlanMode(Tool[ExitPlanModeParams]):
    name: ClassVar[str] = "ExitPlanMode"
    description: ClassVar[str] = "Only in plan mode: show the finished plan and ask the person to approve it."
    effect: ClassVar[Effect] = Effect.NONE
    main_only: ClassVar[bool] = True
    params = ExitPlanModeParams

    async def run(self, params: ExitPlanModeParams, context: ToolContext) -> str | ToolOutput:
        if context.approve_plan is None:
            raise ToolError("nobody can approve a plan here; end your turn with the plan as your answer")
        return await context.approve_plan(params.plan)
