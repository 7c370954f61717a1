"""Neutral messages in the shape of the Anthropic Messages API, whoever made them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from enforcer.core.events import Event, MessageAdded, RequestStarted, Retrying, TextDelta, ThinkingDelta
from enforcer.core.messages import Image, Message, Part, Role, Search, Text, Thinking, ToolCall, ToolResult, Usage

Line = dict[str, Any]


def assistant_message(message: Message, usage: Usage | None, id: str) -> Line:
    return {
        "id": f"msg_{id.replace('-', '')[:24]}",
        "type": "message",
        "role": "assistant",
        "model": message.served or (message.model.model if message.model else "unknown"),
        "content": blocks(message.parts),
        "stop_reason": "tool_use" if message.calls else None if message.note else "end_turn",
        "stop_sequence": None,
        "usage": usage_json(usage or Usage()),
    }


def tool_result_message(message: Message) -> Line:
    return {"role": "user", "content": blocks(message.parts)}


def user_message(message: Message) -> Line:
    return {"role": "user", "content": blocks(message.parts)}


def blocks(parts: Iterable[Part]) -> list[Line]:
    """What is for its service only is left out: blocks of a search, a thought that is nothing but a signature."""
    told = (part for part in parts if not isinstance(part, Thinking) or part.text)
    return [_block(part) for part in told if not isinstance(part, Search)]


def usage_json(usage: Usage) -> Line:
    """There `input_tokens` leaves out what the cache gave or took; null = the service did not say."""
    fresh = None
    if usage.input is not None:
        fresh = max(usage.input - (usage.cache_read or 0) - (usage.cache_write or 0), 0)
    return {
        "input_tokens": fresh,
        "output_tokens": usage.output,
        "cache_read_input_tokens": usage.cache_read,
        "cache_creation_input_tokens": usage.cache_write,
    }


def _block(part: Text | Thinking | ToolCall | ToolResult | Image) -> Line:
    match part:
        case Text(text):
            return {"type": "text", "text": text}
        case Thinking(text):
            # A missing signature breaks readers; a foreign one would be a lie.
            return {"type": "thinking", "thinking": text, "signature": ""}
        case ToolCall(id, name, input):
            return {"type": "tool_use", "id": id, "name": name, "input": dict(input)}
        case ToolResult(call_id, content, is_error, images):
            shown = [_block(Text(content)), *map(_block, images)] if images else content
            return {"type": "tool_result", "tool_use_id": call_id, "content": shown, "is_error": is_error}
        case Image(media_type, data):
            return {"type": "text", "text": f"[image {media_type}, {len(data) * 3 // 4:,} bytes]"}


class Partial:
    """Deltas as the events of an Anthropic stream: one message, blocks one after another, each opened and closed."""

    def __init__(self, put: Callable[[Line], None]) -> None:
        self._put = put
        self._model = ""
        self._block = ""  # "text", "thinking", or "" when none is open
        self._index = 0
        self._open = False

    def read(self, event: Event) -> None:
        match event:
            case RequestStarted(_, model):
                self._model = model.model
            case TextDelta(text):
                self._delta("text", {"type": "text_delta", "text": text})
            case ThinkingDelta(text):
                self._delta("thinking", {"type": "thinking_delta", "thinking": text})
            case Retrying():
                self._close(None)
            case MessageAdded(_, message, _, usage) if message.role is Role.ASSISTANT:
                self._close("tool_use" if message.calls else "end_turn", usage)

    def _delta(self, kind: str, delta: Line) -> None:
        if not self._open:
            self._open, self._index = True, 0
            message = {"type": "message", "role": "assistant", "model": self._model, "content": []}
            self._put({"type": "message_start", "message": {**message, "usage": usage_json(Usage())}})
        if self._block != kind:
            self._close_block()
            self._block = kind
            empty = {"text": ""} if kind == "text" else {"thinking": "", "signature": ""}
            start = {"type": "content_block_start", "index": self._index, "content_block": {"type": kind, **empty}}
            self._put(start)
        self._put({"type": "content_block_delta", "index": self._index, "delta": delta})

    def _close_block(self) -> None:
        if self._block:
            self._put({"type": "content_block_stop", "index": self._index})
            self._index += 1
        self._block = ""

    def _close(self, stop_reason: str | None, usage: Usage | None = None) -> None:
        if not self._open:
            return
        self._close_block()
        stop = {"stop_reason": stop_reason, "stop_sequence": None}
        self._put({"type": "message_delta", "delta": stop, "usage": usage_json(usage or Usage())})
        self._put({"type": "message_stop"})
        self._open = False
