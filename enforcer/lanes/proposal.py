"""Which two models a person could begin with, from what was found: pure, so the same offline and at the screen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from enforcer.core.lanes import Lane, ModelRef
from enforcer.providers.models import Models

MOST_LOCAL = 4  # of one server; a person with more types the one that is meant


@dataclass(frozen=True, slots=True)
class Source:
    """A provider that can be used: `found` is the variable or the file with its key, or the address that answered."""

    provider: str
    found: str
    local: bool = False
    models: tuple[str, ...] = ()  # of a local server: what it lists


@dataclass(frozen=True, slots=True)
class Choice:
    ref: ModelRef
    rank: int
    why: str
    price: str


Chosen = Mapping[Lane, ModelRef]


@dataclass(frozen=True, slots=True)
class Proposal:
    """`chosen` has no entry for a lane when nothing can be proposed for it."""

    chosen: Chosen
    choices: Mapping[Lane, tuple[Choice, ...]]


def propose(sources: Sequence[Source], models: Models) -> Proposal:
    """Two vendors before one, two models before one, then by rank; local models when there is no key."""
    local = _local(sources)
    ranked = {lane: _ranked(sources, models, lane) for lane in Lane}
    best = {lane: ranked[lane] or local[:1] for lane in Lane}
    choices = {lane: _offered(ranked, lane) + local for lane in Lane}
    return Proposal(_pair(best), choices)


def remark(chosen: Chosen) -> str:
    """What a choice means for the session, "" while a lane has no model."""
    refs = [chosen[lane] for lane in Lane if lane in chosen]
    if len(refs) < len(Lane):
        return ""
    if refs[0] == refs[1]:
        return "one model for both: nothing switches, and there is no second mind to ask"
    if refs[0].provider == refs[1].provider:
        return "two models of one vendor; one of a second vendor would set them further apart"
    return "two vendors, so each lane has a mind of its own"


def _ranked(sources: Sequence[Source], models: Models, lane: Lane) -> tuple[Choice, ...]:
    """What the facts suggest for the lane, of the vendors whose key is there."""
    refs = [ModelRef(source.provider, id) for source in sources for id in models.known(source.provider)]
    found = [(ref, models.facts(ref).suggest.get(lane)) for ref in refs if models.in_use(ref)]
    choices = [Choice(ref, said.rank, said.why, price_of(ref, models)) for ref, said in found if said]
    return tuple(sorted(choices, key=lambda choice: choice.rank))


def _offered(ranked: Mapping[Lane, tuple[Choice, ...]], lane: Lane) -> tuple[Choice, ...]:
    """Those of the lane, then those that are suggested for the other one only."""
    own = {choice.ref for choice in ranked[lane]}
    return ranked[lane] + tuple(choice for choice in ranked[lane.other] if choice.ref not in own)


def _local(sources: Sequence[Source]) -> tuple[Choice, ...]:
    refs = [ModelRef(source.provider, id) for source in sources if source.local for id in source.models[:MOST_LOCAL]]
    return tuple(Choice(ref, rank, "runs on your own server", "no price") for rank, ref in enumerate(refs, 1))


def _pair(best: Mapping[Lane, tuple[Choice, ...]]) -> Chosen:
    def badness(pair: tuple[Choice, Choice]) -> tuple[bool, bool, int]:
        first, second = pair
        same_vendor = first.ref.provider == second.ref.provider
        return first.ref == second.ref, same_vendor, first.rank + second.rank

    pairs = product(best[Lane.CREATIVE], best[Lane.ANALYTICAL])
    chosen = min(pairs, key=badness, default=None)
    return {lane: choice.ref for lane, choice in zip(Lane, chosen, strict=True)} if chosen else {}


def price_of(ref: ModelRef, models: Models) -> str:
    """Today's price with its day, for people."""
    price, rates = models.facts(ref).price, models.rates(ref)
    return f"{rates}, {price.as_of}" if price and rates else "price not known"
