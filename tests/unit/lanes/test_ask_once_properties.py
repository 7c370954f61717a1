"""Ask once, over generated dialogues: a real conversation, a classifier that says what it is told, any mishap."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from enforcer.core.lanes import Lane, LaneDecision, Source, Task
from enforcer.hooks.engine import SILENT, Outcome
from enforcer.lanes.classify import Classifier, Context
from enforcer.lanes.explicit import strip_prefix
from enforcer.lanes.policy import ASKING, Answering, State, SwitchPolicy
from tests.unit.lanes.talks import Talk

SOURCES = (*[Source.LOCAL] * 5, Source.MODEL, Source.LEARNT, Source.FOLLOW_UP, Source.ABSTAIN)
ANSWERS = ("enter", "y", "n", "esc", "k", "a", "timeout", "e", "cancel", "cancel")
NEUTRAL = LaneDecision(None, Task.OTHER, 0.95, Source.LOCAL, "small talk")
STAYS = ("n", "esc", "timeout")
HOOKS = (*[SILENT] * 9, Outcome(blocked=True, reason="stay"), *(Outcome(lane=lane) for lane in Lane))


@dataclass(frozen=True)
class Prompt:
    lane: Lane | None
    confidence: float
    source: Source
    answer: str
    down: tuple[Lane, ...]  # whose model answers nothing
    hook: Outcome
    plan: bool
    refused: bool  # by a UserPromptSubmit hook


@dataclass(frozen=True)
class Visit:
    lane: Lane
    down: tuple[Lane, ...]


@dataclass(frozen=True)
class Command:
    name: str  # /lane, /clear or resume
    lane: Lane


Step = Prompt | Visit | Command
lanes = st.sampled_from(list(Lane))
downs = st.sampled_from([(), (), (), (Lane.CREATIVE,), (Lane.ANALYTICAL,), tuple(Lane)])
prompts = st.builds(
    Prompt,
    st.sampled_from([*Lane, *Lane, None]),
    st.sampled_from([0.95, 0.8, 0.72]),
    st.sampled_from(SOURCES),
    st.sampled_from(ANSWERS),
    downs,
    st.sampled_from(HOOKS),
    st.sampled_from([*[False] * 8, True]),
    st.sampled_from([*[False] * 8, True]),
)
visits = st.builds(Visit, lanes, downs)
commands = st.builds(Command, st.sampled_from(["/lane", "/clear", "resume"]), lanes)
steps = st.integers(0, 9).flatmap(lambda die: visits if die == 8 else commands if die == 9 else prompts)


class Told(Classifier):
    """Says of each prompt what was told of it."""

    def __init__(self) -> None:
        super().__init__()
        self.decisions: dict[str, LaneDecision] = {}

    def classify(self, prompt: str, context: Context) -> LaneDecision:
        lane, text = strip_prefix(prompt)
        if lane is not None:
            return LaneDecision(lane, Task.OTHER, 1.0, Source.EXPLICIT, f"@{lane}")
        said = self.decisions.get(text, NEUTRAL)
        return replace(said, lane=context.active) if said.source is Source.FOLLOW_UP else said


class Session:
    """One dialogue; the promises are checked behind every step."""

    def __init__(self, root: Path, policy: str) -> None:
        self.classifier = Told()
        self.policy = policy
        self.resumed = False
        self.talk = Talk(root, self._made, self.classifier)
        self.held: list[int] = []  # endeavors whose question has an answer that stands
        self.number = 0

    def _made(self) -> SwitchPolicy:
        return SwitchPolicy(Lane.ANALYTICAL, policy=self.policy, drift_turns=2, lane_fixed=self.resumed)

    @property
    def state(self) -> State:
        return self.talk.it.policy.state

    @property
    def asked(self) -> int:
        return len(self.talk.asker.questions)

    def takes(self, step: Step) -> None:
        before, asked = self.state, self.asked
        match step:
            case Prompt():
                self._hears(step)
            case Visit():
                text = self._text()
                self.talk.hooks.submitted = SILENT
                answered = self.talk.says(f"@{step.lane} {text}", down=step.down)
                self._is_not_lost(text, f"@{step.lane} {text}", answered=answered)
                assert (self.state, self.asked) == (before, asked)
            case Command("/lane", lane):
                self.talk.moves_to(lane)
                assert (self.state.active_lane, self.state.endeavor_id) == (lane, before.endeavor_id + 1)
            case Command("/clear"):
                self.talk.it.clear()
                assert (self.state.active_lane, self.state.endeavor_id) == (before.active_lane, before.endeavor_id + 1)
            case Command("resume"):
                self.resumed = True
                self.talk.resume()
                assert self.state == before
        assert len(self.held) == len(set(self.held)) <= self.state.endeavor_id

    def _hears(self, step: Prompt) -> None:
        text, before, asked, back = self._text(), self.state, self.asked, self.talk.rolled_back
        self.classifier.decisions[text] = LaneDecision(
            step.lane, Task.OTHER, step.confidence, step.source, "words", abstained=step.source is Source.ABSTAIN
        )
        self.talk.hooks.proposed, self.talk.plan_mode = step.hook, step.plan
        self.talk.hooks.submitted = Outcome(blocked=True, reason="no") if step.refused else SILENT
        answered = self.talk.says(text, answer=step.answer, down=step.down)
        asks, rolled_back = self.asked - asked, self.talk.rolled_back > back

        self._is_not_lost(text, text, answered=answered)
        self._asks_as_it_may(step, before, asks)
        if rolled_back or step.refused or (asks and step.answer == "cancel"):
            assert self.state == before
        elif asks:
            self.held.append(self.state.endeavor_id)
            assert self.state.active_lane is (before.active_lane if step.answer in STAYS else before.active_lane.other)
        elif not answered:
            assert self.state == before  # it will be typed again, and then it counts

    def _asks_as_it_may(self, step: Prompt, before: State, asks: int) -> None:
        may_not = step.plan or step.hook.blocked or step.refused or before.policy is not Answering.ONCE
        assert asks <= (0 if may_not or step.source not in ASKING or step.lane is None else 1)
        if step.source in {Source.ABSTAIN, Source.FOLLOW_UP} or step.plan or before.policy is Answering.NEVER:
            assert self.state.active_lane is before.active_lane

    def _is_not_lost(self, text: str, typed: str, *, answered: bool) -> None:
        """It was answered once, or it is in the input line and no model remembers it."""
        if answered:
            assert (self.talk.it.returned_prompt, self.talk.sent(text)) == ("", 1)
            assert self.talk.knows(text)
        else:
            assert self.talk.it.returned_prompt == typed
            assert self.talk.sent(text) <= 1
            assert not self.talk.knows(text)

    def _text(self) -> str:
        self.number += 1
        return f"prompt number {self.number}."


def play(dialogue: Sequence[Step], policy: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        session = Session(Path(folder), policy)
        for step in dialogue:
            session.takes(step)


@settings(deadline=None, max_examples=50)
@given(st.lists(steps, min_size=5, max_size=14))
def test_whatever_happens_a_person_is_asked_once_for_each_endeavor_and_no_prompt_is_lost(dialogue: list[Step]) -> None:
    play(dialogue, "once")


@settings(deadline=None, max_examples=15)
@given(st.lists(steps, min_size=5, max_size=14), st.sampled_from(["auto", "never"]))
def test_without_questions_no_prompt_is_lost_either(dialogue: list[Step], policy: str) -> None:
    play(dialogue, policy)
