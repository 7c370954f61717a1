"""Chat Completions on any address: the wire that local and third-party servers speak."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from enforcer.core.messages import Image, Message, Part, Role, Text, Thinking, ToolCall, ToolResult, ToolSpec
from enforcer.providers import asked, dialects, wire
from enforcer.providers.base import ListedModel, Request
from enforcer.providers.body import Body, Items, Run, compact_json, runs
from enforcer.providers.chunks import DETAILS, FIELD, KIND, REASONING, Reader
from enforcer.providers.concessions import NONE, Made
from enforcer.providers.vendor import Vendor

UNDERSTOOD = "Understood."  # roles take turns: what a model says to instructions that came as a message


def to_wire(request: Request, without: Made = NONE) -> dict[str, Any]:
    """The body. What grows comes last, so each body begins as the last one did."""
    return _body(request, without).plain()


class CompatibleProvider(Vendor):
    kind = KIND
    reader = Reader
    list_path = "/models"
    concessions = dialects.CONCESSIONS

    def path(self, request: Request) -> str:
        return "/chat/completions"

    def body(self, request: Request) -> Body:
        return _body(request, self.without(request))

    def listed(self, page: Mapping[str, Any]) -> tuple[ListedModel, ...]:
        return tuple(ListedModel(str(entry["id"]), _window(entry)) for entry in wire.entries(page, "data"))


def _window(entry: Mapping[str, Any]) -> int | None:
    """Tokens; every kind of server has its own name for it, and the one in use comes before the largest possible."""
    paths = (("loaded_context_length",), ("max_context_length",), ("context_length",), ("max_model_len",))
    found = (wire.tokens(entry, *path) for path in (*paths, ("meta", "n_ctx"), ("meta", "n_ctx_train")))
    return next((tokens for tokens in found if tokens), None)


def _body(request: Request, without: Made = NONE) -> Body:
    system = _instructions(request.system, without) if request.system else []
    same = partial(_speaker, tools=dialects.TOOLS not in without)
    return Body(_head(request, without), "messages", runs(request.messages, same), partial(_messages, without), system)


def _head(request: Request, without: Made) -> dict[str, Any]:
    head: dict[str, Any] = {"model": request.model, "stream": True}
    if dialects.STREAM_OPTIONS not in without:
        head["stream_options"] = {"include_usage": True}
    if dialects.MAX_TOKENS not in without:
        name = "max_completion_tokens" if dialects.COMPLETION_TOKENS in without else "max_tokens"
        head[name] = request.max_tokens
    if request.effort and dialects.EFFORT not in without:
        head["reasoning_effort"] = request.effort
    if request.schema and asked.SCHEMA not in without:
        head["response_format"] = {"type": "json_schema", "json_schema": asked.shape(request.schema)}
    if request.tools and dialects.TOOLS not in without:
        head["tools"] = [_tool(tool) for tool in request.tools]
    return head


def _instructions(text: str, without: Made) -> Items:
    if dialects.SYSTEM not in without:
        return [{"role": "system", "content": text}]
    return [{"role": "user", "content": text}, {"role": "assistant", "content": UNDERSTOOD}]


def _tool(tool: ToolSpec) -> dict[str, Any]:
    function = {"name": tool.name, "description": tool.description, "parameters": tool.schema}
    return {"type": "function", "function": function}


def _speaker(message: Message, *, tools: bool) -> Role:
    """Who says it; a server without tools hears of results from the user."""
    return Role.USER if message.role is Role.TOOL and not tools else message.role


def _messages(without: Made, run: Run) -> Items:
    """Templates of local models insist that user and assistant take turns, so what one says in a row is joined."""
    parts = [part for message in run for part in message.parts]
    if dialects.TOOLS in without:
        parts = [_told(part) for part in parts]
    match _speaker(run[0], tools=dialects.TOOLS not in without):
        case Role.USER:
            return _user(parts, images=dialects.IMAGES not in without)
        case Role.ASSISTANT:
            return _assistant(parts, without)
        case Role.TOOL:
            return [_result(part) for part in parts if isinstance(part, ToolResult)]


def _told(part: Part) -> Part:
    """A call and its result as text."""
    match part:
        case ToolCall(_, name, input):
            return Text(f"[called {name} with {compact_json(input)}]")
        case ToolResult(_, content):
            return Text(f"[result]\n{content}")
    return part


def _result(result: ToolResult) -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": result.call_id, "content": result.content}


def _user(parts: list[Part], *, images: bool) -> Items:
    if not images:
        parts = [Text(f"[{part.media_type} left out]") if isinstance(part, Image) else part for part in parts]
    if any(isinstance(part, Image) for part in parts):
        content: Any = [item for part in parts if (item := _content(part))]
    else:
        content = _text(parts)
    return [{"role": "user", "content": content}] if content else []


def _content(part: Part) -> dict[str, Any] | None:
    match part:
        case Text(text) if text.strip():
            return {"type": "text", "text": text}
        case Image(media_type, data):
            return {"type": "image_url", "image_url": {"url": f"data:{media_type};base64,{data}"}}
    return None


def _assistant(parts: list[Part], without: Made) -> Items:
    text, calls = _text(parts), [_tool_call(part) for part in parts if isinstance(part, ToolCall)]
    if not (text or calls):
        return []
    message = {"role": "assistant", "content": text, **_reasoning(parts, without)}
    return [{**message, "tool_calls": calls}] if calls else [message]


def _reasoning(parts: list[Part], without: Made) -> dict[str, Any]:
    """What a server gave comes back under its own name: some refuse a tool turn without it, the others pass over it."""
    if dialects.REASONED in without:
        return {}
    thoughts = [part for part in parts if isinstance(part, Thinking) and part.vendor == KIND]
    details = [detail for thought in thoughts for detail in thought.opaque.get(DETAILS, ())]
    if details:
        return {DETAILS: details}
    named = {str(thought.opaque.get(FIELD)): thought.text for thought in reversed(thoughts)}
    kept = {name: named[name] for name in REASONING if name in named}
    return kept or ({REASONING[0]: ""} if dialects.FILLED in without else {})


def _text(parts: list[Part]) -> str:
    return "\n\n".join(part.text for part in parts if isinstance(part, Text) and part.text.strip())


def _tool_call(call: ToolCall) -> dict[str, Any]:
    function = {"name": call.name, "arguments": compact_json(call.input)}
    return {"id": call.id, "type": "function", "function": function}
