"""The models behind a lane's own: who takes over, for how long, and what is said and kept of it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from enforcer.agent.endpoint import Endpoint, PinViolation
from enforcer.agent.loop import Agent, TurnResult
from enforcer.agent.thread import Thread
from enforcer.core.events import RequestFinished
from enforcer.core.lanes import Lane, ModelRef
from enforcer.core.messages import Image, Role, Thinking, user
from enforcer.core.requests import PinStatus
from enforcer.providers.base import Failure, ProviderError
from enforcer.providers.models import ModelFacts
from enforcer.providers.scripted import Call, Fault, Reply, Scenario, ScriptedProvider
from tests.fakes import Bench, endpoint

SECOND, THIRD = ModelRef("scripted", "second"), ModelRef("scripted", "third")
SPENT = Reply(error=Fault(failure=Failure.AUTH, message="the key is wrong; set it", status=401))
FULL = Reply(error=Fault(failure=Failure.CONTEXT, message="too long; shorten it", status=400))
BAD = Reply(error=Fault(failure=Failure.FATAL, message="the request is bad", status=400))
QUOTA = Reply(error=Fault(failure=Failure.FATAL, message="the quota is spent", status=429))


@pytest.fixture
def bench(tmp_path: Path, home: Path) -> Bench:
    root = tmp_path / "project"
    root.mkdir()
    return Bench(root.resolve(), home)


def behind(ref: ModelRef, *replies: Reply) -> Endpoint:
    return endpoint(ScriptedProvider.of(Scenario({ref.model: replies})), ref)


def turn(bench: Bench, agent: Agent, thread: Thread, prompt: str = "go") -> TurnResult:
    return asyncio.run(agent.turn(thread, user(prompt), bench.origin))


def writers(thread: Thread) -> list[ModelRef | None]:
    return [message.model for message in thread.messages if message.role is Role.ASSISTANT]


def test_the_next_model_of_the_lane_answers_and_it_is_said(bench: Bench) -> None:
    agent, thread = bench.agent(SPENT), Thread(Lane.ANALYTICAL)
    agent.fallbacks = (behind(SECOND, Reply(text="I can.")),)
    assert turn(bench, agent, thread) == TurnResult("end", "I can.", 1)
    assert writers(thread) == [SECOND]
    assert bench.notices == [
        "the key is wrong; set it. This turn goes on with scripted/second, a fallback of the lane; "
        "/model analytical=scripted/second keeps it"
    ]


def test_it_holds_for_one_turn_and_the_lane_s_own_model_is_asked_again(bench: Bench) -> None:
    agent, thread = bench.agent(SPENT, Reply(text="Back again.")), Thread(Lane.ANALYTICAL)
    agent.fallbacks = (behind(SECOND, Reply(text="I can.")),)
    turn(bench, agent, thread)
    assert turn(bench, agent, thread, "and now?").text == "Back again."
    assert writers(thread) == [SECOND, agent.endpoint.ref]


def test_a_turn_that_fell_back_in_its_middle_stays_there_to_its_end(bench: Bench) -> None:
    calls = Reply(calls=(Call(name="Echo", input={"text": "a"}),))
    agent, thread = bench.agent(calls, SPENT, Reply(text="not asked")), Thread(Lane.ANALYTICAL)
    agent.fallbacks = (behind(SECOND, calls, Reply(text="Done.")),)
    assert turn(bench, agent, thread) == TurnResult("end", "Done.", 3)
    assert writers(thread) == [agent.endpoint.ref, SECOND, SECOND]


def test_the_chain_is_gone_through_and_the_last_failure_is_the_turn_s(bench: Bench) -> None:
    agent, thread = bench.agent(SPENT), Thread(Lane.ANALYTICAL)
    agent.fallbacks = (behind(SECOND, QUOTA), behind(THIRD, SPENT))
    with pytest.raises(ProviderError, match="the key is wrong"):
        turn(bench, agent, thread)
    assert len(bench.notices) == 2
    assert agent.serving.ref == THIRD


@pytest.mark.parametrize("reply", [FULL, BAD], ids=["too long", "a bad request"])
def test_what_another_model_would_refuse_too_stays_a_failure(bench: Bench, reply: Reply) -> None:
    agent, thread = bench.agent(reply), Thread(Lane.ANALYTICAL)
    agent.fallbacks = (behind(SECOND, Reply(text="not asked")),)
    with pytest.raises(ProviderError):
        turn(bench, agent, thread)
    assert bench.notices == []


def test_each_request_has_its_row_with_the_reason(bench: Bench) -> None:
    agent, thread = bench.agent(SPENT), Thread(Lane.ANALYTICAL)
    agent.fallbacks = (behind(SECOND, Reply(text="I can.")),)
    turn(bench, agent, thread)
    first, second = [event.row for event in bench.of(RequestFinished)]
    assert (first.asked, first.outcome) == (agent.endpoint.ref, "error: auth 401")
    assert (second.asked, second.outcome) == (SECOND, "ok")
    assert second.why.startswith(f"fallback for {agent.endpoint.ref}; ")


def test_a_fallback_is_held_to_its_pin(bench: Bench) -> None:
    agent, thread = bench.agent(SPENT), Thread(Lane.ANALYTICAL)
    agent.fallbacks = (behind(SECOND, Reply(text="I am another.", served="stranger")),)
    with pytest.raises(PinViolation) as violation:
        turn(bench, agent, thread)
    assert (violation.value.pinned, violation.value.served) == (SECOND, "stranger")
    assert [event.row.pin for event in bench.of(RequestFinished)][-1] is PinStatus.MISMATCH
    assert writers(thread) == []


def test_a_stranger_in_place_of_the_lane_s_own_model_is_no_reason_to_fall_back(bench: Bench) -> None:
    agent, thread = bench.agent(Reply(text="I am another.", served="stranger")), Thread(Lane.ANALYTICAL)
    agent.fallbacks = (behind(SECOND, Reply(text="not asked")),)
    with pytest.raises(PinViolation):
        turn(bench, agent, thread)


def test_that_a_fallback_sees_no_images_is_said_when_it_takes_over(bench: Bench) -> None:
    agent, thread = bench.agent(SPENT, facts=ModelFacts(images=True)), Thread(Lane.ANALYTICAL)
    agent.fallbacks = (behind(SECOND, Reply(text="What dot?")),)
    asyncio.run(agent.turn(thread, user("look", Image("image/png", "aGk=")), bench.origin))
    assert bench.notices[1:] == [
        "scripted/second is not known to see images: it is told where one was left out; "
        "images: true in models.yaml shows them"
    ]


def test_what_the_first_model_thought_is_not_shown_to_the_second(bench: Bench) -> None:
    calls = Reply(thinking="hm", calls=(Call(name="Echo", input={"text": "a"}),))
    agent, thread = bench.agent(calls, SPENT), Thread(Lane.ANALYTICAL)
    agent.fallbacks = (behind(SECOND, Reply(text="Done.")),)
    turn(bench, agent, thread)
    provider = agent.serving.provider
    assert isinstance(provider, ScriptedProvider)
    (request,) = provider.requests
    assert [part for message in request.messages for part in message.parts if isinstance(part, Thinking)] == []
