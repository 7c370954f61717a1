"""Anthropic's Messages API over its official client."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from typing import Any

from anthropic import (
    APIConnectionError,
    APIStatusError,
    AsyncAnthropic,
    AsyncStream,
    DefaultAsyncHttpxClient,
)

from enforcer.core.messages import Image, Message, Part, Role, Text, Thinking, ToolCall, ToolResult, ToolSpec, Usage
from enforcer.providers import faults, wire
from enforcer.providers.base import ProviderSettings, Request, StopReason, StreamEvent
from enforcer.providers.body import Body, Encoder, Items, Run, runs, without_loose_thinking

KIND = "anthropic"
ADDRESS = "https://api.anthropic.com"
CACHED = {"type": "ephemeral"}
STOPS = {
    "end_turn": StopReason.END,
    "stop_sequence": StopReason.END,
    "tool_use": StopReason.TOOLS,
    "max_tokens": StopReason.LENGTH,
    "model_context_window_exceeded": StopReason.LENGTH,
    "refusal": StopReason.REFUSAL,
}


class AnthropicProvider:
    kind = KIND

    def __init__(self, settings: ProviderSettings) -> None:
        self._settings = settings
        self._address = wire.address(settings, ADDRESS)
        self._client: _Client | None = None
        self._encoder = Encoder()

    def stream(self, request: Request) -> AsyncGenerator[StreamEvent, None]:
        return wire.answer(lambda: self._open(request), Reader(request), self._settings, request.model)

    async def close(self) -> None:
        if self._client:
            await self._client.close()
            self._client = None

    async def _open(self, request: Request) -> AsyncStream[object]:
        if self._client is None:
            self._client = _Client(wire.usable_key(self._settings), self._address, self._settings)
        try:
            return await self._client.post(
                "/v1/messages",
                cast_to=object,
                content=self._encoder.encode(_body(request)),
                options={"headers": wire.HEADERS},
                stream=True,
                stream_cls=AsyncStream[object],
            )
        # Not chained: what the client says of a failure may quote the key.
        except APIStatusError as error:
            headers, body = error.response.headers, error.body
            raise faults.refused(self._settings, request.model, error.status_code, headers, body) from None
        except APIConnectionError as error:
            raise faults.unreachable(self._settings, self._address, error.__cause__ or error) from None


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


class _Client(AsyncAnthropic):
    """The official client, without what it takes from the environment by itself: headers, profiles, tracing."""

    def __init__(self, key: str, address: str, settings: ProviderSettings) -> None:
        timeout = wire.timeout(settings)
        super().__init__(
            api_key=key,
            base_url=address,
            max_retries=0,
            timeout=timeout,
            open_telemetry=False,
            http_client=DefaultAsyncHttpxClient(follow_redirects=False, timeout=timeout),
        )
        self._custom_headers = {}
        wire.quiet("anthropic", "httpx2", "httpcore2")


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
        case ToolResult(call_id, content, is_error):
            result = {"type": "tool_result", "tool_use_id": call_id, "content": content}
            return result | {"is_error": True} if is_error else result
        case Image(media_type, data):
            return {"type": "image", "source": {"type": "base64", "media_type": media_type, "data": data}}
