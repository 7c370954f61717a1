"""A neutral history as one vendor can take it: nothing opaque of another vendor, each call answered once, ids unique.

Messages of the same role in a row stay as they are: joining them would change what was already sent when a second one
follows later. Wire translators join them where their vendor insists on taking turns.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import dataclass, field, replace
from operator import is_
from typing import Any

from enforcer.core.lanes import ModelRef
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
    repair,
    user,
    without,
)

SAFE_ID = re.compile(r"[a-zA-Z0-9_-]{1,40}")
UNSAFE_IN_NAME = re.compile(r"[^a-zA-Z0-9_-]")
LONGEST_NAME = 64
IMAGES_IN_RESULTS = frozenset({"anthropic", "openai"})  # elsewhere the images of a result are shown behind it


@dataclass(frozen=True, slots=True)
class _Exchange:
    """A message, and the results of its calls; what was made of them, and the ids that took."""

    source: tuple[Message, ...]
    rendered: tuple[Message, ...]
    ids: tuple[str, ...]


@dataclass(slots=True)
class Replay:
    """Renders one thread for one vendor kind and keeps what it rendered.

    Rendering a grown history gives the very same objects for its old part, so that what hangs on them (an encoded
    body, a vendor's cache) stays good. Own thinking goes back untouched, foreign thinking is dropped; with `model`,
    thinking of another model of the same vendor too: some vendors bind it to the model that made it.
    """

    kind: str
    images: bool = field(default=True, kw_only=True)
    model: ModelRef | None = field(default=None, kw_only=True)
    _exchanges: list[_Exchange] = field(default_factory=list, init=False)
    _ids: set[str] = field(default_factory=set, init=False)
    _sources: list[Message] = field(default_factory=list, init=False)  # of all exchanges, in a row,
    _rendered: list[Message] = field(default_factory=list, init=False)  # and what was made of them

    def render(self, messages: Sequence[Message]) -> tuple[Message, ...]:
        start = self._keep(messages)
        last: tuple[Message, ...] = ()
        for source, settled in _exchanges(messages[start:]):
            exchange = self._render(source)
            if settled:
                self._add(exchange)
            else:  # an open call may still get its result
                last = exchange.rendered
        return (*self._rendered, *last)

    def _add(self, exchange: _Exchange) -> None:
        self._exchanges.append(exchange)
        self._ids.update(exchange.ids)
        self._sources += exchange.source
        self._rendered += exchange.rendered

    def _keep(self, messages: Sequence[Message]) -> int:
        """Forget the exchanges that are not the beginning of `messages`; how many messages the rest covers."""
        if len(self._sources) <= len(messages) and all(map(is_, self._sources, messages)):
            return len(self._sources)
        start = 0
        for number, exchange in enumerate(self._exchanges):
            end = start + len(exchange.source)
            same = end <= len(messages) and all(map(is_, exchange.source, messages[start:end]))
            if not same:
                del self._exchanges[number:]
                break
            start = end
        kept, self._exchanges = self._exchanges, []
        self._ids, self._sources, self._rendered = set(), [], []
        for exchange in kept:
            self._add(exchange)
        return start

    def _render(self, source: tuple[Message, ...]) -> _Exchange:
        named, ids = self._with_safe_ids(source)
        rendered = [self._message(message) for message in repair(named)]
        if self.kind not in IMAGES_IN_RESULTS:
            rendered = [each for message in rendered for each in _images_behind(message)]
        return _Exchange(source, tuple(message for message in rendered if message.parts), ids)

    def _with_safe_ids(self, source: tuple[Message, ...]) -> tuple[tuple[Message, ...], tuple[str, ...]]:
        """Give each call an id nobody else in the thread has; the n-th result of an id follows its n-th call."""
        taken: list[str] = []
        new_ids: defaultdict[str, deque[str]] = defaultdict(deque)

        def renamed(part: Part) -> Part | None:
            match part:
                case ToolCall(id):
                    taken.append(_free_id(id, self._ids, taken))
                    new_ids[id].append(taken[-1])
                    return part if taken[-1] == id else replace(part, id=taken[-1])
                case ToolResult(id):
                    if not new_ids[id]:
                        return None
                    new = new_ids[id].popleft()
                    return part if new == id else replace(part, call_id=new)
            return part

        return tuple(_mapped(message, renamed) for message in source), tuple(taken)

    def _message(self, message: Message) -> Message:
        own = self.model is None or message.model is None or message.model == self.model
        rendered = _mapped(message if own else _told(without(message, Thinking)), self._part)
        if all(isinstance(part, Thinking) for part in rendered.parts):
            return replace(message, parts=())  # the turn was interrupted before anything was said
        return rendered

    def _part(self, part: Part) -> Part | None:
        match part:
            case Text(text):
                clean = _clean(text)
                if not clean.strip():
                    return None
                return part if clean is text else Text(clean)
            case Thinking(_, vendor):
                return part if vendor == self.kind else None
            case Search(vendor=vendor, told=told):
                return part if vendor == self.kind else Text(_clean(told)) if told else None
            case ToolCall():
                return _clean_call(part)
            case ToolResult(_, content, _, images):
                notes = () if self.images else tuple(_left_out(image) for image in images)
                clean = "\n".join((_clean(content), *notes)) if notes else _clean(content)
                same = clean is content and not notes
                return part if same else replace(part, content=clean, images=images if self.images else ())
            case Image():
                return part if self.images else Text(_left_out(part))


def _exchanges(messages: Sequence[Message]) -> Iterator[tuple[tuple[Message, ...], bool]]:
    """Split into what can be rendered by itself; True when nothing that may still follow can change it."""
    group: list[Message] = []
    waiting: Counter[str] = Counter()
    for message in messages:
        if group and (message.role is not Role.TOOL or not waiting):
            yield tuple(group), True
            group, waiting = [], Counter()
        group.append(message)
        if message.role is Role.TOOL:
            waiting -= Counter(result.call_id for result in message.results)
        else:
            waiting = Counter(call.id for call in message.calls)
    if group:
        yield tuple(group), not waiting


def _told(message: Message) -> Message:
    return _mapped(message, lambda part: Text(part.told) if isinstance(part, Search) else part)


def _left_out(image: Image) -> str:
    return f"[image {image.media_type} left out: this model reads text only]"


def _images_behind(message: Message) -> list[Message]:
    """Results take text only on that wire: what they show is said by the user, behind all of them."""
    if message.role is not Role.TOOL or not message.images:
        return [message]
    results = tuple(replace(result, images=()) for result in message.results)
    return [replace(message, parts=results), user("The images of these results:", *message.images)]


def _free_id(id: str, *taken: Container[str]) -> str:
    wanted = id if SAFE_ID.fullmatch(id) else _hashed(id, 0)
    number = 0
    while any(wanted in ids for ids in taken):
        number += 1
        wanted = _hashed(id, number)
    return wanted


def _hashed(id: str, number: int) -> str:
    return "call_" + hashlib.sha256(f"{number}:{id}".encode(errors="surrogatepass")).hexdigest()[:24]


def _clean_call(call: ToolCall) -> ToolCall:
    """A model may make up a tool's name; services refuse a history with a name they would not take themselves."""
    name = UNSAFE_IN_NAME.sub("_", call.name)[:LONGEST_NAME] or "unnamed"
    input = _clean_json(call.input)
    broken = call.broken and _clean(call.broken)
    if name == call.name and input is call.input and broken is call.broken:
        return call
    return ToolCall(call.id, name, input, broken)


def _clean(text: str) -> str:
    """The same object, unless it has half a surrogate pair, which cannot be sent as UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def _clean_json(value: Any) -> Any:
    match value:
        case str():
            return _clean(value)
        case list():
            items = [_clean_json(item) for item in value]
            return value if all(map(is_, items, value)) else items
        case dict():
            pairs = {_clean(key): _clean_json(item) for key, item in value.items()}
            same = all(map(is_, pairs, value)) and all(map(is_, pairs.values(), value.values()))
            return value if same else pairs
    return value


def _mapped(message: Message, change: Callable[[Part], Part | None]) -> Message:
    parts = tuple(new for part in message.parts if (new := change(part)) is not None)
    same = len(parts) == len(message.parts) and all(map(is_, parts, message.parts))
    return message if same else replace(message, parts=parts)
