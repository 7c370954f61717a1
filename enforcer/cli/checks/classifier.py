"""The model that is asked where the classifier abstains: whether mode and model fit each other; nothing is sent."""

from __future__ import annotations

from collections.abc import Iterator

from enforcer.cli.checks.scene import Scene
from enforcer.cli.secondstage import KEY, wanted
from enforcer.cli.sources import settings_of
from enforcer.config.keys import COMPATIBLE
from enforcer.core.errors import EnforcerError
from enforcer.core.lanes import Lane, ModelRef
from enforcer.providers.registry import create, kind_of
from enforcer.ui.findings import Finding, error, note, ok, warning

SET = "enforcer config set"
KEYLESS = {COMPATIBLE, "scripted"}


def check(scene: Scene) -> Iterator[Finding]:
    ref = scene.here.settings.lanes.classifier.model
    if not wanted(scene.here):
        if ref is not None:
            text = f"{ref} is set as {KEY}.model, but the mode is local, so it is never asked"
            yield note("classifier-idle", text, f"{SET} {KEY}.mode local+model")
        yield ok("classifier-local", "where a prompt belongs is decided here, offline; no model is asked")
        return
    if ref is None:
        text = f"{KEY}.mode is local+model, but {KEY}.model is not set, so no model is asked"
        yield error("classifier-no-model", text, f"{SET} {KEY}.model provider/model")
        return
    yield from _model(scene, ref)


def _model(scene: Scene, ref: ModelRef) -> Iterator[Finding]:
    try:
        config = scene.here.provider(ref.provider)
        create(settings_of(config))
    except EnforcerError as failed:
        yield error("classifier-provider", str(failed), f"{SET} {KEY}.model provider/model")
        return
    if not config.key and kind_of(ref.provider) not in KEYLESS:
        text = f"{ref} is asked where the classifier abstains, and {ref.provider} has no key"
        yield error("classifier-key", text, f"enforcer auth set {ref.provider}")
    yield from _facts(scene, ref)
    if len(scene.here.lanes) < len(Lane) or len(set(scene.here.lanes.values())) < len(Lane):
        yield note("classifier-one-lane", f"{ref} is only asked while the lanes have two different models")


def _facts(scene: Scene, ref: ModelRef) -> Iterator[Finding]:
    models, within_ms = scene.here.models, scene.here.settings.lanes.classifier.timeout_ms
    decides = models.facts(ref).decides
    if not models.in_use(ref):
        text = f"{ref} was switched off by its vendor on {models.facts(ref).ends}"
        yield error("classifier-ended", text, f"{SET} {KEY}.model provider/model")
    if not (decides or models.chats(ref)):
        text = f"{ref} answers no prompts, so it cannot say where one belongs"
        yield error("classifier-not-chat", text, f"{SET} {KEY}.model provider/model")
        return
    if ref.provider not in {lane.provider for lane in scene.here.lanes.values()}:
        text = f"{ref} is of another service than the lanes; prompts of doubt go there too"
        yield warning("classifier-vendor", text, f"{SET} {KEY}.model, with a model of a service you use already")
    how = "at its service's endpoint for decisions" if decides else "for a short answer in JSON"
    yield ok("classifier-model", f"where the classifier abstains, {ref} is asked {how}, for {within_ms:,} ms at most")
