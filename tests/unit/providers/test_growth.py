"""A conversation that grows: what was written once is kept, and the bytes are those of the whole written anew."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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
    tool_results,
    user,
)
from enforcer.providers.base import ProviderSettings, Request
from enforcer.providers.body import Body, CallIds, Encoder, encode
from enforcer.providers.registry import KINDS, create
from enforcer.providers.replay import Replay
from enforcer.providers.vendor import Vendor

NAMES = [name for name in KINDS if name != "scripted"]
BLOCKS = {
    "call": {"type": "server_tool_use", "id": "srv", "name": "web_search", "input": {}},
    "thought": {"type": "thinking", "thinking": "hm", "signature": "s"},
}


def vendor(name: str) -> Vendor:
    made = create(ProviderSettings(name, base_url="http://127.0.0.1:1/v1", key="k"))
    assert isinstance(made, Vendor)
    return made


def assistant(*parts: Part) -> Message:
    return Message(Role.ASSISTANT, parts)


@st.composite
def histories(draw: st.DrawFn, kind: str) -> list[Message]:
    """Prompts, answers of every shape, calls with their results; also what an interruption leaves behind."""
    texts, numbers = st.sampled_from(["", " ", "a", "é\n"]), itertools.count()
    parts: dict[str, st.SearchStrategy[Part]] = {
        "text": texts.map(Text),
        "thought": st.just(Thinking("hm", kind, BLOCKS["thought"])),
        "search": st.just(Search("q", kind, BLOCKS["call"])),
        "call": st.builds(lambda: ToolCall(f"c{next(numbers)}", "Read", {"n": 1})),
    }
    messages: list[Message] = []
    for shape in draw(st.lists(st.sampled_from(["prompt", "image", "answer", "answer", "answer"]), max_size=9)):
        if shape == "prompt":
            messages.append(user(draw(texts)))
        elif shape == "image":
            messages.append(user("look", Image("image/png", "aGk=")))
        else:
            answer = assistant(*draw(st.lists(st.one_of(*parts.values()), min_size=1, max_size=4)))
            messages.append(answer)
            if answer.calls:
                messages.append(tool_results([ToolResult(call.id, draw(texts)) for call in answer.calls]))
    return messages


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_what_is_kept_of_a_conversation_changes_no_byte(name: str, data: st.DataObject) -> None:
    provider = vendor(name)
    replay, encoder = Replay(provider.kind), Encoder()
    history = data.draw(histories(provider.kind))
    for end in range(len(history) + 1):
        request = Request("m", "s", replay.render(history[:end]))
        written = encoder.encode(provider.body(encoder.settle(request, provider.body)))
        assert written == encode(provider.body(request).plain())


@pytest.mark.parametrize("name", NAMES)
def test_a_long_turn_looks_at_its_newest_messages_only(name: str) -> None:
    provider, encoder, looked_at = vendor(name), Encoder(), []

    def body(request: Request) -> Body:
        looked_at.append(len(request.messages))
        return provider.body(request)

    replay, history = Replay(provider.kind), [user("go")]
    for number in range(200):
        history.append(assistant(Text("Next."), ToolCall(f"c{number}", "Read", {"n": number})))
        history.append(tool_results([ToolResult(f"c{number}", "text")]))
        rest = encoder.settle(Request("m", "s", replay.render(history)), body)
        encoder.encode(body(rest))
    assert max(looked_at) <= 4


def test_another_conversation_is_written_anew() -> None:
    provider, encoder = vendor("anthropic"), Encoder()
    one = (user("one"), assistant(Text("yes")), user("more"))
    two = (user("two"), assistant(Text("yes")), user("more"))
    for messages in (one, two, one[:1], ()):
        request = Request("m", "s", messages)
        assert encoder.encode(provider.body(encoder.settle(request, provider.body))) == encode(
            provider.body(request).plain()
        )


def test_the_ids_of_calls_are_those_of_the_messages_given() -> None:
    ids = CallIds()
    first, second = assistant(ToolCall("a", "Read", {})), assistant(ToolCall("b", "Read", {}))
    assert ids.of((first,)) == {"a"}
    assert ids.of((first, second)) == {"a", "b"}
    assert ids.of((second,)) == {"b"}
