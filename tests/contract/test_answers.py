"""What every provider makes of an answer that is whole, whoever speaks it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from enforcer.core.messages import Message, Part, Role, Text, Thinking, ToolCall, Usage, assistant, tool_results, user
from enforcer.core.messages import ToolResult as Result
from enforcer.providers.base import Request, StopReason
from tests.contract.wires import BOTH, HELLO, Wire, ask, ask_with_retries
from tests.servers.vendor import Call, Reply, Tokens, VendorServer

COUNTED = Usage(11, 7)


@dataclass(frozen=True)
class Case:
    """`parts` without what is opaque; `usage` without what only some services count."""

    id: str
    reply: Reply
    parts: tuple[object, ...]
    stop: StopReason = StopReason.END
    usage: Usage = COUNTED
    served: str | None = "model-1"


CASES = [
    Case("text", Reply(text=("Good ", "morning")), (Text("Good morning"),)),
    Case("empty answer PROV-014", Reply(), ()),
    Case("thinking", Reply(thinking=("hm, ", "yes"), text=("Yes",)), (Thinking("hm, yes"), Text("Yes"))),
    Case(
        "call split over many chunks",
        Reply(text=("Look",), calls=(Call("Read", ("", '{"file', '_path": ', '"a', '.py"', "}"), id="c1"),)),
        (Text("Look"), ToolCall("c1", "Read", {"file_path": "a.py"})),
        StopReason.TOOLS,
    ),
    Case(
        "call in one chunk",
        Reply(calls=(Call("Read", ('{"file_path": "a.py"}',), id="c1"),)),
        (ToolCall("c1", "Read", {"file_path": "a.py"}),),
        StopReason.TOOLS,
    ),
    Case(
        "two parallel calls",
        Reply(calls=(Call("Read", ('{"p":', "1}"), id="c1"), Call("Grep", ('{"q":2}',), id="c2"))),
        (ToolCall("c1", "Read", {"p": 1}), ToolCall("c2", "Grep", {"q": 2})),
        StopReason.TOOLS,
    ),
    Case(
        "empty arguments",
        Reply(calls=(Call("Status", (), id="c1"),)),
        (ToolCall("c1", "Status", {}),),
        StopReason.TOOLS,
    ),
    Case(
        "unknown tool PROV-012",
        Reply(calls=(Call("no_such_tool", id="c1"),)),
        (ToolCall("c1", "no_such_tool", {}),),
        StopReason.TOOLS,
    ),
    Case(
        "arguments that are no object",
        Reply(calls=(Call("Read", ('["a"]',), id="c1"),)),
        (ToolCall("c1", "Read", {}, broken='["a"]'),),
        StopReason.TOOLS,
    ),
    Case(
        "arguments with NaN",
        Reply(calls=(Call("Read", ('{"limit": NaN}',), id="c1"),)),
        (ToolCall("c1", "Read", {}, broken='{"limit":NaN}'),),
        StopReason.TOOLS,
    ),
    Case("max_tokens in text PROV-016", Reply(text=("And so",), stop="length"), (Text("And so"),), StopReason.LENGTH),
    Case(
        "max_tokens in a call PROV-009",
        Reply(calls=(Call("Write", ('{"path": "a"', "}"), id="c1"),), stop="length"),
        (ToolCall("c1", "Write", {}, broken='{"path":"a"}'),),
        StopReason.LENGTH,
    ),
    Case(
        "max_tokens in the second call",
        Reply(calls=(Call("Read", ('{"p": 1}',), id="c1"), Call("Write", ("",), id="c2")), stop="length"),
        (ToolCall("c1", "Read", {"p": 1}), ToolCall("c2", "Write", {}, broken="")),
        StopReason.LENGTH,
    ),
    Case("refusal PROV-015", Reply(text=("I cannot",), stop="refusal"), (Text("I cannot"),), StopReason.REFUSAL),
    Case("another model served", Reply(text=("hi",), served="model-9"), (Text("hi"),), served="model-9"),
    Case("no model named", Reply(text=("hi",), served=None), (Text("hi"),), served=None),
    Case("no usage PROV-026", Reply(text=("hi",), usage=None), (Text("hi"),), usage=Usage()),
    Case(
        "usage from a cache",
        Reply(text=("hi",), usage=Tokens(900, 5, cached=800)),
        (Text("hi"),),
        usage=Usage(900, 5, 800),
    ),
    Case(
        "multi-byte text split over writes PROV-025",
        Reply(text=("naïve 日本 ", "🙂\u2028end"), bytes_per_write=1),
        (Text("naïve 日本 🙂\u2028end"),),
    ),
    Case("half a surrogate pair in text", Reply(text=("a\ud800b",)), (Text("a\ufffdb"),)),
    Case("a surrogate pair split over deltas", Reply(text=("\ud83d", "\ude42")), (Text("🙂"),)),
    Case(
        "half a surrogate pair in arguments PROV-028",
        Reply(calls=(Call("Write", ('{"content": "' + "x" * 1000, '\\ud800"}'), id="c1"),)),
        (ToolCall("c1", "Write", {"content": "x" * 1000 + "\ufffd"}),),
        StopReason.TOOLS,
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_every_provider_reads_the_same_answer(wire: Wire, case: Case) -> None:
    with VendorServer([case.reply]) as server:
        completed = ask(wire.settings(wire.address(server))).completed
    assert _plain(completed.message) == case.parts
    assert completed.stop is case.stop
    assert (completed.usage.input, completed.usage.output) == (case.usage.input, case.usage.output)
    assert (completed.usage.cache_read or 0) == (case.usage.cache_read or 0)
    assert completed.served == case.served
    assert completed.message.served == case.served
    completed.message.text.encode()


@pytest.mark.parametrize("wire", [wire for wire in BOTH if wire.kind != "google"], ids=lambda wire: wire.id)
def test_arguments_that_are_no_json_are_kept_for_the_model_PROV_010(wire: Wire) -> None:
    reply = Reply(calls=(Call("Read", ('{"path": "a"', ", }"), id="c1"),))
    with VendorServer([reply]) as server:
        completed = ask(wire.settings(wire.address(server))).completed
    assert completed.message.calls == (ToolCall("c1", "Read", {}, broken='{"path": "a", }'),)
    assert completed.stop is StopReason.TOOLS


@pytest.mark.parametrize("wire", [wire for wire in BOTH if wire.kind == "google"], ids=lambda wire: wire.id)
def test_a_call_that_its_service_could_not_read_is_asked_for_again_PROV_010(wire: Wire) -> None:
    broken = Reply(calls=(Call("Read", ('{"path": "a"', ", }")),))
    with VendorServer([broken, Reply(calls=(Call("Read", ('{"path": "a"}',), id="c1"),))]) as server:
        outcome = ask_with_retries(wire.settings(wire.address(server)))
    assert outcome.completed.message.calls == (ToolCall("c1", "Read", {"path": "a"}),)
    assert [retry.reason for retry in outcome.retries] == [
        'google broke off its answer: Malformed function call: Read{"path": "a", }; try again in a moment'
    ]


def test_deltas_come_as_the_service_cut_them(wire: Wire) -> None:
    with VendorServer([Reply(thinking=("h", "m"), text=("Good ", "morning"))]) as server:
        outcome = ask(wire.settings(wire.address(server)))
    assert outcome.thought == ["h", "m"]
    assert outcome.said == ["Good ", "morning"]


def test_ids_that_come_twice_in_one_answer_are_made_unique_PROV_017(wire: Wire) -> None:
    reply = Reply(calls=(Call("Read", id="same"), Call("Grep", id="same")))
    with VendorServer([reply]) as server:
        first, second = ask(wire.settings(wire.address(server))).completed.message.calls
    assert (first.id, first.name, second.name) == ("same", "Read", "Grep")
    assert second.id not in {"same", ""}


def test_an_id_the_conversation_has_already_is_made_new_PROV_017(wire: Wire) -> None:
    earlier = (user("a"), assistant("", ToolCall("call_0", "Read", {})), tool_results([Result("call_0", "text")]))
    with VendorServer([Reply(calls=(Call("Read", id="call_0"),))]) as server:
        (call,) = ask(wire.settings(wire.address(server)), Request("m", "", earlier)).completed.message.calls
    assert call.id not in {"call_0", ""}


def test_the_connection_serves_the_next_request_too(wire: Wire) -> None:
    with VendorServer([Reply(text=("one",)), Reply(text=("two",))]) as server:
        outcome = ask(wire.settings(wire.address(server)), HELLO, replace(HELLO, messages=(user("more"),)))
    assert outcome.said == ["one", "two"]
    assert server.connections == 1


def _plain(message: Message) -> tuple[object, ...]:
    assert message.role is Role.ASSISTANT
    return tuple(_comparable(part) for part in message.parts if not isinstance(part, Thinking) or part.text)


def _comparable(part: Part) -> object:
    """One service sends arguments as JSON in JSON: how they were spaced is lost."""
    match part:
        case Thinking(text):
            return Thinking(text)
        case ToolCall(_, _, _, broken) if broken:
            return replace(part, broken=broken.replace(" ", ""))
    return part
