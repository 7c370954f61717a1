"""Asks once: whether a prompt moves the session to the other lane, stays, or is put to the person."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Protocol

from enforcer.core.errors import EnforcerError
from enforcer.core.lanes import Lane, LaneDecision, Source

ASKING = frozenset({Source.DECLARED, Source.LOCAL, Source.MODEL})
KEYS = (
    ("Enter", "switch"),
    ("n", "stay"),
    ("k", "always for this kind"),
    ("a", "switch without asking"),
    ("d", "never ask here"),
)


class Answering(StrEnum):
    """`lanes.ask`, and what the answers `a` and `d` made of it."""

    ONCE = "once"
    AUTO = "auto"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class State:
    """What a resume restores. An endeavor is a run of turns about one job; it gets one question at most."""

    active_lane: Lane
    sticky: bool = False
    endeavor_id: int = 1
    drift_count: int = 0
    answers: Mapping[int, str] = field(default_factory=dict)  # endeavor: "switch" or "stay"
    policy: Answering = Answering.ONCE

    @property
    def answered(self) -> bool:
        return self.endeavor_id in self.answers

    def to_json(self) -> dict[str, Any]:
        return {
            "active_lane": self.active_lane.value,
            "sticky": self.sticky,
            "endeavor_id": self.endeavor_id,
            "drift_count": self.drift_count,
            "answers": {str(endeavor): answer for endeavor, answer in self.answers.items()},
            "policy": self.policy.value,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> State:
        """Raises: KeyError, ValueError when `data` is not a lane state."""
        return cls(
            Lane(data["active_lane"]),
            bool(data["sticky"]),
            int(data["endeavor_id"]),
            int(data["drift_count"]),
            {int(endeavor): str(answer) for endeavor, answer in data["answers"].items()},
            Answering(data["policy"]),
        )


@dataclass(frozen=True, slots=True)
class Stay:
    """The prompt runs where the session is."""

    note: str = ""


@dataclass(frozen=True, slots=True)
class Ask:
    """The prompt is held until the person has answered."""

    decision: LaneDecision
    active: Lane
    prompt: str = ""

    def question(self, model: str) -> str:
        """`creative work (0.97: draft, article) · you are on analytical/<model>`; the keys are drawn behind it."""
        return f"{_why(self.decision)} · you are on {self.active}/{model}"


@dataclass(frozen=True, slots=True)
class Switch:
    """The session moves; `note` says so when nobody was asked."""

    to: Lane
    note: str = ""


Move = Stay | Ask | Switch


class Learner(Protocol):
    """Keeps what `k` taught; the note says what holds from now on. Raises: EnforcerError."""

    def learn(self, decision: LaneDecision, prompt: str) -> str: ...


class SwitchPolicy:
    """The lane state of one session, and the only place that changes it."""

    def __init__(
        self,
        active: Lane,
        *,
        policy: str = "once",
        drift_turns: int = 3,
        drift_at: float = 0.80,
        lane_fixed: bool = False,
        learner: Learner | None = None,
        never_here: Callable[[], None] | None = None,
    ) -> None:
        """`lane_fixed`: a flag or a resume chose the first lane, so the first turn asks nothing."""
        self.state = State(active, policy=Answering(policy))
        self._drift_turns = drift_turns
        self._drift_at = drift_at
        self._quiet = lane_fixed
        self._learner = learner
        self._never_here = never_here
        self._asked: Ask | None = None
        self._before = self.state

    def consider(
        self,
        decision: LaneDecision,
        *,
        interactive: bool,
        both_models: bool,
        plan_mode: bool = False,
        hook_blocked: bool = False,
        prompt: str = "",
    ) -> Move:
        """Count the turn, then say what becomes of its prompt."""
        self._before, self._asked = self.state, None
        quiet, self._quiet = self._quiet, False
        may_move = interactive and both_models and not plan_mode and not hook_blocked
        if decision.source is Source.LEARNT:
            return self._learnt(decision, may_move=may_move)
        may_ask = may_move and not quiet and decision.source in ASKING
        if decision.source is Source.DECLARED and self._is_other(decision):
            self._open_endeavor()
        if may_ask and self._is_open_to(decision):
            return self._propose(decision, prompt)
        self._drift(decision)
        return self._propose(decision, prompt) if may_ask and self._is_open_to(decision) else Stay()

    def answer(self, key: str) -> Move:
        """`enter`, `y`, `n`, `esc`, `k`, `a`, `d` or `timeout`, whatever its case.

        Raises: ValueError for another key, or when nothing was asked.
        """
        if self._asked is None:
            raise ValueError("no lane question is open")
        asked = self._asked
        move = self._settle(asked, key.lower())
        self._asked = None
        return move

    def withdraw(self) -> None:
        """The question was cancelled: as if the prompt had never been typed."""
        self.state, self._asked = self._before, None

    def explicit(self, lane: Lane) -> None:
        """`/lane`: a new endeavor, and the lane holds. The person has said where it belongs, so nothing is asked."""
        self._open_endeavor()
        self._record("switch")
        self._move(lane)

    def start(self, lane: Lane) -> None:
        """The first lane of a session without context: nothing is switched."""
        self.state = replace(self.state, active_lane=lane, drift_count=0)

    def clear(self) -> None:
        """`/clear`: a new endeavor in the same lane."""
        self._asked = None
        self._open_endeavor()

    def restore(self, data: Mapping[str, Any]) -> None:
        """Back to a state kept by `State.to_json`: a switch that failed, or a resume."""
        self.state, self._asked = State.from_json(data), None

    def _learnt(self, decision: LaneDecision, *, may_move: bool) -> Move:
        self._drift(decision)
        if decision.lane is None or not self._is_other(decision) or not may_move:
            return Stay()
        if self.state.policy is Answering.NEVER:
            return Stay()
        self._move(decision.lane)
        return Switch(decision.lane, f"{decision.lane} lane by your own rule ({decision.reason})")

    def _propose(self, decision: LaneDecision, prompt: str) -> Move:
        if decision.lane is None:
            return Stay()
        if self.state.policy is Answering.AUTO:
            self._record("switch")
            self._move(decision.lane)
            return Switch(decision.lane, f"switched to the {decision.lane} lane: {_why(decision)}")
        self._asked = Ask(decision, self.state.active_lane, prompt)
        return self._asked

    def _settle(self, asked: Ask, key: str) -> Move:
        to = asked.active.other
        match key:
            case "enter" | "y":
                return self._accept(to)
            case "k":
                return self._accept(to, self._learn(asked))
            case "a":
                self.state = replace(self.state, policy=Answering.AUTO)
                return self._accept(to, "from now on this session switches without asking; /lane takes you back")
            case "n" | "esc" | "timeout":
                self._record("stay")
                return Stay(f"staying on {asked.active}; {to} steps are still delegated")
            case "d":
                return self._refuse_for_good(asked.active)
        raise ValueError(f"'{key}' answers no lane question")

    def _learn(self, asked: Ask) -> str:
        try:
            return self._learner.learn(asked.decision, asked.prompt) if self._learner else ""
        except EnforcerError as error:
            return str(error)  # a rule that cannot be kept does not stop the switch

    def _accept(self, lane: Lane, note: str = "") -> Move:
        self._record("switch")
        self._move(lane)
        return Switch(lane, note)

    def _refuse_for_good(self, active: Lane) -> Move:
        if self._never_here:
            self._never_here()
        self._record("stay")
        self.state = replace(self.state, policy=Answering.NEVER)
        return Stay(f"staying on {active}, and not asking here again; {active.other} steps are still delegated")

    def _drift(self, decision: LaneDecision) -> None:
        """Count a turn of the other lane; the last one that is needed opens a new endeavor."""
        if decision.lane is None or not self._counts(decision):
            return
        if not self._is_other(decision):
            self.state = replace(self.state, drift_count=0)
            return
        self.state = replace(self.state, drift_count=self.state.drift_count + 1)
        if self.state.drift_count >= self._drift_turns:
            self._open_endeavor()

    def _counts(self, decision: LaneDecision) -> bool:
        uncounted = {Source.FOLLOW_UP, Source.EXPLICIT, Source.ABSTAIN}
        return decision.confidence >= self._drift_at and not decision.abstained and decision.source not in uncounted

    def _is_other(self, decision: LaneDecision) -> bool:
        return decision.lane is self.state.active_lane.other

    def _is_open_to(self, decision: LaneDecision) -> bool:
        """The session's half of the ask test: another lane, sure enough, and this endeavor not answered yet."""
        if decision.abstained or not self._is_other(decision):
            return False
        return not self.state.answered and self.state.policy is not Answering.NEVER

    def _move(self, lane: Lane) -> None:
        self.state = replace(self.state, active_lane=lane, sticky=True, drift_count=0)

    def _record(self, answer: str) -> None:
        self.state = replace(self.state, answers={**self.state.answers, self.state.endeavor_id: answer})

    def _open_endeavor(self) -> None:
        self.state = replace(self.state, endeavor_id=self.state.endeavor_id + 1, drift_count=0)


def headless_start(decision: LaneDecision, setting: str, default: Lane) -> Lane:
    """Where the first turn of `-p` runs; `setting` is `lanes.headless`: pick, stay or delegate-only."""
    if setting != "pick" or decision.abstained:
        return default
    return decision.lane or default


def _why(decision: LaneDecision) -> str:
    return f"{decision.lane} work ({decision.confidence:.2f}: {decision.reason})"
