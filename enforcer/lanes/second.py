"""The second stage: where the local classifier abstained, a model the person named is asked, once and briefly.

Whatever goes wrong, the decision stays the abstention it was; its reason says what became of the question.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from importlib import import_module

from enforcer.agent.endpoint import Endpoint
from enforcer.agent.requester import Interrupted, Origin, Requester
from enforcer.core.errors import EnforcerError
from enforcer.core.events import Emit, Event, RequestFinished
from enforcer.core.lanes import LaneDecision, ModelRef, Source
from enforcer.core.requests import Purpose, RequestRow
from enforcer.lanes.opinion import UNSURE, Opinion, opinion_of, request_for
from enforcer.providers.base import Failure, ProviderError, StopReason
from enforcer.providers.models import Models
from enforcer.providers.registry import client_modules

log = logging.getLogger(__name__)

LEAST = 0.60  # of its own certainty, when the person set no `ask_at`
PATIENCE = 3  # failures in a row, each of which a person waits for
WHY = "the local classifier abstained"

Allowed = Callable[[ModelRef], str]  # why a model must not be asked, "" when it may be


def everyone(ref: ModelRef) -> str:
    """No model is forbidden."""
    return ""


@dataclass(slots=True)
class Second:
    """One model, asked through its endpoint; nothing of it is shown, but every request has its row."""

    endpoint: Endpoint
    models: Models
    emit: Emit
    within_s: float
    least: float = LEAST
    allowed: Allowed = everyone
    _ended: str = field(default="", init=False)  # why it is not asked any more in this session
    _failed: int = field(default=0, init=False)  # in a row
    _without_questions: bool = field(default=False, init=False)  # its service has no endpoint for them after all

    def __post_init__(self) -> None:
        limits = replace(self.endpoint.settings, tries=1, first_byte_s=self.within_s, idle_s=self.within_s)
        self.endpoint = replace(self.endpoint, settings=limits)

    async def decide(self, decision: LaneDecision, prompt: str, last_user: str, origin: Origin) -> LaneDecision:
        """The decision as it was, unless it abstained and the model is sure. `us` then counts the call, too.

        Raises: asyncio.CancelledError.
        """
        if decision.source is not Source.ABSTAIN:
            return decision
        ref = self.endpoint.ref
        if why_not := self._ended or self.allowed(ref):
            return replace(decision, reason=f"{decision.reason}; {ref} was not asked: {why_not}")
        started, rows = time.perf_counter_ns(), list[RequestRow]()
        found = await self._found(prompt, last_user, replace(origin, purpose=Purpose.CLASSIFIER, why=WHY), rows)
        us = decision.us + (time.perf_counter_ns() - started) // 1000
        timed = replace(decision, us=us, cost_usd=_cost(rows))
        return _settled(timed, found, ref)

    @property
    def modules(self) -> tuple[str, ...]:
        """What the first question will load."""
        return client_modules(self.endpoint.settings)

    async def close(self) -> None:
        await self.endpoint.provider.close()

    async def _found(self, prompt: str, last_user: str, origin: Origin, rows: list[RequestRow]) -> Opinion | str:
        """An opinion that counts, or why there is none."""
        for module in self.modules:  # a vendor's client takes a second to load, once; that is not the model's time
            import_module(module)
        try:
            async with asyncio.timeout(self.within_s):
                said = await self._said(prompt, last_user, origin, rows)
        except TimeoutError:
            return self._missed(f"it did not answer within {self.within_s:g} s")
        except EnforcerError as error:
            return self._missed(_clause(error), for_good=_is_for_good(error))
        self._failed = 0
        return self._weighed(opinion_of(said))

    def _weighed(self, found: Opinion | str) -> Opinion | str:
        if isinstance(found, str):
            return "it is not sure either" if found == UNSURE else "its answer could not be used"
        return found if found.confidence >= self.least else f"it is not sure either ({found.confidence:.2f})"

    async def _said(self, prompt: str, last_user: str, origin: Origin, rows: list[RequestRow]) -> str:
        """Raises: EnforcerError."""
        decides = self.endpoint.facts.decides
        if decides and not self._without_questions:
            try:
                return await self._answer(prompt, last_user, origin, rows, decides=True)
            except ProviderError as error:
                if decides == "only" or error.failure not in {Failure.NOT_FOUND, Failure.FATAL}:
                    raise
                self._without_questions = True
        return await self._answer(prompt, last_user, origin, rows, decides=False)

    async def _answer(
        self, prompt: str, last_user: str, origin: Origin, rows: list[RequestRow], *, decides: bool
    ) -> str:
        def keep(event: Event) -> None:
            if isinstance(event, RequestFinished):
                rows.append(event.row)
                self.emit(event)

        asked = request_for(self.endpoint.ref.model, prompt, last_user, decides=decides)
        thoughts = self.endpoint.thinking_tokens
        room = asked.max_tokens + (thoughts or 0)
        asked = replace(asked, effort=self.endpoint.effort, thinking_tokens=thoughts, max_tokens=room)
        try:
            done = await Requester(self.models, keep).side(self.endpoint, asked, origin)
        except Interrupted as stop:  # asyncio.timeout knows no subclass of it before Python 3.13
            raise asyncio.CancelledError from stop
        return done.message.text if done.stop is StopReason.END else ""

    def _missed(self, why: str, *, for_good: bool = False) -> str:
        self._failed += 1
        log.warning("second stage: %s: %s", self.endpoint.ref, why)
        if for_good or self._failed >= PATIENCE:
            times = "" if for_good else f" ({self._failed} times in a row)"
            self._ended = f"{why}{times}"
        return why


def _settled(decision: LaneDecision, found: Opinion | str, ref: ModelRef) -> LaneDecision:
    if isinstance(found, str):
        return replace(decision, reason=f"{decision.reason}; {ref} was asked: {found}")
    return replace(
        decision,
        lane=found.lane,
        deliverable_lane=found.lane,
        task=found.task or decision.task,
        confidence=found.confidence,
        source=Source.MODEL,
        reason=f"so says {ref}",
        abstained=False,
        runner_up=found.lane.other if found.lane else None,
    )


def _cost(rows: Sequence[RequestRow]) -> float | None:
    """None when one of the requests has no known cost."""
    costs = [row.cost_usd for row in rows]
    known = [cost for cost in costs if cost is not None]
    return sum(known) if len(known) == len(costs) else None


def _clause(error: EnforcerError) -> str:
    """What happened, without the advice: nobody is waiting for this answer."""
    return str(error).partition("; ")[0]


def _is_for_good(error: EnforcerError) -> bool:
    """A key or a model that is not there now will not be there in a minute, and a wrong model stays wrong."""
    return not (isinstance(error, ProviderError) and error.retryable)
