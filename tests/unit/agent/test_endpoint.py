from __future__ import annotations

import asyncio

import pytest

from enforcer.agent.thread import Thread
from enforcer.core.lanes import Lane
from enforcer.core.messages import user
from enforcer.providers.models import ModelFacts
from enforcer.providers.scripted import Reply, ScriptedProvider
from tests.fakes import Bench


@pytest.mark.parametrize(
    ("facts", "effort", "thinking", "tokens"),
    [
        (ModelFacts(thinking=True), "high", True, None),
        (ModelFacts(thinking=True, thinking_tokens={"none": 0, "high": 24_576}), "high", True, 24_576),
        (ModelFacts(thinking=True, thinking_tokens={"none": 0, "high": 24_576}), "none", True, 0),
        (ModelFacts(thinking=True, thinking_tokens={"high": 24_576}), "extreme", True, None),
        (ModelFacts(thinking=True, thinking_tokens={"high": 24_576}), None, True, None),
        (ModelFacts(), "high", False, None),
    ],
    ids=["a word", "a number", "none is 0", "a word of another model", "no effort", "a model that does not reason"],
)
def test_a_request_says_how_its_model_is_told_to_think(
    bench: Bench, facts: ModelFacts, effort: str | None, thinking: bool, tokens: int | None
) -> None:
    agent = bench.agent(Reply(text="hi"), facts=facts)
    agent.endpoint.effort = effort
    asyncio.run(agent.turn(Thread(Lane.ANALYTICAL), user("go"), bench.origin))
    provider = agent.endpoint.provider
    assert isinstance(provider, ScriptedProvider)
    (request,) = provider.requests
    assert (request.effort, request.thinking, request.thinking_tokens) == (effort, thinking, tokens)
