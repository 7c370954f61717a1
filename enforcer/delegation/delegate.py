"""The Delegate tool: one step to a fresh agent pinned to a lane's model, its report back as data."""

from __future__ import annotations

import asyncio
import json
import re
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import ClassVar, Protocol

from pydantic import Field

from enforcer.agent.endpoint import Endpoint, PinViolation
from enforcer.agent.loop import Agent, TurnResult
from enforcer.agent.meter import Meter
from enforcer.agent.requester import Origin
from enforcer.agent.thread import Thread
from enforcer.agent.turn import Turn
from enforcer.core.errors import EnforcerError
from enforcer.core.events import DelegationFinished, DelegationStarted, Emit, Event, Notice, Within
from enforcer.core.lanes import Lane, ModelRef, Task
from enforcer.core.messages import Role, user
from enforcer.core.requests import Purpose
from enforcer.delegation.predicates import not_delegable
from enforcer.hooks.engine import HookEngine
from enforcer.hooks.events import SubagentStart
from enforcer.providers.base import ProviderError
from enforcer.tools.base import Effect, Params, Tool, ToolContext, ToolOutput

MAX_REPORT = 8_000  # characters that go back inline; the child's record has the rest
_SAFE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")  # a delegation's record is a file of this name
_HARNESS_TAGS = re.compile(r"<\s*(/?)\s*(report|handoff|system-reminder|system|inputs|task)\b", re.IGNORECASE)


class Rationale(StrEnum):
    """Why a step leaves the session. "Cheaper" and "faster" are not reasons."""

    MODEL_FIT = "model_fit"
    ISOLATION = "isolation"


class DelegateParams(Params):
    lane: Lane
    rationale: Rationale
    task: Task | None = Field(default=None, description="the kind of step; may have a model of its own")
    description: str = Field(description="3 to 6 words, shown to the person", min_length=1, max_length=120)
    prompt: str = Field(description="the whole task; the sub-agent sees nothing else", min_length=1)
    inputs: dict[str, str] = Field(default_factory=dict, description="texts it needs, verbatim, by name")


class Seating(Protocol):
    """Who may serve a step of that lane and kind, the likeliest first; none where nobody can."""

    def __call__(self, lane: Lane, task: Task | None) -> tuple[Endpoint, ...]: ...


class Spawner(Protocol):
    """Builds a fresh agent on an endpoint; everything it emits goes to `emit`."""

    def __call__(self, endpoint: Endpoint, lane: Lane, *, name: str, emit: Emit) -> Agent: ...


@dataclass(frozen=True, slots=True)
class Limits:
    timeout_s: float = 600.0
    absent: Mapping[Lane, str] = field(default_factory=dict)  # why a lane has no model, where it is set to one


@dataclass(frozen=True, slots=True)
class _Ended:
    status: str
    report: str


class Delegate(Tool[DelegateParams]):
    name: ClassVar[str] = "Delegate"
    description: ClassVar[str] = (
        "Hand one self-contained step to a sub-agent in a lane (its own model and context) and get its report. "
        "rationale: model_fit = the step belongs to the other lane; isolation = fresh eyes, e.g. an unbiased review. "
        "It sees only prompt and inputs, never this conversation; name absolute paths."
    )
    effect: ClassVar[Effect] = Effect.NONE  # each of the child's own calls is judged by the same policy
    main_only: ClassVar[bool] = True
    params = DelegateParams

    def __init__(
        self,
        seats: Seating,
        spawn: Spawner,
        hooks: HookEngine,
        meter: Meter,
        turn: Turn,
        limits: Limits = Limits(),
    ) -> None:
        self._seats = seats
        self._spawn = spawn
        self._hooks = hooks
        self._meter = meter
        self._turn = turn
        self._limits = limits

    def summary(self, params: DelegateParams, cwd: Path) -> str:
        return f"Delegate to {params.lane}: {params.description}"

    async def run(self, params: DelegateParams, context: ToolContext) -> str | ToolOutput:
        refusal = self._refuse(params, context)
        if refusal:
            return ToolOutput(json.dumps(refusal), is_error=True)
        self._turn.delegations += 1
        number = self._turn.delegations
        failures: list[str] = []
        for endpoint in self._seats(params.lane, params.task):
            finished = await self._delegate(params, endpoint, number, context)
            if finished.status not in {"pin_violation", "unavailable"}:
                return _output(params, endpoint, finished)
            failures.append(f"{endpoint.ref}: {finished.report}")
        return ToolOutput(_unavailable(params, failures), is_error=True)

    def _refuse(self, params: DelegateParams, context: ToolContext) -> Mapping[str, object] | None:
        there = self._seats(params.lane, params.task)
        if params.rationale is Rationale.MODEL_FIT and there and (reason := self._no_other(params.lane, there[0].ref)):
            return {"status": "not_delegable", "rule": 0, "reason": f"{reason}; do the step yourself, or use isolation"}
        if not there:
            reason = self._limits.absent.get(params.lane) or f"the {params.lane} lane has no model"
            return {"status": "unavailable", "reason": f"{reason}; do the step yourself"}
        depth = 1 if context.agent else 0
        found = not_delegable(params.prompt, params.inputs, depth=depth, cwd=context.cwd)
        return {"status": "not_delegable", "rule": found.rule, "reason": found.reason} if found else None

    def _no_other(self, lane: Lane, there: ModelRef) -> str:
        """Why a step would reach no other mind, "" when it would."""
        own = next((endpoint.ref for endpoint in self._seats(self._turn.lane, None)), None)
        if lane is self._turn.lane and there == own:
            return f"this session already runs in the {lane} lane"
        if there == own:
            return "both lanes are served by the same model"
        return f"{there} already serves this turn" if there == self._turn.model else ""

    async def _delegate(
        self, params: DelegateParams, endpoint: Endpoint, number: int, context: ToolContext
    ) -> DelegationFinished:
        id = context.call_id if _SAFE_ID.fullmatch(context.call_id) else uuid.uuid4().hex[:12]
        started, mark = time.monotonic(), self._meter.mark()
        name = f"helper {number}"
        why = params.rationale.value
        context.emit(
            DelegationStarted(id, number, params.description, name, params.lane, endpoint.ref, why, params.prompt)
        )
        ended = _Ended("failed", "the sub-agent broke off")
        try:
            outcome = await self._hooks.fire(SubagentStart(id, name))
            ended = await self._work(params, endpoint, (id, name), context.emit, outcome.context)
        except asyncio.CancelledError:
            ended = _Ended("interrupted", "interrupted by the person")
            raise
        finally:
            total = self._meter.since(mark, parent=id)
            finished = DelegationFinished(
                id,
                number,
                ended.status,
                ended.report,
                total.usage,
                total.cost_usd,
                int((time.monotonic() - started) * 1000),
                total.requests,
                total.served,
            )
            context.emit(finished)
        return finished

    async def _work(
        self,
        params: DelegateParams,
        endpoint: Endpoint,
        who: tuple[str, str],
        emit: Emit,
        context: tuple[str, ...],
    ) -> _Ended:
        id, name = who

        def within(event: Event) -> None:
            emit(Within(id, event))

        agent = self._spawn(endpoint, params.lane, name=name, emit=within)
        turn = self._turn
        why = f"delegation {turn.delegations}: {params.rationale}"
        place = (turn.session, turn.number, params.lane)
        origin = Origin(*place, Purpose.DELEGATION, why, id, name, turn.decided)
        thread = Thread(params.lane)
        try:
            async with asyncio.timeout(self._limits.timeout_s):
                result = await agent.turn(thread, user(_brief(params, context)), origin)
        except TimeoutError:
            return _Ended("timeout", f"not done after {self._limits.timeout_s:g} s; stopped")
        except PinViolation as error:
            emit(Notice(f"delegation {turn.delegations} stopped: {error}", "warning"))
            return _Ended("pin_violation", str(error))
        except ProviderError as error:
            return _Ended("unavailable", str(error))
        except EnforcerError as error:
            return _Ended("failed", str(error))
        finally:
            await agent.pipeline.context.jobs.stop_all()  # what it left running has nobody to ask for it
        return _ended(result, thread)


def _brief(params: DelegateParams, context: tuple[str, ...]) -> str:
    inputs = "\n\n".join(f'<inputs name="{name}">\n{text}\n</inputs>' for name, text in params.inputs.items())
    return "\n\n".join(filter(None, [params.prompt, inputs, *context]))


def _ended(result: TurnResult, thread: Thread) -> _Ended:
    if result.reason == "max_turns":
        said = [message.text for message in thread.messages if message.role is Role.ASSISTANT and message.text]
        return _Ended("max_turns", "stopped at its turn limit; last words: " + (said[-1] if said else "none"))
    if result.reason in {"end", "cut"} and result.text.strip():
        return _Ended("completed", result.text)
    return _Ended("failed", f"the sub-agent ended without a report ({result.reason})")


def _output(params: DelegateParams, endpoint: Endpoint, finished: DelegationFinished) -> ToolOutput:
    # A report is somebody else's text: tags that look like the harness's own must not speak for it.
    report = _HARNESS_TAGS.sub(r"&lt;\1\2", finished.report)
    if len(report) > MAX_REPORT:
        report = f"{report[:MAX_REPORT]}\n… {len(report) - MAX_REPORT:,} more characters in the delegation's record"
    head = {
        "status": finished.status,
        "lane": params.lane.value,
        "pinnedModel": str(endpoint.ref),
        "servedModels": list(finished.served),
        "requests": finished.requests,
        "ms": finished.ms,
    }
    return ToolOutput(f"{json.dumps(head)}\n<report>\n{report}\n</report>", is_error=finished.status != "completed")


def _unavailable(params: DelegateParams, failures: list[str]) -> str:
    return json.dumps(
        {
            "status": "unavailable",
            "lane": params.lane.value,
            "tried": failures,
            "next": "tell the person that this step could not go to its lane, and ask before you do it yourself",
        }
    )
