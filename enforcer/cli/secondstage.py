"""The second stage as the settings have it: who is asked where the classifier abstains, or why nobody is."""

from __future__ import annotations

from dataclasses import replace

from enforcer.agent.endpoint import Endpoint
from enforcer.cli.given import Given
from enforcer.cli.sources import settings_of
from enforcer.core.errors import EnforcerError
from enforcer.core.events import Emit
from enforcer.core.lanes import ModelRef
from enforcer.lanes.second import LEAST, Allowed, Second, everyone
from enforcer.providers.effort import least
from enforcer.providers.pins import PinGuard, mode_for
from enforcer.providers.registry import create

KEY = "lanes.classifier"
NO_MODEL = (
    "{mode}: {key}.mode is local+model, but {key}.model is not set, so no model is asked; "
    "set {key}.model to provider/model, or the mode to local"
)


def wanted(given: Given) -> bool:
    return given.settings.lanes.classifier.mode == "local+model"


def second_stage(given: Given, emit: Emit, allowed: Allowed = everyone) -> tuple[Second | None, str]:
    """None when it is not wanted, or cannot be had; then one sentence says why.

    `allowed` says of a model why it must not be asked, and "" when it may.
    """
    settings = given.settings.lanes.classifier
    if not wanted(given):
        return None, ""
    if settings.model is None:
        return None, NO_MODEL.format(mode=given.settings.origin(f"{KEY}.mode"), key=KEY)
    if forbidden := allowed(settings.model):
        return None, f"no model is asked about lanes ({KEY}.model): {forbidden}"
    within_s = settings.timeout_ms / 1000
    try:
        endpoint = _endpoint(given, settings.model, within_s)
    except EnforcerError as failed:
        return None, f"no model is asked about lanes ({KEY}.model): {failed}"
    certain = LEAST if settings.ask_at is None else settings.ask_at
    return Second(endpoint, given.models, emit, within_s, certain, allowed), ""


def _endpoint(given: Given, ref: ModelRef, within_s: float) -> Endpoint:
    """With connections of its own: what its service refuses is nothing to the lanes. Raises: EnforcerError."""
    config = given.provider(ref.provider)
    settings = replace(settings_of(config, tries=1), first_byte_s=within_s, idle_s=within_s)
    provider, facts = create(settings), given.models.facts(ref)
    guard = PinGuard(ref, mode=mode_for(ref, given.settings.lanes.pin), aliases=given.models.aliases())
    effort = least(provider.kind, facts, known=given.models.is_written(ref))
    return Endpoint(ref, provider, settings, facts, guard, effort)
