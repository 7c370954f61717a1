"""The checkpoints of a session at work: before a call, after it, and when the model wants to stop. Fails closed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from enforcer.checkpoints.artifacts import WRITERS, Artifact, resulting
from enforcer.checkpoints.calls import MatchesRule, is_meant
from enforcer.checkpoints.checkpoint import Checkpoint, Kind, On, Severity
from enforcer.checkpoints.evaluate import OF_TEXT, Outcome, Status, covers, of_command, of_text
from enforcer.checkpoints.protect import Protector
from enforcer.checkpoints.receipts import Receipts
from enforcer.checkpoints.say import refusal
from enforcer.checkpoints.watch import Difference, Seen, Watch, differences
from enforcer.core.errors import EnforcerError
from enforcer.core.messages import ToolCall
from enforcer.core.requests import Check
from enforcer.core.verdict import ALLOWED, Ruling, Verdict, strictest

BY = "checkpoint"
MOST_STOPS = 3  # times one checkpoint sends the model back to work; then the turn ends as failed
LOOKING = frozenset({"Read", "Grep", "Glob", "TaskCreate", "TaskUpdate", "TaskList", "AskUserQuestion", "TaskOutput"})
UNTRUSTED = "this folder is not trusted, so its commands are not run; trust it and try again"
_RULINGS = {Severity.BLOCK: Ruling.DENY, Severity.ASK: Ruling.ASK, Severity.WARN: Ruling.ALLOW}


class Judge(Protocol):
    """The model of the other lane, which sees the rule and the work and nothing else."""

    async def __call__(self, each: Checkpoint, artifact: str) -> Outcome: ...


async def nobody_judges(each: Checkpoint, artifact: str) -> Outcome:
    return Outcome(Status.UNAVAILABLE, "there is no second model that could judge it")


@dataclass(frozen=True, slots=True)
class Stopped:
    """`reason` is what the model is told, "" when it may stop; `failed`: it was told often enough."""

    reason: str = ""
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Ground:
    """What the checks of a session need of it."""

    root: Path  # resolved
    env: Mapping[str, str]
    outputs: Path
    matches_rule: MatchesRule
    trusted: bool
    in_use: Callable[[str], bool]  # whether the session uses a skill
    say: Callable[[str], None]  # to the person


@dataclass
class Gate:
    """One for a session and its sub-agents. Sub-agents change the same files, and the same rules hold for them."""

    checkpoints: Sequence[Checkpoint]
    ground: Ground
    receipts: Receipts
    protector: Protector
    judge: Judge = nobody_judges
    _ran: list[ToolCall] = field(default_factory=list)  # that ended well, for `order`
    _origin: dict[str, str] = field(default_factory=dict)  # files changed in this session, as they were before
    _stops: dict[str, int] = field(default_factory=dict)
    _turn: dict[str, Outcome] = field(default_factory=dict)  # the last word of each in this turn
    _before: Mapping[str, Seen] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._watch = Watch(self.ground.root, self._watched)

    def begin_turn(self) -> None:
        self._stops, self._turn = {}, {}

    @property
    def outcome(self) -> Check:
        """What the checks of this turn said."""
        if not self._turn:
            return Check.NONE
        bad = any(outcome.status in {Status.FAILED, Status.ERROR} for outcome in self._turn.values())
        return Check.FAILED if bad else Check.PASSED

    # Before a call

    async def before(self, call: ToolCall) -> Verdict:
        """Whether it may run, as far as the rules go."""
        made = resulting(call, self.ground.root)
        if made is not None and (why := self.protector.refusal(made)):
            return Verdict(Ruling.DENY, why, BY)
        return strictest([ALLOWED, *[verdict async for verdict in self._rulings(call, made)]])

    async def _rulings(self, call: ToolCall, made: Artifact | None) -> AsyncIterator[Verdict]:
        for each in self._held(On.PRE_TOOL):
            if not self._speaks_of(each, call, made):
                continue
            outcome = await self._evaluated(each, On.PRE_TOOL, _subject(call), self._of_call(each, call, made))
            if not outcome.ok:
                yield self._verdict(each, outcome)

    def _verdict(self, each: Checkpoint, outcome: Outcome) -> Verdict:
        said = refusal(each, outcome.reason)
        if each.severity is Severity.WARN:
            self.ground.say(said)
        return Verdict(_RULINGS[each.severity], said, BY)

    def _speaks_of(self, each: Checkpoint, call: ToolCall, made: Artifact | None) -> bool:
        if each.match.tools:
            return is_meant(each.match.tools, call, self.ground.matches_rule)
        return made is not None and covers(each.match.paths, made.path)

    async def _of_call(self, each: Checkpoint, call: ToolCall, made: Artifact | None) -> Outcome:
        check = each.check
        match check.kind:
            case Kind.PATH_DENY:
                return Outcome(Status.FAILED, f"{made.path} is one of them" if made else "")
            case Kind.ORDER:
                done = any(is_meant((check.before,), each, self.ground.matches_rule) for each in self._ran)
                return Outcome(Status.PASSED) if done else Outcome(Status.FAILED, "that has not run yet")
            case Kind.REGEX_DENY | Kind.REGEX_REQUIRE | Kind.THRESHOLD if not check.run:
                text = made.after if made else str(call.input.get("command", ""))
                return of_text(check, text, made.before if made else "", made.path if made else "")
            case Kind.JUDGE:
                return await self.judge(each, made.after if made else _subject(call))
        return await self._elsewhere(each)

    async def _elsewhere(self, each: Checkpoint) -> Outcome:
        """What needs neither a call nor a text."""
        if each.check.kind is Kind.RECEIPT:
            last = self.receipts.last.get(each.check.of)
            return last if last is not None else Outcome(Status.FAILED, f"{each.check.of} was not evaluated yet")
        if not self.ground.trusted:
            return Outcome(Status.ERROR, UNTRUSTED)
        self.ground.say(f"checking {each.id}: {' '.join(each.check.run)}")
        return await of_command(each.check, self.ground.root, self.ground.env, self.ground.outputs)

    # Around a run

    async def begin(self, call: ToolCall) -> None:
        """Remember how things stand before something runs that may change anything."""
        if call.name in WRITERS:
            made = resulting(call, self.ground.root)
            if made is not None:
                self._origin.setdefault(made.path, made.before)
        elif call.name not in LOOKING:
            await asyncio.to_thread(self._look)

    async def end(self, call: ToolCall, *, failed: bool) -> str:
        """What is wrong with what ran, "" when nothing is. What must not change is put back."""
        if not failed:
            self._ran.append(call)
        if call.name in LOOKING or call.name in WRITERS:
            return ""
        said = [await asyncio.to_thread(self.protector.put_back)]
        changed = await asyncio.to_thread(lambda: list(differences(self._before, self._watch.look())))
        said += [text for each in changed if (text := await self._after(each))]
        return "\n".join(filter(None, said))

    def _look(self) -> None:
        self.protector.look()
        self._before = self._watch.look()

    async def _after(self, each: Difference) -> str:
        """A file that something else than an edit changed."""
        before, after = each.before.text if each.before else "", each.after.text if each.after else ""
        self._origin.setdefault(each.path, before)
        said: list[str] = []
        for checkpoint in self._held(On.POST_TOOL):
            if checkpoint.match.tools or not covers(checkpoint.match.paths, each.path):
                continue
            if checkpoint.check.kind is Kind.PATH_DENY:
                evaluation = self._restored(each)
            elif checkpoint.check.kind in OF_TEXT and each.after is not None:
                evaluation = _of_text(checkpoint, after, before, each.path)
            else:
                continue
            outcome = await self._evaluated(checkpoint, On.POST_TOOL, each.path, evaluation)
            if not outcome.ok:
                said.append(refusal(checkpoint, outcome.reason))
        return "\n".join(said)

    async def _restored(self, each: Difference) -> Outcome:
        return Outcome(Status.FAILED, f"{each.path} was changed{self._put_back(each)}")

    def _put_back(self, each: Difference) -> str:
        path = self.ground.root / each.path
        if each.before is not None and each.before.data is None:
            return ", and is too large to be put back"
        if each.after is not None and each.after.data is not None:
            self.protector.rescued.mkdir(mode=0o700, parents=True, exist_ok=True)
            (self.protector.rescued / each.path.replace("/", "__")).write_bytes(each.after.data)
        if each.before is None:
            path.unlink(missing_ok=True)
        elif each.before.data is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(each.before.data)
        return ", and put back as it was"

    # When the model wants to stop

    async def stop(self, text: str, *, agent: str) -> Stopped:
        """`text` is its last answer; `agent` is "" for the main session."""
        said: list[str] = []
        failed = False
        for each in self._held(On.SUBAGENT_STOP if agent else On.STOP):
            bad = [outcome async for outcome in self._on_stop(each, text, agent) if not outcome.ok]
            if not bad:
                continue
            if each.severity is Severity.WARN:
                self.ground.say(refusal(each, bad[0].reason))
                continue
            self._stops[each.id] = self._stops.get(each.id, 0) + 1
            failed = failed or self._stops[each.id] > MOST_STOPS
            said += [refusal(each, outcome.reason) for outcome in bad]
        return Stopped("\n".join(said), failed)

    async def _on_stop(self, each: Checkpoint, text: str, agent: str) -> AsyncIterator[Outcome]:
        on = On.SUBAGENT_STOP if agent else On.STOP
        if each.check.run or each.check.kind is Kind.RECEIPT:
            if self._origin:
                yield await self._evaluated(each, on, "the work so far", self._elsewhere(each))
            return
        for where, before, after in self._artifacts(each, text):
            judged = each.check.kind is Kind.JUDGE
            evaluation = self.judge(each, after) if judged else _of_text(each, after, before, where)
            yield await self._evaluated(each, on, where or "the answer", evaluation)

    def _artifacts(self, each: Checkpoint, text: str) -> Iterator[tuple[str, str, str]]:
        """Path, text before and text now: files that were changed, and where no files are meant the answer."""
        for path, before in sorted(self._origin.items()):
            file = self.ground.root / path
            if each.match.paths and covers(each.match.paths, path) and file.is_file():
                yield path, before, file.read_text("utf-8", errors="replace")
        if not each.match.paths and text.strip():
            yield "", "", text

    # All of them

    def _held(self, on: On) -> Iterator[Checkpoint]:
        for each in self.checkpoints:
            if on in each.on and (not each.match.in_use or self.ground.in_use(each.skill)):
                yield each

    async def _evaluated(self, each: Checkpoint, on: On, subject: str, evaluation: Awaitable[Outcome]) -> Outcome:
        """What cannot be evaluated holds up as a failure does."""
        try:
            outcome = await evaluation
        except (EnforcerError, OSError) as error:
            outcome = Outcome(Status.ERROR, f"it could not be checked: {error}")
        self._turn[each.id] = outcome
        self.receipts.write(each, on, subject, outcome)
        return outcome

    def _watched(self, path: str) -> bool:
        return any(covers(each.match.paths, path) for each in self._of_files)

    @property
    def _of_files(self) -> Iterator[Checkpoint]:
        kinds = {*OF_TEXT, Kind.PATH_DENY, Kind.JUDGE}
        return (each for each in self.checkpoints if each.check.kind in kinds and each.match.paths)


async def _of_text(each: Checkpoint, after: str, before: str, where: str) -> Outcome:
    return of_text(each.check, after, before, where)


def _subject(call: ToolCall) -> str:
    """The call as a person reads it."""
    said = call.input.get("command") or call.input.get("file_path") or call.input.get("prompt") or ""
    return f"{call.name}: {said}" if said else call.name
