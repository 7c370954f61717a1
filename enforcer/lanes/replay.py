"""Plays a scripted dialogue as a session would steer it, without a model: which turn asks, and why."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from enforcer.core.errors import UsageError
from enforcer.core.lanes import Lane, LaneDecision, Source, Task
from enforcer.lanes import rulebook
from enforcer.lanes.classify import Classifier
from enforcer.lanes.corrections import Corrections
from enforcer.lanes.dialogues import Dialogue, Turn, shown
from enforcer.lanes.explicit import named_lane, strip_prefix
from enforcer.lanes.learnt import Learnt
from enforcer.lanes.policy import Answering, Ask, State, Stay, Switch, SwitchPolicy
from enforcer.lanes.prediction import LocalClassifier
from enforcer.lanes.steering import Around, Heard, Steersman


@dataclass(frozen=True, slots=True)
class Tuning:
    """What the settings say; `corrections` and `rules` are the person's files, read and left alone."""

    ask: str = "once"
    ask_at: float | None = None
    local: LocalClassifier | None = None  # None = the rules
    drift_turns: int = 3
    drift_at: float = 0.80
    default: Lane = Lane.ANALYTICAL
    skills: Mapping[str, str] = field(default_factory=dict)
    rules: Path | None = None
    corrections: Path | None = None


@dataclass(frozen=True, slots=True)
class Played:
    """One turn: `to` is where a question, a move or a prefix leads, `ran` where the prompt ran at last."""

    id: str
    turn: int
    user: str
    lane: str
    asks: bool
    to: str | None
    why: str
    active_after: str
    confidence: float
    source: str
    reason: str  # the words that decided
    task: str
    endeavor: int
    drift: int
    ran: str | None
    missed: tuple[str, ...] = ()  # what was expected otherwise


class Build(Protocol):
    """Makes the classifier of a session."""

    def __call__(self, *, learnt: Learnt, corrections: Corrections) -> Classifier: ...


def play(dialogue: Dialogue, tuning: Tuning, build: Build | None = None) -> Iterator[Played]:
    """Every turn of a dialogue. What it teaches holds until its end, and is written nowhere else.

    Raises: UsageError naming the dialogue and the turn.
    """
    with tempfile.TemporaryDirectory(prefix="enforcer-replay-") as folder:
        player = _Player(steersman(dialogue, tuning, Path(folder), build))
        for number, turn in enumerate(dialogue.turns, 1):
            try:
                played = player.play(turn)
            except UsageError as error:
                raise UsageError(f"dialogue '{dialogue.id}', turn {number}: {error}") from error
            yield _finished(played, dialogue.id, number, turn)


def steersman(dialogue: Dialogue, tuning: Tuning, folder: Path, build: Build | None = None) -> Steersman:
    """As a session has it, but with copies of the person's files."""
    learnt = Learnt(_rules(dialogue, tuning, folder / "lanes.yaml"))
    corrections = Corrections(_copied(tuning.corrections, folder / "examples.jsonl"))
    policy = SwitchPolicy(
        dialogue.active or tuning.default,
        policy=dialogue.policy or tuning.ask,
        drift_turns=tuning.drift_turns,
        drift_at=tuning.drift_at,
        lane_fixed=dialogue.fixed,
        learner=learnt,
    )
    made = build or _product(tuning)
    return Steersman(made(learnt=learnt, corrections=corrections), policy, tuning.default, corrections)


def _product(tuning: Tuning) -> Build:
    def build(*, learnt: Learnt, corrections: Corrections) -> Classifier:
        return Classifier(
            ask_at=tuning.ask_at, skills=tuning.skills, learnt=learnt, corrections=corrections, local=tuning.local
        )

    return build


@dataclass(frozen=True, slots=True)
class _Turned:
    decision: LaneDecision
    asks: bool
    to: Lane | None
    why: str
    ran: Lane | None
    state: State


@dataclass(slots=True)
class _Player:
    steersman: Steersman
    heard: Heard = field(default_factory=Heard)

    def play(self, turn: Turn) -> _Turned:
        command, _, argument = turn.user.strip().partition(" ")
        if command == "/lane":
            return self._command(named_lane(argument.strip()))
        if command == "/clear":
            return self._command(None)
        if command.startswith("/"):
            raise UsageError(f"'{command}' is no prompt, and a replay knows /lane and /clear only")
        decision = self.steersman.decide(turn.user, self.heard)
        lane, prompt = strip_prefix(turn.user)
        turned = self._visit(turn, lane, decision) if lane else self._place(turn, decision)
        if turned.ran is not None:
            self.heard = Heard(prompt, turn.assistant, nothing=False)
        return turned

    def _command(self, lane: Lane | None) -> _Turned:
        if lane is None:
            self.steersman.clear()
            self.heard = Heard()
        else:
            self.steersman.take(lane)
        said = LaneDecision(lane, Task.OTHER, 1.0, Source.EXPLICIT, f"/lane {lane}" if lane else "/clear")
        return _Turned(said, False, lane, f"you said {said.reason}: a new endeavor", None, self._state)

    def _visit(self, turn: Turn, lane: Lane, decision: LaneDecision) -> _Turned:
        self.steersman.visit(turn.user, self.heard)
        why = f"{decision.reason}: this one turn, nothing lasting changes"
        return _Turned(decision, False, lane, why, lane, self._state)

    def _place(self, turn: Turn, decision: LaneDecision) -> _Turned:
        before, around = self._state, Around(interactive=True, two=True, plan_mode=turn.plan)
        move = self.steersman.place(decision, turn.user, around)
        match move:
            case Ask():
                self.steersman.answer(move, turn.answer)
                ran = None if turn.answer == "cancel" else self.steersman.active
                return _Turned(decision, True, decision.lane, _work(decision), ran, self._state)
            case Switch():
                return _Turned(decision, False, move.to, move.note, move.to, self._state)
            case Stay():
                why = _why_not(decision, before, self._state, plan=turn.plan)
                return _Turned(decision, False, None, why, self.steersman.active, self._state)

    @property
    def _state(self) -> State:
        return self.steersman.policy.state


def _why_not(decision: LaneDecision, before: State, after: State, *, plan: bool) -> str:
    """Why a prompt runs where the session is, without a question."""
    if decision.source is Source.FOLLOW_UP:
        return f"a follow-up: {decision.reason}"
    if decision.abstained:
        return decision.reason
    if decision.lane is None:
        return f"neutral: {decision.reason}"
    if decision.lane is before.active_lane:
        return f"{_work(decision)}, and that is where the session is"
    if plan:
        return f"{_work(decision)}; plan mode asks nothing"
    if after.policy is Answering.NEVER:
        return f"{_work(decision)}; the policy is never"
    if after.answered:
        said = after.answers[after.endeavor_id]
        return f"{_work(decision)}; this endeavor has its answer ({said}), turns of drift: {after.drift_count}"
    return f"{_work(decision)}; the lane was set for this first turn"


def _work(decision: LaneDecision) -> str:
    return f"{decision.lane} work ({decision.confidence:.2f}: {decision.reason})"


def _finished(turned: _Turned, id: str, number: int, turn: Turn) -> Played:
    decision, state = turned.decision, turned.state
    told: dict[str, Any] = {
        "lane": str(decision.lane or "neutral"),
        "asks": turned.asks,
        "to": str(turned.to) if turned.to else None,
        "active_after": str(state.active_lane),
        "source": str(decision.source),
    }
    return Played(
        id=id,
        turn=number,
        user=turn.user,
        why=turned.why,
        confidence=round(decision.confidence, 3),
        reason=decision.reason,
        task=str(decision.task),
        endeavor=state.endeavor_id,
        drift=state.drift_count,
        ran=str(turned.ran) if turned.ran else None,
        missed=tuple(
            f"{key} is {shown(told[key])}, expected {shown(each)}"
            for key, each in turn.expect.items()
            if told[key] != each
        ),
        **told,
    )


def _rules(dialogue: Dialogue, tuning: Tuning, copy: Path) -> Path:
    if dialogue.rules is None:
        return _copied(tuning.rules, copy)
    copy.write_text(rulebook.HEAD + "".join(map(rulebook.line_of, dialogue.rules)), "utf-8")
    return copy


def _copied(original: Path | None, copy: Path) -> Path:
    if original is not None and original.is_file():
        copy.write_bytes(original.read_bytes())
    return copy
