"""The list of models of every service: a free request, and the same faults as any other."""

from __future__ import annotations

from typing import Any

import pytest

from enforcer.providers.base import Failure, ListedModel, ProviderError
from tests.contract.wires import KEY, Wire, ask, listed
from tests.servers.vendor import Reply, VendorServer

ENTRIES: dict[str, list[tuple[dict[str, Any], ListedModel]]] = {
    "anthropic": [
        (
            {
                "type": "model",
                "id": "claude-a",
                "display_name": "Claude A",
                "max_input_tokens": 200000,
                "max_tokens": 64000,
            },
            ListedModel("claude-a", 200_000, 64_000, "Claude A"),
        ),
        ({"type": "model", "id": "claude-b"}, ListedModel("claude-b")),
    ],
    "openai": [({"id": "gpt-a", "object": "model", "owned_by": "x"}, ListedModel("gpt-a"))],
    "chat": [
        ({"id": "/models/qwen3.gguf", "meta": {"n_ctx_train": 40960}}, ListedModel("/models/qwen3.gguf", 40_960)),
        ({"id": "served", "max_model_len": 8192}, ListedModel("served", 8192)),
        ({"id": "studio", "loaded_context_length": 4096, "max_context_length": 32768}, ListedModel("studio", 4096)),
        ({"id": "a/router", "context_length": "many"}, ListedModel("a/router")),
    ],
    "google": [
        (
            {
                "name": "models/gemini-a",
                "displayName": "Gemini A",
                "inputTokenLimit": 1048576,
                "outputTokenLimit": 65536,
                "supportedGenerationMethods": ["generateContent", "countTokens"],
            },
            ListedModel("gemini-a", 1_048_576, 65_536, "Gemini A"),
        ),
        ({"name": "models/gemini-b"}, ListedModel("gemini-b")),
    ],
}

IDS = '{"data": [null, {"id": ""}, {"id": 7}, "x", {"id": "m"}]}'
MIXED = {
    "anthropic": IDS,
    "openai": IDS,
    "chat": IDS,
    "google": '{"models": [null, {"name": ""}, {"name": 7}, "x", {"name": "models/m"},'
    ' {"name": "models/embedding", "supportedGenerationMethods": ["embedContent"]}]}',
}


def test_the_list_of_a_service_is_read(wire: Wire) -> None:
    with VendorServer() as server:
        server.models = [entry for entry, _ in ENTRIES[wire.kind]]
        found = listed(wire.settings(wire.address(server)))
    assert found == tuple(model for _, model in ENTRIES[wire.kind])
    assert [request.bearer for request in server.listings] == [KEY]


def test_what_is_no_model_in_a_list_is_left_out(wire: Wire) -> None:
    with VendorServer() as server:
        server.listing = Reply(body=MIXED[wire.kind])
        assert listed(wire.settings(wire.address(server))) == (ListedModel("m"),)


@pytest.mark.parametrize("body", ["<html>sign in</html>", "[]", '"text"'], ids=["a page", "a list", "a text"])
def test_a_list_that_is_no_json_object_is_one_sentence(wire: Wire, body: str) -> None:
    with VendorServer() as server:
        server.listing = Reply(body=body)
        with pytest.raises(ProviderError) as raised:
            listed(wire.settings(wire.address(server)))
    assert str(raised.value) == (
        f"{wire.name} answered with something else than JSON; check providers.{wire.name}.base_url"
    )


def test_a_list_that_is_refused_fails_like_a_request(wire: Wire) -> None:
    with VendorServer() as server:
        server.listing = Reply(status=401, body="no")
        with pytest.raises(ProviderError) as raised:
            listed(wire.settings(wire.address(server)))
    assert raised.value.failure is Failure.AUTH
    assert str(raised.value) == f"{wire.name} refused the key from THE_KEY (401): check it"


def test_a_list_costs_no_request_of_a_model(wire: Wire) -> None:
    with VendorServer([Reply(text=("hi",))]) as server:
        server.models = [{"id": "m"}]
        listed(wire.settings(wire.address(server)))
        assert server.requests == []
        ask(wire.settings(wire.address(server)))
    assert len(server.requests) == 1
