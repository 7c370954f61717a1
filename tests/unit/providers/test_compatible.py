from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pytest

from enforcer.core.events import TextDelta, ThinkingDelta
from enforcer.core.messages import Image, Message, Role, Text, Thinking, ToolCall, Usage, assistant, user
from enforcer.providers.base import Completed, Request, StopReason
from enforcer.providers.chunks import Reader
from enforcer.providers.compatible import to_wire

ASK = Request("m", "", (user("hi"),))


def chunk(reason: str | None = None, **delta: object) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": delta, "finish_reason": reason}]}


def piece(
    arguments: object = None, *, index: int | None = 0, id: str | None = None, name: str | None = None
) -> dict[str, Any]:
    fragment: dict[str, Any] = {"function": {"name": name, "arguments": arguments}}
    if index is not None:
        fragment["index"] = index
    if id is not None:
        fragment["id"] = id
    return chunk(tool_calls=[fragment])


def read(*events: Mapping[str, Any]) -> Completed:
    reader = Reader(ASK)
    for event in events:
        reader.feed(event)
    return reader.completed()


@pytest.mark.parametrize(
    ("messages", "wired"),
    [
        ((user("a"), user("b")), [{"role": "user", "content": "a\n\nb"}]),
        ((assistant("a"), assistant("b")), [{"role": "assistant", "content": "a\n\nb"}]),
        ((Message(Role.ASSISTANT, (Thinking("hm", "chat"), Text("a"))),), [{"role": "assistant", "content": "a"}]),
        ((Message(Role.ASSISTANT, (Thinking("hm", "chat"),)),), []),
        (
            (user("", Image("image/png", "aGk=")),),
            [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:image/png;base64,aGk="}}]}],
        ),
    ],
    ids=["user twice", "assistant twice", "thinking without a name of its own", "nothing to send", "image alone"],
)
def test_messages_as_the_templates_of_local_models_want_them(messages: tuple[Message, ...], wired: object) -> None:
    assert to_wire(Request("m", "", messages))["messages"] == wired


def test_a_call_without_text_has_empty_content() -> None:
    (message,) = to_wire(Request("m", "", (assistant("", ToolCall("c", "Read", {})),)))["messages"]
    assert message["content"] == ""


def test_a_model_that_is_a_path_is_sent_as_it_is() -> None:
    assert to_wire(Request("/models/Qwen 3/q4.gguf", "", ()))["model"] == "/models/Qwen 3/q4.gguf"


@pytest.mark.parametrize("field", ["reasoning_content", "reasoning"])
def test_reasoning_is_thinking_under_either_name(field: str) -> None:
    reader = Reader(ASK)
    assert reader.feed(chunk(**{field: "hm"})) == [ThinkingDelta("hm")]
    assert reader.feed(chunk(content="a")) == [TextDelta("a")]
    assert reader.completed().message.parts == (Thinking("hm", "chat", {"field": field}), Text("a"))


@pytest.mark.parametrize(
    ("events", "calls"),
    [
        (
            [piece('{"a"', id="x", name="Read"), piece(":1}")],
            [("x", "Read", {"a": 1})],
        ),
        (
            [piece('{"a":1}', id="x", name="Read"), piece('{"b":2}', id="y", name="Grep")],
            [("x", "Read", {"a": 1}), ("y", "Grep", {"b": 2})],
        ),
        (
            [piece('{"a"', id="x", name="Read"), piece(":1}", id="x", name="Read")],
            [("x", "Read", {"a": 1})],
        ),
        (
            [piece("{}", index=None, id="x", name="Read"), piece("{}", index=None, id="y", name="Grep")],
            [("x", "Read", {}), ("y", "Grep", {})],
        ),
        (
            [piece({"a": 1}, id="x", name="Read")],
            [("x", "Read", {"a": 1})],
        ),
        (
            [
                piece("", id="x", name="Read"),
                piece("", index=1, id="y", name="Grep"),
                piece('{"b":2}', index=1),
                piece('{"a":1}'),
            ],
            [("x", "Read", {"a": 1}), ("y", "Grep", {"b": 2})],
        ),
        (
            [
                chunk(
                    tool_calls=[
                        {"index": 0, "id": "x", "function": {"name": "Read"}},
                        {"index": 1, "id": "y", "function": None},
                    ]
                )
            ],
            [("x", "Read", {}), ("y", "", {})],
        ),
    ],
    ids=[
        "split",
        "all numbered 0",
        "id and name in each piece",
        "no numbers",
        "an object",
        "interleaved",
        "null function",
    ],
)
def test_calls_as_servers_send_them(events: list[dict[str, Any]], calls: object) -> None:
    message = read(*events, chunk("tool_calls")).message
    assert [(call.id, call.name, call.input) for call in message.calls] == calls


def test_calls_without_ids_get_one_each() -> None:
    first, second = read(piece("{}", index=0, name="Read"), piece("{}", index=1, name="Read")).message.calls
    assert first.id != second.id
    assert re.fullmatch(r"call_[0-9a-f]{24}", first.id)


def test_calls_without_ids_and_numbers_are_still_two() -> None:
    completed = read(piece("{}", index=None, name="Read"), piece('{"a":1}', index=None, name="Grep"))
    assert [(call.name, call.input) for call in completed.message.calls] == [("Read", {}), ("Grep", {"a": 1})]


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("stop", StopReason.END),
        ("STOP", StopReason.END),
        ("eos", StopReason.END),
        ("length", StopReason.LENGTH),
        ("content_filter", StopReason.REFUSAL),
        ("abort", StopReason.OTHER),
    ],
)
def test_reasons_to_stop(reason: str, expected: StopReason) -> None:
    assert read(chunk(content="a"), chunk(reason)).stop is expected


@pytest.mark.parametrize("reason", ["stop", "tool_calls", "function_call"])
def test_calls_are_calls_whatever_the_reason_says(reason: str) -> None:
    assert read(piece("{}", id="x", name="Read"), chunk(reason)).stop is StopReason.TOOLS


def test_a_call_under_an_unknown_reason_is_broken() -> None:
    completed = read(piece("{}", id="x", name="Bash"), chunk("abort"))
    assert completed.message.calls == (ToolCall("x", "Bash", {}, broken="{}"),)


def test_tool_calls_as_a_reason_without_any_is_an_end() -> None:
    assert read(chunk(content="a"), chunk("tool_calls")).stop is StopReason.END


def test_a_refusal_in_its_own_field_is_text_and_a_refusal() -> None:
    completed = read(chunk(refusal="I cannot"), chunk("stop"))
    assert completed.message.text == "I cannot"
    assert completed.stop is StopReason.REFUSAL


def test_usage_may_come_with_any_chunk_and_the_last_one_holds() -> None:
    early = {"usage": {"prompt_tokens": 9, "completion_tokens": 1}}
    late = {"usage": {"prompt_tokens": 9, "completion_tokens": 4, "prompt_tokens_details": {"cached_tokens": 8}}}
    assert read(chunk(content="a") | early, chunk("stop"), late).usage == Usage(9, 4, cache_read=8)


def test_a_whole_message_instead_of_a_delta_is_read() -> None:
    event = {"choices": [{"message": {"role": "assistant", "content": "a"}, "finish_reason": "stop"}]}
    assert read(event).message.text == "a"


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"choices": None, "usage": None, "model": ""},
        {"choices": [None, {}, {"delta": None}]},
        chunk(content=None, tool_calls=None, reasoning=None),
        {"usage": {"prompt_tokens": None, "completion_tokens": "4", "prompt_tokens_details": None}},
    ],
    ids=["empty", "null fields", "no delta", "null delta fields", "odd usage"],
)
def test_fields_that_are_missing_break_nothing(event: dict[str, Any]) -> None:
    assert read(event) == Completed(Message(Role.ASSISTANT, ()), Usage(), StopReason.END, None)


@pytest.mark.parametrize(
    ("event", "error"),
    [({"error": {"message": "boom"}}, {"message": "boom"}), ({"error": "boom"}, "boom")],
    ids=["object", "text"],
)
def test_an_error_in_the_stream_is_kept_for_the_message(event: dict[str, Any], error: object) -> None:
    reader = Reader(ASK)
    reader.feed(event)
    assert reader.error == error


def test_a_reason_makes_an_answer_whole_but_usage_may_follow() -> None:
    reader = Reader(ASK)
    reader.feed(chunk("stop"))
    assert reader.done
    assert not reader.ended
