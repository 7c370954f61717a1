"""The rules of a project in a session: what enforces them, and the words every model is given of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from enforcer.agent.endpoint import Endpoint
from enforcer.agent.judging import OtherLane, Seat
from enforcer.agent.requester import Origin, Requester
from enforcer.agent.turn import Turn
from enforcer.checkpoints.checkpoint import Checkpoint, Kind, Severity
from enforcer.checkpoints.gate import Gate, Ground
from enforcer.checkpoints.lock import COMPILED, FOLDER, PROJECT, Locked
from enforcer.checkpoints.protect import Protector
from enforcer.checkpoints.receipts import Receipts
from enforcer.checkpoints.rulebook import BadCompiled, read_compiled, stale
from enforcer.cli.workshop import Inputs, Workshop
from enforcer.config.keys import SECRETS
from enforcer.core.events import Notice
from enforcer.core.lanes import Lane
from enforcer.core.requests import Purpose
from enforcer.session.record import Record

MOST_TOKENS = 4_000  # of rules in a system prompt


@dataclass(slots=True)
class InForce:
    """The rules a model is told: those of the project, and of the skills this session uses."""

    protector: Protector
    used: set[str] = field(default_factory=set)

    def in_use(self, skill: str) -> bool:
        return skill == PROJECT or skill in self.used

    @property
    def locked(self) -> Sequence[Locked]:
        return [entry for entry in self.protector.lock if self.in_use(entry.skill)]

    @property
    def text(self) -> str:
        """As they were locked, whatever a file says; "" when there are none."""
        return "\n".join(f"- [{entry.id}] {' '.join(entry.text.split())}" for entry in self.locked)

    @property
    def tokens(self) -> int:
        return len(self.text) // 4


def in_force(inputs: Inputs, record: Record) -> InForce:
    root = inputs.loaded.project_root.resolve()
    return InForce(Protector(root, record.folder / "rescued"))


def gate(inputs: Inputs, workshop: Workshop, record: Record, turn: Turn, rules: InForce, notices: list[str]) -> Gate:
    """`notices` gets what the person is to know at the start."""
    root = rules.protector.root
    notices += filter(None, [rules.protector.problem])

    def say(text: str) -> None:
        workshop.emit(Notice(text))

    ground = Ground(
        root,
        workshop.context.env,
        record.outputs,
        workshop.policy.matches_rule,
        inputs.trusted,
        rules.in_use,
        say,
    )
    receipts = Receipts(lambda: record.folder, workshop.emit, scrub=SECRETS.scrub)
    judge = OtherLane(Requester(workshop.models, workshop.emit), _seat(workshop, turn), _origin(turn))
    return Gate(_compiled(root, notices), ground, receipts, rules.protector, judge)


def _compiled(root: Path, notices: list[str]) -> Sequence[Checkpoint]:
    """What is enforced. What cannot be read enforces nothing, and is said; it never is silent."""
    path = root / FOLDER / COMPILED
    try:
        found = read_compiled(path)
    except BadCompiled as error:
        notices.append(f"no checkpoint is enforced: {error}")
        return ()
    if stale(found, root):
        notices.append("checkpoints.yaml was changed and not compiled; run: skill-builder audit --fix")
    return found.checkpoints


def _seat(workshop: Workshop, turn: Turn) -> Seat:
    def seat(named: str) -> tuple[Endpoint, Lane] | None:
        lane = Lane(named) if named else turn.lane.other
        there = workshop.endpoints[lane]
        return (there[0], lane) if there and there[0].ref != turn.model else None

    return seat


def _origin(turn: Turn) -> Callable[[Lane, str], Origin]:
    def origin(lane: Lane, why: str) -> Origin:
        return Origin(turn.session, turn.number, lane, Purpose.JUDGE, why, decided=turn.decided)

    return origin


def rows(gate: Gate | None) -> Sequence[Sequence[str]]:
    """Each locked rule: its id, how it is held, its words, the checkpoint, and what that said last in this session."""
    return [row for entry in (gate.protector.lock if gate else ()) for row in _rows(entry, gate)]


def _rows(entry: Locked, gate: Gate | None) -> Iterator[Sequence[str]]:
    held = [each for each in (gate.checkpoints if gate else ()) if each.directive == entry.id]
    words = " ".join(entry.text.split())
    if not held or gate is None:
        yield entry.id, "guidance", words, "", ""
    for each in held:
        said = gate.receipts.last.get(each.id) if gate else None
        yield entry.id, _how(each), words, each.id, str(said.status) if said else ""


def _how(each: Checkpoint) -> str:
    how = "judged" if each.check.kind is Kind.JUDGE else "enforced"
    return how if each.severity is Severity.BLOCK else f"{how}, {each.severity} only"
