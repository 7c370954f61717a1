"""Web search by the services themselves: offered, shown, counted, and given back to the one that made it."""

from __future__ import annotations

from typing import Any

import pytest

from enforcer.core.events import WebSearched
from enforcer.core.lanes import ModelRef
from enforcer.core.messages import Message, Role, Search, Source, Text, message_from_json, message_to_json, user
from enforcer.providers.base import Request, ServerTool, StopReason
from enforcer.providers.replay import Replay
from tests.contract.wires import BOTH, WIRES, Wire, ask, texts
from tests.servers.vendor import Reply, Searched, VendorServer

HEN = ("https://example.test/hen", "The hen")
EGG = ("https://example.test/egg", "The egg")
SEARCH = Searched("which came first", (HEN, EGG), cited=(EGG,))
ASK = Request("model-1", "", (user("which came first?"),), server_tools=(ServerTool(),))
SEARCHING = [wire for wire in BOTH if wire.kind != "chat"]
each = pytest.mark.parametrize("wire", SEARCHING, ids=lambda wire: wire.id)


@each
def test_a_search_is_offered_shown_and_counted_and_its_sources_are_named(wire: Wire) -> None:
    with VendorServer([Reply(("The egg.",), search=SEARCH)], strict=True) as server:
        outcome = ask(wire.settings(wire.address(server)), ASK)
    searches = [event for event in outcome.events if isinstance(event, WebSearched)]
    assert [(search.query, search.error) for search in searches] == [("which came first", "")]
    assert Source(*EGG).url in [source.url for source in searches[0].sources]
    assert outcome.completed.usage.searches == 1
    assert outcome.completed.message.text == "The egg.\n\nSources:\n- The egg https://example.test/egg"
    assert texts(outcome.events) == outcome.completed.message.text
    assert outcome.completed.stop is StopReason.END


@each
def test_its_blocks_go_back_unchanged_to_the_service_that_made_them(wire: Wire) -> None:
    with VendorServer([Reply(("The egg.",), search=SEARCH), Reply(("Yes.",))], strict=True) as server:
        settings = wire.settings(wire.address(server))
        first = ask(settings, ASK).completed.message
        kept = message_from_json(message_to_json(first))
        replay = Replay(wire.kind).render([*ASK.messages, kept, user("sure?")])
        ask(settings, Request("model-1", "", replay, server_tools=(ServerTool(),)))
    sent = _blocks(wire.kind, server.bodies[1])
    assert sent == [dict(part.opaque) for part in first.parts if isinstance(part, Search)]
    assert sent


@each
def test_another_service_reads_it_as_text(wire: Wire) -> None:
    with VendorServer([Reply(("The egg.",), search=SEARCH)]) as server:
        said = ask(wire.settings(wire.address(server)), ASK).completed.message
    (told,) = Replay("chat").render([said])
    assert not any(isinstance(part, Search) for part in told.parts)
    assert "[searched the web: which came first]" in told.text


@pytest.mark.parametrize("wire", WIRES, ids=lambda wire: wire.kind)
def test_a_request_without_search_says_nothing_of_it(wire: Wire) -> None:
    with VendorServer([Reply(("Hi.",))]) as server:
        ask(wire.settings(wire.address(server)))
    assert "search" not in server.requests[0].raw.decode().lower()


def test_a_server_of_ones_own_has_none_and_is_not_asked_for_it() -> None:
    chat = next(wire for wire in WIRES if wire.kind == "chat")
    with VendorServer([Reply(("Hi.",))]) as server:
        ask(chat.settings(chat.address(server)), ASK)
    assert "tools" not in server.bodies[0]


FILTERED = ServerTool(allowed_domains=("a.test",), most=2)


@pytest.mark.parametrize(
    ("kind", "tool", "spec"),
    [
        (
            "anthropic",
            FILTERED,
            {
                "type": "web_search_20260318",
                "name": "web_search",
                "max_uses": 2,
                "allowed_callers": ["direct"],
                "allowed_domains": ["a.test"],
            },
        ),
        (
            "anthropic",
            ServerTool(blocked_domains=("b.test",)),
            {
                "type": "web_search_20260318",
                "name": "web_search",
                "max_uses": 5,
                "allowed_callers": ["direct"],
                "blocked_domains": ["b.test"],
            },
        ),
        ("openai", FILTERED, {"type": "web_search", "filters": {"allowed_domains": ["a.test"]}}),
        ("google", ServerTool(), {"googleSearch": {}}),
    ],
)
def test_what_each_service_is_told(kind: str, tool: ServerTool, spec: dict[str, Any]) -> None:
    wire = next(wire for wire in WIRES if wire.kind == kind)
    with VendorServer([Reply(("Hi.",))]) as server:
        ask(wire.settings(wire.address(server)), Request("model-1", "", (user("hi"),), server_tools=(tool,)))
    assert server.bodies[0]["tools"] == [spec]


REFUSALS = {
    "anthropic": "'model-1' does not support tool types: web_search_20260318",
    "openai": "Hosted tool 'web_search' is not supported with model-1.",
    "google": "Built-in tools ({google_search}) and Function Calling cannot be combined: not supported.",
}


@each
def test_a_model_without_search_goes_on_without_it_and_says_so_once(wire: Wire) -> None:
    refusal = Reply(status=400, body=REFUSALS[wire.kind])
    with VendorServer([refusal, Reply(("Hi.",)), Reply(("Hi again.",))]) as server:
        outcome = ask(wire.settings(wire.address(server)), ASK, ASK)
    assert [texts([event]) for event in outcome.events if texts([event])] == ["Hi.", "Hi again."]
    assert [completed.notes for completed in outcome.ends] == [
        ("model-1 takes no web search; it goes without for this session",),
        (),
    ]
    assert ["tools" in body for body in server.bodies] == [True, False, False]


def test_an_error_of_a_search_is_told() -> None:
    wire = next(wire for wire in WIRES if wire.kind == "anthropic")
    with VendorServer([Reply(("No.",), search=Searched("q", error="too_many_requests"))], strict=True) as server:
        outcome = ask(wire.settings(wire.address(server)), ASK)
    assert WebSearched("q", (), "too_many_requests") in outcome.events


@pytest.mark.parametrize("wire", [wire for wire in BOTH if wire.kind == "anthropic"], ids=lambda wire: wire.id)
def test_a_pause_is_gone_on_with_and_never_left_open_behind_a_prompt(wire: Wire) -> None:
    paused = Reply(search=Searched("q", open=True), stop="pause")
    with VendorServer([paused, Reply(("Done.",)), Reply(("Ok.",))], strict=True) as server:
        settings = wire.settings(wire.address(server))
        first = ask(settings, ASK).completed
        assert first.stop is StopReason.PAUSE
        half = Message(Role.ASSISTANT, first.message.parts, ModelRef("anthropic", "model-1"))
        replay = Replay("anthropic")
        ask(settings, Request("model-1", "", replay.render([*ASK.messages, half]), server_tools=(ServerTool(),)))
        ask(settings, Request("model-1", "", replay.render([*ASK.messages, half, user("stop")])))
    assert [block["type"] for block in server.bodies[1]["messages"][-1]["content"]] == ["server_tool_use"]
    assert [message["role"] for message in server.bodies[2]["messages"]] == ["user"]


def test_sources_the_text_names_itself_are_not_named_again() -> None:
    wire = next(wire for wire in WIRES if wire.kind == "openai")
    text = "The egg (https://example.test/egg)."
    with VendorServer([Reply((text,), search=SEARCH)]) as server:
        assert ask(wire.settings(wire.address(server)), ASK).completed.message.parts[-1] == Text(text)


def _blocks(kind: str, body: dict[str, Any]) -> list[dict[str, Any]]:
    """The blocks of searches in a request."""
    if kind == "openai":
        return [item for item in body["input"] if item["type"] == "web_search_call"]
    if kind == "google":
        parts = [part for content in body["contents"] for part in content["parts"]]
        return [part for part in parts if {"toolCall", "toolResponse"} & set(part)]
    blocks = [block for message in body["messages"] for block in message["content"]]
    return [block for block in blocks if block["type"] in {"server_tool_use", "web_search_tool_result"}]
