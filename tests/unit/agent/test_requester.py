from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from enforcer.agent.endpoint import Endpoint, PinViolation
from enforcer.agent.requester import Interrupted, Origin, Requester
from enforcer.core.events import PinChecked, RequestFinished, RequestStarted, Retrying, TextDelta, ThinkingDelta
from enforcer.core.lanes import Lane
from enforcer.core.messages import Usage, user
from enforcer.core.requests import PinStatus, Purpose, RequestRow
from enforcer.providers.base import Completed, Failure, ProviderError, Request
from enforcer.providers.models import Models
from enforcer.providers.scripted import Fault, Reply, Tokens
from tests.fakes import Bench, Crashing, Stuck, endpoint, scripted

REQUEST = Request("brain", "Be brief.", (user("hello"),))
BUSY = Reply(text="half a", error=Fault(failure=Failure.RETRY, message="busy; wait", status=529, retry_after_s=0))
DOWN = Reply(error=Fault(failure=Failure.AUTH, message="the key is wrong; set it", status=401))


def ask(bench: Bench, seat: Endpoint, *, step: int = 1) -> Completed:
    return asyncio.run(Requester(bench.models, bench.emit).ask(seat, REQUEST, bench.origin, step=step))


def the_row(bench: Bench) -> RequestRow:
    (finished,) = bench.of(RequestFinished)
    return finished.row


def test_an_answer_leaves_one_row_with_all_that_is_known_of_it(bench: Bench) -> None:
    bench.origin = Origin("s9", 4, Lane.CREATIVE, Purpose.DELEGATION, "isolation", "d1", "helper 1")
    ask(bench, endpoint(scripted(Reply(text="hi", usage=Tokens(input=10, output=2), served="brain-20250101"))), step=3)
    row = the_row(bench)
    assert (row.session, row.turn, row.step, row.lane, row.purpose) == ("s9", 4, 3, "creative", "delegation")
    assert (row.why, row.parent, row.agent) == ("isolation", "d1", "helper 1")
    assert (str(row.asked), row.served, row.pin) == ("scripted/brain", "brain-20250101", PinStatus.OK)
    assert (row.usage, row.outcome, row.tries) == (Usage(10, 2), "ok", 1)
    assert row.started.endswith("+00:00")


def test_what_the_model_says_and_thinks_is_shown_as_it_comes(bench: Bench) -> None:
    ask(bench, endpoint(scripted(Reply(text="good day", thinking="polite"))))
    shown = [type(event) for event in bench.events]
    assert shown == [RequestStarted, ThinkingDelta, TextDelta, TextDelta, RequestFinished]


def test_a_side_call_shows_nothing_and_has_its_row(bench: Bench) -> None:
    seat = endpoint(scripted(Reply(text="good day")))
    asyncio.run(Requester(bench.models, bench.emit).side(seat, REQUEST, bench.origin))
    assert [type(event) for event in bench.events] == [RequestFinished]


@pytest.mark.parametrize(
    ("replies", "outcome", "tries"),
    [
        pytest.param((Reply(text="hi"),), "ok", 1, id="ok"),
        pytest.param((BUSY, BUSY, Reply(text="hi")), "ok", 3, id="ok-at-the-third-try"),
    ],
)
def test_tries_are_counted(bench: Bench, replies: tuple[Reply, ...], outcome: str, tries: int) -> None:
    assert ask(bench, endpoint(scripted(*replies))).message.text == "hi"
    assert (the_row(bench).outcome, the_row(bench).tries) == (outcome, tries)
    assert len(bench.of(Retrying)) == tries - 1


@pytest.mark.parametrize(
    ("replies", "outcome", "tries"),
    [
        pytest.param((DOWN,), "error: auth 401", 1, id="refused"),
        pytest.param((BUSY,) * 5, "error: retry 529", 5, id="every-try-spent"),
        pytest.param((), "error: fatal", 1, id="no-status"),
    ],
)
def test_a_failure_leaves_one_row_without_a_cost(
    bench: Bench, replies: tuple[Reply, ...], outcome: str, tries: int
) -> None:
    with pytest.raises(ProviderError):
        ask(bench, endpoint(scripted(*replies)))
    row = the_row(bench)
    assert (row.outcome, row.tries, row.cost_usd, row.price) == (outcome, tries, None, "")
    assert (row.served, row.usage, row.pin) == (None, Usage(), PinStatus.UNVERIFIED)


def test_a_fault_of_ours_leaves_its_row_too_and_rises(bench: Bench) -> None:
    with pytest.raises(KeyError):
        ask(bench, endpoint(Crashing()))
    assert the_row(bench).outcome == "error: a fault of the program"


def test_a_cancelled_request_leaves_its_row_and_hands_on_what_was_said(bench: Bench) -> None:
    async def run() -> Interrupted:
        service = Stuck("so ", "far")
        asking = Requester(bench.models, bench.emit).ask(endpoint(service), REQUEST, bench.origin, step=1)
        task = asyncio.create_task(asking)
        await service.quiet()
        task.cancel()
        with pytest.raises(Interrupted) as stopped:
            await task
        return stopped.value

    partial = asyncio.run(run()).partial
    assert partial is not None
    assert (partial.text, partial.note) == ("so far", "interrupted")
    assert (the_row(bench).outcome, the_row(bench).cost_usd) == ("cancelled", None)


def test_a_request_cancelled_before_a_word_was_said_has_nothing_to_hand_on(bench: Bench) -> None:
    async def run() -> Interrupted:
        service = Stuck(" ")
        asking = Requester(bench.models, bench.emit).ask(endpoint(service), REQUEST, bench.origin, step=1)
        task = asyncio.create_task(asking)
        await service.quiet()
        task.cancel()
        with pytest.raises(Interrupted) as stopped:
            await task
        return stopped.value

    assert asyncio.run(run()).partial is None


def test_an_unknown_price_is_an_unknown_cost(bench: Bench) -> None:
    ask(bench, endpoint(scripted(Reply(text="hi", usage=Tokens(input=1000, output=10)))))
    assert (the_row(bench).cost_usd, the_row(bench).price) == (None, "")


def test_unknown_tokens_are_an_unknown_cost(bench: Bench, tmp_path: Path) -> None:
    bench.models = priced(tmp_path)
    ask(bench, endpoint(scripted(Reply(text="hi", usage=None))))
    assert the_row(bench).cost_usd is None


def test_a_known_price_is_counted_and_named(bench: Bench, tmp_path: Path) -> None:
    bench.models = priced(tmp_path)
    ask(bench, endpoint(scripted(Reply(text="hi", usage=Tokens(input=1000, output=100)))))
    assert the_row(bench).cost_usd == pytest.approx(0.0045)
    assert the_row(bench).price == "3/15 USD per Mtok, 2025-09-29"


def priced(folder: Path) -> Models:
    path = folder / "models.yaml"
    path.write_text("scripted/brain: {price: {input: 3, output: 15, as_of: 2025-09-29}}\n", encoding="utf-8")
    return Models(path)


def test_the_pinned_model_is_not_worth_an_event(bench: Bench) -> None:
    ask(bench, endpoint(scripted(Reply(text="hi"))))
    assert bench.of(PinChecked) == []


def test_a_service_that_names_no_model_is_shown_as_unverified_and_not_stopped(bench: Bench) -> None:
    assert ask(bench, endpoint(scripted(Reply(text="hi", served=None)))).message.text == "hi"
    assert [check.status for check in bench.of(PinChecked)] == [PinStatus.UNVERIFIED]


def test_another_model_stops_a_strict_pin_and_what_it_cost_is_counted(bench: Bench) -> None:
    reply = Reply(text="hi", served="other", usage=Tokens(input=7, output=1))
    with pytest.raises(PinViolation, match="scripted/brain was asked for, but other answered"):
        ask(bench, endpoint(scripted(reply)))
    row = the_row(bench)
    assert (row.served, row.pin, row.outcome) == ("other", PinStatus.MISMATCH, "error: another model answered")
    assert row.usage == Usage(7, 1)
    assert [check.served for check in bench.of(PinChecked)] == ["other"]


def test_another_model_is_shown_and_used_with_pin_warn(bench: Bench) -> None:
    assert ask(bench, endpoint(scripted(Reply(text="hi", served="other")), pin="warn")).message.text == "hi"
    assert (the_row(bench).pin, the_row(bench).outcome) == (PinStatus.MISMATCH, "ok")
    assert [check.status for check in bench.of(PinChecked)] == [PinStatus.MISMATCH]
