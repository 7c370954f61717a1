"""What a service refused in a request and is not sent again: found by its words, made once, kept for the session.

A refusal is no fault that another try mends, so this is not `retry.py`: the request that goes out next is another one.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from enforcer.core.messages import Part
from enforcer.providers.base import ProviderError, Request

STATUSES = frozenset({400, 404, 415, 422, 500, 501})
REFUSING = (
    r"unsupported|(?:not|n't) support|not (?:permitted|allowed|available|enabled|implemented)|unrecogni[sz]ed|unknown"
    r"|unexpected|extra_forbidden|extra (?:inputs|fields)|forbidden|invalid|no such|not a valid"
)
NEAR = 160  # characters between a field's name and the word that refuses it

Made = frozenset[str]
NONE: Made = frozenset()


@dataclass(frozen=True, slots=True)
class Concession:
    """`wanted` looks at what the service said, `sent` at the request and its head: only what was sent can be left out.

    `told` is for the person, where they notice the difference: {model} and {service} are filled in.
    """

    name: str
    wanted: Callable[[str], object]
    sent: Callable[[Request, Mapping[str, Any]], object]
    told: str = ""


@dataclass(slots=True)
class Conceded:
    """What was conceded to each model of one service."""

    known: Sequence[Concession]
    _made: defaultdict[str, Made] = field(default_factory=lambda: defaultdict(lambda: NONE))

    def to(self, model: str) -> Made:
        return self._made[model]

    def learn(self, request: Request, error: ProviderError, head: Mapping[str, Any]) -> Concession | None:
        """The first one that would help and was not made yet; it counts from now on."""
        if error.status not in STATUSES:
            return None
        made = self._made[request.model]
        for concession in self.known:
            if concession.name not in made and concession.wanted(error.said) and concession.sent(request, head):
                self._made[request.model] = made | {concession.name}
                return concession
        return None


def refuses(field: str) -> Callable[[str], object]:
    """Whether a text refuses that field of a request."""
    name = rf"(?<![\w]){re.escape(field)}(?![\w])"
    pattern = rf"(?:{REFUSING}).{{0,{NEAR}}}?{name}|{name}.{{0,{NEAR}}}?(?:{REFUSING})"
    return re.compile(pattern, re.IGNORECASE | re.DOTALL).search


def says(pattern: str) -> Callable[[str], object]:
    return re.compile(pattern, re.IGNORECASE | re.DOTALL).search


def has(field: str) -> Callable[[Request, Mapping[str, Any]], object]:
    return lambda request, head: field in head


def has_part(kind: type[Part]) -> Callable[[Request, Mapping[str, Any]], object]:
    return lambda request, head: any(isinstance(part, kind) for message in request.messages for part in message.parts)
