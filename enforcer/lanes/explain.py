"""A decision told in words: which sources were asked, why each passed, and what a session would do. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from enforcer.core.lanes import Lane, LaneDecision, Source
from enforcer.lanes.classify import Context
from enforcer.lanes.policy import Answering, Ask, Switch, SwitchPolicy, headless_start

ORDER = tuple(Source)  # in which they are asked
UNREACHED = "not reached"


@dataclass(frozen=True, slots=True)
class Asked:
    """How a decision came about. `first` is what was decided here, `final` what it is after the second stage."""

    first: LaneDecision
    final: LaneDecision
    context: Context
    ask_at: float
    rules: int  # the person's own
    second: str = ""  # why no model was asked, "" when one was


def sources(asked: Asked) -> tuple[tuple[str, str], ...]:
    """Each source with what it said, in the order in which they are asked."""
    reached = ORDER.index(asked.final.source)
    told = []
    for place, source in enumerate(ORDER):
        words = UNREACHED
        if place < reached:
            words = f"passed: {_passed(source, asked)}"
        elif place == reached:
            words = f"decided: {_decided(source, asked)}"
        told.append((source.value, words))
    return tuple(told)


def outcome(asked: Asked, policy: Answering, *, models: tuple[str, str], headless: str) -> tuple[str, ...]:
    """What a session on the active lane would do; `models` are those of the active and the other lane, "" for none."""
    active, two = asked.context.active, bool(models[0] and models[1]) and models[0] != models[1]
    told = [_move(asked, policy, models[0], two=two), *_steps(asked.final, active, two=two)]
    if asked.context.first_turn and asked.final.source is not Source.EXPLICIT:
        told.append(f"with -p it would begin in the {headless_start(asked.final, headless, active)} lane")
    return tuple(told)


def _passed(source: Source, asked: Asked) -> str:
    match source:
        case Source.EXPLICIT:
            return "no @creative or @analytical in front"
        case Source.DECLARED:
            return "no skill is called"
        case Source.LEARNT:
            rules = "none of your rules fits" if asked.rules else "you have no rules"
            return f"{rules}, and you never corrected this prompt"
        case Source.FOLLOW_UP:
            return "nothing was said before it" if asked.context.first_turn else "it makes sense by itself"
        case Source.LOCAL:
            return f"{asked.first.reason}, {asked.first.confidence:.2f} where it takes {asked.ask_at:.2f}"
    return f"not asked: {asked.second}" if asked.second else asked.final.reason.rpartition("; ")[2]


def _decided(source: Source, asked: Asked) -> str:
    final = asked.final
    if source is Source.ABSTAIN:
        return f"stays on {asked.context.active}, and asks nothing"
    if source is Source.LEARNT:
        return f"{final.lane}, by your own word: {final.reason}"
    if source is Source.FOLLOW_UP:
        return f"stays on {final.lane}: {final.reason}"
    return f"{final.lane or 'neutral'}, {final.confidence:.2f}: {final.reason}"


def _move(asked: Asked, policy: Answering, model: str, *, two: bool) -> str:
    active, final = asked.context.active, asked.final
    if final.source is Source.EXPLICIT:
        return f"it runs this one prompt on {final.lane}; the session stays on {active}"
    if final.lane in {None, active} or final.abstained:
        return f"it stays on {active}"
    if not two:
        return f"it stays on {active}: a question needs two lanes with different models"
    move = SwitchPolicy(active, policy=policy).consider(final, interactive=True, both_models=True)
    if isinstance(move, Ask):
        return f"it would ask: {move.question(model)}"
    if isinstance(move, Switch):
        return f"it would move to {move.to} without a question: {move.note}"
    return f"it stays on {active}: lanes.ask is {policy}"


def _steps(decision: LaneDecision, active: Lane, *, two: bool) -> Iterator[str]:
    """Where it runs, what belongs to the other lane is delegated."""
    runs = active if decision.abstained or decision.lane is None else decision.lane
    for number, step in enumerate(decision.steps, 1):
        if two and step.lane is runs.other:
            yield f"on {runs}, step {number} would be delegated to the {step.lane} lane: {step.text}"
