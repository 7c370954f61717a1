"""`--one-vendor`: which vendor a session is held to, and what that leaves of its lanes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from enforcer.cli.given import lanes_of
from enforcer.cli.options import Options
from enforcer.config.settings import Settings
from enforcer.core.lanes import Lane, ModelRef
from enforcer.core.vendors import ANYBODY, Vendors
from enforcer.session.resume import Resumed

Chains = Mapping[Lane, Sequence[ModelRef]]  # a lane's model, then its fallbacks


@dataclass(frozen=True, slots=True)
class Held:
    """`absent` has a sentence for each lane that counts as having no model; `said` is for the person."""

    chains: Chains
    vendors: Vendors = ANYBODY
    absent: Mapping[Lane, str] = field(default_factory=dict)
    said: tuple[str, ...] = ()


def who_serves(settings: Settings, options: Options, resumed: Resumed | None) -> Held:
    """As the settings have it, and held to one vendor where they say so."""
    models = lanes_of(settings)
    chains = {lane: (models[lane], *settings.fallbacks(lane)) if lane in models else () for lane in Lane}
    known = resumed.active if resumed else settings.lanes.default  # before the first prompt
    return held(chains, Lane(options.lane) if options.lane else known, one=settings.lanes.one_vendor)


def held(chains: Chains, start: Lane, *, one: bool) -> Held:
    """The vendor is that of the lane the session starts in; a lane of another one has no model, nor its fallbacks."""
    first = next((chain[0] for chain in (chains[start], chains[start.other]) if chain), None)
    if not one or first is None:
        return Held(chains)
    vendors = Vendors(first.provider)
    foreign = {lane: chain[0] for lane, chain in chains.items() if chain and vendors.refusal(chain[0])}
    absent = {
        lane: f"the {lane} lane counts as having no model: {vendors.refusal(ref)}" for lane, ref in foreign.items()
    }
    left = {lane: () if lane in absent else _allowed(chain, vendors) for lane, chain in chains.items()}
    dropped = [ref for lane in chains if lane not in absent for ref in chains[lane] if ref not in left[lane]]
    gone = [f"a fallback is left out: {vendors.refusal(ref)}" for ref in dict.fromkeys(dropped)]
    return Held(left, vendors, absent, (*absent.values(), *gone))


def _allowed(chain: Sequence[ModelRef], vendors: Vendors) -> tuple[ModelRef, ...]:
    return tuple(ref for ref in chain if not vendors.refusal(ref))
