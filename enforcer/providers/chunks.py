"""The chunks of Chat Completions in the dialects of those who serve it: what one leaves out, another spells anew."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from enforcer.core.messages import Usage
from enforcer.providers import wire
from enforcer.providers.base import Completed, Request, StopReason
from enforcer.providers.thinktags import Piece, ThinkTags

KIND = "chat"
FIELD = "field"  # in the opaque part of a thought: the name its text came under, and goes back under
DETAILS = "reasoning_details"
REASONING = ("reasoning_content", "reasoning")
STOPS = {
    "stop": StopReason.END,
    "eos": StopReason.END,
    "eos_token": StopReason.END,
    "stop_sequence": StopReason.END,
    "end_turn": StopReason.END,
    "tool_calls": StopReason.TOOLS,
    "tool_call": StopReason.TOOLS,
    "function_call": StopReason.TOOLS,
    "length": StopReason.LENGTH,
    "max_tokens": StopReason.LENGTH,
    "model_length": StopReason.LENGTH,
    "content_filter": StopReason.REFUSAL,
}
BROKEN = frozenset({"error", "insufficient_system_resource"})  # the service says so where a reason to stop belongs
INPUT = (("prompt_tokens",),)
OUTPUT = (("completion_tokens",),)
CACHE_READ = (("prompt_tokens_details", "cached_tokens"), ("prompt_cache_hit_tokens",), ("cached_tokens",))
CACHE_WRITE = (("prompt_tokens_details", "cache_write_tokens"),)


class Reader(wire.Reader):
    """Reads one answer. Calls that a server failed to tell from text stay text: nothing is run on a guess."""

    vendor = KIND

    def __init__(self, request: Request) -> None:
        super().__init__(request)
        self._keys: dict[object, int] = {}  # which call an index stands for now
        self._ids: list[object] = []  # of the calls, in order
        self._names: list[object] = []
        self._tags = ThinkTags()
        self._field = ""  # the name that reasoning came under
        self._details: list[dict[str, Any]] = []

    def feed(self, event: Mapping[str, Any]) -> list[wire.Delta]:
        self.error = event.get("error") or (dict(event) if event.get("object") == "error" else None)
        self.served = self.served or _text(event.get("model"))
        self._count(event)
        deltas: list[wire.Delta] = []
        for choice in _items(event.get("choices")):
            deltas += self._choice(wire.mapping(choice))
        self.done = self.done or event.get("done") is True
        return deltas

    def completed(self) -> Completed:
        self._show(self._tags.flush())
        if self._details:
            self.draft.keep("thinking", {DETAILS: self._details})
        elif self._field:
            self.draft.keep("thinking", {FIELD: self._field})
        return super().completed()

    def _choice(self, choice: Mapping[str, Any]) -> list[wire.Delta]:
        delta = wire.mapping(choice.get("delta") or choice.get("message"))
        deltas = self._think(delta)
        for text, thinking in _content(delta.get("content")):
            deltas += self._show([Piece(text, thinking=True)] if thinking else self._tags.feed(text))
        if delta.get("refusal"):
            self.stop = StopReason.REFUSAL
            deltas += self.draft.say("text", delta.get("refusal"))
        for fragment in _items(delta.get("tool_calls")):
            self._call(wire.mapping(fragment))
        if delta.get("function_call"):
            self._call({"function": delta["function_call"]})
        return deltas + self._end(choice)

    def _end(self, choice: Mapping[str, Any]) -> list[wire.Delta]:
        self.error = self.error or choice.get("error")
        reason = str(choice.get("finish_reason") or "").lower()
        if not reason:
            return []
        if reason in BROKEN:
            self.error = self.error or reason
            return []
        self.done = True
        if self.stop is not StopReason.REFUSAL:
            self.stop = STOPS.get(reason, StopReason.OTHER)
        return self._show(self._tags.flush())

    def _think(self, delta: Mapping[str, Any]) -> list[wire.Delta]:
        details = [dict(detail) for detail in _items(delta.get(DETAILS)) if isinstance(detail, Mapping)]
        for detail in details:
            self._detail(detail)
        name = next((name for name in REASONING if _text(delta.get(name))), "")
        if name:
            self._field = self._field or name
            return self.draft.think("thinking", delta[name])
        texts = (_text(detail.get("text")) or _text(detail.get("summary")) for detail in details)
        return self.draft.think("thinking", "".join(text for text in texts if text))

    def _detail(self, detail: dict[str, Any]) -> None:
        """The pieces of one block are put together again; blocks and their order stay as the service made them."""
        last = self._details[-1] if self._details else {}
        same = all(last.get(name) == detail.get(name) for name in ("type", "index")) and "data" not in detail
        if not (last and same):
            self._details.append(detail)
            return
        told = [name for name in ("text", "summary") if _text(detail.get(name))]
        joined = {name: (_text(last.get(name)) or "") + detail[name] for name in told}
        last |= {name: value for name, value in detail.items() if value is not None} | joined

    def _show(self, pieces: Iterable[Piece]) -> list[wire.Delta]:
        deltas: list[wire.Delta] = []
        for text, thinking in pieces:
            deltas += self.draft.think("thinking", text) if thinking else self.draft.say("text", text)
        return deltas

    def _call(self, fragment: Mapping[str, Any]) -> None:
        index, id = fragment.get("index"), fragment.get("id") or None
        index = index if isinstance(index, int | str) else None
        function = wire.mapping(fragment.get("function"))
        name, arguments = function.get("name"), function.get("arguments")
        if self._begins_a_call(index, id, name, arguments):
            self._keys[index] = len(self._ids)
            self._ids.append(id)
            self._names.append(name)
        self.draft.call(self._keys[index], id=id, name=name, arguments=arguments)

    def _begins_a_call(self, index: object, id: object, name: object, arguments: object) -> bool:
        """Usually a new index does; servers that send calls whole may number them all 0, or not at all.

        A name may also stand in every piece of one call, so under a known index it begins another one only when the
        last one is complete.
        """
        if index not in self._keys:
            return True
        key = self._keys[index]
        if not name:
            return False
        if id and self._ids[key] and id != self._ids[key]:
            return True
        brings = arguments is not None and arguments != ""
        return name != self._names[key] or (brings and _complete(self.draft.arguments(key)))

    def _count(self, event: Mapping[str, Any]) -> None:
        """Counts are running totals, and some services send one with every chunk: the last one holds."""
        choices = [wire.mapping(choice) for choice in _items(event.get("choices"))]
        places = (event, wire.mapping(event.get("x_groq")), *choices)
        for usage in (wire.mapping(place.get("usage")) for place in places):
            if any(usage.get(name) for name in ("prompt_tokens", "completion_tokens")):
                counts = [_first(usage, paths) for paths in (INPUT, OUTPUT, CACHE_READ, CACHE_WRITE)]
                self.usage = Usage(*counts)
        if self.usage == Usage():
            self.usage = _timed(wire.mapping(event.get("timings")))


def _timed(timings: Mapping[str, Any]) -> Usage:
    """What llama.cpp measured, where it was not asked to count."""
    fresh, cached = wire.tokens(timings, "prompt_n"), wire.tokens(timings, "cache_n")
    whole = None if fresh is None else fresh + (cached or 0)
    return Usage(whole, wire.tokens(timings, "predicted_n"), cached)


def _first(usage: Mapping[str, Any], paths: Iterable[tuple[str, ...]]) -> int | None:
    found = (wire.tokens(usage, *path) for path in paths)
    return next((count for count in found if count is not None), None)


def _content(content: object) -> list[Piece]:
    """Text, or the list of typed pieces that newer reasoning models of some services give."""
    if isinstance(content, str):
        return [Piece(content, thinking=False)]
    return [piece for item in _items(content) if isinstance(item, Mapping) for piece in _typed(item)]


def _typed(item: Mapping[str, Any]) -> list[Piece]:
    match item:
        case {"type": "text", "text": str(text)}:
            return [Piece(text, thinking=False)]
        case {"type": "thinking", "thinking": str(text)}:
            return [Piece(text, thinking=True)]
        case {"type": "thinking", "thinking": list(items)}:
            inner = [piece for each in items if isinstance(each, Mapping) for piece in _typed(each)]
            return [Piece(text, thinking=True) for text, _ in inner]
    return []


def _complete(arguments: str) -> bool:
    try:
        return isinstance(json.loads(arguments), dict)
    except ValueError:
        return False


def _items(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
