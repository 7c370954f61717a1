from __future__ import annotations

import json
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enforcer.core.messages import Message, user
from enforcer.providers import anthropic, compatible, openai
from enforcer.providers.base import Request
from enforcer.providers.body import Body, Encoder, Items, Run, clean, encode, runs


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("plain", "plain"),
        ("é日🙂", "é日🙂"),
        ("a\ud800b", "a\ufffdb"),
        ("a\udc00", "a\ufffd"),
        ("\ud800", "\ufffd"),
        ("\ud83d\ude42", "🙂"),
    ],
    ids=["ascii", "wide", "high half", "low half", "alone", "both halves"],
)
def test_text_becomes_valid_and_keeps_what_it_says(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned


@given(st.text(alphabet=st.characters(), max_size=40))
def test_any_text_can_be_sent(text: str) -> None:
    assert json.loads(encode({"a": text})) == {"a": clean(text)}


def test_a_schema_that_cannot_be_written_to_is_sent_like_any_other() -> None:
    assert encode({"a": MappingProxyType({"b": 1})}) == b'{"a":{"b":1}}'


class Counting:
    """Items of a run, and how often they were asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def items(self, run: Run) -> Items:
        self.asked.append(run[0].text)
        return [{"text": message.text} for message in run if message.text]


def _body(counting: Counting, *messages: Message, **first: Any) -> Body:
    return Body(
        {"model": "m"}, "messages", [(message,) for message in messages], counting.items, [first] if first else []
    )


def test_a_message_is_encoded_once() -> None:
    counting, encoder = Counting(), Encoder()
    a, b, c = user("a"), user("b"), user("c")
    assert encoder.encode(_body(counting, a, b)) == b'{"model":"m","messages":[{"text":"a"},{"text":"b"}]}'
    assert encoder.encode(_body(counting, a, b, c)).endswith(b',{"text":"c"}]}')
    assert counting.asked == ["a", "b", "c"]


def test_equal_messages_are_not_taken_for_the_same() -> None:
    counting, encoder = Counting(), Encoder()
    encoder.encode(_body(counting, user("a")))
    encoder.encode(_body(counting, user("a")))
    assert counting.asked == ["a", "a"]


@pytest.mark.parametrize(
    ("texts", "first", "expected"),
    [
        ([], {}, b'{"model":"m","messages":[]}'),
        ([], {"role": "system"}, b'{"model":"m","messages":[{"role":"system"}]}'),
        (["", "a", ""], {}, b'{"model":"m","messages":[{"text":"a"}]}'),
        (["a"], {"role": "system"}, b'{"model":"m","messages":[{"role":"system"},{"text":"a"}]}'),
    ],
    ids=["nothing", "system only", "empty runs", "system and text"],
)
def test_bodies_are_joined_without_stray_commas(texts: list[str], first: dict[str, Any], expected: bytes) -> None:
    body = _body(Counting(), *map(user, texts), **first)
    assert Encoder().encode(body) == expected == encode(body.plain())


def test_runs_are_neighbours_that_belong_together() -> None:
    a, b, c = user("a"), user("a"), user("c")
    assert runs([a, b, c], lambda message: message.text) == [(a, b), (c,)]


@pytest.mark.parametrize("module", [anthropic, openai, compatible], ids=["anthropic", "openai", "chat"])
def test_a_thousand_turns_are_the_same_bytes_encoded_at_once_or_kept(module: Any) -> None:
    messages = tuple(user(f"turn {number} é") for number in range(1000))
    request = Request("m", "s", messages)
    encoder = Encoder()
    encoder.encode(module._body(Request("m", "s", messages[:500])))
    assert encoder.encode(module._body(request)) == encode(module.to_wire(request))
