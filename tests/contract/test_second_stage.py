"""The model that is asked where the classifier abstains, over every wire: what is sent, and what becomes of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from enforcer.agent.endpoint import Endpoint
from enforcer.agent.requester import Origin
from enforcer.core.events import Event, RequestFinished
from enforcer.core.lanes import Lane, LaneDecision, ModelRef, Source, Task
from enforcer.core.requests import PinStatus, RequestRow
from enforcer.lanes.opinion import LANES, QUESTIONS, RULE, SCHEMA, SYSTEM, TASKS
from enforcer.lanes.second import Second
from enforcer.providers.models import ModelFacts, Models
from enforcer.providers.pins import PinGuard, mode_for
from enforcer.providers.registry import create
from tests.contract.wires import BOTH, KEY, WIRES, Wire
from tests.servers import decisions
from tests.servers.vendor import Reply, Tokens, VendorServer

ABSTAINED = LaneDecision(
    Lane.CREATIVE,
    Task.EDIT,
    0.55,
    Source.ABSTAIN,
    "not sure (its shape)",
    abstained=True,
    deliverable_lane=Lane.CREATIVE,
    runner_up=Lane.ANALYTICAL,
    us=40,
)
PROMPT, PREVIOUS = "and the second one", "go through both of them"
SAID = json.dumps({"previous": PREVIOUS, "prompt": PROMPT})
ANALYTICAL = '{"lane": "analytical", "task": "review", "confidence": 0.91}'
DECIDED = Reply(choices=(("analytical", 0.91), ("review", 0.7)), usage=Tokens(400, 0))
PRICES = "{id}: {{price: {{input: 1, output: 10, as_of: 2026-11-01}}}}\n"
ANSWERED = {
    "lane": "analytical",
    "deliverable_lane": "analytical",
    "task": "review",
    "confidence": 0.91,
    "source": "model",
    "abstained": False,
    "runner_up": "creative",
}
DECIDING = [wire for wire in BOTH if wire.kind in {"openai", "google"}]
NATIVE = [wire for wire in WIRES if wire.kind != "chat"]


@dataclass
class Asked:
    """What came of it: one decision for each prompt, and what was emitted."""

    wire: Wire
    decisions: list[LaneDecision] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)

    @property
    def rows(self) -> list[RequestRow]:
        return [event.row for event in self.events if isinstance(event, RequestFinished)]

    @property
    def decision(self) -> LaneDecision:
        return self.decisions[-1]

    @property
    def why(self) -> str:
        """What `/why` tells of the question; everything else is as it was."""
        before, _, said = self.decision.reason.partition("; ")
        assert replace(self.decision, reason=before, us=40, cost_usd=0.0) == ABSTAINED
        return said.removeprefix(f"{self.wire.name}/model-1 was ")


Ask = Callable[..., Asked]


@pytest.fixture
def ask(tmp_path: Path) -> Ask:
    def asked(
        wire: Wire,
        address: str,
        *,
        times: int = 1,
        within_s: float = 20.0,
        key: str | None = KEY,
        facts: Mapping[str, Any] = {},
        **given: Any,
    ) -> Asked:
        ref, outcome = ModelRef(wire.name, "model-1"), Asked(wire)
        (tmp_path / "models.yaml").write_text(PRICES.format(id=ref), "utf-8")
        models = Models(tmp_path / "models.yaml")
        settings = replace(wire.settings(address, key=key, tries=1), first_byte_s=within_s, idle_s=within_s)

        async def main() -> None:
            endpoint = Endpoint(
                ref, create(settings), settings, ModelFacts(**facts), PinGuard(ref, mode=mode_for(ref, None))
            )
            second = Second(endpoint, models, outcome.events.append, within_s, **given)
            for turn in range(1, times + 1):
                origin = Origin("s1", turn, Lane.CREATIVE)
                outcome.decisions.append(await second.decide(ABSTAINED, PROMPT, PREVIOUS, origin))
            await second.close()

        asyncio.run(main())
        return outcome

    return asked


def test_a_sure_answer_is_the_decision_and_is_paid_for(wire: Wire, ask: Ask) -> None:
    with VendorServer([Reply(text=(ANALYTICAL[:9], ANALYTICAL[9:]), usage=Tokens(500, 20))], strict=True) as server:
        outcome = ask(wire, wire.address(server))
    decision = outcome.decision.to_json()
    assert {name: decision[name] for name in ANSWERED} == ANSWERED
    assert decision["reason"] == f"so says {wire.name}/model-1"
    assert decision["cost_usd"] == pytest.approx(0.0007)
    assert decision["us"] > ABSTAINED.us
    (row,) = outcome.rows
    assert (row.purpose, row.session, row.turn, row.step, row.lane) == ("classifier", "s1", 1, 0, Lane.CREATIVE)
    assert (row.cost_usd, row.outcome, row.why) == (
        pytest.approx(0.0007),
        "ok",
        "the local classifier abstained",
    )


@pytest.mark.parametrize("wire", DECIDING, ids=lambda wire: wire.id)
def test_where_there_is_an_endpoint_for_decisions_it_is_asked(wire: Wire, ask: Ask) -> None:
    with VendorServer([DECIDED], strict=True) as server:
        outcome = ask(wire, wire.address(server), facts={"decides": "only"})
    decision = outcome.decision.to_json()
    assert {name: decision[name] for name in ANSWERED} == ANSWERED
    assert outcome.decision.cost_usd == pytest.approx(0.0004)
    assert [request.path for request in server.requests] == [
        decisions.OPENAI if wire.kind == "openai" else decisions.GOOGLE
    ]
    assert outcome.rows[0].pin is (PinStatus.OK if wire.kind == "openai" else PinStatus.UNVERIFIED)


# What is sent

BODIES: Mapping[str, Any] = {
    "anthropic": {
        "model": "model-1",
        "max_tokens": 512,
        "stream": True,
        "cache_control": {"type": "ephemeral"},
        "output_config": {"format": {"type": "json_schema", "schema": SCHEMA}},
        "system": [{"type": "text", "text": SYSTEM, "cache_control": {"type": "ephemeral"}}],
        "messages": [{"role": "user", "content": [{"type": "text", "text": SAID}]}],
    },
    "openai": {
        "model": "model-1",
        "stream": True,
        "store": False,
        "include": ["reasoning.encrypted_content"],
        "max_output_tokens": 512,
        "text": {"format": {"type": "json_schema", "name": "answer", "schema": SCHEMA, "strict": False}},
        "instructions": SYSTEM,
        "input": [{"type": "message", "role": "user", "content": [{"type": "input_text", "text": SAID}]}],
    },
    "chat": {
        "model": "model-1",
        "stream": True,
        "stream_options": {"include_usage": True},
        "max_tokens": 512,
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "answer", "schema": SCHEMA, "strict": False},
        },
        "messages": [{"role": "system", "content": SYSTEM}, {"role": "user", "content": SAID}],
    },
    "google": {
        "systemInstruction": {"parts": [{"text": SYSTEM}]},
        "generationConfig": {
            "maxOutputTokens": 512,
            "responseMimeType": "application/json",
            "responseJsonSchema": SCHEMA,
        },
        "contents": [{"role": "user", "parts": [{"text": SAID}]}],
    },
}


def test_the_request_is_small_and_has_nothing_but_the_two_prompts(wire: Wire, ask: Ask) -> None:
    with VendorServer([Reply(text=(ANALYTICAL,))], strict=True) as server:
        ask(wire, wire.address(server))
    (request,) = server.requests
    assert request.body == BODIES[wire.kind]
    assert len(request.raw) < 3_500


@pytest.mark.parametrize("wire", DECIDING, ids=lambda wire: wire.id)
def test_so_is_the_one_for_decisions(wire: Wire, ask: Ask) -> None:
    with VendorServer([DECIDED], strict=True) as server:
        ask(wire, wire.address(server), facts={"decides": "too"})
    (request,) = server.requests
    questions = request.body["questions"]
    asked = list(questions.values()) if wire.kind == "google" else questions
    assert [question["instructions"] for question in asked] == [question.text for question in QUESTIONS]
    if wire.kind == "google":
        assert [question["criteria"] for question in asked] == [LANES, TASKS]
        assert request.body["input"] == [{"type": "text", "text": SAID}]
    else:
        assert [[each["value"] for each in question["choices"]] for question in asked] == [[*LANES], [*TASKS]]
        assert request.body["input"] == BODIES["openai"]["input"]
    assert set(request.body) == {"model", "input", "questions"}
    assert len(request.raw) < 3_500
    assert RULE in request.raw.decode()


def test_it_thinks_as_little_as_it_can(ask: Ask) -> None:
    wire = WIRES[1]
    with VendorServer([Reply(text=(ANALYTICAL,))]) as server:
        ref = ModelRef("openai", "model-1")
        settings = wire.settings(server.openai_url, tries=1)

        async def main() -> None:
            endpoint = Endpoint(ref, create(settings), settings, ModelFacts(), PinGuard(ref), effort="low")
            second = Second(endpoint, Models(), lambda event: None, 20.0)
            await second.decide(ABSTAINED, PROMPT, "", Origin("s1", 1, Lane.CREATIVE))
            await second.close()

        asyncio.run(main())
    assert server.bodies[0]["reasoning"] == {"effort": "low"}


# What leaves the decision as it was


def test_unsure_leaves_the_abstention_and_costs_what_it_costs(wire: Wire, ask: Ask) -> None:
    unsure = Reply(text=('{"lane": "unsure", "task": "other", "confidence": 0.5}',), usage=Tokens(500, 20))
    with VendorServer([unsure]) as server:
        outcome = ask(wire, wire.address(server))
    assert outcome.decision.cost_usd == pytest.approx(0.0007)
    assert outcome.why == "asked: it is not sure either"


@pytest.mark.parametrize("wire", DECIDING, ids=lambda wire: wire.id)
@pytest.mark.parametrize(
    ("reply", "why"),
    [
        (Reply(choices=(("unsure", 0.8), ("edit", 0.4))), "it is not sure either"),
        (Reply(choices=(("creative", 0.41), ("edit", 0.4))), "it is not sure either (0.41)"),
        (Reply(), "its answer could not be used"),
    ],
    ids=["unsure", "below", "refused"],
)
def test_neither_does_a_decision_that_is_none(wire: Wire, reply: Reply, why: str, ask: Ask) -> None:
    with VendorServer([reply]) as server:
        assert ask(wire, wire.address(server), facts={"decides": "only"}).why == f"asked: {why}"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Happy to help! Which one do you mean?", "its answer could not be used"),
        ("", "its answer could not be used"),
        ('{"lane": "creative", "task": "edit", "confidence": 0.59}', "it is not sure either (0.59)"),
    ],
    ids=["prose", "empty", "little-confidence"],
)
def test_nonsense_and_doubt_leave_it(wire: Wire, text: str, why: str, ask: Ask) -> None:
    with VendorServer([Reply(text=(text,) if text else ())]) as server:
        assert ask(wire, wire.address(server)).why == f"asked: {why}"


def test_an_answer_that_was_cut_short_is_not_used(wire: Wire, ask: Ask) -> None:
    with VendorServer([Reply(text=(ANALYTICAL,), stop="length")]) as server:
        assert ask(wire, wire.address(server)).why == "asked: its answer could not be used"


@pytest.mark.parametrize(("status", "outcome"), [(429, "error: retry 429"), (500, "error: retry 500")])
def test_a_failure_is_not_tried_again_and_has_its_row(wire: Wire, status: int, outcome: str, ask: Ask) -> None:
    with VendorServer([Reply(status=status, body="busy")]) as server:
        asked = ask(wire, wire.address(server))
    assert asked.why.startswith("asked: ")
    assert "busy" in asked.why
    assert len(server.requests) == 1
    assert [type(event).__name__ for event in asked.events] == ["RequestFinished"]
    assert (asked.rows[0].outcome, asked.decision.cost_usd) == (outcome, None)


def test_who_hangs_is_left_after_the_time_it_has(wire: Wire, ask: Ask) -> None:
    with VendorServer([Reply(stall_after=0)]) as server:
        asked = ask(wire, wire.address(server), within_s=0.3)
        assert server.hung_up.wait(30)
    assert asked.why == "asked: it did not answer within 0.3 s"
    assert asked.rows[0].outcome == "cancelled"


@pytest.mark.parametrize("wire", DECIDING, ids=lambda wire: wire.id)
def test_so_is_an_endpoint_for_decisions(wire: Wire, ask: Ask) -> None:
    with VendorServer([Reply(stall_after=0)]) as server:
        asked = ask(wire, wire.address(server), within_s=0.3, facts={"decides": "too"})
        assert server.hung_up.wait(30)
    assert asked.why == "asked: it did not answer within 0.3 s"
    assert asked.rows[0].outcome == "cancelled"


def test_who_never_stops_talking_is_left_too(wire: Wire, ask: Ask) -> None:
    with VendorServer([Reply(text=("{", *(" ",) * 50), stall_after=40)]) as server:
        assert ask(wire, wire.address(server), within_s=0.3).why == "asked: it did not answer within 0.3 s"


def test_nobody_there_is_found_out_once_a_prompt_and_not_again_after_three(wire: Wire, ask: Ask) -> None:
    asked = ask(wire, "http://127.0.0.1:1", times=4)
    first, *_, third, fourth = (decision.reason.partition("; ")[2] for decision in asked.decisions)
    assert first == third
    assert "cannot reach" in first
    assert fourth.endswith("(3 times in a row)")
    assert f"{wire.name}/model-1 was not asked: cannot reach" in fourth
    assert len(asked.rows) == 3


@pytest.mark.parametrize("wire", [wire for wire in BOTH if wire.kind != "chat"], ids=lambda wire: wire.id)
def test_without_a_key_nothing_is_sent_and_it_is_found_out_once(wire: Wire, ask: Ask) -> None:
    with VendorServer() as server:
        asked = ask(wire, wire.address(server), key=None, times=2)
        assert server.connections == 0
    assert asked.why == f"not asked: {wire.name} has no key: set THE_KEY, or run: enforcer auth set {wire.name}"
    assert len(asked.rows) == 1


def test_a_wrong_key_ends_it_for_the_session(wire: Wire, ask: Ask) -> None:
    with VendorServer([Reply(status=401, body="bad key")]) as server:
        asked = ask(wire, wire.address(server), times=2)
    assert asked.why.startswith("not asked: ")
    assert KEY not in asked.why


@pytest.mark.parametrize("wire", NATIVE, ids=lambda wire: wire.id)
def test_another_model_than_the_pinned_one_is_not_heard_and_not_asked_again(wire: Wire, ask: Ask) -> None:
    with VendorServer([Reply(text=(ANALYTICAL,), served="model-2", usage=Tokens(500, 20))]) as server:
        asked = ask(wire, wire.address(server), times=2)
    assert (
        asked.why
        == (
            f"not asked: {wire.name}/model-1 was asked for, but model-2 answered; its answer was not used".partition(
                "; "
            )[0]
        )
    )
    (row,) = asked.rows
    assert (row.pin, row.served, row.cost_usd) == (PinStatus.MISMATCH, "model-2", pytest.approx(0.0007))


def test_a_server_of_ones_own_may_name_its_model_as_it_likes(ask: Ask) -> None:
    wire = WIRES[2]
    with VendorServer([Reply(text=(ANALYTICAL,), served="gguf/model")]) as server:
        assert ask(wire, wire.address(server)).decision.source is Source.MODEL


# Servers that know no schema, and services whose endpoint for decisions is not there


@pytest.mark.parametrize("wire", [wire for wire in BOTH if wire.kind == "chat"], ids=lambda wire: wire.id)
def test_a_server_that_refuses_the_schema_is_asked_in_plain_words(wire: Wire, ask: Ask) -> None:
    refused = Reply(status=400, body="response_format json_schema is not supported by this server")
    talked = Reply(text=(f"<think>which?</think>I would say:\n```json\n{ANALYTICAL}\n```\n",))
    with VendorServer([refused, talked]) as server:
        outcome = ask(wire, wire.address(server))
    assert outcome.decision.source is Source.MODEL
    assert "response_format" not in server.bodies[1]
    assert len(outcome.rows) == 1


@pytest.mark.parametrize("wire", DECIDING, ids=lambda wire: wire.id)
def test_where_the_endpoint_is_missing_the_model_is_asked_as_any_other_and_that_is_remembered(
    wire: Wire, ask: Ask
) -> None:
    said = Reply(text=(ANALYTICAL,))
    with VendorServer([Reply(status=404, body="no such path"), said, said]) as server:
        outcome = ask(wire, wire.address(server), times=2, facts={"decides": "too"})
    assert [decision.source for decision in outcome.decisions] == [Source.MODEL, Source.MODEL]
    assert ["decisions" in request.path for request in server.requests] == [True, False, False]
    assert len(outcome.rows) == 3


# Who is not asked at all


def test_who_must_not_be_asked_is_not(wire: Wire, ask: Ask) -> None:
    with VendorServer() as server:
        asked = ask(wire, wire.address(server), allowed=lambda ref: "--one-vendor allows no other service")
        assert server.connections == 0
    assert asked.why == "not asked: --one-vendor allows no other service"
    assert asked.rows == []


@pytest.mark.parametrize("source", [source for source in Source if source is not Source.ABSTAIN])
def test_only_an_abstention_is_asked_about(source: Source, ask: Ask) -> None:
    decision = replace(ABSTAINED, source=source, abstained=False)
    ref, settings = ModelRef("openai", "model-1"), WIRES[1].settings("http://127.0.0.1:1")

    async def main() -> LaneDecision:
        second = Second(
            Endpoint(ref, create(settings), settings, ModelFacts(), PinGuard(ref)), Models(), lambda event: None, 1.0
        )
        return await second.decide(decision, PROMPT, PREVIOUS, Origin("s1", 1, Lane.CREATIVE))

    assert asyncio.run(main()) is decision
