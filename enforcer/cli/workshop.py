"""Makes what a session works with: endpoints with their pins, toolboxes, the two main agents, and sub-agents."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol, TypeVar

from enforcer.agent.endpoint import Endpoint
from enforcer.agent.guest import Guest
from enforcer.agent.loop import Agent
from enforcer.agent.pipeline import Asker, ToolPipeline
from enforcer.agent.prompt import Surroundings, system_prompt
from enforcer.agent.requester import Requester
from enforcer.checkpoints.gate import Gate
from enforcer.cli.bus import Bus
from enforcer.cli.options import Options
from enforcer.cli.searching import offered
from enforcer.config.keys import provider_config
from enforcer.config.load import Loaded
from enforcer.config.paths import Paths
from enforcer.core.errors import UsageError
from enforcer.core.events import Emit, Event
from enforcer.core.lanes import Lane, ModelRef, Task
from enforcer.core.vendors import ANYBODY, Vendors
from enforcer.delegation.delegate import Delegate
from enforcer.hooks.engine import HookEngine
from enforcer.lanes.escalation import EscalationAsker
from enforcer.lanes.routes import NO_ROUTES, Routes
from enforcer.lanes.seats import LaneAsker
from enforcer.permissions.policy import Policy
from enforcer.providers.base import Provider, ProviderSettings, ServerTool
from enforcer.providers.effort import fitted
from enforcer.providers.models import Models
from enforcer.providers.pins import PinGuard, mode_for
from enforcer.providers.registry import client_modules, create
from enforcer.session.resume import Resumed
from enforcer.tools import registry as tool_registry
from enforcer.tools.base import Tool, ToolContext
from enforcer.tools.files import FileLedger
from enforcer.tools.jobs import Jobs
from enforcer.tools.registry import Toolbox
from enforcer.tools.tasks import TaskList

T = TypeVar("T")


class Person(Asker, LaneAsker, EscalationAsker, Protocol):
    """Whoever answers questions at the terminal."""

    async def questions(self, questions: Sequence[Mapping[str, Any]]) -> Mapping[str, str]: ...

    async def plan(self, plan: str) -> tuple[bool, str]: ...

    async def specification(self, plan: str, problems: Sequence[str]) -> tuple[str, str]: ...


@dataclass(slots=True)
class Inputs:
    """All that a session is built from."""

    options: Options
    paths: Paths
    loaded: Loaded
    cwd: Path
    env: Mapping[str, str]
    person: Person | None  # None = headless
    readers: Sequence[Callable[[Event], object]]
    trusted: bool
    resumed: Resumed | None = None
    resumed_folder: Path | None = None


@dataclass(slots=True)
class Workshop:
    """Makes endpoints, toolboxes and agents; the two main agents are made once and kept."""

    inputs: Inputs
    models: Models
    emit: Bus
    policy: Policy
    hooks: HookEngine
    context: ToolContext
    place: Surroundings
    asker: Asker
    endpoints: dict[Lane, tuple[Endpoint, ...]]
    denials: list[Mapping[str, Any]]
    keep: Callable[[Sequence[str]], None]
    vendors: Vendors = ANYBODY
    routes: Routes = NO_ROUTES
    lane_source: str = "default"
    read_weights: Callable[[], None] = lambda: None  # of the lane classifier, ahead of its first prompt
    delegate: Delegate | None = None
    gate: Gate | None = None  # of the rules; one for the session and its sub-agents
    _providers: dict[str, tuple[Provider, ProviderSettings]] = field(default_factory=dict)
    _agents: dict[Lane, Agent] = field(default_factory=dict)
    _guests: dict[tuple[Lane, ModelRef], Endpoint] = field(default_factory=dict)
    _efforts: dict[Lane, str | None] = field(default_factory=dict)  # said in this session

    def seat(self, lane: Lane, refs: Sequence[ModelRef]) -> None:
        """Set who serves a lane, the fallbacks behind it; pins are resolved here and nowhere else."""
        self.endpoints[lane] = tuple(self._endpoint(lane, ref) for ref in refs)
        self._agents.clear()  # the other lane's prompt names this model

    def seats(self, lane: Lane, task: Task | None) -> tuple[Endpoint, ...]:
        """Who may serve a step: the model its task is routed to, then the lane's own."""
        own = self.endpoints[lane]
        ref = self.routes.model(task) if task and own else None
        if ref is None or ref == own[0].ref:
            return own
        return self.guest(lane, ref, "").endpoint, *(each for each in own if each.ref != ref)

    def guest(self, lane: Lane, ref: ModelRef, why: str) -> Guest:
        """Another model at work in a lane, pinned like its own; `why` is for the ledger."""
        if (lane, ref) not in self._guests:
            self._guests[lane, ref] = self._endpoint(lane, ref)
        endpoint = self._guests[lane, ref]
        return Guest(endpoint, why, self._server_tools(lane, endpoint, delegate=self._delegates(lane)))

    def effort(self, lane: Lane) -> str | None:
        """The level that was asked for."""
        return self._efforts[lane] if lane in self._efforts else self.inputs.loaded.settings.effort(lane)

    def set_effort(self, lane: Lane, level: str | None) -> None:
        """For this session; None leaves it to the models."""
        self._efforts[lane] = level
        guests = [endpoint for (at, _), endpoint in self._guests.items() if at is lane]
        for each in (*self.endpoints[lane], *guests):
            known = self.models.is_written(each.ref)
            each.effort, each.effort_note = fitted(level, each.provider.kind, each.facts, known=known)

    def tell_rules(self, text: str) -> None:
        """Which rules hold, from the next request of every model on."""
        self.place = replace(self.place, rules=text)
        for lane, agent in self._agents.items():
            agent.system = self._system(lane)

    def agent(self, lane: Lane) -> Agent:
        if lane not in self._agents:
            self._agents[lane] = self._main_agent(lane)
        return self._agents[lane]

    def spawn(self, endpoint: Endpoint, lane: Lane, *, name: str, emit: Emit) -> Agent:
        """A sub-agent: the same policy, hooks and asker; files, jobs and tasks of its own; no Delegate."""
        settings = self.inputs.loaded.settings
        context = ToolContext(
            cwd=self.context.cwd,
            roots=self.context.roots,
            outputs=self.context.outputs,
            files=FileLedger(self.context.roots),
            jobs=Jobs(),
            tasks=TaskList(),
            emit=emit,
            env=self.context.env,
            agent=name,
            denied_read=self.policy.denied_read,
            web=self.policy.web,
        )
        tools = {key: tool for key, tool in tool_registry.build().items() if not tool.main_only}
        pipeline = ToolPipeline(
            Toolbox(self._offered(tools, lane, delegate=False)),
            self.policy,
            self.hooks,
            self.asker,
            context,
            emit,
            gate=self.gate,
            denials=self.denials,
            keep=self.keep,
        )
        system = system_prompt(lane, self.place, agent=name)
        return Agent(
            endpoint,
            pipeline,
            Requester(self.models, emit),
            emit,
            system,
            settings.lanes.delegation.max_turns,
            name,
            self._server_tools(lane, endpoint, delegate=False),
        )

    def tools(self, lane: Lane) -> tuple[str, ...]:
        """What a lane's model is offered, by name; what its service runs comes last. Loads no tool."""
        offers = self._delegates(lane)
        names = [*tool_registry.TOOLS, *(["Delegate"] if offers and self.delegate is not None else [])]
        own = self._offered(dict.fromkeys(names), lane, delegate=offers)
        services = self._server_tools(lane, self.endpoints[lane][0], delegate=offers)
        return (*own, *(tool.name for tool in services))

    def modules(self) -> tuple[str, ...]:
        """What the first turn will load, the largest first; loading it ahead saves that time."""
        clients = [module for _, settings in self._providers.values() for module in client_modules(settings)]
        tools = [target.partition(":")[0] for target in tool_registry.TOOLS.values()]
        return tuple(dict.fromkeys([*clients, "jinja2", *tools, "sqlite3"]))

    async def close(self) -> None:
        for provider, _ in self._providers.values():
            await provider.close()

    def _main_agent(self, lane: Lane) -> Agent:
        offers = self._delegates(lane)
        tools: dict[str, Tool[Any]] = dict(tool_registry.build())
        if offers and self.delegate is not None:
            tools["Delegate"] = self.delegate
        pipeline = ToolPipeline(
            Toolbox(self._offered(tools, lane, delegate=offers)),
            self.policy,
            self.hooks,
            self.asker,
            self.context,
            self.emit,
            gate=self.gate,
            denials=self.denials,
            keep=self.keep,
        )
        endpoint = self.endpoints[lane][0]
        return Agent(
            endpoint,
            pipeline,
            Requester(self.models, self.emit),
            self.emit,
            self._system(lane),
            self.inputs.options.max_turns,
            server_tools=self._server_tools(lane, endpoint, delegate=offers),
            fallbacks=self.endpoints[lane][1:],
            shape=self.inputs.options.shape,
        )

    def _system(self, lane: Lane) -> str:
        other = self.endpoints[lane.other][0].ref if self._delegates(lane) and self._two() else None
        return system_prompt(lane, self.place, other=other)

    def _two(self) -> bool:
        """Both lanes have a model, and not the same one: only then is the other lane another mind."""
        refs = [self.endpoints[lane][0].ref for lane in Lane if self.endpoints[lane]]
        return len(set(refs)) == len(Lane)

    def _delegates(self, lane: Lane) -> bool:
        return self.inputs.loaded.settings.lanes.delegation.enabled and bool(self.endpoints[lane])

    def _offered(self, tools: Mapping[str, T], lane: Lane, *, delegate: bool) -> dict[str, T]:
        withheld = self._withheld(lane, delegate=delegate)
        return {name: tool for name, tool in tools.items() if name not in withheld}

    def _server_tools(self, lane: Lane, endpoint: Endpoint, *, delegate: bool) -> tuple[ServerTool, ...]:
        return offered(
            lane,
            endpoint.settings,
            self.inputs.loaded.settings,
            self.policy,
            asked=self.inputs.person is not None,
            withheld=self._withheld(lane, delegate=delegate),
        )

    def _withheld(self, lane: Lane, *, delegate: bool) -> set[str]:
        """What a bare deny rule or, while the other lane can be asked, the lane itself withholds."""
        withheld = set(self.policy.hidden_tools())
        if delegate and self._two():
            withheld |= set(getattr(self.inputs.loaded.settings.lanes, lane.value).tools.deny)
        return withheld

    def _endpoint(self, lane: Lane, ref: ModelRef) -> Endpoint:
        if refusal := self.vendors.refusal(ref):
            raise UsageError(f"{refusal}; start a session without it to use both")
        provider, settings = self._provider(ref.provider)
        loaded = self.inputs.loaded.settings
        guard = PinGuard(ref, mode=mode_for(ref, loaded.lanes.pin), aliases=self.models.aliases())
        facts = self.models.facts(ref)
        sent, why_not = fitted(self.effort(lane), provider.kind, facts, known=self.models.is_written(ref))
        return Endpoint(ref, provider, settings, facts, guard, sent, why_not)

    def _provider(self, name: str) -> tuple[Provider, ProviderSettings]:
        if name not in self._providers:
            config = provider_config(name, self.inputs.loaded.settings, self.inputs.env, self.inputs.paths)
            settings = ProviderSettings(
                config.name,
                config.base_url,
                config.key,
                config.key_env,
                config.tries,
                config.first_byte_s,
                config.idle_s,
                config.transport,
            )
            self._providers[name] = (create(settings), settings)
        return self._providers[name]
