"""Google's Gemini API: a request into its wire, and its events into ours."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import quote, urlsplit

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
from enforcer.providers import asked, decisions, search, wire
from enforcer.providers.base import Completed, ListedModel, ProviderSettings, Request, StopReason
from enforcer.providers.body import Body, Items, Run, runs
from enforcer.providers.transport import Connect
from enforcer.providers.vendor import Vendor

KIND = "google"
VERSION = "v1beta"  # the only one with all models; an address that ends with a version of its own is left alone
GENERATE = "generateContent"
SIGNATURE = "thoughtSignature"
UNSIGNED = "skip_thought_signature_validator"  # what the service wants on a call that none of its models made
STOPS = {
    "STOP": StopReason.END,
    "MAX_TOKENS": StopReason.LENGTH,
    "CONTINUATION": StopReason.LENGTH,
    "SAFETY": StopReason.REFUSAL,
    "RECITATION": StopReason.REFUSAL,
    "BLOCKLIST": StopReason.REFUSAL,
    "PROHIBITED_CONTENT": StopReason.REFUSAL,
    "SPII": StopReason.REFUSAL,
    "LANGUAGE": StopReason.REFUSAL,
    "ESCALATION": StopReason.REFUSAL,
    "MODEL_ARMOR": StopReason.REFUSAL,
    "IMAGE_SAFETY": StopReason.REFUSAL,
}
FAILED = {  # the model, not the conversation; what is not an invalid request is worth a second try
    "MALFORMED_FUNCTION_CALL": "it made a tool call that cannot be read",
    "MALFORMED_RESPONSE": "it made an answer that cannot be read",
    "UNEXPECTED_TOOL_CALL": "it called a tool that it was not given",
    "MISSING_THOUGHT_SIGNATURE": "a tool call in the conversation has no signature",
    "PUP_LIMITED_DISABLED": "the account is limited or disabled by the service's policy",
}


def to_wire(request: Request) -> dict[str, Any]:
    """The body. What grows comes last, so each body begins as the last one did. The model is in the path."""
    return _body(request).plain()


class Reader(wire.Reader):
    """Reads the chunks of one answer.

    A signature goes back on the part it came with. It is kept as a thought without text: right before the text or the
    call that it signs, or, when it came on an empty text, as a part of its own.
    """

    vendor = KIND

    def __init__(self, request: Request) -> None:
        super().__init__(request)
        self._pieces = 0
        self._growing = ""  # what the next chunk of the same kind belongs to: "text", "thought" or nothing
        self._counts: dict[str, Any] = {}
        self._searches = 0

    def feed(self, event: Mapping[str, Any]) -> list[wire.Delta]:
        self.error = event.get("error") or None
        served = event.get("modelVersion")
        self.served = served if isinstance(served, str) and served else self.served
        self._count(wire.mapping(event.get("usageMetadata")))
        if wire.mapping(event.get("promptFeedback")).get("blockReason"):
            self.done, self.stop = True, StopReason.REFUSAL
        candidates = event.get("candidates")
        return self._candidate(wire.mapping(candidates[0])) if isinstance(candidates, list) and candidates else []

    def _candidate(self, candidate: Mapping[str, Any]) -> list[wire.Delta]:
        parts = _list(wire.mapping(candidate.get("content")).get("parts"))
        deltas = [delta for part in parts for delta in self._part(wire.mapping(part))]
        if reason := str(candidate.get("finishReason") or ""):
            self.done = True
            self.stop = STOPS.get(reason, StopReason.OTHER)
            deltas += self._grounded(wire.mapping(candidate.get("groundingMetadata")))
            if reason in FAILED:
                self.error = {"status": reason, "message": candidate.get("finishMessage") or FAILED[reason]}
        return deltas

    def _part(self, part: Mapping[str, Any]) -> list[wire.Delta]:
        signature = part.get(SIGNATURE)
        if call := part.get("functionCall"):
            self._call(wire.mapping(call), signature)
        elif "toolCall" in part or "toolResponse" in part:
            query = _list(wire.mapping(wire.mapping(part.get("toolCall")).get("args")).get("queries"))
            self.draft.searched(self._key(), Search(", ".join(map(str, query)), KIND, dict(part)))
        elif not isinstance(part.get("text"), str):
            return []
        elif part.get("thought"):
            return self._thought(part)
        elif signature:
            return self._signed(part["text"], signature)
        else:
            return self.draft.say(self._key("text"), part["text"])
        return []

    def _grounded(self, grounding: Mapping[str, Any]) -> list[wire.Delta]:
        """What was searched for, and the pages the answer relies on; it comes with the last chunk."""
        queries = [str(query) for query in _list(grounding.get("webSearchQueries"))]
        pages = [wire.mapping(wire.mapping(chunk).get("web")) for chunk in _list(grounding.get("groundingChunks"))]
        for page in pages:
            self.draft.cite(page.get("uri"), page.get("title"))
        self._searches += len(queries)
        found = search.sources([{"url": page.get("uri"), "title": page.get("title")} for page in pages])
        return [WebSearched(", ".join(queries), found)] if queries else []

    def _call(self, call: Mapping[str, Any], signature: object) -> None:
        if signature:
            self.draft.keep(self._key(), {SIGNATURE: signature})
        self.draft.call(self._key(), id=call.get("id"), name=call.get("name"), arguments=_arguments(call.get("args")))

    def _thought(self, part: Mapping[str, Any]) -> list[wire.Delta]:
        key = self._key() if part.get(SIGNATURE) else self._key("thought")
        deltas = self.draft.think(key, part["text"])
        if part.get(SIGNATURE):
            self.draft.keep(key, dict(part))
        return deltas

    def _signed(self, text: str, signature: object) -> list[wire.Delta]:
        if text.strip():
            self.draft.keep(self._key(), {SIGNATURE: signature})
            return self.draft.say(self._key(), text)
        deltas = self.draft.say(self._key("text"), text)
        self.draft.keep(self._key(), {"text": "", SIGNATURE: signature})
        return deltas

    def _key(self, growing: str = "") -> int:
        if not growing or growing != self._growing:
            self._pieces += 1
        self._growing = growing
        return self._pieces

    def _count(self, usage: Mapping[str, Any]) -> None:
        """Counts are running totals; the later one holds. What is 0 is left out."""
        self._counts |= {name: count for name, count in usage.items() if count is not None}
        prompt = wire.tokens(self._counts, "promptTokenCount")
        made = [wire.tokens(self._counts, f"{name}TokenCount") for name in ("candidates", "thoughts")]
        known = [count for count in made if count is not None]
        self.usage = Usage(
            input=None if prompt is None else prompt + (wire.tokens(self._counts, "toolUsePromptTokenCount") or 0),
            output=sum(known) if known else None,
            cache_read=wire.tokens(self._counts, "cachedContentTokenCount"),
        )

    def completed(self) -> Completed:
        done = super().completed()
        return replace(done, usage=replace(done.usage, searches=self._searches)) if self._searches else done


class GoogleProvider(Vendor):
    kind = KIND
    reader = Reader
    decided = decisions.Named
    concessions = (search.REFUSED, *asked.CONCESSIONS)

    def __init__(self, settings: ProviderSettings, connect: Connect) -> None:
        super().__init__(settings, connect)
        self._version = _version(settings.base_url or "")
        self.list_path = f"{self._version}/models?pageSize=1000"

    def path(self, request: Request) -> str:
        if request.questions:
            return f"{self._version}{decisions.PATH}"
        return f"{self._version}/{_resource(request.model)}:streamGenerateContent?alt=sse"

    def body(self, request: Request) -> Body:
        if request.questions:
            return decisions.named(request)
        without = self.without(request)
        return _body(search.granted(asked.granted(request, without), without))

    def listed(self, page: Mapping[str, Any]) -> tuple[ListedModel, ...]:
        return tuple(
            ListedModel(
                str(entry["name"]).removeprefix("models/"),
                context=wire.tokens(entry, "inputTokenLimit"),
                max_output=wire.tokens(entry, "outputTokenLimit"),
                name=str(entry.get("displayName") or ""),
            )
            for entry in wire.entries(page, "models", "name")
            if GENERATE in (entry.get("supportedGenerationMethods") or [GENERATE])
        )

    def next_page(self, page: Mapping[str, Any]) -> str:
        token = page.get("nextPageToken")
        return f"{self.list_path}&pageToken={quote(str(token), safe='')}" if token else ""


def _version(base_url: str) -> str:
    last = urlsplit(base_url).path.rstrip("/").rpartition("/")[2]
    return "" if re.fullmatch(r"v\d\w*", last) else f"/{VERSION}"


def _resource(model: str) -> str:
    if model.startswith(("models/", "tunedModels/")):
        return quote(model)
    return f"models/{quote(model, safe='')}"


def _body(request: Request) -> Body:
    head: dict[str, Any] = {}
    if request.system:
        head["systemInstruction"] = {"parts": [{"text": request.system}]}
    if request.tools:
        head["tools"] = [{"functionDeclarations": [_tool(tool) for tool in request.tools]}]
    if request.server_tools:  # beside functions, a model searches only when it may show that it does
        head["tools"] = [*head.get("tools", ()), {"googleSearch": {}}]
        head["toolConfig"] = {"includeServerSideToolInvocations": True}
    head["generationConfig"] = {"maxOutputTokens": request.max_tokens}
    if request.schema:
        shape = {"responseMimeType": "application/json", "responseJsonSchema": request.schema}
        head["generationConfig"] |= shape
    if thinking := _thinking(request):
        head["generationConfig"]["thinkingConfig"] = thinking
    names = {call.id: call.name for message in request.messages for call in message.calls}
    return Body(head, "contents", runs(request.messages, _role), partial(_turn, names))


def _tool(tool: ToolSpec) -> dict[str, Any]:
    return {"name": tool.name, "description": tool.description, "parametersJsonSchema": tool.schema}


def _thinking(request: Request) -> dict[str, Any]:
    """Models that do not reason refuse to be asked for thoughts; older ones take tokens instead of a level."""
    thinking: dict[str, Any] = {"includeThoughts": True} if request.thinking else {}
    if request.thinking_tokens is not None:
        thinking["thinkingBudget"] = request.thinking_tokens
    elif request.effort:
        thinking["thinkingLevel"] = request.effort.upper()
    return thinking


def _turn(names: Mapping[str, str], run: Run) -> Items:
    """Roles take turns here: results and what the person says behind them are one turn of the user."""
    if run[0].role is Role.ASSISTANT:
        parts = [part for message in run for part in _said(message)]
    else:
        parts = [part for message in run for part in _heard(message.parts, names)]
    return [{"role": _role(run[0]), "parts": parts}] if parts else []


def _role(message: Message) -> str:
    return "model" if message.role is Role.ASSISTANT else "user"


def _heard(parts: tuple[Part, ...], names: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    for part in parts:
        match part:
            case Text(text) if text.strip():
                yield {"text": text}
            case Image(media_type, data):
                yield {"inlineData": {"mimeType": media_type, "data": data}}
            case ToolResult(id, content, is_error):
                response = {"error" if is_error else "output": content}
                yield {"functionResponse": {"id": id, "name": _function(names.get(id, "")), "response": response}}


def _said(message: Message) -> Iterator[dict[str, Any]]:
    """The first call of a step must be signed; each signature goes on the part that it came with."""
    sign: dict[str, Any] = {}
    first = {SIGNATURE: UNSIGNED}
    for part in message.parts:
        match part:
            case Thinking(_, vendor, opaque):
                if vendor == KIND and "text" in opaque:
                    yield dict(opaque)
                sign = dict(opaque) if vendor == KIND and "text" not in opaque else {}
            case Search(_, vendor, opaque) if vendor == KIND:
                yield dict(opaque)
            case Text(text) if text.strip():
                yield {"text": text, **sign}
                sign = {}
            case ToolCall(id, name, input):
                yield {"functionCall": {"id": id, "name": _function(name), "args": input}, **(sign or first)}
                sign, first = {}, {}


def _function(name: str) -> str:
    """A name that begins with a digit, which a model made up, is refused in a history."""
    return name if name[:1].isalpha() or name.startswith("_") else f"_{name}"


def _list(value: object) -> list[Any]:
    """What should be a list; a gateway may put something else there."""
    return value if isinstance(value, list) else []


def _arguments(args: object) -> str | None:
    """As the text that other services send: a call without arguments has none."""
    return json.dumps(args, ensure_ascii=False) if args else None
