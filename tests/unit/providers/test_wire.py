from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any

import pytest

from enforcer.core.events import TextDelta, ThinkingDelta
from enforcer.core.messages import user
from enforcer.providers import wire
from enforcer.providers.base import Request
from enforcer.providers.response import quiet
from enforcer.providers.sse import EventDecoder
from enforcer.providers.transport import Broken
from enforcer.providers.wire import deltas, mapping, parse_arguments, tokens


@pytest.mark.parametrize(
    ("sent", "events"),
    [
        (b"data: a\n\ndata: b\n\n", ["a", "b"]),
        (b"event: x\r\ndata: a\r\n\r\n", ["a"]),
        (b": hello\n\nid: 1\nretry: 5\ndata:a\n\n", ["a"]),
        (b"data: one\ndata: two\n\n", ["one\ntwo"]),
        (b"data: a", ["a"]),
        (b"data: a\ndata: b\n", ["a\nb"]),
        ("data: \u2028\u0085é\n\n".encode(), ["\u2028\u0085é"]),
        (b"data: \xff\n\n", ["\ufffd"]),
        (b"data:\n\n", [""]),
        (b"event: ping\n\n", []),
        (b'data: a\n\n[{\n  "error": 1\n}]\n', ["a", '[{\n  "error": 1\n}]']),
        (b'{"error": 1}\n\ndata: a\n\n', ['{"error": 1}', "a"]),
        (b"", []),
    ],
    ids=[
        "two",
        "crlf",
        "other fields",
        "two lines",
        "no end",
        "half an end",
        "odd line ends",
        "not UTF-8",
        "empty data",
        "no data",
        "an error as it is told elsewhere",
        "such an error between events",
        "nothing",
    ],
)
@pytest.mark.parametrize("size", [1, 3, 1000])
def test_server_sent_events_however_the_bytes_arrive(sent: bytes, events: list[str], size: int) -> None:
    decoder = EventDecoder()
    found = [event for start in range(0, len(sent), size) for event in decoder.feed(sent[start : start + size])]
    assert found + decoder.flush() == events


@pytest.mark.parametrize(
    ("raw", "input", "broken"),
    [
        ('{"a": [1, null]}', {"a": [1, None]}, None),
        ("", {}, None),
        (" \n", {}, None),
        ("{}", {}, None),
        ('{"a": 1', {}, '{"a": 1'),
        ('{"a": 1}}', {}, '{"a": 1}}'),
        ("{'a': 1}", {}, "{'a': 1}"),
        ("null", {}, "null"),
        ('"text"', {}, '"text"'),
        ('{"a": Infinity}', {}, '{"a": Infinity}'),
        ('{"a": "\\ud83d\\ude42"}', {"a": "🙂"}, None),
        ('{"a\\udfff": "\\ud800"}', {"a\ufffd": "\ufffd"}, None),
        ("{\ud800", {}, "{\ufffd"),
    ],
)
def test_arguments_are_one_strict_object_or_broken(raw: str, input: dict[str, Any], broken: str | None) -> None:
    assert parse_arguments(raw) == (input, broken)


def test_arguments_nested_beyond_reason_are_broken() -> None:
    raw = '{"a":' + "[" * 200_000
    assert parse_arguments(raw) == ({}, raw)


@pytest.mark.parametrize(
    ("usage", "count"),
    [
        ({"a": {"b": 3}}, 3),
        ({"a": {"b": 0}}, 0),
        ({"a": {"b": None}}, None),
        ({"a": None}, None),
        ({}, None),
        ({"a": {"b": True}}, None),
        ({"a": {"b": "3"}}, None),
    ],
    ids=["said", "zero", "null", "no details", "nothing", "a boolean", "text"],
)
def test_a_count_that_is_not_said_is_not_zero(usage: Mapping[str, Any], count: int | None) -> None:
    assert tokens(usage, "a", "b") == count


def test_what_should_be_an_object_and_is_not_counts_as_empty() -> None:
    assert [mapping(value) for value in (None, "x", [1], {"a": 1})] == [{}, {}, {}, {"a": 1}]


def test_the_clients_debug_lines_stay_out_of_the_log() -> None:
    quiet("a-client")
    assert not logging.getLogger("a-client").isEnabledFor(logging.DEBUG)


class Parrot(wire.Reader):
    """Says what an event has under `say`."""

    vendor = "parrot"

    def feed(self, event: Mapping[str, Any]) -> list[wire.Delta]:
        return self.draft.say("text", event.get("say"))


async def _chunks(pieces: list[bytes]) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


def _heard(pieces: list[bytes], clock: Iterator[float]) -> list[wire.Delta]:
    async def main() -> list[wire.Delta]:
        reader = Parrot(Request("m", "", (user("a"),)))
        return [delta async for delta in deltas(_chunks(pieces), reader, lambda: next(clock))]

    return asyncio.run(main())


def test_work_that_shows_nothing_gives_a_sign_of_life_now_and_then() -> None:
    silent = [b'data: {"arguments": "x"}\n\n'] * 4
    assert _heard(silent, iter([0.0, 4.0, 9.0, 11.0, 11.0, 20.0])) == [ThinkingDelta("")]


def test_work_that_shows_gives_none() -> None:
    assert _heard([b'data: {"say": "a"}\n\n'], iter([0.0, 50.0, 50.0])) == [TextDelta("a")]


def test_what_follows_the_end_of_a_stream_is_not_read() -> None:
    pieces = [b'data: {"say": "a"}\n\ndata: [DONE]\n\ndata: not json\n\n', b"data: nor this\n\n"]
    assert _heard(pieces, iter([0.0, 0.0, 0.0])) == [TextDelta("a")]


@pytest.mark.parametrize(
    "event",
    [
        pytest.param(b"{", id="half"),
        pytest.param(b'{"x":' + b"9" * 5000 + b"}", id="a number of thousands of digits"),
        pytest.param(b"[" * 100_000 + b"]" * 100_000, id="nested without end"),
        pytest.param(b"[" * 500 + b"]" * 500, id="nested deeper than records can follow"),
    ],
)
def test_an_event_nobody_can_work_with_ends_the_stream(event: bytes) -> None:
    with pytest.raises(Broken):
        _heard([b"data: " + event + b"\n\n"], iter([0.0] * 9))


def test_arguments_nested_deeper_than_records_can_follow_are_broken() -> None:
    raw = '{"a":' + "[" * 500 + "]" * 500 + "}"
    assert parse_arguments(raw) == ({}, raw)


def test_an_event_that_never_ends_ends_the_stream() -> None:
    with pytest.raises(Broken):
        _heard([b"x" * 1024 * 1024] * 70, iter([0.0] * 99))
