"""AskUserQuestion: one to four questions with choices, answered by the person."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from enforcer.core.errors import ToolError
from enforcer.tools.base import Effect, Params, Tool, ToolContext, ToolOutput


class Option(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    label: str
    description: str = ""


class Question(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    question: str
    header: str = Field(description="at most 12 characters")
    options: Annotated[list[Option], Field(min_length=2, max_length=4)]
    multiSelect: bool = False


class AskUserQuestionParams(Params):
    questions: Annotated[list[Question], Field(min_length=1, max_length=4)]


class AskUserQuestion(Tool[AskUserQuestionParams]):
    name: ClassVar[str] = "AskUserQuestion"
    description: ClassVar[str] = (
        "Ask the person to choose when only they can decide; they may also answer in their own words."
    )
    effect: ClassVar[Effect] = Effect.NONE
    main_only: ClassVar[bool] = True
    params = AskUserQuestionParams

    def summary(self, params: AskUserQuestionParams, cwd: Path) -> str:
        return f"AskUserQuestion {', '.join(question.header for question in params.questions)}"

    async def run(self, params: AskUserQuestionParams, context: ToolContext) -> str | ToolOutput:
        if context.ask is None:
            raise ToolError("nobody can be asked here; decide yourself and say what you assumed")
        answers = await context.ask([question.model_dump() for question in params.questions])
        lines = [f"{asked.question}\n→ {answers.get(asked.question) or '(no answer)'}" for asked in params.questions]
        return "\n".join(lines)
