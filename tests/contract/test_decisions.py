"""Closed questions, at the endpoints that OpenAI and Google have for them; the vendors' own types are the oracle."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from google.genai._gaos.types.decisions import CreateDecisionRequest, CreateDecisionResponse
from openai.types.decision import Decision
from openai.types.decision_create_params import DecisionCreateParams
from pydantic import TypeAdapter

from enforcer.core.messages import Usage, user
from enforcer.providers.base import Failure, Question, Request, StopReason
from tests.contract.wires import BOTH, Wire, ask, failure, texts
from tests.servers import decisions
from tests.servers.vendor import Reply, Tokens, VendorServer

QUESTIONS = (
    Question("lane", "Which lane is it?", {"creative": "for its tone", "analytical": ""}),
    Question("task", "Which work is it?", {"write": "", "debug": ""}),
)
ASKED = Request("model-1", "", (user("a poem, please"),), questions=QUESTIONS)
SURE = Reply(choices=(("creative", 0.93), ("write", 0.8)), usage=Tokens(120, 0))
DECIDING = [wire for wire in BOTH if wire.kind in {"openai", "google"}]
CHATTING = [wire for wire in BOTH if wire not in DECIDING]

deciding = pytest.mark.parametrize("wire", DECIDING, ids=lambda wire: wire.id)


@deciding
def test_the_choices_come_back_under_their_names_with_the_confidence_of_the_first(wire: Wire) -> None:
    with VendorServer([SURE], strict=True) as server:
        done = ask(wire.settings(wire.address(server)), ASKED).completed
    assert json.loads(done.message.text) == {"lane": "creative", "task": "write", "confidence": 0.93}
    assert (done.usage.input, done.usage.output, done.stop) == (120, 0, StopReason.END)
    assert done.served == ("model-1" if wire.kind == "openai" else None)


@deciding
def test_nothing_is_sent_but_the_model_the_text_and_the_questions(wire: Wire) -> None:
    with VendorServer([SURE]) as server:
        ask(wire.settings(wire.address(server)), ASKED)
    (request,) = server.requests
    assert request.path == (decisions.OPENAI if wire.kind == "openai" else decisions.GOOGLE)
    assert request.body == WANTED[wire.kind]
    assert request.headers["accept"] == "text/event-stream, application/json"


WANTED: dict[str, Any] = {
    "openai": {
        "model": "model-1",
        "questions": [
            {
                "type": "choice",
                "name": "lane",
                "instructions": "Which lane is it?",
                "choices": [{"value": "creative", "description": "for its tone"}, {"value": "analytical"}],
            },
            {
                "type": "choice",
                "name": "task",
                "instructions": "Which work is it?",
                "choices": [{"value": "write"}, {"value": "debug"}],
            },
        ],
        "input": [{"type": "message", "role": "user", "content": [{"type": "input_text", "text": "a poem, please"}]}],
    },
    "google": {
        "model": "model-1",
        "questions": {
            "lane": {
                "type": "choice",
                "instructions": "Which lane is it?",
                "criteria": {"creative": "for its tone", "analytical": ""},
            },
            "task": {"type": "choice", "instructions": "Which work is it?", "criteria": {"write": "", "debug": ""}},
        },
        "input": [{"type": "text", "text": "a poem, please"}],
    },
}


def test_the_bodies_are_ones_that_the_clients_would_send() -> None:
    read: Any = TypeAdapter(DecisionCreateParams).validate_python(WANTED["openai"])
    questions = [{**question, "choices": list(question["choices"])} for question in read["questions"]]
    assert {**read, "questions": questions, "input": WANTED["openai"]["input"]} == WANTED["openai"]
    body = CreateDecisionRequest.model_validate(WANTED["google"]).model_dump(mode="json", by_alias=True)
    assert body == WANTED["google"]


def test_the_server_of_these_tests_says_what_the_clients_would_read() -> None:
    listed = decisions.answer(decisions.OPENAI, SURE, "model-1", WANTED["openai"])
    assert Decision.model_validate(listed).answers[0].type == "choice"
    named = decisions.answer(decisions.GOOGLE, SURE, None, WANTED["google"])
    assert CreateDecisionResponse.model_validate(named).model_dump(mode="json", by_alias=True) == named


@deciding
def test_a_question_that_is_refused_is_a_refusal_without_a_word(wire: Wire) -> None:
    with VendorServer([Reply()]) as server:
        done = ask(wire.settings(wire.address(server)), ASKED).completed
    assert (done.message.text, done.stop) == ("", StopReason.REFUSAL)


@deciding
@pytest.mark.parametrize(
    "body",
    ['{"answers": null}', '{"answers": [7, {"type": "score"}]}', '{"answers": {"lane": 7}}'],
    ids=["null", "others", "numbers"],
)
def test_answers_of_another_shape_are_no_answer(wire: Wire, body: str) -> None:
    with VendorServer([Reply(body=body)]) as server:
        done = ask(wire.settings(wire.address(server)), ASKED).completed
    assert (done.message.text, done.usage) == ("", Usage(output=None))


@deciding
def test_what_is_no_json_is_said_to_be_none(wire: Wire) -> None:
    with VendorServer([Reply(body="<html>", content_type="text/html")]) as server:
        error = failure(ask(wire.settings(wire.address(server)), ASKED))
    assert "text/html" in str(error)


@deciding
@pytest.mark.parametrize(
    ("status", "kind"), [(404, Failure.NOT_FOUND), (429, Failure.RETRY), (401, Failure.AUTH), (500, Failure.RETRY)]
)
def test_a_refusal_is_the_same_failure_as_anywhere(wire: Wire, status: int, kind: Failure) -> None:
    with VendorServer([Reply(status=status, body="no")]) as server:
        error = failure(ask(wire.settings(wire.address(server)), ASKED))
    assert (error.failure, error.status) == (kind, status)


@deciding
def test_the_same_message_is_written_for_each_endpoint_anew(wire: Wire) -> None:
    plain = replace(ASKED, questions=())
    with VendorServer([SURE, Reply(text=("hello",))], strict=True) as server:
        outcome = ask(wire.settings(wire.address(server)), ASKED, plain)
    assert texts(outcome.events).endswith("hello")


@pytest.mark.parametrize("wire", CHATTING, ids=lambda wire: wire.id)
def test_a_service_without_such_an_endpoint_takes_the_rest_of_the_request(wire: Wire) -> None:
    with VendorServer([Reply(text=("{}",))], strict=True) as server:
        done = ask(wire.settings(wire.address(server)), replace(ASKED, system="Answer in JSON.")).completed
    assert done.message.text == "{}"
    assert server.requests[0].path == wire.path
    assert "questions" not in server.requests[0].body
