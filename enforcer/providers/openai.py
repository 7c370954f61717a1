"""OpenAI's Responses API: a request into its wire, and its events into ours; the service stores nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from enforcer.core.events import WebSearched
from enforcer.core.messages import Image, Part, Role, Search, Text, Thinking, ToolCall, ToolResult, ToolSpec, Usage
from enforcer.providers import asked, decisions, search, wire
from enforcer.providers.base import ListedModel, Request, ServerTool, StopReason
from enforcer.providers.body import Body, Items, Run, compact_json, without_loose_thinking
from enforcer.providers.vendor import Vendor

KIND = "openai"
PHASE = "phase"
INCOMPLETE = {"max_output_tokens": StopReason.LENGTH, "content_filter": StopReason.REFUSAL}


def to_wire(request: Request) -> dict[str, Any]:
    """The body. What grows comes last, so each body begins as the last one did."""
    return _body(request).plain()


class Reader(wire.Reader):
    """Reads the events of one answer; its items are told apart by `output_index`."""

    vendor = KIND

    def __init__(self, request: Request) -> None:
        super().__init__(request)
        self._searches = 0

    def feed(self, event: Mapping[str, Any]) -> list[wire.Delta]:
        key = event.get("output_index")
        match event.get("type"):
            case "response.output_text.delta":
                return self.draft.say((key, "text"), event.get("delta"))
            case "response.refusal.delta":
                self.stop = StopReason.REFUSAL
                return self.draft.say((key, "text"), event.get("delta"))
            case "response.reasoning_summary_text.delta" | "response.reasoning_text.delta":
                return self.draft.think(key, event.get("delta"))
            case "response.reasoning_summary_part.added" if self.draft.thought(key):
                return self.draft.think(key, "\n\n")
            case "response.function_call_arguments.delta":
                self.draft.call(key, arguments=event.get("delta"))
            case "response.output_item.added":
                self._begin(key, wire.mapping(event.get("item")))
            case "response.output_item.done":
                return self._finish(key, wire.mapping(event.get("item")))
            case "response.created":
                self._name(wire.mapping(event.get("response")))
            case "response.completed" | "response.incomplete":
                self._end(wire.mapping(event.get("response")))
            case "response.failed":
                self.error = wire.mapping(event.get("response")).get("error") or "it gave no reason"
            case "error":
                self.error = event.get("error") or {name: event.get(name) for name in ("code", "message")}
        return []

    def _begin(self, key: object, item: Mapping[str, Any]) -> None:
        if item.get("type") == "function_call":
            self.draft.call(key, id=item.get("call_id"), name=item.get("name"))
        elif item.get("phase"):  # newer models want to see again what they took each text for
            self.draft.keep((key, "phase"), {"type": PHASE, "phase": item["phase"]})

    def _finish(self, key: object, item: Mapping[str, Any]) -> list[wire.Delta]:
        match item.get("type"):
            case "function_call":
                whole = None if self.draft.arguments(key) else item.get("arguments")
                self.draft.call(key, id=item.get("call_id"), name=item.get("name"), arguments=whole)
                if item.get("status") == "incomplete":
                    self.draft.tear(key)
            case "reasoning" if item.get("encrypted_content"):
                # Without its encrypted content the service, which stores nothing, does not know the item again.
                self.draft.keep(key, {name: value for name, value in item.items() if value is not None})
            case "message":
                for said in item.get("content") or ():
                    for cited in map(wire.mapping, wire.mapping(said).get("annotations") or ()):
                        self.draft.cite(cited.get("url"), cited.get("title"))
            case "web_search_call":
                return self._searched(key, item)
        return []

    def _searched(self, key: object, item: Mapping[str, Any]) -> list[wire.Delta]:
        """A search, or a page of one that was opened or looked through."""
        action = wire.mapping(item.get("action"))
        queries = action.get("query") or ", ".join(map(str, action.get("queries") or ()))
        found = search.sources(action.get("sources"))
        asked = str(queries or action.get("url") or "")
        self.draft.searched(
            key, Search(asked, KIND, {n: value for n, value in item.items() if value is not None}, found)
        )
        self._searches += action.get("type") == "search"
        return [WebSearched(asked, found, "failed" if item.get("status") == "failed" else "")]

    def _name(self, response: Mapping[str, Any]) -> None:
        self.served = response.get("model") or self.served

    def _end(self, response: Mapping[str, Any]) -> None:
        self._name(response)
        self.done = self.ended = True
        usage = wire.mapping(response.get("usage"))
        self.usage = Usage(
            input=wire.tokens(usage, "input_tokens"),
            output=wire.tokens(usage, "output_tokens"),
            cache_read=wire.tokens(usage, "input_tokens_details", "cached_tokens"),
            cache_write=wire.tokens(usage, "input_tokens_details", "cache_write_tokens"),
            searches=self._searches or None,
        )
        if response.get("status") == "incomplete":
            reason = wire.mapping(response.get("incomplete_details")).get("reason")
            self.stop = INCOMPLETE.get(str(reason), StopReason.OTHER)


class OpenAIProvider(Vendor):
    kind = KIND
    reader = Reader
    decided = decisions.Listed
    list_path = "/models"
    concessions = (search.REFUSED, *asked.CONCESSIONS)

    def path(self, request: Request) -> str:
        return decisions.PATH if request.questions else "/responses"

    def body(self, request: Request) -> Body:
        if request.questions:
            return decisions.listed(request, _items)
        without = self.without(request)
        return _body(search.granted(asked.granted(request, without), without))

    def listed(self, page: Mapping[str, Any]) -> tuple[ListedModel, ...]:
        return tuple(ListedModel(str(entry["id"])) for entry in wire.entries(page, "data"))


def _body(request: Request) -> Body:
    head: dict[str, Any] = {
        "model": request.model,
        "stream": True,
        "store": False,
        "include": ["reasoning.encrypted_content"],
        "max_output_tokens": request.max_tokens,
    }
    if request.effort:
        head["reasoning"] = {"effort": request.effort}
    if request.cache_key:
        head["prompt_cache_key"] = request.cache_key
    if request.schema:
        head["text"] = {"format": {"type": "json_schema", **asked.shape(request.schema)}}
    if request.system:
        head["instructions"] = request.system
    if request.tools or request.server_tools:
        tools = [*map(_tool, request.tools), *map(_search, request.server_tools)]
        head |= {"parallel_tool_calls": True, "tools": tools}
    if request.server_tools:
        head["include"] = [*head["include"], "web_search_call.action.sources"]
    return Body(head, "input", [(message,) for message in request.messages], _items)


def _tool(tool: ToolSpec) -> dict[str, Any]:
    return {
        "type": "function",
        "name": tool.name,
        "description": tool.description,
        "parameters": tool.schema,
        "strict": False,
    }


def _search(tool: ServerTool) -> dict[str, Any]:
    filters = {"filters": {"allowed_domains": list(tool.allowed_domains)}} if tool.allowed_domains else {}
    return {"type": "web_search", **filters}


def _items(run: Run) -> Items:
    (message,) = run
    if message.role is Role.USER:
        content = [item for part in message.parts if (item := _content(part))]
        return [{"type": "message", "role": "user", "content": content}] if content else []
    items, phase = [], {}
    for part in without_loose_thinking(message.parts):
        item = _item(part)
        if item and item["type"] == PHASE:
            phase = {"phase": item["phase"]}
        elif item:
            items.append(item | phase if item["type"] == "message" else item)
            phase = {} if item["type"] == "message" else phase
    return items


def _content(part: Part) -> dict[str, Any] | None:
    match part:
        case Text(text) if text.strip():
            return {"type": "input_text", "text": text}
        case Image():
            return _image(part)
    return None


def _image(image: Image) -> dict[str, Any]:
    return {"type": "input_image", "detail": "auto", "image_url": f"data:{image.media_type};base64,{image.data}"}


def _item(part: Part) -> dict[str, Any] | None:
    match part:
        case Text(text):
            return {"type": "message", "role": "assistant", "content": text} if text.strip() else None
        case Thinking(_, vendor, opaque):
            return dict(opaque) if vendor == KIND and opaque else None
        case ToolCall(id, name, input):
            return {"type": "function_call", "call_id": id, "name": name, "arguments": compact_json(input)}
        case ToolResult(call_id, content, _, images):
            shown = [{"type": "input_text", "text": content}, *map(_image, images)] if images else content
            return {"type": "function_call_output", "call_id": call_id, "output": shown}
        case Search(_, vendor, opaque):
            return dict(opaque) if vendor == KIND else None
        case Image():
            return None
