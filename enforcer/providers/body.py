"""What is sent: the JSON of a request, in which each message is encoded once and then kept."""

from __future__ import annotations

import json
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from operator import is_
from typing import Any

from enforcer.core.messages import Message, Part, Role, Thinking
from enforcer.providers.base import Request

LARGEST_BYTES = 32 * 1024 * 1024  # kept; beyond it the encoder starts anew

Items = list[dict[str, Any]]
Run = tuple[Message, ...]  # messages that a vendor takes as one, so they can only be encoded together


@dataclass(frozen=True, slots=True)
class Body:
    """A body in two parts: `head` is small, and `runs`, which go into the list `name`, grow with the conversation."""

    head: Mapping[str, Any]
    name: str
    runs: Sequence[Run]
    items: Callable[[Run], Items]
    first: Sequence[Mapping[str, Any]] = ()  # items before the first run

    def plain(self) -> dict[str, Any]:
        return {**self.head, self.name: [*self.first, *(item for run in self.runs for item in self.items(run))]}


@dataclass(slots=True)
class Encoder:
    """Encodes bodies of one vendor. The same Message object is encoded once, so a long history costs little more."""

    _kept: dict[tuple[int, ...], tuple[Run, bytes]] = field(default_factory=dict)  # the run is held: ids stay its own
    _size: int = 0
    _settled: tuple[Message, ...] = ()  # what no later message can change any more,
    _beginning: bytes = b""  # and its items

    def settle(self, request: Request, body: Callable[[Request], Body]) -> Request:
        """The request without the beginning of its messages that is encoded for good; `encode` puts that back.

        So the hundredth step of a turn looks at as many messages as the first.
        """
        start = len(self._settled)
        if not (start <= len(request.messages) and all(map(is_, self._settled, request.messages))):
            self._settled, self._beginning, start = (), b"", 0
        fresh = request.messages[start:]
        border = _border(fresh)
        if border:
            done = body(replace(request, messages=fresh[:border]))
            pieces = [self._beginning, *(self._run(done, run) for run in done.runs)]
            self._beginning = b",".join(filter(None, pieces))
            self._settled = request.messages[: start + border]
            self._kept.clear()
        return replace(request, messages=fresh[border:]) if self._settled else request

    def encode(self, body: Body) -> bytes:
        """The same bytes as `encode(body.plain())`, with what was settled in front of the runs."""
        if self._size > LARGEST_BYTES:
            self._kept.clear()
            self._size = 0
        head = encode({**body.head, body.name: []}).removesuffix(b"]}")
        pieces = [encode(item) for item in body.first]
        pieces += [self._beginning, *(self._run(body, run) for run in body.runs)]
        return head + b",".join(piece for piece in pieces if piece) + b"]}"

    def _run(self, body: Body, run: Run) -> bytes:
        key = tuple(map(id, run))
        if key not in self._kept:
            encoded = b",".join(encode(item) for item in body.items(run))
            self._kept[key] = (run, encoded)
            self._size += len(encoded)
        return self._kept[key][1]


class CallIds:
    """The ids of the calls of a conversation; when it has grown, only what is new is looked at."""

    def __init__(self) -> None:
        self._messages: Sequence[Message] = ()
        self._ids: set[str] = set()

    def of(self, messages: Sequence[Message]) -> Container[str]:
        known = len(self._messages)
        if known > len(messages) or not all(map(is_, self._messages, messages)):
            known, self._ids = 0, set()
        self._ids.update(call.id for message in messages[known:] for call in message.calls)
        self._messages = messages
        return self._ids


def _border(messages: Sequence[Message]) -> int:
    """Where the last answer begins that something follows: no vendor joins it with what is in front of it.

    Its calls and their results stay together, and one that is empty, which vendors may leave out, is no border.
    """
    followed = False
    for index in range(len(messages) - 1, 0, -1):
        message = messages[index]
        if message.role is not Role.ASSISTANT:
            followed = True
        elif followed and messages[index - 1].role is not Role.ASSISTANT and (message.calls or message.text.strip()):
            return index
    return 0


def encode(value: Mapping[str, Any]) -> bytes:
    """Half a surrogate pair, which no UTF-8 can hold, becomes the replacement character."""
    return clean(compact_json(value)).encode()


def compact_json(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=dict)


def clean(text: str) -> str:
    """Text that UTF-8 can hold; the same object when it is that already."""
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def runs(messages: Iterable[Message], same: Callable[[Message], object]) -> list[Run]:
    """Neighbours of which `same` says the same, together."""
    return [tuple(run) for _, run in groupby(messages, key=same)]


def without_loose_thinking(parts: Iterable[Part]) -> list[Part]:
    """Services refuse a message that ends with thinking, which a cut answer does."""
    kept = list(parts)
    while kept and isinstance(kept[-1], Thinking):
        kept.pop()
    return kept
