"""What is asked beside the conversation, on every wire: how hard to think, and the shape of the answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from enforcer.providers.base import Request
from tests.contract.wires import HELLO, WIRES, Wire, ask
from tests.servers.vendor import Reply, VendorServer

SCHEMA = {"type": "object", "properties": {"year": {"type": "integer"}}, "required": ["year"]}
NAMED = {"name": "answer", "schema": SCHEMA, "strict": False}
SHAPED: Mapping[str, Any] = {
    "anthropic": {"output_config": {"format": {"type": "json_schema", "schema": SCHEMA}}},
    "openai": {"text": {"format": {"type": "json_schema", **NAMED}}},
    "chat": {"response_format": {"type": "json_schema", "json_schema": NAMED}},
    "google": {
        "generationConfig": {
            "maxOutputTokens": 8192,
            "responseMimeType": "application/json",
            "responseJsonSchema": SCHEMA,
        }
    },
}
THOUGHT: Mapping[str, Any] = {
    "anthropic": {"output_config": {"effort": "low"}, "thinking": {"type": "adaptive"}},
    "openai": {"reasoning": {"effort": "low"}},
    "chat": {"reasoning_effort": "low"},
    "google": {
        "generationConfig": {
            "maxOutputTokens": 8192,
            "thinkingConfig": {"includeThoughts": True, "thinkingLevel": "LOW"},
        }
    },
}


def sent(wire: Wire, request: Request) -> dict[str, Any]:
    """What stands in the body only because of that."""
    with VendorServer([Reply(text=("{}",)), Reply(text=("{}",))]) as server:
        ask(wire.settings(wire.address(server)), HELLO, request)
    plain, asked = server.bodies
    return {name: value for name, value in asked.items() if plain.get(name) != value}


def test_the_shape_of_the_answer_is_asked_for_as_each_service_names_it(wire: Wire) -> None:
    assert sent(wire, replace(HELLO, schema=SCHEMA)) == SHAPED[wire.kind]


def test_effort_is_asked_for_as_each_service_names_it(wire: Wire) -> None:
    assert sent(wire, replace(HELLO, effort="low", thinking=True)) == THOUGHT[wire.kind]


def test_requests_that_begin_alike_are_sorted_by_a_key_where_the_service_has_one(wire: Wire) -> None:
    wanted = {"prompt_cache_key": "s1-creative"} if wire.kind == "openai" else {}
    assert sent(wire, replace(HELLO, cache_key="s1-creative")) == wanted


def test_an_older_model_of_anthropic_takes_tokens_for_it() -> None:
    asked = replace(HELLO, effort="low", thinking=True, thinking_tokens=4096)
    assert sent(WIRES[0], asked) == {"thinking": {"type": "enabled", "budget_tokens": 4096}}


def test_a_model_that_misses_the_thoughts_of_another_one_is_asked_without_thinking() -> None:
    asked = replace(HELLO, effort="low", thinking=True, thinking_tokens=4096)
    wording = "messages.1.content.0.type: Expected `thinking` or `redacted_thinking`, but found `tool_use`."
    with VendorServer([Reply(status=400, body=wording), Reply(text=("a",))]) as server:
        assert ask(WIRES[0].settings(WIRES[0].address(server)), asked).completed.message.text == "a"
    assert [("thinking" in body) for body in server.bodies] == [True, False]


REFUSED: Mapping[str, str] = {
    "anthropic": "This model does not support the effort parameter.",
    "openai": "Unsupported parameter: 'reasoning.effort' is not supported with this model.",
    "chat": "Unrecognized request argument supplied: reasoning_effort",
    "google": "Thinking level is not supported for this model.",
}


@pytest.mark.parametrize("wire", [wire for wire in WIRES if wire.kind != "google"], ids=lambda wire: wire.kind)
def test_an_effort_that_is_refused_is_left_out_and_told_once(wire: Wire) -> None:
    request = replace(HELLO, effort="low")
    replies = [Reply(status=400, body=REFUSED[wire.kind]), Reply(text=("a",)), Reply(text=("b",))]
    with VendorServer(replies) as server:
        outcome = ask(wire.settings(wire.address(server)), request, request)
    assert [len(event.notes) for event in outcome.ends] == [1, 0]
    assert "low" in str(server.bodies[0])
    assert "low" not in str(server.bodies[1:])


@pytest.mark.parametrize(
    ("kind", "wording"),
    [
        ("anthropic", "output_config.format.schema: For 'object' type, 'additionalProperties' must be set to false"),
        ("openai", "Invalid schema for response_format 'answer': schema must be a JSON Schema of 'type: \"object\"'"),
        ("chat", "response_format.type: expected 'text'"),
        ("google", "Function calling with a response mime type: 'application/json' is unsupported; responseMimeType"),
    ],
)
def test_a_shape_that_is_refused_is_left_to_who_checks_it(kind: str, wording: str) -> None:
    (wire,) = [wire for wire in WIRES if wire.kind == kind]
    request = replace(HELLO, schema=SCHEMA)
    with VendorServer([Reply(status=400, body=wording), Reply(text=("{}",))]) as server:
        assert ask(wire.settings(wire.address(server)), request).completed.message.text == "{}"
    assert "integer" in str(server.bodies[0])
    assert "integer" not in str(server.bodies[1])
