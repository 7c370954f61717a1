"""Decides prompts as a session would, without one: what `enforcer route` puts in and gets out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from enforcer.cli.given import Given
from enforcer.cli.options import Options
from enforcer.cli.routed import routed
from enforcer.cli.vendors import who_serves
from enforcer.config.settings import Settings
from enforcer.core.lanes import Lane, LaneDecision, ModelRef
from enforcer.lanes.classify import Classifier, Context
from enforcer.lanes.corrections import corrections_in
from enforcer.lanes.learnt import Learnt
from enforcer.lanes.prediction import LocalClassifier
from enforcer.lanes.routes import Routes
from enforcer.lanes.serving import serving


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

    given: Given
    opinions: Opinions | None = None
    local: LocalClassifier | None = None  # None = the rules
    learnt: Learnt = field(init=False)
    classifier: Classifier = field(init=False)
    models: dict[Lane, ModelRef] = field(init=False)  # of the lanes, as a session would seat them
    routes: Routes = field(init=False)

    def __post_init__(self) -> None:
        settings, found = self.settings.lanes, who_serves(self.settings, Options(), None)
        paths = self.given.paths
        self.models = {lane: refs[0] for lane, refs in found.chains.items() if refs}
        self.routes = routed(self.given, found.vendors).routes
        self.learnt = Learnt(paths.config / "lanes.yaml")
        self.classifier = Classifier(
            ask_at=settings.classifier.ask_at,
            skills=settings.skills,
            learnt=self.learnt,
            corrections=corrections_in(paths.data, kept=settings.corrections),
            local=self.local,
            routes=self.routes,
        )

    @property
    def settings(self) -> Settings:
        return self.given.settings

    def decide(self, prompt: Prompt) -> LaneDecision:
        return self.consult(prompt).final

    def consult(self, prompt: Prompt) -> Decided:
        context = self._context(prompt)
        first = final = self.classifier.classify(prompt.text, context)
        if self.opinions is not None:
            final = self.opinions.decide(first, prompt, context.active)
        placed = self.routes.placed(final)
        return Decided(first, self.routes.named(placed, serving(placed, self.models, context.active)), context)

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
