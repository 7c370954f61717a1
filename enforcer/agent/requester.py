"""One model request: stream it, price it, compare who served it, and leave a row whatever happens."""

from __future__ import annotations

import asyncio
import time
import uuid
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import UTC, datetime

from enforcer.agent.endpoint import Endpoint, PinViolation
from enforcer.core.errors import EnforcerError
from enforcer.core.events import (
    Emit,
    Event,
    Notice,
    PinChecked,
    RequestFinished,
    RequestStarted,
    Retrying,
    TextDelta,
    ThinkingDelta,
    WebSearched,
)
from enforcer.core.lanes import Lane
from enforcer.core.messages import Message, Role, Text, Usage
from enforcer.core.requests import UNDECIDED, Decided, PinStatus, Purpose, RequestRow
from enforcer.providers.base import Completed, ProviderError, Request
from enforcer.providers.models import Models
from enforcer.providers.retry import stream_with_retries


@dataclass(frozen=True, slots=True)
class Origin:
    """Why a request is made and where it belongs; copied into its ledger row."""

    session: str
    turn: int
    lane: Lane
    purpose: Purpose = Purpose.MAIN
    why: str = ""
    parent: str | None = None
    agent: str | None = None
    decided: Decided = UNDECIDED

    @property
    def cache_key(self) -> str:
        """Requests of one thread begin alike."""
        return "-".join(filter(None, (self.session, self.lane, self.parent)))


class Interrupted(asyncio.CancelledError):
    """The turn was cancelled; `partial` is what had been said by then."""

    def __init__(self, partial: Message | None) -> None:
        super().__init__()
        self.partial = partial


@dataclass(slots=True)
class _Progress:
    """What is known of a request while it runs."""

    started: float = field(default_factory=time.monotonic)
    stamp: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="milliseconds"))
    tries: int = 1
    text: list[str] = field(default_factory=list)


class Requester:
    """Makes requests for one agent; every request ends in exactly one `RequestFinished`."""

    def __init__(self, models: Models, emit: Emit) -> None:
        self._models = models
        self._emit = emit

    async def ask(self, endpoint: Endpoint, request: Request, origin: Origin, *, step: int) -> Completed:
        """Raises: ProviderError, PinViolation, Interrupted."""
        self._emit(RequestStarted(origin.lane, endpoint.ref, step))
        return await self._ask(endpoint, request, origin, step, self._emit)

    async def side(self, endpoint: Endpoint, request: Request, origin: Origin) -> Completed:
        """A side call: nothing of it is shown, but it has its row as every request has."""
        return await self._ask(endpoint, request, origin, 0, _silent)

    async def _ask(self, endpoint: Endpoint, request: Request, origin: Origin, step: int, show: Emit) -> Completed:
        progress, outcome = _Progress(), "error: a fault of the program"
        try:
            completed = await self._stream(endpoint, request, progress, show)
            outcome = "ok"
        except asyncio.CancelledError:
            outcome = "cancelled"
            raise Interrupted(_partial(progress, endpoint)) from None
        except EnforcerError as error:
            outcome = f"error: {_clause(error)}"
            raise
        finally:
            if outcome != "ok":
                self._finish(endpoint, origin, step, progress, outcome=outcome)
        for note in completed.notes:
            self._emit(Notice(note, "warning"))
        judgement = endpoint.guard.judge(completed.served)
        outcome = "error: another model answered" if judgement.stop else "ok"
        self._finish(endpoint, origin, step, progress, completed=completed, pin=judgement.status, outcome=outcome)
        if judgement.status is not PinStatus.OK:
            self._emit(PinChecked(endpoint.ref, completed.served, judgement.status))
        if judgement.stop:
            raise PinViolation(endpoint.ref, completed.served)
        return completed

    async def _stream(self, endpoint: Endpoint, request: Request, progress: _Progress, show: Emit) -> Completed:
        def on_retry(event: Retrying) -> None:
            progress.tries = event.attempt
            progress.text.clear()
            self._emit(event)

        stream = stream_with_retries(endpoint.provider, request, endpoint.settings, on_retry)
        async with aclosing(stream):
            async for event in stream:
                match event:
                    case TextDelta(text):
                        progress.text.append(text)
                        show(event)
                    case ThinkingDelta() | WebSearched():
                        show(event)
                    case Completed():
                        return event
        raise AssertionError("a provider's stream ended without Completed")  # its contract forbids it

    def _finish(
        self,
        endpoint: Endpoint,
        origin: Origin,
        step: int,
        progress: _Progress,
        *,
        completed: Completed | None = None,
        pin: PinStatus = PinStatus.UNVERIFIED,
        outcome: str = "ok",
    ) -> None:
        usage = completed.usage if completed else Usage()
        cost, price = self._models.cost(endpoint.ref, usage)
        row = RequestRow(
            id=uuid.uuid4().hex[:12],
            session=origin.session,
            turn=origin.turn,
            step=step,
            lane=origin.lane,
            purpose=origin.purpose,
            asked=endpoint.ref,
            served=completed.served if completed else None,
            pin=pin,
            why=origin.why,
            usage=usage,
            cost_usd=cost,
            price=price,
            started=progress.stamp,
            latency_ms=int((time.monotonic() - progress.started) * 1000),
            outcome=outcome,
            tries=progress.tries,
            parent=origin.parent,
            agent=origin.agent,
            decided=origin.decided,
        )
        self._emit(RequestFinished(row))


def _silent(event: Event) -> None:
    pass


def _partial(progress: _Progress, endpoint: Endpoint) -> Message | None:
    text = "".join(progress.text)
    return Message(Role.ASSISTANT, (Text(text),), endpoint.ref, note="interrupted") if text.strip() else None


def _clause(error: EnforcerError) -> str:
    if isinstance(error, ProviderError):
        return f"{error.failure.value}{f' {error.status}' if error.status else ''}"
    return type(error).__name__
