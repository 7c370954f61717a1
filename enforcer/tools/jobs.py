"""Commands that run in the background of a session. None of them outlives it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from enforcer.core.errors import ToolError
from enforcer.tools.process import Child


@dataclass(frozen=True, slots=True)
class JobReport:
    id: str
    command: str
    status: str  # running | ended | stopped
    exit_code: int | None
    text: str  # what it printed since the last report


@dataclass(slots=True)
class _Job:
    command: str
    child: Child
    ending: asyncio.Task[int]
    stopped: bool = False


class Jobs:
    """Ids are b1, b2, … in the order of starting."""

    def __init__(self) -> None:
        self._jobs: dict[str, _Job] = {}

    @property
    def running(self) -> tuple[str, ...]:
        return tuple(id for id, job in self._jobs.items() if not job.ending.done())

    async def start(self, command: str, *, cwd: Path, env: Mapping[str, str], outputs: Path) -> str:
        """The id of the new job. Raises: ToolError when it cannot start."""
        child = await Child.start(command, cwd=cwd, env=env, outputs=outputs)
        id = f"b{len(self._jobs) + 1}"
        self._jobs[id] = _Job(command, child, asyncio.create_task(_until_ended(child)))
        return id

    def command(self, id: str) -> str:
        """Raises: ToolError."""
        return self._job(id).command

    async def output(self, id: str, *, wait_s: float = 0.0) -> JobReport:
        """What is new, after the job ended or `wait_s` passed. Raises: ToolError for an unknown id."""
        job = self._job(id)
        if wait_s > 0:
            await asyncio.wait((job.ending,), timeout=wait_s)
        return _report(id, job)

    async def stop(self, id: str) -> JobReport:
        """Raises: ToolError for an unknown id."""
        job = self._job(id)
        await _stop(job)
        return _report(id, job)

    async def stop_all(self) -> None:
        """Safe to call twice."""
        await asyncio.gather(*(_stop(job) for job in self._jobs.values()))

    def _job(self, id: str) -> _Job:
        if id in self._jobs:
            return self._jobs[id]
        known = f"there are {', '.join(self._jobs)}" if self._jobs else "none was started"
        raise ToolError(f"no background task '{id}'; {known}")


async def _until_ended(child: Child) -> int:
    try:
        return await child.wait()
    finally:
        await child.end()


async def _stop(job: _Job) -> None:
    if not job.ending.done():
        job.stopped = True
        job.ending.cancel()
        await asyncio.wait((job.ending,))
        await job.child.end()  # a task that is cancelled before its first step never reaches its own end


def _report(id: str, job: _Job) -> JobReport:
    text = job.child.capture.take()
    if not job.ending.done():
        return JobReport(id, job.command, "running", None, text)
    if job.stopped or job.ending.cancelled():
        return JobReport(id, job.command, "stopped", None, text)
    return JobReport(id, job.command, "ended", job.ending.result(), text)
