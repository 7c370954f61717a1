"""The web in a turn: a question before a page is fetched, and a service that pauses in a search of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field

from enforcer.agent.loop import MAX_PAUSES, TurnResult
from enforcer.agent.pipeline import Consent
from enforcer.agent.thread import Thread
from enforcer.core.events import PermissionAnswered, WebSearched
from enforcer.core.lanes import Lane
from enforcer.core.messages import Message, Role, Search, Source, Text, ToolCall, ToolResult, Usage, user
from enforcer.permissions.policy import Mode
from enforcer.providers.base import Completed, ListedModel, Request, ServerTool, StopReason, StreamEvent
from enforcer.tools.web_fetch import WebFetch
from tests.fakes import Bench, FakeAsker
from tests.servers.site import Sent, Site

PAGE = Sent(b"<h1>Kettles</h1>")
HALF = Search("kettles", "scripted", {"id": "s1"})
FOUND = Search("", "scripted", {"for": "s1"}, (Source("https://example.test/"),))


@dataclass
class Searching:
    """A service that stops in the middle of a search, as often as it is told."""

    pauses: int
    kind: str = "scripted"
    requests: list[Request] = field(default_factory=list)

    async def stream(self, request: Request) -> AsyncGenerator[StreamEvent, None]:
        self.requests.append(request)
        if len(self.requests) <= self.pauses:
            yield Completed(Message(Role.ASSISTANT, (HALF,)), Usage(), StopReason.PAUSE, "brain")
            return
        yield WebSearched("kettles", FOUND.sources)
        yield Completed(Message(Role.ASSISTANT, (FOUND, Text("They boil."))), Usage(), StopReason.END, "brain")

    async def models(self) -> tuple[ListedModel, ...]:
        return ()

    async def close(self) -> None:
        """Nothing is held open."""


def fetched(bench: Bench, url: str, mode: Mode = Mode.DEFAULT, *allow: str) -> list[ToolResult]:
    pipeline = bench.pipeline(WebFetch(), policy=bench.policy(mode, allow=allow))
    results: list[ToolResult] = []
    call = ToolCall("t1", "WebFetch", {"url": url, "prompt": "what it says"})
    asyncio.run(pipeline.run([call], results))
    return results


def test_a_local_server_is_fetched_after_one_yes(bench: Bench) -> None:
    bench.asker = asker = FakeAsker([Consent(True)])
    with Site({"/": PAGE}) as site:
        (result,) = fetched(bench, site.url("/", "localhost"))
    assert "# Kettles" in result.content
    assert asker.asked == [
        {
            "input": {"url": site.url("/", "localhost"), "prompt": "what it says"},
            "summary": f"WebFetch {site.url('/', 'localhost')}",
            "reason": "localhost leads to this machine",
            "rules": (f"WebFetch(domain:localhost:{site.port})",),
            "agent": "",
        }
    ]


def test_always_keeps_the_rule_and_the_next_fetch_asks_nobody(bench: Bench) -> None:
    with Site({"/": PAGE}) as site:
        rule = f"WebFetch(domain:localhost:{site.port})"
        bench.asker = FakeAsker([Consent(True, "always", (rule,))])
        fetched(bench, site.url("/", "localhost"))
        assert bench.kept == [rule]
        bench.asker = FakeAsker([Consent(False)])
        (result,) = fetched(bench, site.url("/", "localhost"), Mode.DEFAULT, rule)
    assert "# Kettles" in result.content
    assert len(bench.of(PermissionAnswered)) == 1


def test_a_no_calls_nobody_and_no_mode_is_a_yes(bench: Bench) -> None:
    bench.asker = FakeAsker([Consent(False), Consent(False)])
    with Site({"/": PAGE}) as site:
        answers = [fetched(bench, site.url("/", "localhost"), mode) for mode in (Mode.DEFAULT, Mode.BYPASS)]
    assert [result.content for (result,) in answers] == ["permission refused", "permission refused"]
    assert site.asked == []


def test_a_pause_of_the_service_goes_on_by_itself(bench: Bench) -> None:
    provider = Searching(pauses=2)
    agent = bench.agent(provider=provider)
    agent.server_tools = (ServerTool(),)
    thread = Thread(Lane.ANALYTICAL)
    assert asyncio.run(agent.turn(thread, user("go"), bench.origin)) == TurnResult("end", "They boil.", 3)
    assert [request.server_tools for request in provider.requests] == [(ServerTool(),)] * 3
    assert [message.role.value for message in provider.requests[2].messages] == ["user", "assistant", "assistant"]
    assert bench.of(WebSearched) == [WebSearched("kettles", FOUND.sources)]


def test_a_service_that_only_pauses_is_left(bench: Bench) -> None:
    provider = Searching(pauses=100)
    result = asyncio.run(bench.agent(provider=provider).turn(Thread(Lane.ANALYTICAL), user("go"), bench.origin))
    assert (result.reason, len(provider.requests)) == ("empty", MAX_PAUSES + 1)
    assert bench.notices == ["scripted/brain answered with nothing"]
