"""What `enforcer route` says to a person."""

from __future__ import annotations

from collections.abc import Sequence

from enforcer.cli.routing import Decided, Router
from enforcer.core.lanes import LaneDecision
from enforcer.lanes.explain import Asked, outcome, sources
from enforcer.lanes.policy import Answering


def words(router: Router, decided: Decided, *, explain: bool) -> list[str]:
    lines = _summary(decided.final)
    if decided.final.abstained and router.opinions is None and router.settings.lanes.classifier.mode != "local":
        lines.append(f"no model was asked: {router.unasked}")
    return [*lines, *(_explained(router, decided) if explain else ())]


def _summary(decision: LaneDecision) -> list[str]:
    unsure = " (not sure enough to ask; the session stays where it is)" if decision.abstained else ""
    served = f" · {decision.model}" if decision.model else ""
    served += f" ({decision.route})" if decision.route else ""
    lines = [f"{decision.lane or 'neutral'} · {decision.task} · {decision.confidence:.2f}{unsure}{served}"]
    lines.append(f"because: {decision.reason} (source: {decision.source}, {decision.us} µs)")
    return lines + [f"step {n}: {step.lane or 'neutral'} · {step.text}" for n, step in enumerate(decision.steps, 1)]


def _explained(router: Router, decided: Decided) -> list[str]:
    settings, active = router.settings.lanes, decided.context.active
    asked = Asked(
        decided.first,
        decided.final,
        decided.context,
        router.classifier.ask_at,
        len(router.learnt.rules),
        router.unasked,
    )
    named = str(router.models.get(active, "")), str(router.models.get(active.other, ""))
    told = outcome(asked, Answering(settings.ask), models=named, headless=settings.headless)
    return ["", "asked in this order:", *_table(sources(asked)), "", f"a session on {active}:", *_indented(told)]


def _table(rows: Sequence[tuple[str, str]]) -> list[str]:
    width = max(len(name) for name, _ in rows)
    return [f"  {name:{width}}  {words}" for name, words in rows]


def _indented(lines: Sequence[str]) -> list[str]:
    return [f"  {line}" for line in lines]
