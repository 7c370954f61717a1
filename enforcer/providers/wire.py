"""What the wires share: reading a stream, an answer while it grows, strict arguments. Knows no vendor."""

from __future__ import annotations

import asyncio
import json
import time
from abc import ABC, abstractmethod
from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Awaitable,
    Callable,
    Container,
    Hashable,
    Iterable,
    Mapping,
)
from contextlib import aclosing, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, ClassVar
from urllib.parse import urlsplit
from uuid import uuid4

from enforcer.core.errors import UsageError
from enforcer.core.events import TextDelta, ThinkingDelta, WebSearched
from enforcer.core.messages import MOST_SOURCES, Message, Part, Role, Search, Source, Text, Thinking, ToolCall, Usage
from enforcer.providers import faults
from enforcer.providers.base import Completed, ProviderSettings, Request, StopReason, StreamEvent
from enforcer.providers.body import CallIds, clean, compact_json
from enforcer.providers.sse import EventDecoder
from enforcer.providers.transport import CONNECT_S, Broken, Opened

DRAIN_S = 0.25  # a body that is read to its end leaves the connection open for the next request
HEARTBEAT_S = 10.0
END_OF_STREAM = "[DONE]"
STREAMS = frozenset({"", "text/event-stream"})
JSON = "application/json"
DEEPEST = 100  # levels of an event or of arguments
MOST_TOKENS = 2**53  # more is no count, and no database takes it
LARGEST_WHOLE = 16 * 1024 * 1024  # bytes

Delta = TextDelta | ThinkingDelta | WebSearched


class Reader(ABC):
    """Turns one stream's events into deltas and, at its end, into a message. Pure: no client, no clock."""

    vendor: ClassVar[str]

    def __init__(self, request: Request) -> None:
        self.draft = Draft(self.vendor, partial(CallIds().of, request.messages))
        self.usage = Usage()
        self.stop = StopReason.END
        self.served: str | None = None
        self.done = False  # the service said that the answer is whole
        self.ended = False  # and that nothing follows
        self.error: object = None  # what the service reported inside the stream
        self.notes: list[str] = []  # for the person

    @abstractmethod
    def feed(self, event: Mapping[str, Any]) -> list[Delta]: ...

    def closing(self) -> list[Delta]:
        """What is said behind a whole answer: the pages it relies on, unless the text names them."""
        return self.draft.name_sources() if self.stop is StopReason.END else []

    def completed(self) -> Completed:
        return replace(self.draft.completed(self.stop, self.usage, self.served), notes=tuple(self.notes))


async def answer(
    open: Callable[[], Awaitable[Opened]], reader: Reader, settings: ProviderSettings, model: str
) -> AsyncGenerator[StreamEvent, None]:
    """Raises: ProviderError. Leaving early, by cancel too, closes the connection, so that the service stops."""
    opened = await open()
    try:
        chunks, kind = opened.chunks(), opened.content_type
        try:
            said = deltas(chunks, reader) if kind in STREAMS else _whole(kind, chunks, reader, settings)
            async with aclosing(said) as stream:
                async for delta in stream:
                    yield delta
        except Broken:
            if not reader.done:
                raise faults.cut(settings, reader.draft.partial()) from None
        if reader.error is not None:
            raise faults.broke_off(settings, model, reader.error, reader.draft.partial())
        if not reader.done:
            raise faults.cut(settings, reader.draft.partial())
        for delta in reader.closing():
            yield delta
        await _drain(chunks)
        yield reader.completed()
    finally:
        await opened.close()


async def deltas(
    chunks: AsyncIterator[bytes], reader: Reader, clock: Callable[[], float] = time.monotonic
) -> AsyncGenerator[Delta, None]:
    decoder = EventDecoder()
    heard = clock()
    async for chunk in chunks:
        for delta in _read(decoder.feed(chunk), reader):
            heard = clock()
            yield delta
        if reader.ended or reader.error is not None:
            return
        if clock() - heard > HEARTBEAT_S:
            # Arguments and pings give no delta; the watchdog must still see that the service is at work.
            heard = clock()
            yield ThinkingDelta("")
    for delta in _read(decoder.flush(), reader):
        yield delta


def parse_arguments(raw: str) -> tuple[dict[str, Any], str | None]:
    """The arguments of a call, and `raw` itself when they are not one strict JSON object."""
    raw = clean(raw)
    if not raw.strip():
        return {}, None
    try:
        value = json.loads(raw, parse_constant=_refuse_constant)
        if raw.count("[") + raw.count("{") > DEEPEST and _too_deep(value):
            return {}, raw
        if "\\u" in raw:  # an escape may hide half a surrogate pair
            value = json.loads(clean(json.dumps(value, ensure_ascii=False)))
    except (ValueError, RecursionError):
        return {}, raw
    return (value, None) if isinstance(value, dict) else ({}, raw)


def address(settings: ProviderSettings, default: str = "") -> str:
    """Raises: UsageError when no client could call there."""
    said = settings.base_url or default
    if said.startswith(("http://", "https://")) and _readable(said):
        return said
    what = f"is '{said}'" if said else "is not set"
    raise UsageError(f"providers.{settings.name}.base_url {what}; write it like http://127.0.0.1:8080/v1")


def _readable(address: str) -> bool:
    try:
        place = urlsplit(address)
        return bool(place.hostname) and place.port != 0
    except ValueError:  # half a bracket, or a port that is none
        return False


def usable_key(settings: ProviderSettings) -> str:
    """Raises: ProviderError when there is none, or one that no header can carry."""
    key = (settings.key or "").strip()
    if not key:
        raise faults.no_key(settings)
    if not (key.isascii() and key.isprintable()):
        raise faults.unusable_key(settings)
    return key


def tokens(usage: Mapping[str, Any], *names: str) -> int | None:
    """The number at a path of names; None when a service leaves it out or says something else there."""
    value: Any = usage
    for name in names:
        value = value.get(name) if isinstance(value, Mapping) else None
    counts = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < MOST_TOKENS
    return value if counts else None


def mapping(value: object) -> Mapping[str, Any]:
    """What should be an object in an event; gateways leave such fields out or send null."""
    return value if isinstance(value, Mapping) else {}


def entries(page: Mapping[str, Any], name: str, id: str = "id") -> list[Mapping[str, Any]]:
    """The objects of a list that name themselves; what else a server puts there is left out."""
    listed = page.get(name)
    objects = [mapping(entry) for entry in listed] if isinstance(listed, list) else []
    return [entry for entry in objects if isinstance(entry.get(id), str) and entry[id]]


@dataclass(slots=True)
class _Said:
    chunks: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Thought:
    chunks: list[str] = field(default_factory=list)
    opaque: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class _Call:
    id: str = ""
    name: str = ""
    chunks: list[str] = field(default_factory=list)
    torn: bool = False


class Draft:
    """The parts of an answer, in the order they began; `key` is how the vendor tells one from another."""

    def __init__(self, vendor: str, taken: Callable[[], Container[str]] = tuple) -> None:
        self._vendor = vendor
        self.taken = taken  # the ids of the conversation; asked for when there is a call
        self._own: set[str] = set()
        self._pieces: dict[Hashable, _Said | _Thought | _Call | Search] = {}
        self._cited: dict[str, Source] = {}

    def say(self, key: Hashable, text: object) -> list[Delta]:
        if not (isinstance(text, str) and text):
            return []
        piece = self._pieces.get(key)
        if not isinstance(piece, _Said):
            piece = self._pieces[key] = _Said()
        piece.chunks.append(text)
        return [TextDelta(clean(text))]

    def think(self, key: Hashable, text: object) -> list[Delta]:
        if not (isinstance(text, str) and text):
            return []
        self._thought(key).chunks.append(text)
        return [ThinkingDelta(clean(text))]

    def keep(self, key: Hashable, opaque: Mapping[str, Any]) -> None:
        """The vendor's own block of a thought."""
        self._thought(key).opaque = opaque

    def thought(self, key: Hashable) -> str:
        return clean("".join(self._thought(key).chunks))

    def call(self, key: Hashable, *, id: object = None, name: object = None, arguments: object = None) -> None:
        """Adds what a fragment brings; the first id and the first name hold."""
        call = self._call(key)
        call.id = call.id or (id if isinstance(id, str) else "")
        call.name = call.name or (name if isinstance(name, str) else "")
        if isinstance(arguments, Mapping):
            arguments = compact_json(arguments)
        if isinstance(arguments, str) and arguments:
            call.chunks.append(arguments)

    def searched(self, key: Hashable, search: Search) -> None:
        self._pieces[key] = search

    def cite(self, url: object, title: object = "") -> None:
        """A page the answer relies on; anything but a web address is nothing to show."""
        if isinstance(url, str) and url.startswith(("https://", "http://")):
            self._cited.setdefault(url, Source(url, title if isinstance(title, str) else ""))

    def name_sources(self) -> list[Delta]:
        said = "".join(chunk for piece in self._pieces.values() if isinstance(piece, _Said) for chunk in piece.chunks)
        left = [source for source in self._cited.values() if source.url not in said]
        if not left or any(isinstance(piece, _Call) for piece in self._pieces.values()):
            return []
        lines = [f"- {' '.join(source.title.split())} {source.url}".replace("-  ", "- ") for source in left]
        return self.say("sources", "\n".join(["\n\nSources:", *lines[:MOST_SOURCES]]))

    def arguments(self, key: Hashable) -> str:
        return "".join(self._call(key).chunks)

    def tear(self, key: Hashable) -> None:
        """The call is known to be incomplete, whatever its arguments look like."""
        self._call(key).torn = True

    def partial(self) -> Message | None:
        """What was said before the stream broke: text only, nothing of it is ever run."""
        text = "".join(clean("".join(piece.chunks)) for piece in self._pieces.values() if isinstance(piece, _Said))
        return Message(Role.ASSISTANT, (Text(text),), note="cut") if text.strip() else None

    def completed(self, stop: StopReason, usage: Usage, served: str | None) -> Completed:
        pieces = list(self._pieces.values())
        if stop is StopReason.REFUSAL:
            pieces = [piece for piece in pieces if not isinstance(piece, _Call)]
        if stop in {StopReason.LENGTH, StopReason.OTHER} and pieces and isinstance(pieces[-1], _Call):
            pieces[-1].torn = True
        message = Message(Role.ASSISTANT, tuple(part for piece in pieces for part in self._part(piece)), served=served)
        if stop in {StopReason.END, StopReason.TOOLS}:
            stop = StopReason.TOOLS if message.calls else StopReason.END
        return Completed(message, usage, stop, served)

    def _part(self, piece: _Said | _Thought | _Call | Search) -> list[Part]:
        if isinstance(piece, Search):
            return [piece]
        text = clean("".join(piece.chunks))
        match piece:
            case _Said():
                return [Text(text)] if text else []
            case _Thought():
                return [Thinking(text, self._vendor, piece.opaque)] if text or piece.opaque else []
            case _Call():
                input, broken = ({}, text) if piece.torn else parse_arguments(text)
                return [ToolCall(self._free(clean(piece.id)), clean(piece.name), input, broken)]

    def _thought(self, key: Hashable) -> _Thought:
        piece = self._pieces.get(key)
        if not isinstance(piece, _Thought):
            piece = self._pieces[key] = _Thought()
        return piece

    def _call(self, key: Hashable) -> _Call:
        piece = self._pieces.get(key)
        if not isinstance(piece, _Call):
            piece = self._pieces[key] = _Call()
        return piece

    def _free(self, id: str) -> str:
        """An id the conversation does not have yet; some servers count from 0 in each answer, some send none."""
        wanted = id
        taken = self.taken()
        while not wanted or wanted in taken or wanted in self._own:
            wanted = f"call_{uuid4().hex[:24]}"
        self._own.add(wanted)
        return wanted


def _read(events: Iterable[str], reader: Reader) -> Iterable[Delta]:
    for data in events:
        if data.strip() == END_OF_STREAM:
            reader.done = reader.ended = True
        elif data.strip() and not (reader.ended or reader.error is not None):
            event = _event(data)
            yield from reader.feed(mapping(event[0] if isinstance(event, list) and event else event))


async def _drain(chunks: AsyncIterator[bytes]) -> None:
    with suppress(TimeoutError, Broken):
        async with asyncio.timeout(DRAIN_S):
            async for _ in chunks:
                pass


async def _whole(
    content_type: str, chunks: AsyncIterator[bytes], reader: Reader, settings: ProviderSettings
) -> AsyncGenerator[Delta, None]:
    """One JSON object instead of a stream: an error under status 200, or a whole answer from a server that cannot
    stream. Raises: ProviderError for anything else.
    """
    size, body = 0, b""
    with suppress(TimeoutError, Broken):
        async with asyncio.timeout(settings.idle_s if content_type == JSON else CONNECT_S):
            async for chunk in chunks:
                size += len(chunk)
                body = body + chunk if size <= LARGEST_WHOLE else b""
    for delta in reader.feed(_object(body)) if content_type == JSON else ():
        yield delta
    if not (reader.done or reader.error is not None):
        raise faults.not_a_stream(settings, content_type, size)


def _event(data: str) -> Any:
    """Raises: Broken for what is no JSON, or none that anybody could work with."""
    try:
        event = json.loads(data)
    except (ValueError, RecursionError):  # a number of thousands of digits is a ValueError, too
        raise Broken from None
    if data.count("[") + data.count("{") > DEEPEST and _too_deep(event):
        raise Broken
    return event


def _too_deep(value: Any) -> bool:
    """Nested deeper than what walks through arguments, records and exports can follow."""
    level: list[Any] = [value]
    for _ in range(DEEPEST):
        level = [item for each in level for item in _children(each)]
        if not level:
            return False
    return True


def _children(value: Any) -> Iterable[Any]:
    return value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        return mapping(_event(body.decode("utf-8", "replace")))
    except Broken:
        return {}


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")
