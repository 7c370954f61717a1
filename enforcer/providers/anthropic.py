"""Anthropic's Messages API: a request into its wire, and its events into ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from operator import is_
from typing import Any
from urllib.parse import quote

from enforcer.core.events import WebSearched
from enforcer.core.messages import (
    Image,
    Message,
    Part,
    Role,
    Search,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
    ToolSpec,
    Usage,
)
from enforcer.providers import asked, search, wire
from enforcer.providers.base import ListedModel, Request, ServerTool, StopReason
from enforcer.providers.body import Body, Items, Run, runs, without_loose_thinking
from enforcer.providers.vendor import Vendor

KIND = "anthropic"
LIST = "/v1/models?limit=1000"
SEARCH = "web_search_20260318"
CACHED = {"type": "ephemeral"}
STOPS = {
    "end_turn": StopReason.END,
    "stop_sequence": StopReason.END,
    "tool_use": StopReason.TOOLS,
    "max_tokens": StopReason.LENGTH,
    "model_context_window_exceeded": StopReason.LENGTH,
    "refusal": StopReason.REFUSAL,
    "pause_turn": StopReason.PAUSE,
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
        self._inputs: dict[object, str] = {}  # of server tools
        self._queries: dict[object, str] = {}  # by the id of the search

    def feed(self, event: Mapping[str, Any]) -> list[wire.Delta]:
        match event.get("type"):
            case "content_block_delta":
                return self._delta(event.get("index"), wire.mapping(event.get("delta")))
            case "content_block_start":
                return self._begin(event.get("index"), wire.mapping(event.get("content_block")))
            case "content_block_stop":
                return self._finish(event.get("index"))
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
            case "server_tool_use" if block.get("name") == "web_search":
                self._inputs[index] = ""
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
                if index in self._inputs:
                    self._inputs[index] += delta.get("partial_json") or ""
                elif self._blocks.get(index, {}).get("type") == "tool_use":  # a server tool's input is not ours to run
                    self.draft.call(index, arguments=delta.get("partial_json"))
            case "citations_delta":
                citation = wire.mapping(delta.get("citation"))
                self.draft.cite(citation.get("url"), citation.get("title"))
        return []

    def _finish(self, index: object) -> list[wire.Delta]:
        block = self._blocks.get(index, {})
        match block.get("type"):
            case "thinking" if signature := self._signatures.get(index):
                text = self.draft.thought(index)
                self.draft.keep(index, {**block, "thinking": text, "signature": signature})
            case "tool_use" if block.get("input") and not self.draft.arguments(index):
                self.draft.call(index, arguments=block["input"])  # some gateways send it whole
            case "server_tool_use" if index in self._inputs:
                given, _ = wire.parse_arguments(self._inputs[index])
                self._asked(index, {**block, "input": given or block.get("input") or {}})
            case "web_search_tool_result":
                return self._found(index, block)
        return []

    def _asked(self, index: object, block: Mapping[str, Any]) -> None:
        query = str(wire.mapping(block["input"]).get("query") or "")
        self._queries[block.get("id")] = query
        self.draft.searched(index, Search(query, KIND, block))

    def _found(self, index: object, block: Mapping[str, Any]) -> list[wire.Delta]:
        """The pages carry their content encrypted; the service wants it back as it is."""
        content = block.get("content")
        found = search.sources(content)
        self.draft.searched(index, Search("", KIND, dict(block), found))
        error = str(wire.mapping(content).get("error_code") or "")
        return [WebSearched(self._queries.get(block.get("tool_use_id"), ""), found, error)]

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
            searches=wire.tokens(self._counts, "server_tool_use", "web_search_requests"),
        )


class AnthropicProvider(Vendor):
    kind = KIND
    reader = Reader
    list_path = LIST
    concessions = (search.REFUSED, *asked.CONCESSIONS)

    def path(self, request: Request) -> str:
        return "/v1/messages"

    def body(self, request: Request) -> Body:
        without = self.without(request)
        return _body(search.granted(asked.granted(request, without), without))

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
    head |= _asked(request)
    if request.system:
        head["system"] = [{"type": "text", "text": request.system, "cache_control": CACHED}]
    if request.tools or request.server_tools:
        head["tools"] = [*map(_tool, request.tools), *map(_search, request.server_tools)]
    return Body(head, "messages", _settled(runs(request.messages, _role)), _turn)


def _asked(request: Request) -> dict[str, Any]:
    """How hard it is to think, and the shape of the answer. Models of an older make take tokens instead of a word."""
    if request.thinking_tokens:
        tokens = min(request.thinking_tokens, request.max_tokens - 1)
        head: dict[str, Any] = {"thinking": {"type": "enabled", "budget_tokens": tokens}}
        config: dict[str, Any] = {}
    else:
        head = {"thinking": {"type": "adaptive"}} if request.effort and request.thinking else {}
        config = {"effort": request.effort} if request.effort else {}
    if request.schema:
        config["format"] = {"type": "json_schema", "schema": request.schema}
    return head | ({"output_config": config} if config else {})


def _tool(tool: ToolSpec) -> dict[str, Any]:
    return {"name": tool.name, "description": tool.description, "input_schema": tool.schema}


def _search(tool: ServerTool) -> dict[str, Any]:
    """Called by the model itself only: through programs of the service it would need a second tool."""
    spec = {"type": SEARCH, "name": "web_search", "max_uses": tool.most, "allowed_callers": ["direct"]}
    domains = {"allowed_domains": tool.allowed_domains, "blocked_domains": tool.blocked_domains}
    return spec | {name: list(listed) for name, listed in domains.items() if listed}


def _settled(turns: list[Run]) -> list[Run]:
    """A search that was interrupted has no result, and may only stand at the end of what is sent."""
    settled = [*map(_without_loose, turns[:-1]), *turns[-1:]]
    if all(map(is_, settled, turns)):
        return turns
    return runs((message for run in settled for message in run if message.parts), _role)


def _without_loose(run: Run) -> Run:
    if not (run[-1].parts and isinstance(run[-1].parts[-1], Search)):
        return run
    blocks = [part.opaque for message in run for part in message.parts if isinstance(part, Search)]
    answered = {block.get("tool_use_id") for block in blocks}
    loose = [block for block in blocks if block.get("type") == "server_tool_use" and block.get("id") not in answered]
    if not loose:
        return run
    return tuple(
        replace(message, parts=tuple(part for part in message.parts if getattr(part, "opaque", None) not in loose))
        for message in run
    )


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
        case Search(_, vendor, opaque):
            return dict(opaque) if vendor == KIND else None


def _image(image: Image) -> dict[str, Any]:
    return {"type": "image", "source": {"type": "base64", "media_type": image.media_type, "data": image.data}}
