from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field

import pytest

from enforcer.core.events import Retrying, TextDelta, ThinkingDelta
from enforcer.core.messages import Usage, assistant
from enforcer.providers.base import (
    Completed,
    Failure,
    Provider,
    ProviderError,
    ProviderSettings,
    Request,
    StopReason,
    StreamEvent,
)
from enforcer.providers.retry import stream_with_retries

REQUEST = Request(model="muse-1", system="", messages=())
ANSWER = Completed(assistant("rain falls"), Usage(10, 2), StopReason.END, "muse-1")
OVERLOADED = ProviderError("muse is overloaded; wait a little", failure=Failure.RETRY, status=529)
REFUSED = ProviderError("muse cannot be reached; check the network", failure=Failure.UNREACHABLE)
CUT = ProviderError("muse broke off", failure=Failure.CUT, partial=assistant("rain"))
NO_KEY = ProviderError("muse refused the key in MUSE_KEY", failure=Failure.AUTH, status=401)


class Silence:
    """In a try: the service says nothing more."""


Try = list[StreamEvent | ProviderError | Silence]


@dataclass
class Service:
    """Answers each request with the next of its tries."""

    tries: list[Try]
    kind: str = "muse"
    asked: int = 0
    closed: int = 0

    async def stream(self, request: Request) -> AsyncIterator[StreamEvent]:
        self.asked += 1
        try:
            for item in self.tries[self.asked - 1]:
                match item:
                    case Silence():
                        await asyncio.Event().wait()
                    case ProviderError():
                        raise item
                    case _:
                        yield item
        finally:
            self.closed += 1

    async def close(self) -> None:
        return None


@dataclass
class Heard:
    events: list[StreamEvent] = field(default_factory=list)
    retries: list[Retrying] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)
    error: ProviderError | None = None


def ask(
    provider: Provider,
    *,
    settings: ProviderSettings | None = None,
    random: Callable[[], float] = lambda: 1.0,
    clock: Callable[[], float] = lambda: 0.0,
) -> Heard:
    heard = Heard()

    async def sleep(seconds: float) -> None:
        heard.slept.append(seconds)

    async def run() -> None:
        chosen = settings or ProviderSettings("muse")
        stream = stream_with_retries(
            provider, REQUEST, chosen, heard.retries.append, sleep=sleep, random=random, clock=clock
        )
        async for event in stream:
            heard.events.append(event)

    try:
        asyncio.run(run())
    except ProviderError as error:
        heard.error = error
    return heard


def waiting(seconds: float) -> ProviderError:
    return ProviderError("muse is busy", failure=Failure.RETRY, status=429, retry_after_s=seconds)


def ticking(step_s: float) -> Callable[[], float]:
    ticks: Iterator[float] = (number * step_s for number in range(1000))
    return lambda: next(ticks)


def test_an_answer_at_the_first_try_is_passed_on_as_it_comes() -> None:
    heard = ask(Service([[TextDelta("rain "), TextDelta("falls"), ANSWER]]))
    assert heard == Heard([TextDelta("rain "), TextDelta("falls"), ANSWER])


def test_prov_003_an_overloaded_service_is_asked_again_until_it_answers() -> None:
    heard = ask(Service([[OVERLOADED], [OVERLOADED], [ANSWER]]))
    assert heard.events == [ANSWER]
    assert heard.retries == [
        Retrying(2, 5, 0.5, "muse is overloaded; wait a little", 529),
        Retrying(3, 5, 1.0, "muse is overloaded; wait a little", 529),
    ]


def test_prov_004_it_stops_after_the_set_tries_and_says_how_many() -> None:
    service = Service([[OVERLOADED]] * 99)
    heard = ask(service)
    assert str(heard.error) == "muse is overloaded (after 5 tries); wait a little"
    assert heard.error
    assert (heard.error.failure, heard.error.status) == (Failure.RETRY, 529)
    assert service.asked == 5


@pytest.mark.parametrize("tries", [1, 2, 3], ids=lambda tries: f"prov_029_{tries}_tries")
def test_the_number_of_requests_is_the_set_number_of_tries(tries: int) -> None:
    service = Service([[OVERLOADED]] * 99)
    ask(service, settings=ProviderSettings("muse", tries=tries))
    assert service.asked == tries


def test_waits_double_up_to_half_a_minute() -> None:
    heard = ask(Service([[OVERLOADED]] * 99), settings=ProviderSettings("muse", tries=9))
    assert heard.slept == [0.5, 1, 2, 4, 8, 16, 30, 30]


def test_waits_are_jittered_over_their_full_length() -> None:
    heard = ask(Service([[OVERLOADED], [OVERLOADED], [ANSWER]]), random=lambda: 0.25)
    assert heard.slept == [0.125, 0.25]


@pytest.mark.parametrize("seconds", [0, 2, 60], ids=["at_once", "prov_001_two_seconds", "one_minute"])
def test_a_wait_the_service_asks_for_is_obeyed_exactly(seconds: float) -> None:
    heard = ask(Service([[waiting(seconds)], [ANSWER]]))
    assert heard.slept == [seconds]
    assert heard.retries == [Retrying(2, 5, seconds, "muse is busy", 429)]


@pytest.mark.parametrize(
    ("seconds", "wait"),
    [
        pytest.param(60.5, "61 s", id="just_over_a_minute"),
        pytest.param(121, "3 min", id="minutes_are_rounded_up"),
        pytest.param(86400, "24 h", id="prov_002_a_day"),
        pytest.param(2300000000, "26621 days", id="prov_027_a_date_far_away"),
    ],
)
def test_a_long_wait_is_told_and_not_slept(seconds: float, wait: str) -> None:
    service = Service([[waiting(seconds)], [ANSWER]])
    heard = ask(service)
    assert str(heard.error) == f"muse wants no request for {wait}; use the other lane (/lane), or come back in {wait}"
    assert heard.error
    assert (heard.error.failure, heard.error.status, heard.error.retry_after_s) == (Failure.RETRY, 429, seconds)
    assert (service.asked, heard.slept) == (1, [])


@pytest.mark.parametrize("failure", [Failure.AUTH, Failure.NOT_FOUND, Failure.CONTEXT, Failure.FATAL])
def test_prov_005_what_a_retry_cannot_mend_is_raised_at_once(failure: Failure) -> None:
    error = ProviderError("no", failure=failure)
    service = Service([[error]])
    heard = ask(service)
    assert heard.error is error
    assert service.asked == 1


def test_an_error_behind_a_retry_still_says_how_many_tries_were_made() -> None:
    heard = ask(Service([[OVERLOADED], [NO_KEY]]))
    assert str(heard.error) == "muse refused the key in MUSE_KEY (after 2 tries)"
    assert heard.error
    assert heard.error.failure is Failure.AUTH


def test_prov_013_a_broken_off_answer_is_streamed_anew() -> None:
    heard = ask(Service([[TextDelta("rain"), CUT], [TextDelta("rain "), TextDelta("falls"), ANSWER]]))
    assert heard.events == [TextDelta("rain"), TextDelta("rain "), TextDelta("falls"), ANSWER]
    assert [retry.reason for retry in heard.retries] == ["muse broke off"]


def test_prov_020_an_answer_that_breaks_off_twice_keeps_what_came() -> None:
    service = Service([[CUT]] * 9)
    heard = ask(service)
    assert heard.error
    assert (heard.error.failure, heard.error.partial) == (Failure.CUT, assistant("rain"))
    assert service.asked == 2


def test_prov_021_an_unreachable_service_is_tried_three_times() -> None:
    service = Service([[REFUSED]] * 9)
    heard = ask(service)
    assert str(heard.error) == "muse cannot be reached (after 3 tries); check the network"
    assert service.asked == 3


def test_prov_021_an_unreachable_service_is_given_up_within_ten_seconds() -> None:
    service = Service([[REFUSED]] * 9)
    ask(service, clock=ticking(4.0))
    assert service.asked == 2


def test_the_ten_seconds_of_an_unreachable_service_begin_with_the_try_that_could_not_connect() -> None:
    service = Service([[OVERLOADED], [OVERLOADED], [REFUSED], [ANSWER]])
    assert ask(service, clock=ticking(4.0)).events == [ANSWER]


@pytest.mark.parametrize(
    ("first", "settings", "said"),
    [
        pytest.param(
            [Silence()], ProviderSettings("muse", first_byte_s=0), "muse sent nothing for 0 s", id="from_start"
        ),
        pytest.param(
            [TextDelta("rain"), Silence()],
            ProviderSettings("muse", idle_s=0),
            "muse sent nothing for 0 s",
            id="in_text",
        ),
    ],
)
def test_prov_018_a_silent_stream_is_ended_and_tried_once_more(
    first: Try, settings: ProviderSettings, said: str
) -> None:
    service = Service([first, [ANSWER]])
    heard = ask(service, settings=settings)
    assert heard.events[-1] == ANSWER
    assert [retry.reason.split(";")[0] for retry in heard.retries] == [said]
    assert service.closed == 2


def test_prov_018_a_stream_that_falls_silent_twice_is_cut_with_what_came() -> None:
    silent: Try = [TextDelta("rain "), TextDelta("falls"), Silence()]
    heard = ask(Service([silent, silent]), settings=ProviderSettings("muse", idle_s=0))
    assert str(heard.error) == "muse sent nothing for 0 s (after 2 tries); try again, or use the other lane"
    assert heard.error
    assert heard.error.failure is Failure.CUT
    assert heard.error.partial
    assert (heard.error.partial.text, heard.error.partial.note) == ("rain falls", "cut")


def test_a_sign_of_life_ends_the_wait_for_the_first_byte_and_is_not_passed_on() -> None:
    alive: Try = [ThinkingDelta(""), Silence()]
    heard = ask(Service([alive, [ANSWER]]), settings=ProviderSettings("muse", idle_s=0))
    assert heard.events == [ANSWER]
    assert [retry.reason.split(";")[0] for retry in heard.retries] == ["muse sent nothing for 0 s"]


def test_a_service_that_breaks_behind_its_complete_answer_is_not_asked_again() -> None:
    service = Service([[ANSWER, OVERLOADED], [ANSWER]])
    assert ask(service).events == [ANSWER]
    assert service.asked == 1


def test_a_stream_that_is_left_early_is_closed() -> None:
    service = Service([[TextDelta("rain"), Silence()]])

    async def leave() -> None:
        stream = stream_with_retries(service, REQUEST, ProviderSettings("muse"), lambda event: None)
        assert await anext(stream) == TextDelta("rain")
        await stream.aclose()
        assert service.closed == 1  # at once, not when the loop ends

    asyncio.run(leave())


def test_a_cancelled_request_is_closed_and_not_tried_again() -> None:
    service = Service([[TextDelta("rain"), Silence()], [ANSWER]])

    async def cancel() -> None:
        started = asyncio.Event()

        async def read() -> None:
            async for _ in stream_with_retries(service, REQUEST, ProviderSettings("muse"), lambda event: None):
                started.set()

        task = asyncio.create_task(read())
        await started.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancel())
    assert (service.asked, service.closed) == (1, 1)


def test_a_timeout_of_the_providers_own_is_not_taken_for_our_watchdog() -> None:
    class Broken:
        kind = "muse"

        async def stream(self, request: Request) -> AsyncIterator[StreamEvent]:
            raise TimeoutError("a bug")
            yield TextDelta("")

        async def close(self) -> None:
            return None

    with pytest.raises(TimeoutError, match="a bug"):
        ask(Broken())
