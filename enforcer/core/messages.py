"""The neutral conversation: what was said, thought, called and answered, whoever the vendor is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from enforcer.core.lanes import ModelRef

MOST_SOURCES = 10  # of a search, where they are told as text


class Role(StrEnum):
    USER = "user"
    ASSISTANT = "assistant"
    TOOL = "tool"  # a message of ToolResults only


@dataclass(frozen=True, slots=True)
class Text:
    text: str


@dataclass(frozen=True, slots=True)
class Thinking:
    """Reasoning. `opaque` is the vendor's own block, byte for byte; it goes back to that vendor only."""

    text: str
    vendor: str = ""  # the provider kind that made it: "anthropic", "openai", …
    opaque: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ToolCall:
    """`broken` holds the raw argument text when it was not a JSON object; such a call is answered, never run."""

    id: str
    name: str
    input: Mapping[str, Any]
    broken: str | None = None


@dataclass(frozen=True, slots=True)
class ToolResult:
    call_id: str
    content: str
    is_error: bool = False
    images: tuple[Image, ...] = ()


@dataclass(frozen=True, slots=True)
class Image:
    media_type: str
    data: str  # base64


@dataclass(frozen=True, slots=True)
class Source:
    """A page that a search found, or that an answer relies on."""

    url: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class Search:
    """A block of a web search that the service made itself. `opaque` is its own, and goes back to that vendor only.

    The call and its result may be parts of their own: the first has the `query`, the second the `sources`.
    """

    query: str
    vendor: str
    opaque: Mapping[str, Any]
    sources: tuple[Source, ...] = ()

    @property
    def told(self) -> str:
        """For models of other vendors, and for whoever reads the conversation."""
        found = ", ".join(source.url for source in self.sources[:MOST_SOURCES])
        asked = f"[searched the web: {self.query}]" if self.query else ""
        return " ".join(filter(None, [asked, f"[found: {found}]" if found else ""]))


Part = Text | Thinking | ToolCall | ToolResult | Image | Search


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a thread. `model` is who wrote an assistant message; it is never relabelled."""

    role: Role
    parts: tuple[Part, ...]
    model: ModelRef | None = None
    served: str | None = None  # the id the service said it used
    note: str = ""  # "" | "interrupted" | "cut": why it ended early

    @property
    def text(self) -> str:
        return "".join(part.text for part in self.parts if isinstance(part, Text))

    @property
    def calls(self) -> tuple[ToolCall, ...]:
        return tuple(part for part in self.parts if isinstance(part, ToolCall))

    @property
    def images(self) -> tuple[Image, ...]:
        """Those of its results, too."""
        found: list[Image] = []
        for part in self.parts:
            match part:
                case Image():
                    found.append(part)
                case ToolResult(images=images):
                    found += images
        return tuple(found)

    @property
    def results(self) -> tuple[ToolResult, ...]:
        return tuple(part for part in self.parts if isinstance(part, ToolResult))


def user(text: str, *images: Image) -> Message:
    return Message(Role.USER, (Text(text), *images))


def assistant(text: str, *calls: ToolCall, model: ModelRef | None = None) -> Message:
    return Message(Role.ASSISTANT, (*((Text(text),) if text else ()), *calls), model)


def tool_results(results: Iterable[ToolResult]) -> Message:
    return Message(Role.TOOL, tuple(results))


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one request; `None` means the service did not say, which is not 0.

    `input` counts every token sent, cached ones included; `cache_read` and `cache_write` are parts of it.
    `output` counts every token made, thinking included.
    """

    input: int | None = None
    output: int | None = None
    cache_read: int | None = None
    cache_write: int | None = None
    searches: int | None = None  # of the web, made by the service itself

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            _sum(self.input, other.input),
            _sum(self.output, other.output),
            _sum(self.cache_read, other.cache_read),
            _sum(self.cache_write, other.cache_write),
            _sum(self.searches, other.searches),
        )


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """What a model is told of a tool: name, text, and a JSON Schema of its input."""

    name: str
    description: str
    schema: Mapping[str, Any]


def message_to_json(message: Message) -> dict[str, Any]:
    """A plain dict that `message_from_json` reads back unchanged."""
    data: dict[str, Any] = {"role": message.role.value, "parts": [_part_to_json(part) for part in message.parts]}
    if message.model:
        data["model"] = str(message.model)
    if message.served:
        data["served"] = message.served
    if message.note:
        data["note"] = message.note
    return data


def message_from_json(data: Mapping[str, Any]) -> Message:
    """Raises: KeyError, ValueError, TypeError when `data` is not a message."""
    return Message(
        Role(data["role"]),
        tuple(_part_from_json(part) for part in data["parts"]),
        ModelRef.parse(data["model"]) if data.get("model") else None,
        _text_or_none(data.get("served")),
        _text(data.get("note", "")),
    )


def repair(messages: Iterable[Message]) -> tuple[Message, ...]:
    """Make a history that every service accepts: each ToolCall has exactly one ToolResult, right behind it.

    Services reject a call without a result and a result without a call; a crash in the middle of a tool leaves
    both. A missing result is written as an error ("interrupted"), a second or foreign one is dropped, and a
    message that is left empty disappears.
    """
    repaired: list[Message] = []
    waiting: list[ToolCall] = []
    answered: dict[str, ToolResult] = {}

    def settle() -> None:
        if not waiting:
            return
        repaired.append(tool_results(answered.get(call.id) or _interrupted(call) for call in waiting))
        waiting.clear()
        answered.clear()

    for message in messages:
        if message.role is Role.TOOL:
            known = {call.id for call in waiting}
            for result in message.results:
                if result.call_id in known:
                    answered.setdefault(result.call_id, result)
            continue
        settle()
        if not message.parts:
            continue
        repaired.append(message)
        waiting.extend(message.calls)
    settle()
    return tuple(repaired)


def without(message: Message, *kinds: type[Part]) -> Message:
    return replace(message, parts=tuple(part for part in message.parts if not isinstance(part, kinds)))


def _interrupted(call: ToolCall) -> ToolResult:
    return ToolResult(call.id, f"interrupted: {call.name} did not finish; its effect is unknown", is_error=True)


def _sum(a: int | None, b: int | None) -> int | None:
    if a is None:
        return b
    return a if b is None else a + b


def _part_to_json(part: Part) -> dict[str, Any]:
    match part:
        case Text(text):
            return {"type": "text", "text": text}
        case Thinking(text, vendor, opaque):
            return {"type": "thinking", "text": text, "vendor": vendor, "opaque": dict(opaque)}
        case ToolCall(id, name, input, broken):
            call: dict[str, Any] = {"type": "tool_call", "id": id, "name": name, "input": dict(input)}
            return call if broken is None else {**call, "broken": broken}
        case ToolResult(call_id, content, is_error, images):
            result: dict[str, Any] = {"type": "tool_result", "call_id": call_id, "content": content}
            shown = {"images": [_part_to_json(image) for image in images]} if images else {}
            return {**result, "is_error": is_error, **shown}
        case Image(media_type, data):
            return {"type": "image", "media_type": media_type, "data": data}
        case Search(query, vendor, opaque, sources):
            found = [{"url": source.url, "title": source.title} for source in sources]
            return {"type": "search", "query": query, "vendor": vendor, "opaque": dict(opaque), "sources": found}


def _part_from_json(data: Mapping[str, Any]) -> Part:
    match data["type"]:
        case "text":
            return Text(_text(data["text"]))
        case "thinking":
            return Thinking(_text(data["text"]), _text(data["vendor"]), dict(data["opaque"]))
        case "tool_call":
            broken = _text_or_none(data.get("broken"))
            return ToolCall(_text(data["id"]), _text(data["name"]), dict(data["input"]), broken)
        case "tool_result":
            images = tuple(_image(each) for each in data.get("images", ()))
            return ToolResult(_text(data["call_id"]), _text(data["content"]), bool(data["is_error"]), images)
        case "image":
            return _image(data)
        case "search":
            sources = tuple(Source(_text(each["url"]), _text(each["title"])) for each in data["sources"])
            return Search(_text(data["query"]), _text(data["vendor"]), dict(data["opaque"]), sources)
        case kind:
            raise ValueError(f"unknown part '{kind}'")


def _image(data: Mapping[str, Any]) -> Image:
    return Image(_text(data["media_type"]), _text(data["data"]))


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"text was expected, not {type(value).__name__}")
    return value


def _text_or_none(value: object) -> str | None:
    return None if value is None else _text(value)
