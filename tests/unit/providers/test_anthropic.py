from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from enforcer.core.events import TextDelta, ThinkingDelta
from enforcer.core.messages import Message, Role, Text, Thinking, ToolCall, ToolResult, Usage, tool_results, user
from enforcer.providers.anthropic import Reader, to_wire
from enforcer.providers.base import Completed, Request, StopReason

ASK = Request("m", "", (user("hi"),))
SIGNED = {"type": "thinking", "thinking": "hm", "signature": "s"}
REDACTED = {"type": "redacted_thinking", "data": "xyz"}
BEGUN = {"type": "message_start", "message": {"model": "m", "usage": {"input_tokens": 5, "output_tokens": 1}}}
ENDED = {"type": "message_stop"}


def start(block: Mapping[str, Any], index: int = 0) -> dict[str, Any]:
    return {"type": "content_block_start", "index": index, "content_block": block}


def delta(kind: str, field: str, value: object, index: int = 0) -> dict[str, Any]:
    return {"type": "content_block_delta", "index": index, "delta": {"type": kind, field: value}}


def stop(index: int = 0) -> dict[str, Any]:
    return {"type": "content_block_stop", "index": index}


def end(reason: str | None, **usage: object) -> dict[str, Any]:
    return {"type": "message_delta", "delta": {"stop_reason": reason}, "usage": usage}


def read(*events: Mapping[str, Any]) -> Completed:
    reader = Reader(ASK)
    for event in events:
        reader.feed(event)
    return reader.completed()


def said(*parts: Any) -> Message:
    return Message(Role.ASSISTANT, parts)


@pytest.mark.parametrize(
    ("message", "content"),
    [
        (said(Thinking("hm", "anthropic", SIGNED), Text("a")), [SIGNED, {"type": "text", "text": "a"}]),
        (said(Thinking("", "anthropic", REDACTED), Text("a")), [REDACTED, {"type": "text", "text": "a"}]),
        (said(Thinking("hm", "openai", {"type": "reasoning"}), Text("a")), [{"type": "text", "text": "a"}]),
        (said(Thinking("hm", "anthropic"), Text("a")), [{"type": "text", "text": "a"}]),
        (said(Text("a"), Thinking("hm", "anthropic", SIGNED)), [{"type": "text", "text": "a"}]),
        (said(Text("  \n"), Text("a")), [{"type": "text", "text": "a"}]),
    ],
    ids=["signed", "redacted", "foreign", "unsigned", "cut behind the text", "blank text"],
)
def test_an_assistant_message_is_sent_back_as_the_service_takes_it(message: Message, content: object) -> None:
    body = to_wire(Request("m", "", (user("hi"), message, user("go on"))))
    assert body["messages"][1] == {"role": "assistant", "content": content}


def test_a_message_with_nothing_to_send_is_left_out() -> None:
    body = to_wire(Request("m", "", (user("hi"), said(Thinking("hm", "openai", {"type": "reasoning"})))))
    assert [message["role"] for message in body["messages"]] == ["user"]


def test_results_and_words_of_the_person_are_one_user_message() -> None:
    results = tool_results([ToolResult("a", "1"), ToolResult("b", "2", is_error=True)])
    body = to_wire(Request("m", "", (results, user("stop"), user("please"))))
    assert body["messages"] == [
        {
            "role": "user",
            "content": [
                {"type": "tool_result", "tool_use_id": "a", "content": "1"},
                {"type": "tool_result", "tool_use_id": "b", "content": "2", "is_error": True},
                {"type": "text", "text": "stop"},
                {"type": "text", "text": "please"},
            ],
        }
    ]


def test_what_is_not_asked_for_is_not_in_the_body() -> None:
    assert to_wire(ASK).keys() == {"model", "max_tokens", "stream", "cache_control", "messages"}


def test_deltas_of_text_and_thinking_come_out_and_others_stay_in() -> None:
    reader = Reader(ASK)
    assert reader.feed(start({"type": "text", "text": "A"})) == [TextDelta("A")]
    assert reader.feed(delta("text_delta", "text", "b")) == [TextDelta("b")]
    assert reader.feed(delta("text_delta", "text", "")) == []
    assert reader.feed(start({"type": "thinking", "thinking": "C"}, 1)) == [ThinkingDelta("C")]
    assert reader.feed(delta("thinking_delta", "thinking", "d", 1)) == [ThinkingDelta("d")]
    assert reader.feed(delta("signature_delta", "signature", "e", 1)) == []
    assert reader.feed({"type": "ping"}) == []


def test_a_signature_in_pieces_is_kept_whole_with_its_block() -> None:
    completed = read(
        start({"type": "thinking", "thinking": "", "signature": ""}),
        delta("thinking_delta", "thinking", "h"),
        delta("thinking_delta", "thinking", "m"),
        delta("signature_delta", "signature", "s1"),
        delta("signature_delta", "signature", "s2"),
        stop(),
    )
    opaque = {"type": "thinking", "thinking": "hm", "signature": "s1s2"}
    assert completed.message.parts == (Thinking("hm", "anthropic", opaque),)


def test_thinking_that_is_only_signed_is_kept() -> None:
    completed = read(start({"type": "thinking", "thinking": "", "signature": "s"}), stop())
    assert completed.message.parts == (
        Thinking("", "anthropic", {"type": "thinking", "thinking": "", "signature": "s"}),
    )


def test_redacted_thinking_is_kept_as_it_came() -> None:
    assert read(start(REDACTED), stop()).message.parts == (Thinking("", "anthropic", REDACTED),)


def test_input_that_came_whole_with_its_block_is_read() -> None:
    block = {"type": "tool_use", "id": "t", "name": "Read", "input": {"a": 1}}
    assert read(start(block), stop()).message.parts == (ToolCall("t", "Read", {"a": 1}),)


def test_a_tool_of_the_service_is_not_a_call_of_ours() -> None:
    completed = read(
        start({"type": "server_tool_use", "id": "s", "name": "code_execution", "input": {}}),
        delta("input_json_delta", "partial_json", "{}"),
        stop(),
        end("end_turn"),
    )
    assert completed.message.parts == ()
    assert completed.stop is StopReason.END


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("end_turn", StopReason.END),
        ("stop_sequence", StopReason.END),
        ("max_tokens", StopReason.LENGTH),
        ("model_context_window_exceeded", StopReason.LENGTH),
        ("refusal", StopReason.REFUSAL),
        ("pause_turn", StopReason.PAUSE),
        ("something_new", StopReason.OTHER),
        (None, StopReason.END),
    ],
)
def test_reasons_to_stop(reason: str | None, expected: StopReason) -> None:
    assert read(start({"type": "text", "text": "a"}), end(reason)).stop is expected


def test_calls_begun_before_a_refusal_are_dropped() -> None:
    block = {"type": "tool_use", "id": "t", "name": "Bash", "input": {"command": "x"}}
    assert read(start(block), stop(), end("refusal")).message.parts == ()


def test_usage_is_a_running_total_with_the_cache_in_its_input() -> None:
    begun = {"usage": {"input_tokens": 5, "cache_read_input_tokens": 90, "cache_creation_input_tokens": 7}}
    completed = read({"type": "message_start", "message": begun}, end("end_turn", output_tokens=3, input_tokens=None))
    assert completed.usage == Usage(input=102, output=3, cache_read=90, cache_write=7)


@pytest.mark.parametrize(
    "events",
    [
        [{"type": "message_start"}, {"type": "message_start", "message": None}],
        [{"type": "message_start", "message": {"usage": None, "model": None}}],
        [{"type": "content_block_delta"}, {"type": "content_block_start", "content_block": None}],
        [{"type": "message_delta", "delta": None, "usage": {"output_tokens": "many"}}],
        [{}, {"type": 7}, {"type": "content_block_stop"}],
    ],
    ids=["no message", "null fields", "no block", "odd usage", "unknown"],
)
def test_fields_that_are_missing_break_nothing(events: list[dict[str, Any]]) -> None:
    completed = read(*events, ENDED)
    assert completed == Completed(Message(Role.ASSISTANT, ()), Usage(), StopReason.END, None)


def test_only_the_last_event_makes_an_answer_whole() -> None:
    reader = Reader(ASK)
    for event in (BEGUN, start({"type": "text", "text": "a"}), stop(), end("end_turn")):
        reader.feed(event)
    assert not reader.done
    reader.feed(ENDED)
    assert reader.done
    assert reader.ended


def test_an_error_in_the_stream_is_kept_for_the_message() -> None:
    reader = Reader(ASK)
    reader.feed({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}})
    assert reader.error == {"type": "overloaded_error", "message": "Overloaded"}
