"""Where each prompt of one session goes: decided, asked about, answered. No model, no screen: a replay is exact."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Protocol

from enforcer.core.lanes import Lane, LaneDecision, Source
from enforcer.lanes.classify import Classifier, Context
from enforcer.lanes.explicit import strip_prefix
from enforcer.lanes.policy import Ask, Move, Switch, SwitchPolicy

CANCEL = "cancel"  # Ctrl-C at the question
EDIT = "e"  # a yes; what is told to the other lane is looked at first
OPINIONS = frozenset({"enter", "y", "k", "a", EDIT, "n", "esc"})  # `d` is about questions, a time-out about nothing
JUDGED = frozenset({Source.LOCAL, Source.MODEL, Source.LEARNT, Source.ABSTAIN})


@dataclass(frozen=True, slots=True)
class Heard:
    """What was said last: some prompts make sense with it only."""

    user: str = ""
    assistant: str = ""
    nothing: bool = True  # neither lane has a conversation yet


@dataclass(frozen=True, slots=True)
class Around:
    """What else decides whether a question may be asked; `lane` and `blocked` are what a LaneProposed hook said."""

    interactive: bool
    two: bool
    plan_mode: bool = False
    lane: Lane | None = None
    blocked: bool = False


class Memory(Protocol):
    """Keeps where the person agreed with a decision and where not; never raises."""

    def ran(self) -> None:
        """One more prompt went its way."""

    def remember(self, prompt: str, said: Lane, decision: LaneDecision, how: str) -> int:
        """The person's word on a decision; its number, to take it back by."""

    def withdraw(self, number: int) -> None: ...


class Nothing:
    """A memory that is turned off."""

    def ran(self) -> None: ...

    def remember(self, prompt: str, said: Lane, decision: LaneDecision, how: str) -> int:
        return 0

    def withdraw(self, number: int) -> None: ...


@dataclass(frozen=True, slots=True)
class _Held:
    prompt: str
    decision: LaneDecision
    stayed: bool  # it ran where the session was


@dataclass(frozen=True, slots=True)
class _Moved:
    """A `/lane` that seemed to correct what was decided before it; the next prompt shows whether it did."""

    prompt: str
    said: Lane
    number: int
    stayed: bool


@dataclass(slots=True)
class Steersman:
    """The classifier, the one question and what the answers teach; the only thing a session and a replay share."""

    classifier: Classifier
    policy: SwitchPolicy
    default: Lane = Lane.ANALYTICAL
    memory: Memory = field(default_factory=Nothing)
    _last: _Held | None = field(default=None, init=False)
    _moved: _Moved | None = field(default=None, init=False)

    @property
    def active(self) -> Lane:
        return self.policy.state.active_lane

    def decide(self, text: str, heard: Heard) -> LaneDecision:
        """What is made of a prompt; changes nothing."""
        context = Context(self.active, self.default, heard.nothing, heard.user, heard.assistant)
        return self.classifier.classify(text, context)

    def place(self, decision: LaneDecision, prompt: str, around: Around) -> Move:
        """What becomes of a prompt. An `Ask` waits for `answer`."""
        self._look_back(decision, prompt)
        move = self.policy.consider(
            decision if around.lane is None else _overridden(decision, around.lane),
            interactive=around.interactive,
            both_models=around.two,
            plan_mode=around.plan_mode,
            hook_blocked=around.blocked,
            prompt=prompt,
        )
        self._last = _Held(prompt, decision, not isinstance(move, Switch))
        if not isinstance(move, Ask):
            self.memory.ran()
        return move

    def answer(self, ask: Ask, key: str) -> Move | None:
        """None when the prompt goes back to the person: then all is as before it. Raises: ValueError for no key."""
        self._last = None  # what was asked about has its answer; a `/lane` behind it is for what comes next
        if key == CANCEL:
            self.policy.withdraw()
            return None
        move = self.policy.answer("enter" if key == EDIT else key)
        if key in OPINIONS and ask.decision.lane is not None:
            said = ask.decision.lane if isinstance(move, Switch) else ask.active
            self.memory.remember(ask.prompt, said, ask.decision, "question")
        self.memory.ran()
        return move

    def visit(self, text: str, heard: Heard) -> None:
        """`@creative …` runs there once; where the classifier would have sent it elsewhere, that is remembered."""
        lane, prompt = strip_prefix(text)
        if lane is None:
            return
        guess = self.decide(prompt, heard)
        self._look_back(guess, prompt)
        self._last = None
        if guess.source in JUDGED and guess.lane is not None:
            self.memory.remember(prompt, lane, guess, "prefix")
        self.memory.ran()

    def take(self, lane: Lane) -> None:
        """`/lane`: right behind a decision for the other lane it corrects that decision."""
        last, self._last = self._last, None
        self.policy.explicit(lane)
        if last is None or last.decision.lane is None or last.decision.source not in JUDGED:
            return
        if last.decision.lane is lane.other:
            number = self.memory.remember(last.prompt, lane, last.decision, "lane")
            self._moved = _Moved(last.prompt, lane, number, last.stayed)

    def go(self, lane: Lane) -> None:
        """There, as with `/lane`, but it corrects nothing."""
        self._last = None
        self.policy.explicit(lane)

    def clear(self) -> None:
        self._last = self._moved = None
        self.policy.clear()

    def _look_back(self, decision: LaneDecision, prompt: str) -> None:
        """Whether a `/lane` was about the prompt before it: when that is said again, or gone on with.

        New work was what it was about, unless it took back a move and the new work does not belong there by itself.
        """
        moved = self._moved
        if moved is None or decision.lane is None:
            return
        self._moved = None
        if decision.source is Source.FOLLOW_UP or prompt.strip() == moved.prompt.strip():
            return
        if moved.stayed or (decision.lane is moved.said and not decision.abstained):
            self.memory.withdraw(moved.number)


def _overridden(decision: LaneDecision, lane: Lane) -> LaneDecision:
    return replace(decision, lane=lane, reason=f"{decision.reason}; a hook chose {lane}")
