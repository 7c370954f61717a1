from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from enforcer.core.lanes import ModelRef
from enforcer.core.messages import (
    Message,
    Role,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
    Usage,
    assistant,
    message_from_json,
    message_to_json,
    tool_results,
    user,
)
from enforcer.core.requests import PinStatus
from enforcer.providers.base import Completed, ListedModel, ProviderSettings, Request, StopReason
from enforcer.providers.google import UNSIGNED, GoogleProvider, Reader, to_wire
from enforcer.providers.models import Models
from enforcer.providers.pins import check
from enforcer.providers.replay import Replay

HELLO = Request("gemini", "", (user("hello"),))
ARGS = {"path": "a.py"}


def said(*parts: Mapping[str, Any], reason: str | None = None) -> dict[str, Any]:
    return {"candidates": [{"content": {"role": "model", "parts": list(parts)}, "finishReason": reason}]}


def read(*events: Mapping[str, Any]) -> Completed:
    reader = Reader(HELLO)
    for event in events:
        reader.feed(event)
    assert reader.error is None
    assert reader.done
    return reader.completed()


def told_again(completed: Completed) -> Any:
    """The parts of the answer as they go back with the next request, from the record of the session."""
    kept = message_from_json(message_to_json(completed.message))
    request = Request("gemini", "", (user("hello"), kept))
    return to_wire(request)["contents"][1]["parts"]


@pytest.mark.parametrize(
    ("parts", "again"),
    [
        (
            [{"functionCall": {"id": "c1", "name": "Read", "args": ARGS}, "thoughtSignature": "QQ=="}],
            [{"functionCall": {"id": "c1", "name": "Read", "args": ARGS}, "thoughtSignature": "QQ=="}],
        ),
        (
            [
                {"functionCall": {"id": "c1", "name": "Read", "args": ARGS}, "thoughtSignature": "QQ=="},
                {"functionCall": {"id": "c2", "name": "Read", "args": ARGS}},
                {"functionCall": {"id": "c3", "name": "Read", "args": ARGS}, "thoughtSignature": "Qg=="},
            ],
            [
                {"functionCall": {"id": "c1", "name": "Read", "args": ARGS}, "thoughtSignature": "QQ=="},
                {"functionCall": {"id": "c2", "name": "Read", "args": ARGS}},
                {"functionCall": {"id": "c3", "name": "Read", "args": ARGS}, "thoughtSignature": "Qg=="},
            ],
        ),
        (
            [{"text": "Good "}, {"text": "morning"}, {"text": "", "thoughtSignature": "QQ=="}],
            [{"text": "Good morning"}, {"text": "", "thoughtSignature": "QQ=="}],
        ),
        (
            [{"text": "Good "}, {"text": "morning", "thoughtSignature": "QQ=="}, {"text": "!"}],
            [{"text": "Good "}, {"text": "morning", "thoughtSignature": "QQ=="}, {"text": "!"}],
        ),
        (
            [{"text": "One."}, {"text": "\n\n", "thoughtSignature": "QQ=="}, {"text": "Two."}],
            [{"text": "One.\n\n"}, {"text": "", "thoughtSignature": "QQ=="}, {"text": "Two."}],
        ),
        (
            [
                {"text": "hm", "thought": True},
                {"text": "so", "thought": True, "thoughtSignature": "QQ=="},
                {"text": "Yes"},
            ],
            [{"text": "so", "thought": True, "thoughtSignature": "QQ=="}, {"text": "Yes"}],
        ),
    ],
    ids=["on a call", "on two of three calls", "on an empty text", "on a text", "on a blank text", "on a thought"],
)
def test_a_signature_goes_back_on_the_part_it_came_with(
    parts: list[dict[str, Any]], again: list[dict[str, Any]]
) -> None:
    assert told_again(read(*(said(part) for part in parts), said(reason="STOP"))) == again
    assert told_again(read(said(*parts, reason="STOP"))) == again


def test_text_is_whole_wherever_a_signature_stood() -> None:
    completed = read(
        said({"text": "One."}), said({"text": "\n\n", "thoughtSignature": "QQ=="}, {"text": "Two."}, reason="STOP")
    )
    assert completed.message.text == "One.\n\nTwo."


def test_calls_of_another_vendor_are_marked_as_unsigned_once_in_each_step() -> None:
    calls = assistant("Both.", ToolCall("c1", "Read", ARGS), ToolCall("c2", "Read", ARGS))
    answered = tool_results([ToolResult("c1", "x"), ToolResult("c2", "y")])
    more = (assistant("", ToolCall("c3", "Read", ARGS)), tool_results([ToolResult("c3", "z")]))
    contents = to_wire(Request("gemini", "", (user("go"), calls, answered, *more)))["contents"]
    signatures = [part.get("thoughtSignature") for content in contents for part in content["parts"]]
    assert signatures == [None, None, UNSIGNED, None, None, None, UNSIGNED, None]


def test_a_signature_of_another_model_of_the_vendor_is_replaced() -> None:
    signed = (Thinking("", "google", {"thoughtSignature": "QQ=="}), ToolCall("c1", "Read", ARGS))
    history = (user("go"), Message(Role.ASSISTANT, signed, ModelRef("google", "gemini-a")))
    rendered = Replay("google", model=ModelRef("google", "gemini-b")).render(history)
    assert to_wire(Request("gemini-b", "", rendered))["contents"][1]["parts"] == [
        {"functionCall": {"id": "c1", "name": "Read", "args": ARGS}, "thoughtSignature": UNSIGNED}
    ]


def test_a_call_without_an_id_gets_one_and_its_result_the_same() -> None:
    (call,) = read(said({"functionCall": {"name": "Read", "args": ARGS}}, reason="STOP")).message.calls
    request = Request("gemini", "", (user("go"), assistant("", call), tool_results([ToolResult(call.id, "x = 1")])))
    asked, answered = (content["parts"][0] for content in to_wire(request)["contents"][1:])
    assert asked["functionCall"]["id"] == answered["functionResponse"]["id"] == call.id != ""
    assert answered["functionResponse"]["name"] == "Read"


def test_a_name_that_no_function_may_have_is_told_alike_in_call_and_result() -> None:
    history = (
        user("go"),
        assistant("", ToolCall("c1", "7zip", {})),
        tool_results([ToolResult("c1", "no such tool", True)]),
    )
    asked, answered = (content["parts"][0] for content in to_wire(Request("gemini", "", history))["contents"][1:])
    assert (asked["functionCall"]["name"], answered["functionResponse"]["name"]) == ("_7zip", "_7zip")


@pytest.mark.parametrize(
    ("reason", "stop"),
    [
        ("STOP", StopReason.END),
        ("MAX_TOKENS", StopReason.LENGTH),
        ("CONTINUATION", StopReason.LENGTH),
        ("SAFETY", StopReason.REFUSAL),
        ("RECITATION", StopReason.REFUSAL),
        ("PROHIBITED_CONTENT", StopReason.REFUSAL),
        ("BLOCKLIST", StopReason.REFUSAL),
        ("SPII", StopReason.REFUSAL),
        ("OTHER", StopReason.OTHER),
        ("TOO_MANY_TOOL_CALLS", StopReason.OTHER),
        ("SOMETHING_NEW", StopReason.OTHER),
    ],
)
def test_why_an_answer_ended(reason: str, stop: StopReason) -> None:
    assert read(said({"text": "hm"}, reason=reason)).stop is stop


@pytest.mark.parametrize("reason", ["MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL", "MALFORMED_RESPONSE"])
def test_an_answer_that_the_model_spoiled_is_a_fault_and_no_answer(reason: str) -> None:
    reader = Reader(HELLO)
    reader.feed({"candidates": [{"finishReason": reason, "finishMessage": "in its own words"}]})
    assert reader.error == {"status": reason, "message": "in its own words"}


def test_a_blocked_prompt_is_a_refusal() -> None:
    completed = read(
        {"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}, "usageMetadata": {"promptTokenCount": 9}}
    )
    assert completed.stop is StopReason.REFUSAL
    assert completed.message.parts == ()
    assert completed.usage == Usage(9)


@pytest.mark.parametrize(
    ("counts", "usage"),
    [
        ([{"promptTokenCount": 10}, {"promptTokenCount": 10, "candidatesTokenCount": 5}], Usage(10, 5)),
        ([{"promptTokenCount": 10, "candidatesTokenCount": 5, "thoughtsTokenCount": 30}], Usage(10, 35)),
        ([{"promptTokenCount": 10, "thoughtsTokenCount": 30}], Usage(10, 30)),
        ([{"promptTokenCount": 900, "cachedContentTokenCount": 800}], Usage(900, None, 800)),
        ([{"promptTokenCount": 10, "toolUsePromptTokenCount": 7, "candidatesTokenCount": 1}], Usage(17, 1)),
        ([{"promptTokenCount": "10"}], Usage()),
        ([{}], Usage()),
    ],
    ids=[
        "the last one holds",
        "thoughts are output",
        "only thoughts",
        "cached",
        "tools of the service",
        "text",
        "none",
    ],
)
def test_what_tokens_are_counted(counts: list[dict[str, Any]], usage: Usage) -> None:
    assert read(*({"usageMetadata": count} for count in counts), said(reason="STOP")).usage == usage


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"candidates": None},
        {"candidates": []},
        {"candidates": [None]},
        {"candidates": [{"content": None}]},
        {"candidates": [{"content": {"parts": None}}]},
        {
            "candidates": [
                {"content": {"parts": [None, {}, {"text": None}, {"functionCall": None}, {"inlineData": {}}]}}
            ]
        },
        {"usageMetadata": None, "promptFeedback": None, "modelVersion": None},
    ],
)
def test_fields_that_are_missing_or_null_say_nothing(event: dict[str, Any]) -> None:
    assert read(event, said({"text": "hi"}, reason="STOP")).message.parts == (Text("hi"),)


@pytest.mark.parametrize(
    ("request_", "config"),
    [
        (Request("m", "", ()), None),
        (Request("m", "", (), thinking=True), {"includeThoughts": True}),
        (Request("m", "", (), effort="low", thinking=True), {"includeThoughts": True, "thinkingLevel": "LOW"}),
        (Request("m", "", (), effort="xhigh"), {"thinkingLevel": "XHIGH"}),
        (Request("m", "", (), effort="none", thinking_tokens=0), {"thinkingBudget": 0}),
    ],
    ids=["nothing is known", "it reasons", "an effort", "in the vendor's words", "an older model"],
)
def test_how_hard_the_model_thinks(request_: Request, config: dict[str, Any] | None) -> None:
    assert to_wire(request_)["generationConfig"].get("thinkingConfig") == config


def provider(base_url: str | None) -> GoogleProvider:
    def nobody() -> Any:
        raise AssertionError("nothing is sent")

    return GoogleProvider(ProviderSettings("google", base_url=base_url), nobody)


@pytest.mark.parametrize(
    ("base_url", "model", "path"),
    [
        (None, "gemini-9", "/v1beta/models/gemini-9"),
        ("https://gateway.example/gemini", "gemini-9", "/v1beta/models/gemini-9"),
        ("https://generativelanguage.googleapis.com/v1", "gemini-9", "/models/gemini-9"),
        ("https://generativelanguage.googleapis.com/v1alpha/", "gemini-9", "/models/gemini-9"),
        (None, "models/gemini-9", "/v1beta/models/gemini-9"),
        (None, "tunedModels/mine", "/v1beta/tunedModels/mine"),
        (None, "a/b?c", "/v1beta/models/a%2Fb%3Fc"),
    ],
)
def test_where_a_request_goes(base_url: str | None, model: str, path: str) -> None:
    assert provider(base_url).path(Request(model, "", ())) == f"{path}:streamGenerateContent?alt=sse"


def test_the_list_goes_on_where_its_page_says() -> None:
    google = provider(None)
    assert google.listed({"models": [{"name": "models/gemini-9"}]}) == (ListedModel("gemini-9"),)
    assert google.next_page({"nextPageToken": "a/b="}) == "/v1beta/models?pageSize=1000&pageToken=a%2Fb%3D"
    assert google.next_page({"models": []}) == ""


@pytest.mark.parametrize(
    ("pinned", "served", "status"),
    [
        ("gemini-flash-latest", "gemini-3.8-flash", PinStatus.OK),
        ("gemini-flash-latest", "models/gemini-3.8-flash", PinStatus.OK),
        ("gemini-flash-latest", "gemini-3.5-flash-lite", PinStatus.MISMATCH),
        ("gemini-flash-lite-latest", "gemini-3.5-flash-lite", PinStatus.OK),
        ("gemini-pro-latest", "gemini-3.8-flash", PinStatus.MISMATCH),
        ("gemini-3.8-flash", "gemini-3.8-flash-001", PinStatus.OK),
        ("gemini-3.8-flash", "gemini-3.7-flash", PinStatus.MISMATCH),
    ],
)
def test_which_models_serve_a_name_of_google(pinned: str, served: str, status: PinStatus) -> None:
    assert check(ModelRef("google", pinned), served, Models().aliases()) is status


@pytest.mark.parametrize(
    ("model", "effort", "tokens"),
    [
        ("gemini-2.5-pro", "high", 32_768),
        ("gemini-2.5-flash", "none", 0),
        ("gemini-3.8-flash", "high", None),
        ("gemini-of-tomorrow", "high", None),
    ],
)
def test_which_models_take_an_effort_as_a_number(model: str, effort: str, tokens: int | None) -> None:
    assert Models().facts(ModelRef("google", model)).thinking_tokens.get(effort) == tokens


@pytest.mark.parametrize(
    "event",
    [
        pytest.param({"candidates": [{"content": {"parts": 5}}]}, id="parts"),
        pytest.param({"candidates": [{"groundingMetadata": 5, "finishReason": "STOP"}]}, id="grounding"),
        pytest.param(
            {
                "candidates": [
                    {"groundingMetadata": {"webSearchQueries": 5, "groundingChunks": 5}, "finishReason": "STOP"}
                ]
            },
            id="what was searched for",
        ),
        pytest.param(said({"toolCall": {"args": {"queries": 5}}}), id="queries"),
        pytest.param({"modelVersion": ["gemini"]}, id="model"),
        pytest.param({"usageMetadata": {"promptTokenCount": 10**30, "candidatesTokenCount": -5}}, id="counts"),
    ],
)
def test_fields_of_another_kind_say_nothing(event: dict[str, Any]) -> None:
    completed = read(event, said({"text": "hello"}, reason="STOP"))
    assert (completed.message.text, completed.served, completed.usage.input, completed.usage.output) == (
        "hello",
        None,
        None,
        None,
    )
