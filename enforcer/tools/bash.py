"""Bash: a shell command, to its end or in the background."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from pydantic import Field

from enforcer.tools.base import Effect, Params, Tool, ToolContext, ToolOutput
from enforcer.tools.process import MOST_TIMEOUT_S, TIMEOUT_S, Ran, ending, run_command

SUMMARY_CHARACTERS = 160
LEFT_BEHIND = "(processes it left running were ended; use run_in_background for what must go on)"


class BashParams(Params):
    command: str = Field(min_length=1)
    description: str | None = Field(None, description="what it does, 5-10 words")
    timeout: int | None = Field(None, ge=1, le=int(MOST_TIMEOUT_S * 1000), description="ms, default 120000")
    run_in_background: bool = False


class Bash(Tool[BashParams]):
    name: ClassVar[str] = "Bash"
    description: ClassVar[str] = (
        "Run a bash command in the session's folder; each call starts afresh there, without stdin. "
        "run_in_background returns a task_id for TaskOutput and TaskStop."
    )
    effect: ClassVar[Effect] = Effect.EXECUTE
    params = BashParams

    def summary(self, params: BashParams, cwd: Path) -> str:
        return f"Bash {one_line(params.command)}"

    async def run(self, params: BashParams, context: ToolContext) -> str | ToolOutput:
        if params.run_in_background:
            id = await context.jobs.start(params.command, cwd=context.cwd, env=context.env, outputs=context.outputs)
            return f"Started in the background as task {id}; TaskOutput shows what it prints, TaskStop ends it."
        timeout_s = params.timeout / 1000 if params.timeout else TIMEOUT_S
        done = await run_command(
            params.command, cwd=context.cwd, env=context.env, outputs=context.outputs, timeout_s=timeout_s
        )
        return ToolOutput(
            "\n".join(filter(None, (done.text.rstrip("\n"), *_notes(done, timeout_s)))), is_error=not done.ok
        )


def one_line(command: str) -> str:
    line = " ⏎ ".join(command.strip().splitlines())
    return line if len(line) <= SUMMARY_CHARACTERS else f"{line[:SUMMARY_CHARACTERS]}…"


def _notes(done: Ran, timeout_s: float) -> list[str]:
    if done.exit_code is None:
        return [f"(ran out of time after {timeout_s:g} s and was ended; give a longer timeout or run_in_background)"]
    notes = [LEFT_BEHIND] if done.left_behind else []
    if done.exit_code != 0:
        notes.append(f"({ending(done.exit_code)})")
    return notes
