"""Where everything is wired, and the only such place: from settings and flags to a session that can take a prompt."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import Any

from enforcer import __version__
from enforcer.agent.memory import Memory, read_memory
from enforcer.agent.meter import Meter
from enforcer.agent.pipeline import NobodyToAsk
from enforcer.agent.prompt import Surroundings
from enforcer.agent.turn import Turn
from enforcer.cli.bus import Bus
from enforcer.cli.given import Given, models_of
from enforcer.cli.mended import pruned
from enforcer.cli.past import outputs_before, spent_before
from enforcer.cli.routed import named_in, routed
from enforcer.cli.rules import gate, in_force
from enforcer.cli.secondstage import second_stage
from enforcer.cli.talk import Parts, conversation
from enforcer.cli.vendors import who_serves
from enforcer.cli.workshop import Inputs, Workshop
from enforcer.config.keys import SECRETS, provider_config
from enforcer.config.load import Loaded
from enforcer.core.errors import UsageError
from enforcer.core.events import Notice, SessionStarted
from enforcer.core.lanes import Lane, ModelRef
from enforcer.delegation.delegate import Delegate, Limits
from enforcer.hooks.config import parse_hooks
from enforcer.hooks.engine import HookEngine
from enforcer.hooks.events import SessionEnd, SessionStart
from enforcer.lanes.conversation import Conversation
from enforcer.ledger.ledger import Ledger
from enforcer.ledger.recorder import Recorder
from enforcer.ledger.totals import Spent
from enforcer.permissions.answers import Answers
from enforcer.permissions.paths import Protected
from enforcer.permissions.policy import Mode, Policy
from enforcer.permissions.rules import RuleSet
from enforcer.session.record import Record
from enforcer.session.store import Store
from enforcer.tools.base import ToolContext
from enforcer.tools.files import FileLedger
from enforcer.tools.jobs import Jobs
from enforcer.tools.process import child_environment, is_key
from enforcer.tools.tasks import TaskList

NO_MODEL = (
    "no lane has a model yet. Pass --creative provider/model and --analytical provider/model, or set "
    "lanes.creative.model and lanes.analytical.model in {path}. To look around without a key: enforcer demo"
)


@dataclass(slots=True)
class Session:
    """A wired session: what the command loops drive and slash commands look into."""

    session_id: str
    folder: Path
    conversation: Conversation
    ledger: Ledger
    policy: Policy
    hooks: HookEngine
    record: Record
    context: ToolContext
    memory: Memory
    emit: Bus
    loaded: Loaded
    store: Store
    workshop: Workshop
    notices: list[str] = field(default_factory=list)
    earlier: Spent = field(default_factory=Spent)  # what it cost before it was resumed

    async def start(self, source: str) -> None:
        conversation = self.conversation
        self.emit(
            SessionStarted(
                self.session_id,
                str(self.context.cwd),
                __version__,
                source,
                conversation.seats.model(Lane.CREATIVE),
                conversation.seats.model(Lane.ANALYTICAL),
                conversation.active,
                self.workshop.lane_source,
                str(self.policy.mode),
                self.workshop.tools(conversation.active),
            )
        )
        while self.notices:
            self.emit(Notice(self.notices.pop(0), "warning"))
        outcome = await self.hooks.fire(SessionStart(source, str(conversation.seats.model(conversation.active) or "")))
        if outcome.context:
            conversation.bridge.tell(conversation.active, outcome.context)

    async def clear(self) -> None:
        """Both lanes start anew; the record keeps what was said, and a resume begins here."""
        self.conversation.clear()
        await self.start("clear")

    async def close(self, reason: str = "other") -> None:
        """End what still runs; safe to call twice."""
        keep_days = self.loaded.settings.cleanupPeriodDays
        async with AsyncExitStack() as closing:  # last in, first out: what writes is closed last
            closing.callback(self.store.ended, self.folder, keep_days)
            closing.callback(self.ledger.close)
            closing.callback(self.record.close)
            closing.push_async_callback(self.workshop.close)
            if self.conversation.second is not None:
                closing.push_async_callback(self.conversation.second.close)
            closing.push_async_callback(self.context.jobs.stop_all)
            closing.push_async_callback(self.hooks.close)
            await self.hooks.fire(SessionEnd(reason))


def build(inputs: Inputs) -> Session:
    """Raises: UsageError when no lane has a model, EnforcerError when the record cannot be opened."""
    settings = inputs.loaded.settings
    found = who_serves(settings, inputs.options, inputs.resumed)
    refs = found.chains
    if not any(refs.values()):
        raise UsageError(NO_MODEL.format(path=inputs.paths.config / "config.yaml"))
    given = Given(inputs.env, inputs.paths, inputs.loaded, models_of(inputs.paths))
    beyond = routed(given, found.vendors, one_model=bool(inputs.options.model))
    refs_beyond = [to for to in named_in(given).values() if isinstance(to, ModelRef)]
    notices = [
        *inputs.loaded.warnings,
        *_keys(inputs, [*chain(*refs.values()), *refs_beyond]),
        *found.said,
        *beyond.said,
    ]
    others = Store(inputs.paths).live(inputs.loaded.project_root)
    if others and inputs.person is not None:
        notices.append(f"session {others[0]} is open in this project too; each sees the other's edits as changes")
    record = _open_record(inputs)
    emit, meter = Bus(), Meter()
    ledger = Ledger(inputs.paths.data / "ledger.sqlite3")
    emit.readers += [record.write, meter]
    if settings.ledger.enabled:
        emit.readers.append(Recorder(ledger, emit, SECRETS.scrub))
    emit.readers += inputs.readers
    notices += pruned(ledger, settings.ledger.keep_days)
    policy = _policy(inputs, record, notices)
    context = _context(inputs, record, policy, emit)
    hooks = _hooks(inputs, record, policy, context, emit, notices)
    memory = read_memory(
        inputs.cwd,
        inputs.loaded.project_root,
        settings.memory.files,
        user=inputs.paths.config,
        imports=settings.memory.imports,
        outside=inputs.trusted,
        denied=policy.denied_read,
    )
    notices += memory.notices
    place = Surroundings(inputs.cwd, inputs.loaded.project_root, memory.text, extra_dirs=context.roots[1:])
    turn = Turn(record.session_id)
    workshop = Workshop(
        inputs=inputs,
        models=given.models,
        emit=emit,
        policy=policy,
        hooks=hooks,
        context=context,
        place=place,
        asker=inputs.person or NobodyToAsk(),
        endpoints={lane: () for lane in Lane},
        denials=[],
        keep=_answers(inputs).add,
        vendors=found.vendors,
        routes=beyond.routes,
    )
    rules = in_force(inputs, record)
    workshop.place = replace(place, rules=rules.text)
    workshop.gate = gate(inputs, workshop, record, turn, rules, notices)
    for lane in Lane:
        workshop.seat(lane, refs[lane])
    workshop.delegate = Delegate(
        workshop.seats,
        workshop.spawn,
        hooks,
        meter,
        turn,
        Limits(settings.lanes.delegation.timeout_s, found.absent),
    )
    talk = conversation(Parts(inputs, workshop, record, turn, meter, emit, beyond), notices)
    talk.seats.absent = found.absent
    talk.second, why_not = second_stage(given, emit, found.vendors.refusal)
    notices += filter(None, [why_not])
    return Session(
        session_id=record.session_id,
        folder=record.folder,
        conversation=talk,
        ledger=ledger,
        policy=policy,
        hooks=hooks,
        record=record,
        context=context,
        memory=memory,
        emit=emit,
        loaded=inputs.loaded,
        store=Store(inputs.paths),
        workshop=workshop,
        notices=notices,
        earlier=spent_before(inputs.resumed_folder, ledger),
    )


def _keys(inputs: Inputs, refs: Iterable[ModelRef]) -> list[str]:
    """Look every key up now: from here on it is a known secret, kept from children and records."""
    for name, value in (*inputs.env.items(), *inputs.loaded.settings.env.items()):
        if is_key(name):
            SECRETS.add(value)
    names = dict.fromkeys(ref.provider for ref in refs)
    configs = [provider_config(name, inputs.loaded.settings, inputs.env, inputs.paths) for name in names]
    return [config.notice for config in configs if config.notice]


def _open_record(inputs: Inputs) -> Record:
    if inputs.resumed_folder is not None:
        return Record.open(inputs.resumed_folder, scrub=SECRETS.scrub)
    return Record.create(
        inputs.paths,
        inputs.loaded.project_root,
        Store(inputs.paths).new_id(),
        {"version": __version__} | ({} if inputs.loaded.settings.ledger.enabled else {"ledger": False}),
        scrub=SECRETS.scrub,
    )


def _roots(inputs: Inputs) -> tuple[Path, ...]:
    added = (Path(text).expanduser() for text in inputs.loaded.settings.permissions.additionalDirectories)
    folders = [inputs.loaded.project_root, *((inputs.cwd / path) for path in added)]
    return tuple(dict.fromkeys(path.resolve() for path in folders))


def _bounded(rules: RuleSet, root: Path, notices: list[str]) -> RuleSet:
    """A project cannot allow itself everything, not even where it is trusted."""
    own = str(root)
    broad = [rule for rule in rules.allow if rule.broad and rule.origin.startswith(own)]
    notices += [f"{rule.origin}: {rule} allows any program and is not taken from a project" for rule in broad]
    return replace(rules, allow=tuple(rule for rule in rules.allow if rule not in broad))


def _answers(inputs: Inputs) -> Answers:
    return Answers(inputs.paths.project(inputs.loaded.project_root) / "answers.json")


def _policy(inputs: Inputs, record: Record, notices: list[str]) -> Policy:
    permissions = inputs.loaded.settings.permissions
    rules = _answers(inputs).rules()
    for source in permissions.rules:
        added = RuleSet.parse(
            allow=source.allow, ask=source.ask, deny=source.deny, origin=source.origin, base=source.base
        )
        rules += _bounded(added, inputs.loaded.project_root, notices)
    notices += rules.problems
    return Policy(
        mode=Mode.parse(permissions.defaultMode),
        rules=rules,
        cwd=inputs.cwd,
        roots=_roots(inputs),
        protected=Protected(config=inputs.paths.config, data=inputs.paths.data),
        readable=(record.outputs, *outputs_before(record.folder, inputs.resumed)),
    )


def _context(inputs: Inputs, record: Record, policy: Policy, emit: Bus) -> ToolContext:
    roots = _roots(inputs)
    return ToolContext(
        cwd=inputs.cwd,
        roots=roots,
        outputs=record.outputs,
        files=FileLedger(roots),
        jobs=Jobs(),
        tasks=TaskList(),
        emit=emit,
        env=child_environment({**inputs.env, **inputs.loaded.settings.env}, SECRETS.values()),
        ask=inputs.person.questions if inputs.person else None,
        denied_read=policy.denied_read,
        web=policy.web,
    )


def _hooks(
    inputs: Inputs, record: Record, policy: Policy, context: ToolContext, emit: Bus, notices: list[str]
) -> HookEngine:
    parsed = [parse_hooks(source.events, origin=source.origin) for source in inputs.loaded.settings.hooks]
    notices += [problem for each in parsed for problem in each.problems]

    def common() -> dict[str, Any]:
        return {
            "session_id": record.session_id,
            "transcript_path": str(record.path),
            "cwd": str(inputs.cwd),
            "permission_mode": str(policy.mode),
        }

    engine = HookEngine(
        [handler for each in parsed for handler in each.handlers],
        cwd=inputs.cwd,
        common=common,
        env=context.env,
        outputs=record.outputs,
        emit=emit,
        matches_rule=policy.matches_rule,
    )
    engine.project = inputs.loaded.project_root
    return engine
