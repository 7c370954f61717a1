"""`routes:` and `escalate:` of the settings as a session and `enforcer route` use them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from enforcer.cli.given import Given
from enforcer.cli.sources import settings_of
from enforcer.config.keys import COMPATIBLE
from enforcer.core.errors import EnforcerError
from enforcer.core.lanes import Lane, ModelRef
from enforcer.core.vendors import ANYBODY, Vendors
from enforcer.lanes.escalation import KEY, Escalation
from enforcer.lanes.routes import NO_ROUTES, Routes, key

KEYLESS = frozenset({COMPATIBLE, "scripted"})


@dataclass(frozen=True, slots=True)
class Routed:
    """`said` is for the person: what of the settings is left out, and why."""

    routes: Routes = NO_ROUTES
    escalation: Escalation | None = None
    said: tuple[str, ...] = ()


def routed(given: Given, vendors: Vendors = ANYBODY, *, one_model: bool = False) -> Routed:
    """With `one_model` (`-m`) nothing is routed."""
    settings = given.settings
    named = named_in(given)
    if one_model or not named:
        return Routed()
    refs = dict.fromkeys(to for to in named.values() if isinstance(to, ModelRef))
    absent = {ref: why for ref in refs if (why := cannot(ref, given, vendors))}
    rules, escalation = settings.escalate, None
    if rules.model is not None and rules.model not in absent:
        allowed = rules.headless == "allow"
        escalation = Escalation(rules.model, rules.after_failures, rules.high_risk, unasked=allowed)
    return Routed(Routes(settings.routes, absent), escalation, tuple(_left_out(named, absent)))


def named_in(given: Given) -> dict[str, Lane | ModelRef]:
    """What the settings send where, by its key."""
    named = {key(task): to for task, to in given.settings.routes.items()}
    stronger = given.settings.escalate.model
    return named if stronger is None else {**named, f"{KEY}.model": stronger}


def cannot(ref: ModelRef, given: Given, vendors: Vendors = ANYBODY) -> str:
    """Why a model cannot be asked, as a clause; "" when it can, as far as is known here."""
    if refusal := vendors.refusal(ref):
        return refusal
    try:
        from enforcer.providers.registry import create, kind_of

        config = given.provider(ref.provider)
        create(settings_of(config))
    except EnforcerError as failed:
        return str(failed)
    if not config.key and kind_of(ref.provider) not in KEYLESS:
        return f"{ref.provider} has no key; set one with: enforcer auth set {ref.provider}"
    if not given.models.in_use(ref):
        return f"{ref} was switched off by its vendor on {given.models.facts(ref).ends}"
    return "" if given.models.chats(ref) else f"{ref} answers no prompts"


def _left_out(named: Mapping[str, Lane | ModelRef], absent: Mapping[ModelRef, str]) -> Iterator[str]:
    for name, to in named.items():
        if isinstance(to, ModelRef) and to in absent:
            yield f"{name} is left out: {absent[to]}"
