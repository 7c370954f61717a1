"""Chat Completions on any address: the wire that local and third-party servers speak."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from enforcer.core.messages import Image, Part, Role, Text, ToolCall, ToolResult, ToolSpec, Usage
from enforcer.providers import wire
from enforcer.providers.base import ListedModel, Request, StopReason
from enforcer.providers.body import Body, Items, Run, compact_json, runs
from enforcer.providers.vendor import Vendor

KIND = "chat"
STOPS = {
    "stop": StopReason.END,
    "eos": StopReason.END,
    "tool_calls": StopReason.TOOLS,
    "function_call": StopReason.TOOLS,
    "length": StopReason.LENGTH,
    "content_filter": StopReason.REFUSAL,
}


def to_wire(request: Request) -> dict[str, Any]:
    """The body. What grows comes last, so each body begins as the last one did."""
    return _body(request).plain()


class Reader(wire.Reader):
    """Reads the chunks of one answer; servers differ in what they leave out."""

    vendor = KIND

    def __init__(self, request: Request) -> None:
        super().__init__(request)
        self._keys: dict[object, int] = {}  # which call an index stands for now
        self._ids: list[object] = []  # of the calls, in order

    def feed(self, event: Mapping[str, Any]) -> list[wire.Delta]:
        self.error = event.get("error") or None
        self.served = self.served or event.get("model") or None
        self._count(wire.mapping(event.get("usage")))
        deltas: list[wire.Delta] = []
        for choice in event.get("choices") or ():
            deltas += self._choice(wire.mapping(choice))
        return deltas

    def _choice(self, choice: Mapping[str, Any]) -> list[wire.Delta]:
        delta = wire.mapping(choice.get("delta") or choice.get("message"))
        deltas = self.draft.think("thinking", delta.get("reasoning_content") or delta.get("reasoning"))
        deltas += self.draft.say("text", delta.get("content"))
        if delta.get("refusal"):
            self.stop = StopReason.REFUSAL
            deltas += self.draft.say("text", delta.get("refusal"))
        for fragment in delta.get("tool_calls") or ():
            self._call(wire.mapping(fragment))
        if reason := choice.get("finish_reason"):
            self.done = True
            if self.stop is not StopReason.REFUSAL:
                self.stop = STOPS.get(str(reason).lower(), StopReason.OTHER)
        return deltas

    def _call(self, fragment: Mapping[str, Any]) -> None:
        index, id = fragment.get("index"), fragment.get("id")
        function = wire.mapping(fragment.get("function"))
        name = function.get("name")
        if self._begins_a_call(index, id, name):
            self._keys[index] = len(self._ids)
            self._ids.append(id)
        self.draft.call(self._keys[index], id=id, name=name, arguments=function.get("arguments"))

    def _begins_a_call(self, index: object, id: object, name: object) -> bool:
        """Usually a new index does; servers that send calls whole may number them all 0, or not at all."""
        if index not in self._keys:
            return True
        known = self._ids[self._keys[index]]
        return bool(name) and (id != known if id else index is None)

    def _count(self, usage: Mapping[str, Any]) -> None:
        if usage:
            self.usage = Usage(
                input=wire.tokens(usage, "prompt_tokens"),
                output=wire.tokens(usage, "completion_tokens"),
                cache_read=wire.tokens(usage, "prompt_tokens_details", "cached_tokens"),
            )


class CompatibleProvider(Vendor):
    kind = KIND
    reader = Reader
    list_path = "/models"

    def path(self, request: Request) -> str:
        return "/chat/completions"

    def body(self, request: Request) -> Body:
        return _body(request)

    def listed(self, page: Mapping[str, Any]) -> tuple[ListedModel, ...]:
        return tuple(ListedModel(str(entry["id"]), _window(entry)) for entry in wire.entries(page, "data"))


def _window(entry: Mapping[str, Any]) -> int | None:
    """Tokens; every kind of server has its own name for it, and the one in use comes before the largest possible."""
    paths = (("loaded_context_length",), ("max_context_length",), ("context_length",), ("max_model_len",))
    found = (wire.tokens(entry, *path) for path in (*paths, ("meta", "n_ctx"), ("meta", "n_ctx_train")))
    return next((tokens for tokens in found if tokens), None)


def _body(request: Request) -> Body:
    head: dict[str, Any] = {
        "model": request.model,
        "stream": True,
        "stream_options": {"include_usage": True},
        "max_tokens": request.max_tokens,
    }
    if request.effort:
        head["reasoning_effort"] = request.effort
    if request.tools:
        head["tools"] = [_tool(tool) for tool in request.tools]
    system = [{"role": "system", "content": request.system}] if request.system else []
    return Body(head, "messages", runs(request.messages, lambda message: message.role), _messages, system)


def _tool(tool: ToolSpec) -> dict[str, Any]:
    function = {"name": tool.name, "description": tool.description, "parameters": tool.schema}
    return {"type": "function", "function": function}


def _messages(run: Run) -> Items:
    """Templates of local models insist that user and assistant take turns, so what one says in a row is joined."""
    parts = [part for message in run for part in message.parts]
    match run[0].role:
        case Role.USER:
            return _user(parts)
        case Role.ASSISTANT:
            return _assistant(parts)
        case Role.TOOL:
            return [_result(part) for part in parts if isinstance(part, ToolResult)]


def _result(result: ToolResult) -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": result.call_id, "content": result.content}


def _user(parts: list[Part]) -> Items:
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


def _assistant(parts: list[Part]) -> Items:
    text, calls = _text(parts), [_tool_call(part) for part in parts if isinstance(part, ToolCall)]
    if calls:
        return [{"role": "assistant", "content": text, "tool_calls": calls}]
    return [{"role": "assistant", "content": text}] if text else []


def _text(parts: list[Part]) -> str:
    return "\n\n".join(part.text for part in parts if isinstance(part, Text) and part.text.strip())


def _tool_call(call: ToolCall) -> dict[str, Any]:
    function = {"name": call.name, "arguments": compact_json(call.input)}
    return {"id": call.id, "type": "function", "function": function}
