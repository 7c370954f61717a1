"""A history that one provider made, replayed to every other: a strict service takes it, and it means the same."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from enforcer.core.messages import Message, ToolCall, ToolResult, assistant, tool_results, user
from enforcer.providers.base import Request
from enforcer.providers.replay import Replay
from tests.contract.wires import HELLO, WIRES, Wire, ask, failure
from tests.servers.vendor import Call, Reply, VendorServer

Said = list[tuple[str, ...]]
CALLED = Reply(
    thinking=("Both ", "files."),
    text=("I read both.",),
    calls=(Call("Read", ('{"path":', ' "a.py"}')), Call("Read", ('{"path": "b.py"}',))),
)
MEANING: Said = [
    ("user", "what is in a.py and b.py"),
    ("assistant", "I read both."),
    ("call", "Read", '{"path": "a.py"}'),
    ("call", "Read", '{"path": "b.py"}'),
    ("result", "x = 1"),
    ("result", "no file b.py"),
    ("assistant", "a.py sets x."),
    ("user", "run it"),
    ("assistant", "Running."),
    ("call", "Bash", '{"command": "python a.py"}'),
    ("result", "interrupted: Bash did not finish; its effect is unknown"),
    ("user", "go on"),
]


@pytest.fixture(params=WIRES, ids=lambda wire: f"to {wire.kind}")
def reader(request: pytest.FixtureRequest) -> Wire:
    chosen: Wire = request.param
    return chosen


@pytest.fixture(params=WIRES, ids=lambda wire: f"from {wire.kind}")
def writer(request: pytest.FixtureRequest) -> Wire:
    chosen: Wire = request.param
    return chosen


def test_a_history_of_one_vendor_is_taken_by_each_other_PROV_023(writer: Wire, reader: Wire) -> None:
    history = _history(writer)
    request = replace(HELLO, messages=Replay(reader.kind).render(history))
    with VendorServer([Reply(text=("Gladly",))], strict=True) as server:
        outcome = ask(reader.settings(reader.address(server)), request)
    assert outcome.completed.message.text == "Gladly"
    assert MEANINGS[reader.kind](server.bodies[0]) == MEANING


@pytest.mark.parametrize(("kind", "own"), [("anthropic", "sig-1"), ("openai", "enc-1"), ("google", "thought00001")])
def test_own_thinking_goes_back_and_foreign_thinking_never(writer: Wire, reader: Wire, kind: str, own: str) -> None:
    request = replace(HELLO, messages=Replay(reader.kind).render(_history(writer)))
    with VendorServer([Reply(text=("Gladly",))]) as server:
        ask(reader.settings(reader.address(server)), request)
    assert (own in server.requests[0].raw.decode()) is (writer.kind == reader.kind == kind)
    wants_thoughts = reader.kind != "google"  # which wants its signatures, and thoughts only when they are signed
    assert ("Both files." in server.requests[0].raw.decode()) is (writer.kind == reader.kind and wants_thoughts)


@pytest.mark.parametrize(
    "messages",
    [
        (user("a"), assistant("", ToolCall("c1", "Read", {}))),
        (user("a"), assistant("", ToolCall("c1", "Read", {})), user("b")),
        (user("a"), tool_results([ToolResult("c9", "x")]), user("b")),
        (user("a"), assistant("", ToolCall("a b", "Read", {})), tool_results([ToolResult("a b", "x")])),
        (user("a"), assistant("", ToolCall("c" * 65, "Read", {})), tool_results([ToolResult("c" * 65, "x")])),
    ],
    ids=["call at the end", "call without result", "result without call", "id with a space", "long id"],
)
def test_the_strict_service_refuses_what_real_ones_refuse(reader: Wire, messages: tuple[Message, ...]) -> None:
    with VendorServer(strict=True) as server:
        error = failure(ask(reader.settings(reader.address(server)), Request("m", "", messages)))
    assert error.status == 400


def _history(writer: Wire) -> tuple[Message, ...]:
    """Made by the provider itself: a turn with thinking and two calls, and one that was interrupted."""
    running = Reply(text=("Running.",), calls=(Call("Bash", ('{"command": "python a.py"}',)),))
    thread = [user("what is in a.py and b.py")]
    with VendorServer([CALLED, Reply(text=("a.py sets x.",)), running]) as server:
        settings = writer.settings(writer.address(server))
        thread.append(ask(settings, _request(thread)).completed.message)
        a, b = thread[-1].calls
        thread.append(tool_results([ToolResult(a.id, "x = 1"), ToolResult(b.id, "no file b.py", is_error=True)]))
        thread.append(ask(settings, _request(thread)).completed.message)
        thread.append(user("run it"))
        thread.append(ask(settings, _request(thread)).completed.message)
    return (*thread, user("go on"))


def _request(thread: list[Message]) -> Request:
    return replace(HELLO, messages=tuple(thread))


def _of_anthropic(body: Mapping[str, Any]) -> Said:
    said: Said = []
    for message in body["messages"]:
        for block in message["content"]:
            match block["type"]:
                case "text":
                    said.append((message["role"], block["text"]))
                case "tool_use":
                    said.append(("call", block["name"], json.dumps(block["input"])))
                case "tool_result":
                    said.append(("result", block["content"]))
    return said


def _of_responses(body: Mapping[str, Any]) -> Said:
    said: Said = []
    for item in body["input"]:
        match item["type"]:
            case "message" if item["role"] == "user":
                said += [("user", part["text"]) for part in item["content"]]
            case "message":
                said.append(("assistant", item["content"]))
            case "function_call":
                said.append(("call", item["name"], json.dumps(json.loads(item["arguments"]))))
            case "function_call_output":
                said.append(("result", item["output"]))
    return said


def _of_chat(body: Mapping[str, Any]) -> Said:
    said: Said = []
    for message in body["messages"][1:]:
        if message["role"] == "tool":
            said.append(("result", message["content"]))
            continue
        said.append((message["role"], message["content"]))
        for call in message.get("tool_calls", ()):
            arguments = json.dumps(json.loads(call["function"]["arguments"]))
            said.append(("call", call["function"]["name"], arguments))
    return said


def _of_google(body: Mapping[str, Any]) -> Said:
    said: Said = []
    for content in body["contents"]:
        for part in content["parts"]:
            if call := part.get("functionCall"):
                said.append(("call", call["name"], json.dumps(call["args"])))
            elif result := part.get("functionResponse"):
                said += [("result", text) for text in result["response"].values()]
            elif part["text"]:
                said.append(("user" if content["role"] == "user" else "assistant", part["text"]))
    return said


MEANINGS: Mapping[str, Callable[[Mapping[str, Any]], Said]] = {
    "anthropic": _of_anthropic,
    "openai": _of_responses,
    "chat": _of_chat,
    "google": _of_google,
}
