"""Which model serves which lane, and what is known of it; nothing is asked of a service."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from enforcer.cli.checks.scene import Scene
from enforcer.cli.sources import settings_of
from enforcer.core.errors import EnforcerError
from enforcer.core.lanes import Lane, ModelRef
from enforcer.providers.registry import create
from enforcer.ui.findings import Finding, error, note, ok, warning

OLD_DAYS = 90  # after which a price should be looked at again
SET = "enforcer lanes set"


def check(scene: Scene) -> Iterator[Finding]:
    lanes = scene.here.lanes
    if not lanes:
        yield error("lanes-none", "no lane has a model yet", "run enforcer, which proposes some, or: enforcer demo")
        return
    for lane in Lane:
        if lane not in lanes:
            yield note(
                "lane-off", f"{lane} has no model: no question and no delegation", f"{SET} {lane}=provider/model"
            )
            continue
        yield from _lane(scene, lane, lanes[lane])
    if len(lanes) == len(Lane) and len(set(lanes.values())) == 1:
        yield note("lanes-same", "both lanes have the same model, so nothing is ever asked or delegated")


def _lane(scene: Scene, lane: Lane, ref: ModelRef) -> Iterator[Finding]:
    origin = scene.here.settings.origin(f"lanes.{lane}.model")
    yield ok("lane-model", f"{lane}: {ref}, from {origin}")
    for each in (ref, *scene.here.settings.fallbacks(lane)):
        yield from _model(scene, lane, each)


def _model(scene: Scene, lane: Lane, ref: ModelRef) -> Iterator[Finding]:
    try:
        create(settings_of(scene.here.provider(ref.provider)))
    except EnforcerError as failed:
        yield error("lane-provider", str(failed), f"{SET} {lane}=provider/model")
        return
    models = scene.here.models
    facts = models.facts(ref)
    if models.origin(ref) == "not known":
        text = f"{ref} is not listed: a window of {facts.context:,} tokens is assumed, its cost is unknown"
        yield warning(
            "model-unknown", text, f"enforcer models --refresh, or an entry in {scene.paths.config}/models.yaml"
        )
    elif facts.price is None:
        yield note("model-no-price", f"{ref}: {facts.context:,} tokens; its price is not known")
    if not models.in_use(ref):
        yield error(
            "model-ended", f"{ref} was switched off by its vendor on {facts.ends}", f"{SET} {lane}=provider/model"
        )
    if facts.price is not None:
        yield from _price(scene, ref, facts.context, facts.price.as_of)


def _price(scene: Scene, ref: ModelRef, context: int, as_of: date) -> Iterator[Finding]:
    days = (date.today() - as_of).days
    text = f"{ref}: {context:,} tokens, price of {as_of}"
    if days <= OLD_DAYS:
        yield ok("model-known", text)
        return
    remedy = f"look it up, and write it into {scene.paths.config}/models.yaml"
    yield warning("model-price-old", f"{text}, {days} days old", remedy)
