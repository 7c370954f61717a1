"""What every provider makes of a service that fails: what can be done about it, and the one sentence a person reads."""

from __future__ import annotations

import asyncio
import socket
import traceback
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, replace

import pytest

from enforcer.core.messages import Message, Role, Text
from enforcer.providers.base import Failure
from enforcer.providers.registry import create
from tests.contract.wires import BOTH, HELLO, KEY, Wire, ask, ask_with_retries, failure
from tests.servers.vendor import Call, Reply, VendorServer

BAD_KEY = f"invalid key {KEY}!"
LOCAL = [wire for wire in BOTH if wire.kind == "chat"]  # most of these servers want no key
KEYED = [wire for wire in BOTH if wire.kind != "chat"]
TOO_LONG = (
    "the conversation is too long for {name}/model-1 ({status}): shorten what you asked, or start anew with /clear"
)


@dataclass(frozen=True)
class Refusal:
    id: str
    reply: Reply
    failure: Failure
    message: str
    retry_after_s: float | None = None


REFUSALS = [
    Refusal(
        "401 PROV-005",
        Reply(status=401, body=BAD_KEY),
        Failure.AUTH,
        "{name} refused the key from THE_KEY (401): check it",
    ),
    Refusal("403", Reply(status=403, body="no"), Failure.AUTH, "{name} refused the key from THE_KEY (403): check it"),
    Refusal(
        "404",
        Reply(status=404, body="model: model-1"),
        Failure.NOT_FOUND,
        "{name} knows no model 'model-1' (404): choose another one or check the address {address}",
    ),
    Refusal(
        "429 with seconds PROV-001",
        Reply(status=429, body="slow down", headers={"retry-after": "2"}),
        Failure.RETRY,
        "{name} limits the rate of requests (429): slow down; try again in a moment",
        2.0,
    ),
    Refusal(
        "429 with milliseconds",
        Reply(status=429, headers={"retry-after-ms": "1500", "retry-after": "2"}),
        Failure.RETRY,
        "{name} limits the rate of requests (429); try again in a moment",
        1.5,
    ),
    Refusal(
        "529 PROV-003",
        Reply(status=529, body="Overloaded"),
        Failure.RETRY,
        "{name} cannot answer now (529): Overloaded; try again in a moment",
    ),
    Refusal(
        "500 that says not to retry PROV-029",
        Reply(status=500, body="boom", headers={"x-should-retry": "false"}),
        Failure.RETRY,
        "{name} cannot answer now (500): boom; try again in a moment",
    ),
    Refusal("408", Reply(status=408), Failure.RETRY, "{name} cannot answer now (408); try again in a moment"),
    Refusal("409", Reply(status=409), Failure.RETRY, "{name} cannot answer now (409); try again in a moment"),
    Refusal(
        "quota spent",
        Reply(status=429, body="You exceeded your current quota, please check your plan."),
        Failure.FATAL,
        "{name} refused the request (429): You exceeded your current quota, please check your plan",
    ),
    Refusal(
        "400",
        Reply(status=400, body="tools.0: bad\nschema!"),
        Failure.FATAL,
        "{name} refused the request (400): tools.0: bad schema",
    ),
    Refusal(
        "422 without a word", Reply(status=422), Failure.FATAL, "{name} refused the request (422): it gave no reason"
    ),
    Refusal("413 PROV-007", Reply(status=413, body="too big"), Failure.CONTEXT, TOO_LONG),
    Refusal(
        "context of anthropic PROV-006",
        Reply(status=400, body="prompt is too long: 210000 tokens > 200000 maximum"),
        Failure.CONTEXT,
        TOO_LONG,
    ),
    Refusal(
        "context of openai PROV-006",
        Reply(status=400, body="Your input exceeds the context window of this model."),
        Failure.CONTEXT,
        TOO_LONG,
    ),
    Refusal(
        "context of vllm PROV-006",
        Reply(status=400, body="This model's maximum context length is 4096 tokens."),
        Failure.CONTEXT,
        TOO_LONG,
    ),
    Refusal(
        "context of llama.cpp PROV-006",
        Reply(status=500, body="the request exceeds the available context size"),
        Failure.CONTEXT,
        TOO_LONG,
    ),
]


@pytest.mark.parametrize("case", REFUSALS, ids=lambda case: case.id)
def test_a_refused_request_says_what_can_be_done(wire: Wire, case: Refusal) -> None:
    with VendorServer([case.reply]) as server:
        address = wire.address(server)
        error = failure(ask(wire.settings(address)))
    assert str(error) == case.message.format(name=wire.name, status=case.reply.status, address=address)
    assert error.failure is case.failure
    assert error.status == case.reply.status
    assert error.retry_after_s == case.retry_after_s
    assert len(server.requests) == 1
    assert KEY not in "".join(traceback.format_exception(error))


def test_a_retry_after_that_is_a_date_is_read_PROV_027(wire: Wire) -> None:
    reply = Reply(status=429, headers={"retry-after": "Wed, 21 Oct 2099 07:28:00 GMT"})
    with VendorServer([reply]) as server:
        error = failure(ask(wire.settings(wire.address(server))))
    assert error.retry_after_s is not None
    assert error.retry_after_s > 365 * 86400


def test_a_page_instead_of_a_stream_is_named_with_type_and_size_PROV_019(wire: Wire) -> None:
    page = Reply(body="<html>" + "x" * 1994 + "</html>", content_type="text/html; charset=utf-8")
    with VendorServer([page]) as server:
        error = failure(ask(wire.settings(wire.address(server))))
    assert error.failure is Failure.FATAL
    assert str(error) == (
        f"{wire.name} sent text/html, 2,007 bytes, instead of an event stream; check providers.{wire.name}.base_url"
    )


def test_a_page_with_an_error_status_is_not_quoted(wire: Wire) -> None:
    with VendorServer([Reply(status=502, body="<html><body>Bad Gateway</body></html>")]) as server:
        error = failure(ask(wire.settings(wire.address(server))))
    assert str(error) == f"{wire.name} cannot answer now (502); try again in a moment"


def test_a_redirect_is_not_followed(wire: Wire) -> None:
    with VendorServer() as elsewhere:
        moved = Reply(status=307, headers={"Location": f"{elsewhere.url}{wire.path}"})
        with VendorServer([moved]) as server:
            error = failure(ask(wire.settings(wire.address(server))))
    assert error.failure is Failure.FATAL
    assert str(error) == f"{wire.name} redirects (307); set providers.{wire.name}.base_url to the final address"
    assert elsewhere.requests == []


def test_a_refused_connection_names_the_host_PROV_021(wire: Wire) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
        error = failure(ask(wire.settings(f"http://127.0.0.1:{port}/v1")))
    assert error.failure is Failure.UNREACHABLE
    assert str(error).startswith(f"cannot reach {wire.name} at 127.0.0.1:{port}")
    assert str(error).endswith("; is the server running?")


@dataclass(frozen=True)
class Break:
    id: str
    reply: Reply
    at: str  # text | call
    partial: str


BREAKS = [
    Break("in text PROV-013", Reply(text=("Good ", "morning")), "text", "Good "),
    Break("in a call PROV-008", Reply(calls=(Call("Write", ('{"path": "a"', "}")),)), "call", ""),
    Break("before anything", Reply(text=("Good ",)), "nothing", ""),
]


@pytest.mark.parametrize("clean", [False, True], ids=["dropped", "ended early"])
@pytest.mark.parametrize("case", BREAKS, ids=lambda case: case.id)
def test_a_cut_stream_gives_its_text_and_no_call(wire: Wire, case: Break, clean: bool) -> None:
    after = {"text": wire.before_text + 1, "call": wire.before_call + 1, "nothing": 1}[case.at]
    with VendorServer([replace(case.reply, cut_after=after, clean_cut=clean)]) as server:
        outcome = ask(wire.settings(wire.address(server)))
    error = failure(outcome)
    assert error.failure is Failure.CUT
    assert str(error) == f"{wire.name} ended its answer before it was complete; try again"
    assert error.partial == (Message(Role.ASSISTANT, (Text(case.partial),), note="cut") if case.partial else None)
    assert outcome.said == ([case.partial] if case.partial else [])


@pytest.mark.parametrize(
    ("error", "failed", "message"),
    [
        (
            ("overloaded_error", "Overloaded"),
            Failure.RETRY,
            "{name} broke off its answer: Overloaded; try again in a moment",
        ),
        (("rate_limit_exceeded", "slow"), Failure.RETRY, "{name} broke off its answer: slow; try again in a moment"),
        (("invalid_prompt", "no"), Failure.FATAL, "{name} broke off its answer: no"),
        (
            ("context_length_exceeded", "too long"),
            Failure.CONTEXT,
            "the conversation is too long for {name}/model-1: shorten what you asked, or start anew with /clear",
        ),
    ],
    ids=["overloaded PROV-020", "rate", "invalid", "context"],
)
def test_an_error_inside_the_stream_keeps_what_was_said(
    wire: Wire, error: tuple[str, str], failed: Failure, message: str
) -> None:
    with VendorServer([Reply(text=("Half a ", "sentence"), error=error)]) as server:
        raised = failure(ask(wire.settings(wire.address(server))))
    assert raised.failure is failed
    assert str(raised) == message.format(name=wire.name)
    assert raised.partial == Message(Role.ASSISTANT, (Text("Half a sentence"),), note="cut")


def test_cancelling_closes_the_connection(wire: Wire) -> None:
    async def main(base_url: str) -> None:
        provider = create(wire.settings(base_url))
        said = asyncio.Event()

        async def listen() -> None:
            async for _ in provider.stream(HELLO):
                said.set()

        task = asyncio.create_task(listen())
        await asyncio.wait_for(said.wait(), 10)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await asyncio.to_thread(server.hung_up.wait, 10)
        await provider.close()

    with VendorServer([Reply(text=("Once ", "upon"), stall_after=wire.before_text + 1)]) as server:
        asyncio.run(main(wire.address(server)))


def test_leaving_early_closes_the_connection(wire: Wire) -> None:
    async def main(base_url: str) -> None:
        provider = create(wire.settings(base_url))
        stream = provider.stream(HELLO)
        assert isinstance(stream, AsyncGenerator)
        async with aclosing(stream):
            await anext(stream)
        assert await asyncio.to_thread(server.hung_up.wait, 10)
        await provider.close()

    with VendorServer([Reply(text=("Once ", "upon"), stall_after=wire.before_text + 1)]) as server:
        asyncio.run(main(wire.address(server)))


def test_the_watchdog_closes_the_connection_of_a_silent_service_PROV_018(wire: Wire) -> None:
    with VendorServer([Reply(text=("Half ", "way"), stall_after=wire.before_text + 1)]) as server:
        outcome = ask_with_retries(replace(wire.settings(wire.address(server), tries=1), idle_s=0.01))
        assert server.hung_up.wait(10)
    assert failure(outcome).failure is Failure.CUT
    assert failure(outcome).partial == Message(Role.ASSISTANT, (Text("Half "),), note="cut")


@pytest.mark.parametrize(
    ("script", "sleeps"),
    [
        ([Reply(status=429, headers={"retry-after": "2"}), Reply(text=("ok",))], [2.0]),
        ([Reply(status=529), Reply(status=529), Reply(text=("ok",))], [0.5, 1.0]),
    ],
    ids=["429 then 200 PROV-001", "529 twice PROV-003"],
)
def test_a_busy_service_is_asked_again(wire: Wire, script: list[Reply], sleeps: list[float]) -> None:
    with VendorServer(script) as server:
        outcome = ask_with_retries(wire.settings(wire.address(server)))
    assert outcome.completed.message.text == "ok"
    assert outcome.sleeps == sleeps
    assert len({request.raw for request in server.requests}) == 1


def test_tries_are_ours_alone_and_end_PROV_004_PROV_029(wire: Wire) -> None:
    with VendorServer(lambda body: Reply(status=500, headers={"x-should-retry": "true"})) as server:
        error = failure(ask_with_retries(wire.settings(wire.address(server), tries=3)))
    assert len(server.requests) == 3
    assert str(error) == f"{wire.name} cannot answer now (500) (after 3 tries); try again in a moment"


def test_a_wait_of_a_day_is_not_slept_PROV_002(wire: Wire) -> None:
    with VendorServer([Reply(status=429, headers={"retry-after": "86400"})]) as server:
        outcome = ask_with_retries(wire.settings(wire.address(server)))
    assert outcome.sleeps == []
    assert failure(outcome).retry_after_s == 86400


@pytest.mark.parametrize("wire", KEYED, ids=lambda wire: wire.id)
@pytest.mark.parametrize(
    ("key", "message"),
    [
        (None, "{name} has no key: set THE_KEY, or run: enforcer auth set {name}"),
        ("", "{name} has no key: set THE_KEY, or run: enforcer auth set {name}"),
        ("sk-…", "the key from THE_KEY has characters that no key has: copy it again"),
        ("sk-1\nsk-2", "the key from THE_KEY has characters that no key has: copy it again"),
    ],
    ids=["none", "empty", "not ASCII", "two lines"],
)
def test_a_key_that_cannot_be_sent_is_told_before_anything_is_sent(wire: Wire, key: str | None, message: str) -> None:
    with VendorServer() as server:
        error = failure(ask(wire.settings(wire.address(server), key=key)))
    assert str(error) == message.format(name=wire.name)
    assert error.failure is Failure.AUTH
    assert server.requests == []


@pytest.mark.parametrize("local", LOCAL, ids=lambda wire: wire.id)
def test_a_compatible_server_that_wants_a_key_says_where_to_put_it(local: Wire) -> None:
    with VendorServer([Reply(status=401)]) as server:
        error = failure(ask(local.settings(local.address(server), key=None)))
    assert str(error) == (
        "openai-compatible:local wants a key (401): set THE_KEY, or run: enforcer auth set openai-compatible:local"
    )


@pytest.mark.parametrize("google", [wire for wire in BOTH if wire.kind == "google"], ids=lambda wire: wire.id)
def test_google_names_a_bad_key_and_a_delay_in_a_list_of_details(google: Wire) -> None:
    bad = '[{"error": {"code": 400, "message": "API key not valid.", "details": [{"reason": "API_KEY_INVALID"}]}}]'
    wait = (
        '{"error": {"code": 429, "message": "You exceeded your current quota.", "details": '
        '[{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "7s"}]}}'
    )
    with VendorServer([Reply(status=400, body=bad), Reply(status=429, body=wait)]) as server:
        first = failure(ask(google.settings(google.address(server))))
        second = failure(ask(google.settings(google.address(server))))
    assert str(first) == "google refused the key from THE_KEY (400): check it"
    assert (second.failure, second.retry_after_s) == (Failure.RETRY, 7.0)
