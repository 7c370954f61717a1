from __future__ import annotations

import pytest

from enforcer.agent.meter import Meter
from enforcer.core.events import Notice, RequestFinished, Within
from enforcer.core.lanes import Lane, ModelRef
from enforcer.core.messages import Usage
from enforcer.core.requests import PinStatus, Purpose, RequestRow


def row(cost: float | None = 0.5, *, parent: str | None = None, served: str | None = "brain") -> RequestFinished:
    return RequestFinished(
        RequestRow(
            id="r",
            session="s1",
            turn=1,
            step=1,
            lane=Lane.ANALYTICAL,
            purpose=Purpose.MAIN,
            asked=ModelRef("scripted", "brain"),
            served=served,
            pin=PinStatus.OK,
            why="",
            usage=Usage(10, 2),
            cost_usd=cost,
            price="",
            started="2026-01-01T00:00:00Z",
            latency_ms=30,
            outcome="ok",
            parent=parent,
        )
    )


def metered(*events: RequestFinished | Within | Notice) -> Meter:
    meter = Meter()
    for event in events:
        meter(event)
    return meter


def test_requests_are_summed_up() -> None:
    total = metered(row(0.5), row(0.25)).since()
    assert (total.requests, total.usage, total.cost_usd, total.api_ms) == (2, Usage(20, 4), 0.75, 60)


def test_requests_of_sub_agents_count_however_deep_they_are() -> None:
    assert metered(row(), Within("d1", Within("d2", row(parent="d2")))).since().requests == 2


def test_one_unknown_cost_makes_the_sum_unknown_and_keeps_what_is_known() -> None:
    total = metered(row(0.5), row(None)).since()
    assert (total.cost_usd, total.known_usd) == (None, 0.5)


def test_a_sum_can_begin_at_a_mark() -> None:
    meter = metered(row(1.0))
    mark = meter.mark()
    meter(row(0.25))
    assert meter.since(mark).cost_usd == pytest.approx(0.25)


def test_a_sum_can_be_of_one_delegation_alone() -> None:
    meter = metered(row(1.0), Within("d1", row(0.25, parent="d1")), Within("d2", row(0.5, parent="d2")))
    assert (meter.since(parent="d1").requests, meter.since(parent="d1").cost_usd) == (1, 0.25)


def test_models_that_served_are_named_once_in_their_order() -> None:
    meter = metered(row(served="b"), row(served=None), row(served="a"), row(served="b"))
    assert meter.since().served == ("b", "a")


def test_other_events_are_not_counted() -> None:
    assert metered(Notice("hello")).since().requests == 0
