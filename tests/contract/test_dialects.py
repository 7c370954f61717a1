"""Chat Completions as its servers speak it: streams in the shapes their documents and sources give, over a socket."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

import pytest

from enforcer.core.messages import (
    Image,
    Message,
    Role,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
    ToolSpec,
    Usage,
    assistant,
    tool_results,
    user,
)
from enforcer.providers.base import Failure, ProviderSettings, Request, StopReason
from tests.contract.wires import HELLO, KEY, Outcome, ask, ask_with_retries, failure
from tests.servers.vendor import Call, Reply, VendorServer

READ = ToolSpec("Read", "Read a file.", {"type": "object", "properties": {"path": {"type": "string"}}})
NAME = "openai-compatible:box"


def local(server: VendorServer) -> ProviderSettings:
    return ProviderSettings(NAME, base_url=server.openai_url, key=KEY, key_env="THE_KEY")


def stream(*events: str | dict[str, Any]) -> Reply:
    lines = [event if isinstance(event, str) else f"data: {json.dumps(event)}" for event in events]
    return Reply(body="\n\n".join(lines) + "\n\n", content_type="text/event-stream")


def delta(reason: str | None = None, **fields: Any) -> dict[str, Any]:
    return {"model": "served", "choices": [{"index": 0, "delta": fields, "finish_reason": reason}]}


def calls(*fragments: dict[str, Any], reason: str | None = None) -> dict[str, Any]:
    return delta(reason, tool_calls=list(fragments))


def function(name: str | None = None, arguments: Any = None, **more: Any) -> dict[str, Any]:
    return {"function": {"name": name, "arguments": arguments}, **more}


NONE = Usage()


@dataclass(frozen=True)
class Case:
    id: str
    reply: Reply
    parts: tuple[object, ...]
    stop: StopReason = StopReason.END
    usage: Usage = NONE
    served: str | None = "served"


DONE = "data: [DONE]"
READS = ToolCall("c1", "Read", {"path": "a"})
CASES = [
    Case(
        "openrouter: comments, empty deltas, reasoning twice over",
        stream(
            ": OPENROUTER PROCESSING",
            ": OPENROUTER PROCESSING",
            delta(
                role="assistant",
                content="",
                reasoning="Hm",
                reasoning_details=[
                    {"type": "reasoning.text", "text": "Hm", "format": "anthropic-claude-v1", "index": 0}
                ],
            ),
            delta(
                role="assistant",
                content="",
                reasoning=".",
                reasoning_details=[
                    {"type": "reasoning.text", "text": ".", "format": "anthropic-claude-v1", "index": 0}
                ],
            ),
            delta(
                content="",
                reasoning_details=[
                    {"type": "reasoning.text", "signature": "sig", "format": "anthropic-claude-v1", "index": 0}
                ],
            ),
            delta(role="assistant", content="Yes", reasoning=None),
            delta("stop", role="assistant", content=""),
            {
                "choices": [],
                "usage": {
                    "prompt_tokens": 9,
                    "completion_tokens": 3,
                    "cost": 0.1,
                    "prompt_tokens_details": {"cached_tokens": 4, "cache_write_tokens": 2},
                },
            },
            DONE,
        ),
        (
            Thinking(
                "Hm.",
                "chat",
                {
                    "reasoning_details": [
                        {
                            "type": "reasoning.text",
                            "text": "Hm.",
                            "format": "anthropic-claude-v1",
                            "index": 0,
                            "signature": "sig",
                        }
                    ]
                },
            ),
            Text("Yes"),
        ),
        usage=Usage(9, 3, 4, 2),
    ),
    Case(
        "openrouter: encrypted blocks stay apart",
        stream(
            delta(reasoning_details=[{"type": "reasoning.summary", "summary": "Sum", "index": 0}]),
            delta(reasoning_details=[{"type": "reasoning.summary", "summary": "med", "index": 0}]),
            delta(reasoning_details=[{"type": "reasoning.encrypted", "data": "e1", "id": "r1", "index": 1}]),
            delta(reasoning_details=[{"type": "reasoning.encrypted", "data": "e2", "id": "r2", "index": 1}]),
            delta("stop", content="Yes"),
            DONE,
        ),
        (
            Thinking(
                "Summed",
                "chat",
                {
                    "reasoning_details": [
                        {"type": "reasoning.summary", "summary": "Summed", "index": 0},
                        {"type": "reasoning.encrypted", "data": "e1", "id": "r1", "index": 1},
                        {"type": "reasoning.encrypted", "data": "e2", "id": "r2", "index": 1},
                    ]
                },
            ),
            Text("Yes"),
        ),
    ),
    Case(
        "deepseek: reasoning_content, usage with hits and misses",
        stream(
            delta(role="assistant", content=None, reasoning_content=""),
            delta(content=None, reasoning_content="Hm"),
            delta(content="Yes", reasoning_content=None),
            delta("stop", content="", reasoning_content=None)
            | {
                "usage": {
                    "prompt_tokens": 20,
                    "completion_tokens": 5,
                    "prompt_cache_hit_tokens": 16,
                    "prompt_cache_miss_tokens": 4,
                }
            },
            DONE,
        ),
        (Thinking("Hm", "chat", {"field": "reasoning_content"}), Text("Yes")),
        usage=Usage(20, 5, 16),
    ),
    Case(
        "ollama: reasoning, a call whole in one chunk, no index, reason stop",
        stream(
            delta(role="assistant", content="", reasoning="Hm"),
            calls(function("Read", '{"path":"a"}', id="c1", index=0, type="function")),
            delta("tool_calls", role="assistant", content=""),
            {
                "model": "served",
                "choices": [],
                "usage": {"prompt_tokens": 8, "completion_tokens": 2, "total_tokens": 10},
            },
            DONE,
        ),
        (Thinking("Hm", "chat", {"field": "reasoning"}), READS),
        StopReason.TOOLS,
        Usage(8, 2),
    ),
    Case(
        "calls without ids, whole, all numbered 0",
        stream(
            calls(function("Read", '{"path":"a"}', index=0)),
            calls(function("Read", '{"path":"b"}', index=0)),
            delta("tool_calls"),
        ),
        (ToolCall("?", "Read", {"path": "a"}), ToolCall("?", "Read", {"path": "b"})),
        StopReason.TOOLS,
    ),
    Case(
        "calls without ids, arguments as objects, all numbered 0, in one chunk",
        stream(
            calls(
                function("Read", {"path": "a"}, index=0), function("Status", {}, index=0), function("Grep", {}, index=0)
            ),
            delta("stop"),
        ),
        (ToolCall("?", "Read", {"path": "a"}), ToolCall("?", "Status", {}), ToolCall("?", "Grep", {})),
        StopReason.TOOLS,
    ),
    Case(
        "the same empty id in each call",
        stream(
            calls(function("Read", '{"path":"a"}', index=0, id=""), function("Grep", "{}", index=1, id="")),
            delta("tool_calls"),
        ),
        (ToolCall("?", "Read", {"path": "a"}), ToolCall("?", "Grep", {})),
        StopReason.TOOLS,
    ),
    Case(
        "name, id and no index in each piece of a call",
        stream(
            calls(function("Read", '{"path"', id="c1")),
            calls(function("Read", ':"a"}', id="c1")),
            calls(function("Read", "", id="c1")),
            delta("tool_calls"),
        ),
        (READS,),
        StopReason.TOOLS,
    ),
    Case(
        "the name in each piece of a call, no id at all",
        stream(
            calls(function("Read", "", index=0)),
            calls(function("Read", '{"path"', index=0)),
            calls(function("Read", ':"a"}', index=0)),
            calls(function("Read", "", index=0)),
            delta("tool_calls"),
        ),
        (ToolCall("?", "Read", {"path": "a"}),),
        StopReason.TOOLS,
    ),
    Case(
        "the older function_call",
        stream(
            delta(function_call={"name": "Read", "arguments": '{"path":'}),
            delta(function_call={"arguments": '"a"}'}),
            delta("function_call"),
        ),
        (ToolCall("?", "Read", {"path": "a"}),),
        StopReason.TOOLS,
    ),
    Case(
        "llama.cpp: null content first, a path for a name, timings and no usage",
        stream(
            {**delta(role="assistant", content=None), "model": "/models/q4.gguf"},
            {**delta(content="Yes"), "model": "/models/q4.gguf"},
            {**delta("stop"), "model": "/models/q4.gguf", "timings": {"cache_n": 30, "prompt_n": 4, "predicted_n": 2}},
            DONE,
        ),
        (Text("Yes"),),
        usage=Usage(34, 2, 30),
        served="/models/q4.gguf",
    ),
    Case(
        "vllm: usage in every chunk, the last one holds",
        stream(
            delta(role="assistant", content="") | {"usage": {"prompt_tokens": 9, "completion_tokens": 0}},
            delta(content="Yes") | {"usage": {"prompt_tokens": 9, "completion_tokens": 1}},
            delta("stop", content="") | {"usage": {"prompt_tokens": 9, "completion_tokens": 2}, "stop_reason": None},
            DONE,
        ),
        (Text("Yes"),),
        usage=Usage(9, 2),
    ),
    Case(
        "groq: usage under a name of its own",
        stream(
            delta(role="assistant", content="Yes"),
            delta("stop") | {"x_groq": {"id": "r", "usage": {"prompt_tokens": 9, "completion_tokens": 2}}},
            DONE,
        ),
        (Text("Yes"),),
        usage=Usage(9, 2),
    ),
    Case(
        "kimi: usage inside of the choice",
        stream(
            {
                "model": "served",
                "choices": [
                    {
                        "index": 0,
                        "delta": {"content": "Yes"},
                        "finish_reason": "stop",
                        "usage": {"prompt_tokens": 9, "completion_tokens": 2, "cached_tokens": 5},
                    }
                ],
            },
            DONE,
        ),
        (Text("Yes"),),
        usage=Usage(9, 2, 5),
    ),
    Case(
        "zeros that count nothing are no count",
        stream(delta("stop", content="Yes"), {"choices": [], "usage": {"prompt_tokens": 0, "completion_tokens": 0}}),
        (Text("Yes"),),
    ),
    Case(
        "mistral: content as a list of typed pieces",
        stream(
            delta(role="assistant", content=[{"type": "thinking", "thinking": [{"type": "text", "text": "Hm"}]}]),
            delta(content=[{"type": "text", "text": "Yes"}]),
            delta("stop", content=""),
            DONE,
        ),
        (Thinking("Hm", "chat"), Text("Yes")),
    ),
    Case(
        "think tags split over chunks",
        stream(
            *(delta(content=text) for text in ("\n<th", "ink>", "\nHm, ", "<a> </th", "ink", ">\n\n", "Yes <think>")),
            delta("stop"),
        ),
        (Thinking("\nHm, <a> ", "chat"), Text("Yes <think>")),
    ),
    Case(
        "think tags with nothing between them",
        stream(delta(content="<think>\n\n</think>\n\nYes"), delta("stop")),
        (Text("Yes"),),
    ),
    Case(
        "think tags that are never closed",
        stream(delta(content="<think>Hm</th"), delta("length")),
        (Thinking("Hm</th", "chat"),),
        StopReason.LENGTH,
    ),
    Case(
        "text that begins like a tag",
        stream(delta(content="<"), delta(content="th"), delta("stop")),
        (Text("<th"),),
    ),
    Case(
        "tags that a server failed to read as a call stay text",
        stream(delta(content='<tool_call>{"name": "Bash", "arguments": {}}</tool_call>'), delta("stop")),
        (Text('<tool_call>{"name": "Bash", "arguments": {}}</tool_call>'),),
    ),
    Case("no reason, no usage, only the end", stream(delta(content="Yes"), delta(""), DONE), (Text("Yes"),)),
    Case("done instead of a reason", stream(delta(content="Yes"), {**delta(""), "done": True}), (Text("Yes"),)),
    Case("no end behind the reason", stream(delta(content="Yes"), delta("stop")), (Text("Yes"),)),
    Case("empty data", stream("data: ", delta(content="Yes"), "data:", delta("stop"), DONE), (Text("Yes"),)),
    Case(
        "a whole answer from a server that does not stream",
        Reply(
            body=json.dumps(
                {
                    "model": "served",
                    "choices": [{"message": {"role": "assistant", "content": "Yes"}, "finish_reason": "stop"}],
                    "usage": {"prompt_tokens": 9, "completion_tokens": 2},
                },
                indent=1,
            )
        ),
        (Text("Yes"),),
        usage=Usage(9, 2),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_an_answer_in_a_dialect_means_the_same(case: Case) -> None:
    with VendorServer([case.reply]) as server:
        outcome = ask(local(server))
    completed = outcome.completed
    assert _without_made_ids(completed.message) == case.parts
    assert (completed.stop, completed.usage, completed.served) == (case.stop, case.usage, case.served)
    assert "".join(outcome.said) == completed.message.text


def _without_made_ids(message: Message) -> tuple[object, ...]:
    ids = [call.id for call in message.calls]
    assert len(set(ids)) == len(ids)
    return tuple(
        replace(part, id="?") if isinstance(part, ToolCall) and part.id.startswith("call_") else part
        for part in message.parts
    )


BROKE_OFF = f"{NAME} broke off its answer"


@pytest.mark.parametrize(
    ("event", "failed", "message"),
    [
        (
            {**delta("error", content=""), "error": {"code": "server_error", "message": "Provider disconnected"}},
            Failure.RETRY,
            f"{BROKE_OFF}: Provider disconnected; try again in a moment",
        ),
        (
            {
                "choices": [
                    {"delta": {}, "finish_reason": "error", "error": {"code": 502, "message": "Upstream is down"}}
                ]
            },
            Failure.RETRY,
            f"{BROKE_OFF}: Upstream is down; try again in a moment",
        ),
        (delta("error"), Failure.RETRY, f"{BROKE_OFF}: error; try again in a moment"),
        (
            delta("insufficient_system_resource"),
            Failure.RETRY,
            f"{BROKE_OFF}: insufficient_system_resource; try again in a moment",
        ),
        (
            {"error": {"code": 402, "message": "Insufficient credits"}},
            Failure.FATAL,
            f"{BROKE_OFF}: Insufficient credits",
        ),
        (
            {"error": {"code": 429, "message": "slow down"}},
            Failure.RETRY,
            f"{BROKE_OFF}: slow down; try again in a moment",
        ),
        (
            {"error": {"code": 500, "message": "Compute error.", "type": "server_error"}},
            Failure.RETRY,
            f"{BROKE_OFF}: Compute error; try again in a moment",
        ),
        (
            'error: {"code": 500, "message": "Compute error.", "type": "server_error"}',
            Failure.RETRY,
            f"{BROKE_OFF}: Compute error; try again in a moment",
        ),
        (
            {"error": {"code": 500, "message": "Context size has been exceeded.", "type": "server_error"}},
            Failure.CONTEXT,
            f"the conversation is too long for {NAME}/model-1: shorten what you asked, or start anew with /clear",
        ),
        (
            {"object": "error", "message": "bad request", "type": "BadRequestError", "param": None, "code": 400},
            Failure.FATAL,
            f"{BROKE_OFF}: bad request",
        ),
        (
            {"error": "an error was encountered"},
            Failure.RETRY,
            f"{BROKE_OFF}: an error was encountered; try again in a moment",
        ),
    ],
    ids=[
        "openrouter",
        "in the choice",
        "a reason alone",
        "deepseek",
        "credits",
        "rate",
        "llama.cpp",
        "older llama.cpp",
        "llama.cpp context",
        "vllm",
        "ollama",
    ],
)
def test_an_error_in_the_stream_is_read_in_each_spelling(event: Any, failed: Failure, message: str) -> None:
    with VendorServer([stream(delta(content="Half a "), event, DONE)]) as server:
        error = failure(ask(local(server)))
    assert (error.failure, str(error)) == (failed, message)
    assert error.partial == Message(Role.ASSISTANT, (Text("Half a "),), note="cut")


def test_an_error_under_status_200_is_an_error() -> None:
    body = json.dumps({"error": {"code": 429, "message": "rate limit"}})
    with VendorServer([Reply(body=body)]) as server:
        error = failure(ask(local(server)))
    assert (error.failure, str(error)) == (
        Failure.RETRY,
        "openai-compatible:box broke off its answer: rate limit; try again in a moment",
    )


def test_json_that_is_no_answer_is_named_with_its_size() -> None:
    with VendorServer([Reply(body='{"status":"ok"}')]) as server:
        error = failure(ask(local(server)))
    assert str(error) == (
        "openai-compatible:box sent application/json, 15 bytes, instead of an event stream; "
        "check providers.openai-compatible:box.base_url"
    )


TOO_LONG = [
    "This model's maximum context length is 4096 tokens. However, you requested 5000 tokens in the messages",
    "request (4390 tokens) exceeds the available context size (4096 tokens), try increasing it",
    "Requested tokens (2285) exceed context window of 2048",
    "Trying to keep the first 5000 tokens, but the model is loaded with context length of only 4096 tokens",
    "prompt too long; exceeded max context length by 12 tokens",
    "Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768 maximum context length",
    "This model's maximum prompt length is 131072 but the request contains 537812 tokens.",
    "Your request exceeded model token limit: 8192",
    "`inputs` tokens + `max_new_tokens` must be <= 4096. Given: 5000 `inputs` tokens",
    "Input validation error: `inputs` must have less than 4095 tokens. Given: 5000",
]


@pytest.mark.parametrize("wording", TOO_LONG)
def test_a_conversation_that_is_too_long_is_known_by_its_wording(wording: str) -> None:
    with VendorServer([Reply(status=400, body=wording)]) as server:
        error = failure(ask(local(server)))
    assert error.failure is Failure.CONTEXT


FULL = Request(
    "model-1",
    "Be brief.",
    (
        user("look", Image("image/png", "aGk=")),
        Message(
            Role.ASSISTANT, (Thinking("hm", "chat", {"field": "reasoning"}), ToolCall("c1", "Read", {"path": "a"}))
        ),
        tool_results([ToolResult("c1", "x = 1")]),
        assistant("It sets x."),
        user("go on"),
    ),
    (READ,),
    effort="high",
)


def refused_once(status: int, wording: str) -> tuple[list[dict[str, Any]], Outcome]:
    """The bodies of two requests in a session, the first of which was refused at first; and what came of them."""
    replies = [Reply(status=status, body=wording), Reply(text=("one",)), Reply(text=("two",))]
    with VendorServer(replies) as server:
        outcome = ask(local(server), FULL, FULL)
    assert outcome.said == ["one", "two"]
    first, second, third = server.bodies
    assert second == third
    assert first != second
    return [first, second], outcome


@pytest.mark.parametrize(
    ("wording", "field", "instead"),
    [
        ("Unknown parameter: 'stream_options'.", "stream_options", {}),
        ("[{'type': 'extra_forbidden', 'loc': ('body', 'stream_options'), 'msg': 'Extra'}]", "stream_options", {}),
        (
            "Unsupported parameter: 'max_tokens' is not supported here. Use 'max_completion_tokens' instead.",
            "max_tokens",
            {"max_completion_tokens": 8192},
        ),
        (
            "'max_tokens' or 'max_completion_tokens' is too large: 8192. This model's maximum context length is 4096",
            "max_tokens",
            {},
        ),
        (
            "This model's maximum context length is 4096 tokens. However, you requested 8292 tokens (100 in the "
            "messages, 8192 in the completion).",
            "max_tokens",
            {},
        ),
        ("Invalid max_tokens value, the valid range of max_tokens is [1, 4096]", "max_tokens", {}),
        ("Unrecognized request argument supplied: reasoning_effort", "reasoning_effort", {}),
        ('"llama3" does not support thinking', "reasoning_effort", {}),
        ("registry.ollama.ai/library/gemma:2b does not support tools", "tools", {}),
    ],
    ids=[
        "unknown",
        "vllm extra",
        "newer name",
        "too large",
        "no room for both",
        "range",
        "effort",
        "thinking",
        "tools",
    ],
)
def test_a_refused_field_is_left_out_for_the_session(wording: str, field: str, instead: dict[str, Any]) -> None:
    (first, second), _ = refused_once(400, wording)
    head = {name: value for name, value in first.items() if name not in {field, "messages"}}
    assert {name: value for name, value in second.items() if name != "messages"} == head | instead


def test_a_server_without_tools_reads_of_earlier_calls_as_text() -> None:
    (_, second), outcome = refused_once(400, "gemma:2b does not support tools")
    assert second["messages"][2:] == [
        {"role": "assistant", "content": '[called Read with {"path":"a"}]', "reasoning": "hm"},
        {"role": "user", "content": "[result]\nx = 1"},
        {"role": "assistant", "content": "It sets x."},
        {"role": "user", "content": "go on"},
    ]
    assert [event.notes for event in outcome.ends] == [
        ("openai-compatible:box/model-1 cannot call tools; it can only answer",),
        (),
    ]


@pytest.mark.parametrize(
    ("status", "wording"),
    [
        (500, "image input is not supported - hint: if this is unexpected, you may need to provide the mmproj"),
        (400, "gemma is not a multimodal model"),
        (422, "messages[0]: unknown variant `image_url`, expected `text`"),
        (404, "No endpoints found that support image input"),
    ],
    ids=["llama.cpp", "vllm", "deepseek", "openrouter"],
)
def test_a_server_without_eyes_is_told_where_an_image_was(status: int, wording: str) -> None:
    (_, second), outcome = refused_once(status, wording)
    assert second["messages"][1] == {"role": "user", "content": "look\n\n[image/png left out]"}
    assert outcome.ends[0].notes == (
        "openai-compatible:box/model-1 takes no images; it is told where one was left out",
    )


def test_a_template_without_a_system_role_gets_the_instructions_from_the_user() -> None:
    (_, second), _ = refused_once(500, "Jinja Exception: System role not supported")
    assert second["messages"][:2] == [
        {"role": "user", "content": "Be brief."},
        {"role": "assistant", "content": "Understood."},
    ]


def test_reasoning_goes_back_under_its_name_until_a_server_refuses_it() -> None:
    (first, second), _ = refused_once(422, "messages.1.reasoning: Extra inputs are not permitted")
    assert first["messages"][2]["reasoning"] == "hm"
    assert "reasoning" not in second["messages"][2]


def test_a_server_that_misses_reasoning_of_other_models_gets_it_empty() -> None:
    wording = "The `reasoning_content` in the thinking mode must be passed back to the API."
    request = replace(FULL, messages=(user("look"), assistant("", READS), tool_results([ToolResult("c1", "x")])))
    with VendorServer([Reply(status=400, body=wording), Reply(text=("one",))]) as server:
        ask(local(server), request)
    assert [body["messages"][2].get("reasoning_content") for body in server.bodies] == [None, ""]


def test_a_conversation_with_one_of_them_keeps_what_was_thought_in_a_tool_turn_byte_for_byte() -> None:
    details = [{"type": "reasoning.text", "text": "Hm", "index": 0}, {"type": "reasoning.encrypted", "data": "e1"}]
    thought = stream(
        delta(reasoning_details=details), calls(function("Read", "{}", index=0, id="c1"), reason="tool_calls")
    )
    with VendorServer([thought, Reply(text=("Done",))], strict=False) as server:
        said = ask(local(server)).completed.message
        ask(local(server), replace(HELLO, messages=(*HELLO.messages, said, tool_results([ToolResult("c1", "x")]))))
    assert server.bodies[1]["messages"][2]["reasoning_details"] == details


def test_each_concession_is_made_once_and_then_the_refusal_stands() -> None:
    with VendorServer(lambda body: Reply(status=400, body="unknown field stream_options")) as server:
        error = failure(ask(local(server)))
    assert len(server.requests) == 2
    assert str(error) == f"{NAME} refused the request (400): unknown field stream_options"


def test_other_refusals_are_not_asked_about_again() -> None:
    with VendorServer(lambda body: Reply(status=400, body="messages must not be empty")) as server:
        failure(ask(local(server), FULL))
    assert len(server.requests) == 1


def test_a_server_that_loads_its_model_is_waited_for() -> None:
    loading = Reply(status=503, body="Loading model")
    with VendorServer([*[loading] * 9, Reply(text=("awake",))]) as server:
        outcome = ask_with_retries(local(server))
    assert outcome.completed.message.text == "awake"
    assert outcome.sleeps == [2.0] * 9
    assert [retry.reason for retry in outcome.retries] == [
        "openai-compatible:box is still loading its model (503); it answers when it is done"
    ]


@pytest.mark.parametrize(
    "wording",
    ["tools param requires --jinja flag", "This server does not support completions", "Jinja Exception: bad template"],
)
def test_how_a_server_was_started_is_not_mended_by_another_try(wording: str) -> None:
    with VendorServer([Reply(status=500, body=wording)]) as server:
        error = failure(ask_with_retries(local(server)))
    assert (error.failure, str(error)) == (Failure.FATAL, f"{NAME} refused the request (500): {wording}")


def test_a_call_of_a_dialect_is_answered_in_the_conversation() -> None:
    script = [Reply(calls=(Call("Read", ('{"path": "a"}',), id=None),)), Reply(text=("Done",))]
    with VendorServer(script, strict=True) as server:
        said = ask(local(server)).completed.message
        result = tool_results([ToolResult(said.calls[0].id, "x")])
        ask(local(server), replace(HELLO, messages=(*HELLO.messages, said, result)))
    assert server.bodies[1]["messages"][3]["tool_call_id"] == said.calls[0].id
