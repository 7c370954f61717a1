"""The wires as the contract sees them, over each transport, and one way to ask any of them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace

from enforcer.core.events import Retrying, TextDelta, ThinkingDelta
from enforcer.core.messages import user
from enforcer.providers.base import (
    Completed,
    ListedModel,
    Provider,
    ProviderError,
    ProviderSettings,
    Request,
    StreamEvent,
)
from enforcer.providers.registry import create
from enforcer.providers.retry import stream_with_retries
from tests.servers.vendor import VendorServer

KEY = "sk-very-secret-0123456789"
GENERATE = "/v1beta/models/model-1:streamGenerateContent?alt=sse"
HELLO = Request("model-1", "Be brief.", (user("hello"),))


@dataclass(frozen=True)
class Wire:
    name: str
    kind: str
    path: str
    before_text: int  # events of a stream before its first delta of text
    before_call: int  # and before the first piece of a call's arguments
    transport: str = "sdk"

    @property
    def id(self) -> str:
        return f"{self.kind}-{self.transport}"

    def address(self, server: VendorServer) -> str:
        return server.url if self.kind in {"anthropic", "google"} else server.openai_url

    def settings(self, base_url: str, key: str | None = KEY, tries: int = 5) -> ProviderSettings:
        return ProviderSettings(
            self.name, base_url=base_url, key=key, key_env="THE_KEY", tries=tries, transport=self.transport
        )


WIRES = [
    Wire("anthropic", "anthropic", "/v1/messages", before_text=3, before_call=3),
    Wire("openai", "openai", "/v1/responses", before_text=3, before_call=3),
    Wire("openai-compatible:local", "chat", "/v1/chat/completions", before_text=1, before_call=2),
    Wire("google", "google", GENERATE, before_text=1, before_call=1),
]
# The vendors' own clients come first: they are the oracle of the transport that does without them.
BOTH = [replace(wire, transport=transport) for transport in ("sdk", "http") for wire in WIRES]


@dataclass
class Outcome:
    """What came of one request."""

    events: list[StreamEvent] = field(default_factory=list)
    error: ProviderError | None = None
    retries: list[Retrying] = field(default_factory=list)
    sleeps: list[float] = field(default_factory=list)

    @property
    def completed(self) -> Completed:
        *_, last = self.events
        assert isinstance(last, Completed), self.error
        return last

    @property
    def ends(self) -> list[Completed]:
        return [event for event in self.events if isinstance(event, Completed)]

    @property
    def said(self) -> list[str]:
        return [event.text for event in self.events if isinstance(event, TextDelta)]

    @property
    def thought(self) -> list[str]:
        return [event.text for event in self.events if isinstance(event, ThinkingDelta)]


def ask(settings: ProviderSettings, *requests: Request) -> Outcome:
    """One provider, asked once for each request; the events of all of them."""

    async def asked(provider: Provider, outcome: Outcome) -> None:
        for request in requests or (HELLO,):
            async for event in provider.stream(request):
                outcome.events.append(event)

    return _run(settings, asked)


def ask_with_retries(settings: ProviderSettings, request: Request = HELLO) -> Outcome:
    async def asked(provider: Provider, outcome: Outcome) -> None:
        async def sleep(seconds: float) -> None:
            outcome.sleeps.append(seconds)

        stream = stream_with_retries(
            provider, request, settings, outcome.retries.append, sleep=sleep, random=lambda: 1.0
        )
        async with aclosing(stream):
            async for event in stream:
                outcome.events.append(event)

    return _run(settings, asked)


def _run(settings: ProviderSettings, asked: Callable[[Provider, Outcome], Awaitable[None]]) -> Outcome:
    outcome = Outcome()

    async def main() -> None:
        provider = create(settings)
        try:
            await asked(provider, outcome)
        except ProviderError as error:
            outcome.error = error
        finally:
            await provider.close()

    asyncio.run(main())
    return outcome


def listed(settings: ProviderSettings) -> tuple[ListedModel, ...]:
    """What the service offers."""

    async def main() -> tuple[ListedModel, ...]:
        provider = create(settings)
        try:
            return await provider.models()
        finally:
            await provider.close()

    return asyncio.run(main())


def failure(outcome: Outcome) -> ProviderError:
    assert outcome.error is not None, outcome.events
    return outcome.error


def texts(events: Sequence[StreamEvent]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta))
