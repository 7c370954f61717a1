from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from enforcer.core.events import TextDelta, ThinkingDelta
from enforcer.core.messages import Message, Part, Role, Text, Thinking, ToolCall, Usage, user
from enforcer.providers.base import Completed, Request, StopReason
from enforcer.providers.openai import Reader, to_wire

ASK = Request("m", "", (user("hi"),))
REASONED = {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "enc"}
TEXT = {"type": "message", "role": "assistant", "content": "a"}


def added(index: int, **item: object) -> dict[str, Any]:
    return {"type": "response.output_item.added", "output_index": index, "item": item}


def done(index: int, **item: object) -> dict[str, Any]:
    return {"type": "response.output_item.done", "output_index": index, "item": item}


def delta(kind: str, text: object, index: int = 0) -> dict[str, Any]:
    return {"type": f"response.{kind}.delta", "output_index": index, "delta": text}


def ended(kind: str = "completed", **response: object) -> dict[str, Any]:
    return {"type": f"response.{kind}", "response": {"status": kind, **response}}


def read(*events: Mapping[str, Any]) -> Completed:
    reader = Reader(ASK)
    for event in events:
        reader.feed(event)
    return reader.completed()


@pytest.mark.parametrize(
    ("parts", "items"),
    [
        ((Thinking("hm", "openai", REASONED), Text("a")), [REASONED, TEXT]),
        ((Thinking("hm", "anthropic", {"type": "thinking"}), Text("a")), [TEXT]),
        ((Thinking("hm", "openai"), Text("a")), [TEXT]),
        ((Text("a"), Thinking("hm", "openai", REASONED)), [TEXT]),
        ((Text(" "), Text("a")), [TEXT]),
        (
            (Thinking("", "openai", {"type": "phase", "phase": "commentary"}), Text("a"), Text("a")),
            [TEXT | {"phase": "commentary"}, TEXT],
        ),
    ],
    ids=["own reasoning", "foreign", "not encrypted", "cut behind the text", "blank text", "phase"],
)
def test_an_assistant_message_is_sent_back_as_the_service_takes_it(parts: tuple[Part, ...], items: object) -> None:
    body = to_wire(Request("m", "", (Message(Role.ASSISTANT, parts), user("b"))))
    assert body["input"][:-1] == items


def test_what_is_not_asked_for_is_not_in_the_body() -> None:
    assert to_wire(ASK).keys() == {"model", "stream", "store", "include", "max_output_tokens", "input"}


def test_deltas_of_text_and_thinking_come_out_and_others_stay_in() -> None:
    reader = Reader(ASK)
    assert reader.feed(delta("reasoning_summary_text", "a")) == [ThinkingDelta("a")]
    assert reader.feed(delta("reasoning_text", "b")) == [ThinkingDelta("b")]
    assert reader.feed(delta("output_text", "c", 1)) == [TextDelta("c")]
    assert reader.feed(delta("function_call_arguments", "{}", 2)) == []
    assert reader.feed({"type": "response.in_progress"}) == []


def test_parts_of_a_reasoning_summary_are_set_apart() -> None:
    begun = {"type": "response.reasoning_summary_part.added", "output_index": 0}
    completed = read(begun, delta("reasoning_summary_text", "one"), begun, delta("reasoning_summary_text", "two"))
    assert completed.message.parts == (Thinking("one\n\ntwo", "openai"),)


def test_reasoning_is_kept_as_the_finished_item_without_nulls() -> None:
    completed = read(
        added(0, type="reasoning", encrypted_content="half"),
        done(0, **REASONED, status=None, content=None),
        done(1, type="message"),
    )
    assert completed.message.parts == (Thinking("", "openai", REASONED),)


def test_reasoning_without_encrypted_content_is_for_the_eyes_only() -> None:
    completed = read(delta("reasoning_summary_text", "hm"), done(0, type="reasoning", id="rs_1", summary=[]))
    assert completed.message.parts == (Thinking("hm", "openai"),)


def test_arguments_that_come_only_with_the_finished_item_are_read() -> None:
    call = {"type": "function_call", "call_id": "c", "name": "Read"}
    completed = read(added(0, **call, arguments=""), done(0, **call, arguments='{"a":1}'), ended())
    assert completed.message.parts == (ToolCall("c", "Read", {"a": 1}),)
    assert completed.stop is StopReason.TOOLS


def test_arguments_that_came_in_pieces_are_not_read_twice() -> None:
    call = {"type": "function_call", "call_id": "c", "name": "Read"}
    completed = read(added(0, **call), delta("function_call_arguments", "{}"), done(0, **call, arguments="{}"))
    assert completed.message.parts == (ToolCall("c", "Read", {}),)


def test_a_call_the_service_calls_incomplete_is_broken() -> None:
    item = {"type": "function_call", "call_id": "c", "name": "Read", "arguments": "{}", "status": "incomplete"}
    assert read(done(0, **item), ended()).message.parts == (ToolCall("c", "Read", {}, broken="{}"),)


def test_the_phase_of_a_text_is_kept_in_front_of_it() -> None:
    completed = read(added(0, type="message", phase="final_answer"), delta("output_text", "a"), ended())
    assert completed.message.parts == (
        Thinking("", "openai", {"type": "phase", "phase": "final_answer"}),
        Text("a"),
    )


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (ended(), StopReason.END),
        (ended("incomplete", incomplete_details={"reason": "max_output_tokens"}), StopReason.LENGTH),
        (ended("incomplete", incomplete_details={"reason": "content_filter"}), StopReason.REFUSAL),
        (ended("incomplete", incomplete_details=None), StopReason.OTHER),
    ],
    ids=["completed", "max_output_tokens", "content_filter", "no reason"],
)
def test_reasons_to_stop(event: dict[str, Any], expected: StopReason) -> None:
    assert read(delta("output_text", "a"), event).stop is expected


def test_a_refusal_is_text_and_a_refusal() -> None:
    completed = read(delta("refusal", "I cannot"), ended())
    assert completed.message.text == "I cannot"
    assert completed.stop is StopReason.REFUSAL


def test_the_model_is_the_one_named_last() -> None:
    created = {"type": "response.created", "response": {"model": "m-1"}}
    assert read(created, ended()).served == "m-1"
    assert read(created, ended(model="m-2")).served == "m-2"


def test_usage_with_its_cache() -> None:
    usage = {
        "input_tokens": 100,
        "input_tokens_details": {"cached_tokens": 90, "cache_write_tokens": 4},
        "output_tokens": 3,
    }
    assert read(ended(usage=usage)).usage == Usage(input=100, output=3, cache_read=90, cache_write=4)


@pytest.mark.parametrize(
    "events",
    [
        [{"type": "response.created"}, {"type": "response.created", "response": {"model": None}}],
        [{"type": "response.output_item.added", "item": None}, {"type": "response.output_item.done"}],
        [{"type": "response.output_text.delta"}, {}, {"type": "response.new_thing"}],
        [ended(usage=None, model="", incomplete_details="?")],
    ],
    ids=["no model", "no item", "unknown", "null fields"],
)
def test_fields_that_are_missing_break_nothing(events: list[dict[str, Any]]) -> None:
    completed = read(*events)
    assert completed == Completed(Message(Role.ASSISTANT, ()), Usage(), StopReason.END, None)


@pytest.mark.parametrize(
    ("event", "error"),
    [
        ({"type": "error", "code": "server_error", "message": "boom"}, {"code": "server_error", "message": "boom"}),
        ({"type": "error", "error": {"message": "boom"}}, {"message": "boom"}),
        (ended("failed", error={"code": "rate_limit_exceeded"}), {"code": "rate_limit_exceeded"}),
        (ended("failed", error=None), "it gave no reason"),
    ],
    ids=["event", "wrapped", "failed", "failed without a reason"],
)
def test_an_error_in_the_stream_is_kept_for_the_message(event: dict[str, Any], error: object) -> None:
    reader = Reader(ASK)
    reader.feed(event)
    assert reader.error == error
    assert not reader.done
