"""Where a prompt belongs. Pure and offline; the first source that answers wins."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from enforcer.core.lanes import Lane, LaneDecision, Source
from enforcer.lanes.asking import asking_words
from enforcer.lanes.corrections import Corrections
from enforcer.lanes.explicit import Declaration, declared_lane, strip_prefix
from enforcer.lanes.followup import follows_up
from enforcer.lanes.learnt import Learnt
from enforcer.lanes.local import RuleClassifier
from enforcer.lanes.prediction import LocalClassifier
from enforcer.lanes.routes import NO_ROUTES, Routes
from enforcer.lanes.steps import plan_steps

__all__ = ["Classifier", "Context", "strip_prefix"]


@dataclass(frozen=True, slots=True)
class Context:
    """What a decision may know of the session."""

    active: Lane
    default: Lane = Lane.ANALYTICAL
    first_turn: bool = True
    last_user: str = ""
    last_assistant: str = ""
    skill: str | None = None  # invoked by this prompt
    function: str | None = None  # of that skill
    skill_lane: str | None = None  # as the skill declares it: creative, analytical or none
    function_lanes: Mapping[str, str] = field(default_factory=dict)  # likewise, of its functions


class Classifier:
    """Explicit, declared, learnt, follow-up, local, abstain: in this order."""

    def __init__(
        self,
        *,
        ask_at: float | None = None,
        skills: Mapping[str, str] | None = None,
        learnt: Learnt | None = None,
        local: LocalClassifier | None = None,
        corrections: Corrections | None = None,
        routes: Routes = NO_ROUTES,
    ) -> None:
        """`skills` is `lanes.skills`; `ask_at` None = the local classifier's own threshold."""
        self.local: LocalClassifier = local or RuleClassifier()
        self._ask_at = ask_at
        self._skills = skills or {}
        self._learnt = learnt
        self._corrections = corrections
        self._routes = routes

    @property
    def ask_at(self) -> float:
        """The certainty below which it abstains."""
        return self.local.ask_at if self._ask_at is None else self._ask_at

    def classify(self, prompt: str, context: Context) -> LaneDecision:
        started = time.perf_counter_ns()
        decision = self._decide(prompt, context)
        return replace(decision, us=(time.perf_counter_ns() - started) // 1000)

    def _decide(self, prompt: str, context: Context) -> LaneDecision:
        explicit, text = strip_prefix(prompt)
        guess = self._guess(text)
        if explicit is not None:
            return _sure(guess, explicit, Source.EXPLICIT, f"@{explicit}")
        if context.skill is not None:
            return self._declared(guess, context, context.skill)
        rule = self._learnt.match(asking_words(text)[0], guess.task) if self._learnt else None
        if rule:
            return _sure(guess, rule.lane, Source.LEARNT, ", ".join(rule.when))
        if self._corrections and (said := self._corrections.match(text)):
            return _sure(guess, said.said, Source.LEARNT, f"you said so of this prompt on {said.at[:10]}")
        if not context.first_turn and (why := follows_up(text, context.last_user, context.last_assistant)):
            return LaneDecision(context.active, guess.task, 1.0, Source.FOLLOW_UP, why, deliverable_lane=context.active)
        return self._judged(guess, context)

    def _declared(self, guess: LaneDecision, context: Context, skill: str) -> LaneDecision:
        declaration = Declaration(skill, context.function, context.skill_lane, context.function_lanes)
        lane = declared_lane(declaration, self._skills)
        reason = f"/{declaration.name}"
        if lane is None:
            return replace(_sure(guess, Lane.ANALYTICAL, Source.DECLARED, reason), lane=None, deliverable_lane=None)
        rule = self._learnt.match(reason, guess.task) if self._learnt else None
        if rule and rule.when == (reason.lower(),):
            return _sure(guess, rule.lane, Source.LEARNT, reason)
        return _sure(guess, lane, Source.DECLARED, reason)

    def _guess(self, text: str) -> LaneDecision:
        """What the local classifier says of the whole, and of its steps."""
        steps, _ = plan_steps(asking_words(text)[0], self.local.predict)
        found = self.local.predict(text)
        return LaneDecision(
            found.lane,
            found.task,
            found.confidence,
            Source.LOCAL,
            found.reason,
            deliverable_lane=found.lane,
            runner_up=found.runner_up,
            steps=self._routes.steps(steps),
        )

    def _judged(self, guess: LaneDecision, context: Context) -> LaneDecision:
        if guess.confidence >= self.ask_at:
            return self._routes.placed(guess)
        stays = context.default if context.first_turn else context.active
        lane = guess.lane or stays
        return replace(
            guess,
            lane=lane,
            deliverable_lane=lane,
            runner_up=lane.other,
            source=Source.ABSTAIN,
            abstained=True,
            reason=f"not sure ({guess.reason})",
        )


def _sure(guess: LaneDecision, lane: Lane, source: Source, reason: str) -> LaneDecision:
    return replace(
        guess, lane=lane, deliverable_lane=lane, confidence=1.0, source=source, reason=reason, runner_up=None
    )
