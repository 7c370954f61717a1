"""The audit: what of the rules is enforced, by what, and what is not. Deterministic and offline; changes nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from enforcer.checkpoints.authored import AUDIT, Authored, read_authored
from enforcer.checkpoints.checkpoint import Check, Checkpoint, Class, Kind
from enforcer.checkpoints.facts import Project
from enforcer.checkpoints.fixtures import examples, folder_of, relative
from enforcer.checkpoints.lint import lint
from enforcer.checkpoints.lock import HOLDS, MEANING, PROJECT, BadLock, Standing, State
from enforcer.checkpoints.proof import Proof, Prover
from enforcer.checkpoints.propose import Example, Proposal, propose
from enforcer.checkpoints.rulebook import BadCompiled, Rulebook, compiled, read_compiled


class Level(StrEnum):
    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to mend. `path` is relative to the project."""

    level: Level
    path: str
    text: str
    stale: bool = False  # `--fix` mends it

    def __str__(self) -> str:
        return f"{self.path}: {self.text}" if self.path else self.text


class How(StrEnum):
    """What becomes of one directive."""

    ENFORCED = "enforced"  # code stops whoever breaks it
    JUDGED = "judged"  # another model looks
    GUIDANCE = "guidance"  # it is only said
    UNPROVED = "unproved"  # a check is known, and was not shown to work
    OPEN = "open"  # something has to be answered first
    NOT_LOCKED = "not locked"


@dataclass(frozen=True, slots=True)
class Item:
    """One directive. `checkpoint` is what enforces it, or would after `--fix`; `why` explains everything else."""

    standing: Standing
    how: How
    checkpoint: Checkpoint | None = None
    why: str = ""
    examples: Mapping[str, Example] = field(default_factory=dict)  # fail, pass: to be written beside the skill


@dataclass(frozen=True, slots=True)
class Audit:
    items: tuple[Item, ...]
    findings: tuple[Finding, ...]
    wanted: tuple[Checkpoint, ...]  # all that should be in checkpoints.yaml, people's own among them
    authored: Authored
    current: str  # what checkpoints.lock.json holds, "" when there is none
    checked: int  # skills

    @property
    def errors(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.level is Level.ERROR)

    @property
    def added(self) -> tuple[Checkpoint, ...]:
        known = {each.id for each in self.authored.checkpoints}
        return tuple(each for each in self.wanted if each.id not in known)

    @property
    def changed(self) -> tuple[Checkpoint, ...]:
        known = {each.id: each for each in self.authored.checkpoints}
        return tuple(each for each in self.wanted if each.id in known and known[each.id] != each)

    @property
    def removed(self) -> tuple[Checkpoint, ...]:
        kept = {each.id for each in self.wanted}
        return tuple(each for each in self.authored.checkpoints if each.id not in kept)

    @property
    def pending(self) -> int:
        return len(self.added) + len(self.changed) + len(self.removed)


async def audit(rules: Rulebook, prover: Prover, only: Sequence[str] = ()) -> Audit:
    """`only` names skills; without it all of the project are looked at. Raises nothing for what stands in files."""
    authored = read_authored(rules.authored_path)
    project = Project(rules.root)
    try:
        known = rules.standings
    except BadLock as error:
        known, broken = (), [Finding(Level.ERROR, "", str(error))]
    else:
        broken = []
    meant = [each for each in known if not only or each.skill in only]
    items = await asyncio.gather(*(_item(each, rules, authored, project, prover) for each in meant))
    named = _named_once(items, [each for each in authored.checkpoints if each.by != AUDIT])
    wanted = _wanted(named, authored, {each.id for each in meant}, known)
    skills = [skill for skill in rules.skills if not only or skill.name in only]
    findings = [
        *broken,
        *(Finding(Level.ERROR, "", problem) for problem in dict.fromkeys((*rules.problems, *authored.problems))),
        *(Finding(Level.ERROR, each.path, _state_said(each)) for each in meant if each.state not in HOLDS),
        *(Finding(Level(level), path, text) for level, path, text in lint(rules, skills, wanted)),
        *_stale(rules, authored, wanted),
    ]
    current = rules.compiled_path.read_text("utf-8", errors="replace") if rules.compiled_path.exists() else ""
    named = [replace(item, checkpoint=item.checkpoint and authored.overridden(item.checkpoint)) for item in named]
    return Audit(tuple(named), tuple(findings), wanted, authored, current, len(skills))


async def _item(standing: Standing, rules: Rulebook, authored: Authored, project: Project, prover: Prover) -> Item:
    if standing.state not in HOLDS:
        return Item(standing, How.NOT_LOCKED, why=_state_said(standing))
    own = next((each for each in authored.own if each.directive == standing.id), None)
    if own is not None:
        return Item(standing, How.JUDGED if own.check.kind is Kind.JUDGE else How.ENFORCED, _bound(own, standing))
    proposal = propose(standing.text, standing.skill, project)
    if proposal.check is None:
        how = How.OPEN if proposal.question else How.GUIDANCE
        return Item(standing, how, why=proposal.question)
    if proposal.class_ is Class.JUDGED:
        return Item(standing, How.JUDGED, _checkpoint(proposal, proposal.check, standing, {}))
    return await _proved(standing, proposal, proposal.check, rules, prover)


async def _proved(standing: Standing, proposal: Proposal, check: Check, rules: Rulebook, prover: Prover) -> Item:
    place = folder_of(rules, standing.skill, proposal.name)
    own = examples(place)
    failing, passing = own.get("fail", proposal.failing), own.get("pass", proposal.passing)
    proof: Proof = await prover.prove(check, proposal.match, failing, passing)
    if not proof.ok:
        return Item(standing, How.UNPROVED, why=proof.problem)
    paths = {name: relative(rules.root, place / name) for name in ("fail", "pass")}
    checkpoint = _checkpoint(proposal, check, standing, paths)
    return Item(standing, How.ENFORCED, checkpoint, examples={"fail": failing, "pass": passing})


def _checkpoint(proposal: Proposal, check: Check, standing: Standing, proof: Mapping[str, str]) -> Checkpoint:
    made = Checkpoint(
        id=f"{standing.skill}/{proposal.name}",
        directive=standing.id,
        skill=standing.skill,
        text=standing.text,
        check=check,
        on=proposal.on,
        match=proposal.match,
        class_=proposal.class_,
        severity=proposal.severity,
        evidence=proposal.evidence,
        proof=dict(proof),
        by=AUDIT,
    )
    # The rules of a project always hold; those of a skill that name no place hold while it is in use.
    in_use = made.match.in_use and standing.skill != PROJECT
    return replace(made, match=replace(made.match, in_use=in_use))


def _bound(own: Checkpoint, standing: Standing) -> Checkpoint:
    return replace(own, skill=own.skill or standing.skill, text=standing.text)


def _named_once(items: Iterable[Item], own: Iterable[Checkpoint]) -> list[Item]:
    """Two directives may lead to the same name; the second gets its id behind it."""
    taken = {each.id for each in own}
    named: list[Item] = []
    for item in items:
        found = item.checkpoint
        if found is not None and found.by == AUDIT:
            if found.id in taken:
                found = replace(found, id=f"{found.id}-{found.directive.removeprefix('d-')}")
            taken.add(found.id)
        named.append(replace(item, checkpoint=found))
    return named


def _wanted(
    items: Iterable[Item], authored: Authored, meant: set[str], known: Iterable[Standing]
) -> tuple[Checkpoint, ...]:
    """What the file should hold: people's own as they are, and of the audit's one for each proved directive.

    A rule whose file was changed keeps the check it had: the locked words still count.
    """
    own = {each.id: each for each in authored.own}
    made = [item.checkpoint for item in items if item.checkpoint is not None and item.checkpoint.by == AUDIT]
    held = {each.id for each in known if each.state is not State.UNLOCKED}
    open_ = {item.standing.id for item in items if item.how is How.NOT_LOCKED}
    kept = [
        each
        for each in authored.checkpoints
        if each.by == AUDIT and each.directive in held and (each.directive not in meant or each.directive in open_)
    ]
    texts = {each.id: each.text for each in known}
    mine = [replace(each, text=texts.get(each.directive, each.text)) for each in own.values()]
    return tuple(sorted([*mine, *made, *kept], key=lambda each: each.id))


def _state_said(standing: Standing) -> str:
    name = standing.id or "a directive without an id"
    said = f"{name} is {standing.state}: {MEANING.get(standing.state, '')}"
    return f"{said}; {_remedy(standing)}"


def _remedy(standing: Standing) -> str:
    match standing.state:
        case State.UNLOCKED:
            return "a person accepts it with: skill-builder directive accept " + standing.skill
        case State.MISSING:
            return f"put it back, or a person retires it with: skill-builder directive retire {standing.id}"
    return f"put it back, or a person accepts it with: skill-builder directive accept {standing.skill}"


def _stale(rules: Rulebook, authored: Authored, wanted: Sequence[Checkpoint]) -> Iterator[Finding]:
    """What runs is not what should run."""
    try:
        read_compiled(rules.compiled_path)
    except BadCompiled as error:
        yield Finding(Level.ERROR, "", str(error), stale=True)
        return
    if not wanted and not rules.compiled_path.exists():
        return
    if not rules.authored_path.exists() or tuple(authored.checkpoints) != tuple(wanted):
        return  # the plan says so already
    fresh = compiled(map(authored.overridden, wanted), rules.authored_path.read_bytes())
    if not rules.compiled_path.exists() or rules.compiled_path.read_text("utf-8", errors="replace") != fresh:
        path = rules.shown(rules.compiled_path)
        yield Finding(Level.ERROR, path, "it is not what checkpoints.yaml says; run: skill-builder audit --fix", True)
