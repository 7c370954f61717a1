"""Decides prompts as a session would, without one: what `enforcer route` puts in and gets out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from enforcer.cli.forecast import Forecast
from enforcer.config.paths import Paths
from enforcer.config.settings import Settings
from enforcer.core.lanes import Lane, LaneDecision
from enforcer.lanes.classify import Classifier, Context
from enforcer.lanes.corrections import corrections_in
from enforcer.lanes.learnt import Learnt
from enforcer.lanes.serving import served


@dataclass(frozen=True, slots=True)
class Prompt:
    """`lane` is the one a session is in, None before its first prompt; `previous` is the prompt before."""

    text: str
    lane: Lane | None = None
    previous: str = ""


class Opinions(Protocol):
    """The second stage, waited for."""

    def decide(self, decision: LaneDecision, prompt: Prompt, active: Lane) -> LaneDecision: ...


@dataclass(frozen=True, slots=True)
class Decided:
    """`first` is what was decided here, `final` what it is after the second stage."""

    first: LaneDecision
    final: LaneDecision
    context: Context


@dataclass(slots=True)
class Router:
    """Without `opinions` no model is asked."""

    settings: Settings
    paths: Paths
    opinions: Opinions | None = None
    forecast: Forecast = field(default_factory=Forecast)
    learnt: Learnt = field(init=False)
    classifier: Classifier = field(init=False)

    def __post_init__(self) -> None:
        settings = self.settings.lanes
        self.learnt = Learnt(self.paths.config / "lanes.yaml")
        self.classifier = Classifier(
            ask_at=settings.classifier.ask_at,
            skills=settings.skills,
            learnt=self.learnt,
            corrections=corrections_in(self.paths.data, kept=settings.corrections),
            routes=self.forecast.routes,
        )

    def decide(self, prompt: Prompt) -> LaneDecision:
        return self.consult(prompt).final

    def consult(self, prompt: Prompt) -> Decided:
        context = self._context(prompt)
        first = final = self.classifier.classify(prompt.text, context)
        if self.opinions is not None:
            final = self.opinions.decide(first, prompt, context.active)
        final = served(final, self.forecast.routes, self.forecast.model, context.active)
        return Decided(first, final, context)

    @property
    def unasked(self) -> str:
        """Why no model was asked, "" when one was or would have been."""
        classifier = self.settings.lanes.classifier
        if classifier.mode == "local":
            return "lanes.classifier.mode is local"
        if classifier.model is None:
            return "lanes.classifier.model is not set"
        return "" if self.opinions else f"--ask-model would ask {classifier.model}"

    def _context(self, prompt: Prompt) -> Context:
        default = self.settings.lanes.default
        first = prompt.lane is None and not prompt.previous.strip()
        return Context(prompt.lane or default, default, first_turn=first, last_user=prompt.previous)
