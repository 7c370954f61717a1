"""Anthropic's Messages API: a request into its wire, and its events into ours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from enforcer.core.messages import Image, Message, Part, Role, Text, Thinking, ToolCall, ToolResult, ToolSpec, Usage
from enforcer.providers import wire
from enforcer.providers.base import ListedModel, Request, StopReason
from enforcer.providers.body import Body, Items, Run, runs, without_loose_thinking
from enforcer.providers.vendor import Vendor

KIND = "anthropic"
LIST = "/v1/models?limit=1000"
CACHED = {"type": "ephemeral"}
STOPS = {
    "end_turn": StopReason.END,
    "stop_sequence": StopReason.END,
    "tool_use": StopReason.TOOLS,
    "max_tokens": StopReason.LENGTH,
    "model_context_window_exceeded": StopReason.LENGTH,
    "refusal": StopReason.REFUSAL,
}


def to_wire(request: Request) -> dict[str, Any]:
    """The body. What grows comes last, and marks for the cache do not wander, so each body begins as the last one did.

    The mark at the top lets the service find the end of the conversation by itself; the one on the system prompt also
    covers the tools, which it reads first.
    """
    return _body(request).plain()


class Reader(wire.Reader):
    """Reads the events of one answer."""

    vendor = KIND

    def __init__(self, request: Request) -> None:
        super().__init__(request)
        self._blocks: dict[object, Mapping[str, Any]] = {}  # as they began
        self._signatures: dict[object, str] = {}
        self._counts: dict[str, Any] = {}

    def feed(self, event: Mapping[str, Any]) -> list[wire.Delta]:
        match event.get("type"):
            case "content_block_delta":
                return self._delta(event.get("index"), wire.mapping(event.get("delta")))
            case "content_block_start":
                return self._begin(event.get("index"), wire.mapping(event.get("content_block")))
            case "content_block_stop":
                self._finish(event.get("index"))
            case "message_start":
                message = wire.mapping(event.get("message"))
                self.served = message.get("model") or None
                self._count(message.get("usage"))
            case "message_delta":
                reason = wire.mapping(event.get("delta")).get("stop_reason")
                self.stop = STOPS.get(reason, StopReason.OTHER) if reason else self.stop
                self._count(event.get("usage"))
            case "message_stop":
                self.done = self.ended = True
            case "error":
                self.error = event.get("error") or dict(event)
        return []

    def _begin(self, index: object, block: Mapping[str, Any]) -> list[wire.Delta]:
        self._blocks[index] = block
        match block.get("type"):
            case "text":
                return self.draft.say(index, block.get("text"))
            case "thinking":
                self._signatures[index] = block.get("signature") or ""
                return self.draft.think(index, block.get("thinking"))
            case "redacted_thinking":
                self.draft.keep(index, dict(block))
            case "tool_use":
                self.draft.call(index, id=block.get("id"), name=block.get("name"))
        return []

    def _delta(self, index: object, delta: Mapping[str, Any]) -> list[wire.Delta]:
        match delta.get("type"):
            case "text_delta":
                return self.draft.say(index, delta.get("text"))
            case "thinking_delta":
                return self.draft.think(index, delta.get("thinking"))
            case "signature_delta":
                self._signatures[index] = self._signatures.get(index, "") + (delta.get("signature") or "")
            case "input_json_delta":
                if self._blocks.get(index, {}).get("type") == "tool_use":  # a server tool's input is not ours to run
                    self.draft.call(index, arguments=delta.get("partial_json"))
        return []

    def _finish(self, index: object) -> None:
        block = self._blocks.get(index, {})
        match block.get("type"):
            case "thinking" if signature := self._signatures.get(index):
                text = self.draft.thought(index)
                self.draft.keep(index, {**block, "thinking": text, "signature": signature})
            case "tool_use" if block.get("input") and not self.draft.arguments(index):
                self.draft.call(index, arguments=block["input"])  # some gateways send it whole

    def _count(self, usage: object) -> None:
        """Counts are running totals; the later one holds."""
        self._counts |= {name: count for name, count in wire.mapping(usage).items() if count is not None}
        read = wire.tokens(self._counts, "cache_read_input_tokens")
        write = wire.tokens(self._counts, "cache_creation_input_tokens")
        fresh = wire.tokens(self._counts, "input_tokens")
        self.usage = Usage(
            input=None if fresh is None else fresh + (read or 0) + (write or 0),
            output=wire.tokens(self._counts, "output_tokens"),
            cache_read=read,
            cache_write=write,
        )


class AnthropicProvider(Vendor):
    kind = KIND
    reader = Reader
    list_path = LIST

    def path(self, request: Request) -> str:
        return "/v1/messages"

    def body(self, request: Request) -> Body:
        return _body(request)

    def listed(self, page: Mapping[str, Any]) -> tuple[ListedModel, ...]:
        return tuple(
            ListedModel(
                str(entry["id"]),
                context=wire.tokens(entry, "max_input_tokens"),
                max_output=wire.tokens(entry, "max_tokens"),
                name=str(entry.get("display_name") or ""),
            )
            for entry in wire.entries(page, "data")
        )

    def next_page(self, page: Mapping[str, Any]) -> str:
        last = page.get("last_id")
        return f"{LIST}&after_id={quote(str(last))}" if page.get("has_more") and last else ""


def _body(request: Request) -> Body:
    head: dict[str, Any] = {
        "model": request.model,
        "max_tokens": request.max_tokens,
        "stream": True,
        "cache_control": CACHED,
    }
    if request.effort:
        head["output_config"] = {"effort": request.effort}
    if request.system:
        head["system"] = [{"type": "text", "text": request.system, "cache_control": CACHED}]
    if request.tools:
        head["tools"] = [_tool(tool) for tool in request.tools]
    return Body(head, "messages", runs(request.messages, _role), _turn)


def _tool(tool: ToolSpec) -> dict[str, Any]:
    return {"name": tool.name, "description": tool.description, "input_schema": tool.schema}


def _turn(run: Run) -> Items:
    """Roles take turns here: results and what the person says behind them are one user message."""
    content = [block for message in run for block in _blocks(message)]
    return [{"role": _role(run[0]), "content": content}] if content else []


def _role(message: Message) -> str:
    return "assistant" if message.role is Role.ASSISTANT else "user"


def _blocks(message: Message) -> list[dict[str, Any]]:
    return [block for part in without_loose_thinking(message.parts) if (block := _block(part))]


def _block(part: Part) -> dict[str, Any] | None:
    match part:
        case Text(text):
            return {"type": "text", "text": text} if text.strip() else None
        case Thinking(_, vendor, opaque):
            return dict(opaque) if vendor == KIND and opaque else None
        case ToolCall(id, name, input):
            return {"type": "tool_use", "id": id, "name": name, "input": input}
        case ToolResult(call_id, content, is_error, images):
            shown = [{"type": "text", "text": content}, *map(_image, images)] if images else content
            result = {"type": "tool_result", "tool_use_id": call_id, "content": shown}
            return result | {"is_error": True} if is_error else result
        case Image():
            return _image(part)


def _image(image: Image) -> dict[str, Any]:
    return {"type": "image", "source": {"type": "base64", "media_type": image.media_type, "data": image.data}}
