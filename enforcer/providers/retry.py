"""The one place that retries a model request and gives up on a silent one; it knows no vendor."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass

from enforcer.core.events import Retrying, TextDelta, WebSearched
from enforcer.core.messages import Message, Role, Text
from enforcer.providers.base import Completed, Failure, Provider, ProviderError, ProviderSettings, Request, StreamEvent

BASE_S = 0.5
CAP_S = 30.0
LONGEST_RETRY_AFTER_S = 60.0
CUT_TRIES = 2
UNREACHABLE_TRIES = 3
UNREACHABLE_S = 10.0  # first failure to connect until the person hears of it
LOADING_S = 2.0  # between two looks whether a server has loaded its model; `first_byte_s` is how long we look

Sleep = Callable[[float], Awaitable[object]]
Number = Callable[[], float]


async def stream_with_retries(
    provider: Provider,
    request: Request,
    settings: ProviderSettings,
    on_retry: Callable[[Retrying], None],
    *,
    sleep: Sleep = asyncio.sleep,
    random: Number = random.random,
    clock: Number = time.monotonic,
) -> AsyncGenerator[StreamEvent, None]:
    """The events of the first try that completes; `on_retry` is called before each further try.

    A try that failed may already have given deltas: they are void once `on_retry` was called, the next try starts anew.
    Raises: ProviderError, the last one; behind a retry its message says how many tries were made.
    """
    plan = _Plan(settings, random, clock)
    while True:
        plan.begin()
        try:
            async with aclosing(_watched(provider.stream(request), settings)) as events:
                async for event in events:
                    yield event
                    if isinstance(event, Completed):
                        return  # whatever breaks behind a complete answer must not ask for a second one
            return
        except ProviderError as error:
            delay_s = plan.delay_s(error)
            if error.failure is not Failure.LOADING or plan.loading == 1:  # nothing came yet, and nobody counts looks
                attempt = min(plan.attempt + 1, settings.tries)
                on_retry(Retrying(attempt, settings.tries, delay_s, str(error), error.status))
        await sleep(delay_s)


@dataclass(slots=True)
class _Plan:
    """How long to wait before the next try, or that there is none."""

    settings: ProviderSettings
    random: Number
    clock: Number
    attempt: int = 0
    cuts: int = 0
    unreachable: int = 0
    loading: int = 0
    _began: float = 0.0
    _unreachable_since: float | None = None

    def begin(self) -> None:
        self.attempt += 1
        self._began = self.clock()

    def delay_s(self, error: ProviderError) -> float:
        """Raises: ProviderError when no further try is made."""
        if not error.retryable:
            raise self._final(error) from error
        if error.retry_after_s is not None and error.retry_after_s > LONGEST_RETRY_AFTER_S:
            raise _too_long(error, self.settings.name, error.retry_after_s) from error
        if error.failure is Failure.LOADING:
            self.loading += 1
        delay_s = self._wait_s(error)
        if self.attempt - self.loading >= self.settings.tries or self._spent(error, delay_s):
            raise self._final(error) from error
        return delay_s

    def _wait_s(self, error: ProviderError) -> float:
        if error.retry_after_s is not None:
            return max(0.0, error.retry_after_s)
        if error.failure is Failure.LOADING:
            return LOADING_S
        doubled: float = BASE_S * 2 ** min(self.attempt - self.loading - 1, 16)
        return self.random() * min(CAP_S, doubled)

    def _spent(self, error: ProviderError, delay_s: float) -> bool:
        """Whether this kind of failure has had its own share of tries."""
        match error.failure:
            case Failure.CUT:
                self.cuts += 1
                return self.cuts >= CUT_TRIES
            case Failure.LOADING:
                return self.loading * LOADING_S > self.settings.first_byte_s
            case Failure.UNREACHABLE:
                self.unreachable += 1
                if self._unreachable_since is None:
                    self._unreachable_since = self._began
                waited_s = self.clock() - self._unreachable_since
                return self.unreachable >= UNREACHABLE_TRIES or waited_s + delay_s > UNREACHABLE_S
        return False

    def _final(self, error: ProviderError) -> ProviderError:
        if self.attempt == 1:
            return error
        what, semicolon, remedy = str(error).rpartition(";")
        told = f"{what or remedy} (after {self.attempt} tries)"
        return _reworded(error, f"{told}{semicolon}{remedy}" if what else told)


async def _watched(stream: AsyncIterator[StreamEvent], settings: ProviderSettings) -> AsyncGenerator[StreamEvent, None]:
    """The same events; silence ends them. The clock runs only while we wait for the service, never for our reader."""
    said: list[str] = []
    limit_s = settings.first_byte_s
    async with _closing(stream):
        while True:
            watch = asyncio.timeout(limit_s)
            try:
                async with watch:
                    event = await anext(stream)
            except StopAsyncIteration:
                return
            except TimeoutError as error:
                if not watch.expired():
                    raise
                raise _silent(settings.name, limit_s, "".join(said)) from error
            limit_s = settings.idle_s
            if isinstance(event, TextDelta):
                said.append(event.text)
            if (
                isinstance(event, Completed | WebSearched) or event.text
            ):  # an empty delta is a sign of life, for this clock alone
                yield event


@asynccontextmanager
async def _closing(stream: AsyncIterator[StreamEvent]) -> AsyncIterator[None]:
    try:
        yield
    finally:
        if isinstance(stream, AsyncGenerator):
            await stream.aclose()


def _silent(name: str, limit_s: float, said: str) -> ProviderError:
    partial = Message(Role.ASSISTANT, (Text(said),), note="cut") if said.strip() else None
    return ProviderError(
        f"{name} sent nothing for {limit_s:g} s; try again, or use the other lane",
        failure=Failure.CUT,
        partial=partial,
    )


def _too_long(error: ProviderError, name: str, wait_s: float) -> ProviderError:
    wait = _spoken(wait_s)
    return _reworded(error, f"{name} wants no request for {wait}; use the other lane (/lane), or come back in {wait}")


def _reworded(error: ProviderError, message: str) -> ProviderError:
    return ProviderError(
        message,
        failure=error.failure,
        status=error.status,
        retry_after_s=error.retry_after_s,
        partial=error.partial,
    )


def _spoken(seconds: float) -> str:
    """`90 s`, `15 min`, `24 h`, `3 days`: rounded up, so that coming back then is late enough."""
    for size, unit, up_to in ((1, "s", 120), (60, "min", 120 * 60), (3600, "h", 48 * 3600)):
        if seconds <= up_to:
            return f"{-(-seconds // size):.0f} {unit}"
    return f"{-(-seconds // 86400):.0f} days"
