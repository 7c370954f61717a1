"""Stand-ins for the person, the tools and the services, and a bench that puts the real parts around them."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from enforcer.agent.endpoint import Endpoint
from enforcer.agent.loop import Agent
from enforcer.agent.pipeline import Asker, Consent, ToolPipeline
from enforcer.agent.requester import Origin, Requester
from enforcer.core.events import Event, Notice, TextDelta
from enforcer.core.lanes import Lane, ModelRef
from enforcer.core.messages import Message, ToolCall
from enforcer.hooks.config import parse_hooks
from enforcer.hooks.engine import HookEngine
from enforcer.permissions.paths import Protected
from enforcer.permissions.policy import Mode, Policy
from enforcer.permissions.rules import RuleSet
from enforcer.providers.base import Provider, ProviderSettings, Request, StreamEvent
from enforcer.providers.models import ModelFacts, Models
from enforcer.providers.pins import Mode as PinMode
from enforcer.providers.pins import PinGuard
from enforcer.providers.scripted import Reply, Scenario, ScriptedProvider
from enforcer.tools.base import Effect, Params, Tool, ToolContext
from enforcer.tools.files import FileLedger
from enforcer.tools.jobs import Jobs
from enforcer.tools.registry import Toolbox, build
from enforcer.tools.tasks import TaskList

E = TypeVar("E")
PATIENCE_S = 30  # only what is waited for wrongly needs it
BRAIN = ModelRef("scripted", "brain")
FACTS = ModelFacts()
ORIGIN = Origin("s1", 1, Lane.ANALYTICAL, why="test")


@dataclass
class FakeAsker:
    """Answers from a list, then yes; `asked` has what was put to the person."""

    answers: list[Consent] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)

    async def permission(
        self, call: ToolCall, *, summary: str, reason: str, suggestions: Sequence[str], agent: str
    ) -> Consent:
        self.asked.append(
            {"input": dict(call.input), "summary": summary, "reason": reason, "rules": suggestions, "agent": agent}
        )
        await asyncio.sleep(0)
        return self.answers.pop(0) if self.answers else Consent(True)


class EchoParams(Params):
    text: str


class Echo(Tool[EchoParams]):
    """Says what it is given, after as many turns of the event loop as the text has letters."""

    name: ClassVar[str] = "Echo"
    description: ClassVar[str] = "Say it again."
    effect: ClassVar[Effect] = Effect.READ
    parallel: ClassVar[bool] = True
    params = EchoParams

    async def run(self, params: EchoParams, context: ToolContext) -> str:
        for _ in params.text:
            await asyncio.sleep(0)
        return params.text


class HangParams(Params):
    """Nothing to say."""


class Hang(Tool[HangParams]):
    """Never ends; `started` waits until it begins."""

    name: ClassVar[str] = "Hang"
    description: ClassVar[str] = "Wait."
    effect: ClassVar[Effect] = Effect.NONE
    params = HangParams

    def __init__(self) -> None:
        self._started = asyncio.Event()

    async def started(self) -> None:
        async with asyncio.timeout(PATIENCE_S):
            await self._started.wait()

    async def run(self, params: HangParams, context: ToolContext) -> str:
        self._started.set()
        await asyncio.Event().wait()
        return "never"


class Stuck:
    """A service that says a few words and then nothing."""

    kind = "scripted"

    def __init__(self, *words: str) -> None:
        self.words = words
        self._quiet = asyncio.Event()

    async def stream(self, request: Request) -> AsyncGenerator[StreamEvent, None]:
        for word in self.words:
            yield TextDelta(word)
        self._quiet.set()
        await asyncio.Event().wait()

    async def quiet(self) -> None:
        """Until it has said all it will say."""
        async with asyncio.timeout(PATIENCE_S):
            await self._quiet.wait()

    async def close(self) -> None:
        """Nothing is held open."""


class Crashing:
    """A service whose own code is wrong."""

    kind = "scripted"

    async def stream(self, request: Request) -> AsyncGenerator[StreamEvent, None]:
        yield TextDelta("well")
        raise KeyError("choices")

    async def close(self) -> None:
        """Nothing is held open."""


def scripted(*replies: Reply, model: str = "brain") -> ScriptedProvider:
    return ScriptedProvider.of(Scenario({model: replies}))


def endpoint(
    provider: Provider, ref: ModelRef = BRAIN, *, pin: PinMode = "strict", facts: ModelFacts = FACTS
) -> Endpoint:
    return Endpoint(ref, provider, ProviderSettings("scripted"), facts, PinGuard(ref, mode=pin))


@dataclass
class Bench:
    """The real toolbox, policy, hooks and requester around fakes; `events` is all that was emitted."""

    root: Path
    home: Path
    events: list[Event] = field(default_factory=list)
    asker: Asker = field(default_factory=FakeAsker)
    origin: Origin = ORIGIN
    models: Models = field(default_factory=Models)
    denials: list[Mapping[str, Any]] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    readers: list[Callable[[Event], object]] = field(default_factory=list)

    def emit(self, event: Event) -> None:
        self.events.append(event)
        for reader in self.readers:
            reader(event)

    def of(self, kind: type[E]) -> list[E]:
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def notices(self) -> list[str]:
        return [notice.text for notice in self.of(Notice)]

    def hooks(self, events: Mapping[str, str] | None = None) -> HookEngine:
        """By event: the shell command that listens to it."""
        given = {name: [{"hooks": [{"type": "command", "command": said}]}] for name, said in (events or {}).items()}
        read = parse_hooks(given, origin="settings")
        return HookEngine(
            read.handlers,
            cwd=self.root,
            common=lambda: {"session_id": "s1"},
            env={"PATH": os.environ["PATH"]},
            outputs=self.root / "outputs",
            emit=self.emit,
        )

    def policy(
        self,
        mode: Mode = Mode.DEFAULT,
        *,
        allow: tuple[str, ...] = (),
        ask: tuple[str, ...] = (),
        deny: tuple[str, ...] = (),
    ) -> Policy:
        return Policy(
            mode=mode,
            rules=RuleSet.parse(allow=allow, ask=ask, deny=deny, origin="settings"),
            cwd=self.root,
            roots=(self.root,),
            protected=Protected(home=self.home, config=self.home / "config", data=self.home / "data"),
        )

    def context(self, agent: str = "") -> ToolContext:
        return ToolContext(
            cwd=self.root,
            roots=(self.root,),
            outputs=self.root / "outputs",
            files=FileLedger((self.root,)),
            jobs=Jobs(),
            tasks=TaskList(),
            emit=self.emit,
            env={"PATH": os.environ["PATH"]},
            agent=agent,
        )

    def pipeline(
        self,
        *extra: Tool[Any],
        policy: Policy | None = None,
        hooks: Mapping[str, str] | None = None,
        **other: Any,
    ) -> ToolPipeline:
        tools = {**build(), **{tool.name: tool for tool in (Echo(), *extra)}}
        policy = policy or self.policy()
        return ToolPipeline(
            Toolbox(tools),
            policy,
            self.hooks(hooks),
            self.asker,
            replace(self.context(), web=policy.web),
            self.emit,
            denials=self.denials,
            keep=self.kept.extend,
            **other,
        )

    def agent(
        self,
        *replies: Reply,
        provider: Provider | None = None,
        pipeline: ToolPipeline | None = None,
        max_steps: int | None = None,
        name: str = "",
        pin: PinMode = "strict",
        facts: ModelFacts = FACTS,
    ) -> Agent:
        seat = endpoint(provider or scripted(*replies), pin=pin, facts=facts)
        requester = Requester(self.models, self.emit)
        return Agent(seat, pipeline or self.pipeline(), requester, self.emit, "Be brief.", max_steps, name)


def told(message: Message) -> list[str]:
    """What the results of a message say, in order."""
    return [result.content for result in message.results]
