"""`routes:` and `escalate:` of the settings, looked up: which models can be had, and who stands in for a lane's own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from enforcer.cli.given import Given
from enforcer.cli.sources import settings_of
from enforcer.config.keys import COMPATIBLE
from enforcer.config.load import FLAGS
from enforcer.core.errors import EnforcerError
from enforcer.core.lanes import ModelRef
from enforcer.core.vendors import ANYBODY, Vendors
from enforcer.lanes.escalation import KEY as ESCALATE
from enforcer.lanes.escalation import Escalation
from enforcer.lanes.routes import NO_ROUTES, Routes, key
from enforcer.providers.registry import create, kind_of

if TYPE_CHECKING:
    from enforcer.cli.workshop import Workshop
    from enforcer.lanes.conversation import Conversation

KEYLESS = frozenset({COMPATIBLE, "scripted"})


@dataclass(frozen=True, slots=True)
class Staff:
    """`said` has one sentence for each model that was named and cannot be had."""

    routes: Routes = NO_ROUTES
    escalation: Escalation | None = None
    said: tuple[str, ...] = ()


def staff_of(given: Given, vendors: Vendors = ANYBODY) -> Staff:
    """Who else the settings name; where one model does all work (`-m`) it is nobody."""
    table, rules = given.settings.routes, given.settings.escalate
    if (not table and rules.model is None) or given.settings.origin("lanes.analytical.model") == FLAGS["model"]:
        return Staff()
    named = {to for to in (*table.values(), rules.model) if isinstance(to, ModelRef)}
    absent = {ref: why for ref in named if (why := cannot(ref, given, vendors))}
    said = [
        f"{key(task)} is left out: {absent[to]}; the model of the lane serves it"
        for task, to in table.items()
        if isinstance(to, ModelRef) and to in absent
    ]
    escalation = None
    if isinstance(rules.model, ModelRef) and rules.model in absent:
        said.append(f"{ESCALATE}.model is left out: {absent[rules.model]}; nothing is escalated")
    elif rules.model is not None:
        allowed = rules.headless == "allow"
        escalation = Escalation(rules.model, rules.after_failures, rules.high_risk, unasked=allowed)
    return Staff(Routes(table, absent), escalation, tuple(said))


def cannot(ref: ModelRef, given: Given, vendors: Vendors = ANYBODY) -> str:
    """Why a model cannot be asked, as a clause; "" when it can, as far as is known here."""
    if refusal := vendors.refusal(ref):
        return refusal
    try:
        config = given.provider(ref.provider)
        create(settings_of(config))
    except EnforcerError as failed:
        return str(failed)
    if not config.key and kind_of(ref.provider) not in KEYLESS:
        return f"{ref.provider} has no key; set one with: enforcer auth set {ref.provider}"
    if not given.models.in_use(ref):
        return f"{ref} was switched off by its vendor on {given.models.facts(ref).ends}"
    return "" if given.models.chats(ref) else f"{ref} answers no prompts"


def seat(conversation: Conversation, staff: Staff, workshop: Workshop) -> None:
    """Let a conversation know who stands in, before it takes up what was recorded."""
    beyond = conversation.beyond
    beyond.routes, beyond.escalation = staff.routes, staff.escalation
    beyond.invite, beyond.asker = workshop.invite, workshop.inputs.person
    if staff.escalation is not None:
        workshop.emit.readers.append(staff.escalation.attempts)
