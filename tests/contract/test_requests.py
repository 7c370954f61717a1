"""What every provider sends: the body, byte for byte, and nothing that the machine's environment smuggles in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
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
    tool_results,
    user,
)
from enforcer.providers.base import Request
from tests.contract.wires import HELLO, KEY, Wire, ask
from tests.servers.vendor import Call, Reply, VendorServer

READ = ToolSpec("Read", "Read a file.", {"type": "object", "properties": {"path": {"type": "string"}}})
SIGNED = {"type": "thinking", "thinking": "hm", "signature": "sig-1"}
REASONED = {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "enc-1"}
FULL = Request(
    "/models/qwen3.gguf",
    "Be brief.",
    (
        user("look", Image("image/png", "aGk=")),
        Message(
            Role.ASSISTANT,
            (
                Thinking("hm", "anthropic", SIGNED),
                Thinking("hm", "openai", REASONED),
                Thinking("hm", "chat"),
                Text("Reading."),
                Thinking("", "google", {"thoughtSignature": "thought00001"}),
                ToolCall("c1", "Read", {"path": "é.py"}),
                ToolCall("c2", "Read", {}, broken="{"),
            ),
        ),
        tool_results([ToolResult("c1", "x = 1"), ToolResult("c2", "not JSON", is_error=True)]),
        user("go on"),
    ),
    (READ,),
    max_tokens=500,
    effort="high",
)
MARK = {"type": "ephemeral"}
BODIES: Mapping[str, Any] = {
    "anthropic": {
        "model": "/models/qwen3.gguf",
        "max_tokens": 500,
        "stream": True,
        "cache_control": MARK,
        "output_config": {"effort": "high"},
        "system": [{"type": "text", "text": "Be brief.", "cache_control": MARK}],
        "tools": [{"name": "Read", "description": "Read a file.", "input_schema": READ.schema}],
        "messages": [
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "look"},
                    {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "aGk="}},
                ],
            },
            {
                "role": "assistant",
                "content": [
                    SIGNED,
                    {"type": "text", "text": "Reading."},
                    {"type": "tool_use", "id": "c1", "name": "Read", "input": {"path": "é.py"}},
                    {"type": "tool_use", "id": "c2", "name": "Read", "input": {}},
                ],
            },
            {
                "role": "user",
                "content": [
                    {"type": "tool_result", "tool_use_id": "c1", "content": "x = 1"},
                    {"type": "tool_result", "tool_use_id": "c2", "content": "not JSON", "is_error": True},
                    {"type": "text", "text": "go on"},
                ],
            },
        ],
    },
    "openai": {
        "model": "/models/qwen3.gguf",
        "stream": True,
        "store": False,
        "include": ["reasoning.encrypted_content"],
        "max_output_tokens": 500,
        "reasoning": {"effort": "high"},
        "instructions": "Be brief.",
        "parallel_tool_calls": True,
        "tools": [
            {
                "type": "function",
                "name": "Read",
                "description": "Read a file.",
                "parameters": READ.schema,
                "strict": False,
            }
        ],
        "input": [
            {
                "type": "message",
                "role": "user",
                "content": [
                    {"type": "input_text", "text": "look"},
                    {"type": "input_image", "detail": "auto", "image_url": "data:image/png;base64,aGk="},
                ],
            },
            REASONED,
            {"type": "message", "role": "assistant", "content": "Reading."},
            {"type": "function_call", "call_id": "c1", "name": "Read", "arguments": '{"path":"é.py"}'},
            {"type": "function_call", "call_id": "c2", "name": "Read", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "c1", "output": "x = 1"},
            {"type": "function_call_output", "call_id": "c2", "output": "not JSON"},
            {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "go on"}]},
        ],
    },
    "chat": {
        "model": "/models/qwen3.gguf",
        "stream": True,
        "stream_options": {"include_usage": True},
        "max_tokens": 500,
        "reasoning_effort": "high",
        "tools": [
            {
                "type": "function",
                "function": {"name": "Read", "description": "Read a file.", "parameters": READ.schema},
            }
        ],
        "messages": [
            {"role": "system", "content": "Be brief."},
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "look"},
                    {"type": "image_url", "image_url": {"url": "data:image/png;base64,aGk="}},
                ],
            },
            {
                "role": "assistant",
                "content": "Reading.",
                "tool_calls": [
                    {"id": "c1", "type": "function", "function": {"name": "Read", "arguments": '{"path":"é.py"}'}},
                    {"id": "c2", "type": "function", "function": {"name": "Read", "arguments": "{}"}},
                ],
            },
            {"role": "tool", "tool_call_id": "c1", "content": "x = 1"},
            {"role": "tool", "tool_call_id": "c2", "content": "not JSON"},
            {"role": "user", "content": "go on"},
        ],
    },
    "google": {
        "systemInstruction": {"parts": [{"text": "Be brief."}]},
        "tools": [
            {
                "functionDeclarations": [
                    {"name": "Read", "description": "Read a file.", "parametersJsonSchema": READ.schema}
                ]
            }
        ],
        "generationConfig": {"maxOutputTokens": 500, "thinkingConfig": {"thinkingLevel": "HIGH"}},
        "contents": [
            {"role": "user", "parts": [{"text": "look"}, {"inlineData": {"mimeType": "image/png", "data": "aGk="}}]},
            {
                "role": "model",
                "parts": [
                    {"text": "Reading."},
                    {
                        "functionCall": {"id": "c1", "name": "Read", "args": {"path": "é.py"}},
                        "thoughtSignature": "thought00001",
                    },
                    {"functionCall": {"id": "c2", "name": "Read", "args": {}}},
                ],
            },
            {
                "role": "user",
                "parts": [
                    {"functionResponse": {"id": "c1", "name": "Read", "response": {"output": "x = 1"}}},
                    {"functionResponse": {"id": "c2", "name": "Read", "response": {"error": "not JSON"}}},
                    {"text": "go on"},
                ],
            },
        ],
    },
}
PLAIN: Mapping[str, bytes] = {
    "anthropic": (
        b'{"model":"model-1","max_tokens":8192,"stream":true,"cache_control":{"type":"ephemeral"},'
        b'"system":[{"type":"text","text":"Be brief.","cache_control":{"type":"ephemeral"}}],'
        b'"messages":[{"role":"user","content":[{"type":"text","text":"hello"}]}]}'
    ),
    "openai": (
        b'{"model":"model-1","stream":true,"store":false,"include":["reasoning.encrypted_content"],'
        b'"max_output_tokens":8192,"instructions":"Be brief.",'
        b'"input":[{"type":"message","role":"user","content":[{"type":"input_text","text":"hello"}]}]}'
    ),
    "chat": (
        b'{"model":"model-1","stream":true,"stream_options":{"include_usage":true},"max_tokens":8192,'
        b'"messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"hello"}]}'
    ),
    "google": (
        b'{"systemInstruction":{"parts":[{"text":"Be brief."}]},"generationConfig":{"maxOutputTokens":8192},'
        b'"contents":[{"role":"user","parts":[{"text":"hello"}]}]}'
    ),
}


def test_a_plain_request_is_these_bytes(wire: Wire) -> None:
    with VendorServer([Reply(text=("hi",))]) as server:
        ask(wire.settings(wire.address(server)))
    assert server.requests[0].raw == PLAIN[wire.kind]
    assert server.requests[0].path == wire.path


def test_a_full_history_is_this_body(wire: Wire) -> None:
    with VendorServer([Reply(text=("hi",))], strict=True) as server:
        outcome = ask(wire.settings(wire.address(server)), FULL)
    assert outcome.error is None
    assert server.bodies == [BODIES[wire.kind]]


def test_a_grown_conversation_begins_with_the_bytes_of_the_last_request(wire: Wire) -> None:
    called = Reply(thinking=("hm",), text=("Look",), calls=(Call("Read", ('{"path": "a"}',), id="c1"),))
    with VendorServer([called, Reply(text=("done",)), Reply(text=("bye",))], strict=True) as server:
        settings = wire.settings(wire.address(server))
        first = replace(HELLO, tools=(READ,))
        second = _grown(first, ask(settings, first).completed.message, tool_results([ToolResult("c1", "text")]))
        third = _grown(second, ask(settings, second).completed.message, user("thanks"))
        assert ask(settings, third).completed.message.text == "bye"
    before, middle, after = [request.raw.removesuffix(b"]}") for request in server.requests]
    assert middle.startswith(before)
    assert after.startswith(middle)


def test_half_a_surrogate_pair_is_sent_as_the_replacement_character_PROV_028(wire: Wire) -> None:
    torn = replace(HELLO, messages=(user("a\ud800b"),))
    with VendorServer([Reply(text=("hi",))]) as server:
        ask(wire.settings(wire.address(server)), torn)
    assert server.requests[0].raw == PLAIN[wire.kind].replace(b"hello", "a\ufffdb".encode())


def test_the_key_is_the_one_given_and_the_environment_adds_nothing(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "ANTHROPIC_API_KEY",
        "ANTHROPIC_AUTH_TOKEN",
        "ANTHROPIC_PROFILE",
        "OPENAI_API_KEY",
        "OPENAI_ADMIN_KEY",
        "OPENAI_ORG_ID",
        "OPENAI_PROJECT_ID",
        "OPENAI_WEBHOOK_SECRET",
        "GEMINI_API_KEY",
        "GOOGLE_API_KEY",
        "GOOGLE_APPLICATION_CREDENTIALS",
        "GOOGLE_CLOUD_LOCATION",
        "GOOGLE_CLOUD_PROJECT",
        "GOOGLE_GENAI_API_VERSION",
    ):
        monkeypatch.setenv(name, "smuggled")
    monkeypatch.setenv("GOOGLE_GENAI_USE_ENTERPRISE", "true")
    monkeypatch.setenv("GOOGLE_GENAI_USE_VERTEXAI", "false")
    monkeypatch.setenv("GOOGLE_GENAI_HTTP_CLIENT", "httpx")
    for name in ("ANTHROPIC_BASE_URL", "OPENAI_BASE_URL", "GOOGLE_GEMINI_BASE_URL", "GOOGLE_VERTEX_BASE_URL"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/smuggled")
    for name in ("ANTHROPIC_CUSTOM_HEADERS", "OPENAI_CUSTOM_HEADERS"):
        monkeypatch.setenv(name, "X-Extra: smuggled\nAuthorization: Bearer smuggled")
    with VendorServer([Reply(text=("hi",))]) as server:
        ask(wire.settings(wire.address(server)))
    (request,) = server.requests
    assert request.bearer == KEY
    assert "smuggled" not in f"{request.path} {request.headers}"
    assert "smuggled" not in request.raw.decode()


def test_requests_say_who_asks(wire: Wire) -> None:
    with VendorServer([Reply(text=("hi",))]) as server:
        ask(wire.settings(wire.address(server)))
    assert server.requests[0].headers["user-agent"].startswith("enforcer/")


def _grown(request: Request, *messages: Message) -> Request:
    return replace(request, messages=(*request.messages, *messages))
