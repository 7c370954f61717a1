"""What the person said outright: a one-turn prefix, or a skill that declares its lane."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from enforcer.core.errors import UsageError
from enforcer.core.lanes import Lane

NONE = "none"  # a declaration too: never ask, never move

_PREFIX = re.compile(r"\s*@(creative|analytical)(?:\s+|$)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Declaration:
    """A skill the person invoked, with what its files say of lanes: `creative`, `analytical` or `none`."""

    skill: str
    function: str | None = None
    lane: str | None = None  # of the whole skill
    functions: Mapping[str, str] = field(default_factory=dict)  # of single functions

    @property
    def name(self) -> str:
        return f"{self.skill}:{self.function}" if self.function else self.skill


def strip_prefix(prompt: str) -> tuple[Lane | None, str]:
    """`@creative write …` is (creative, "write …"); a prompt without the prefix comes back as it is."""
    found = _PREFIX.match(prompt)
    if not found:
        return None, prompt
    return Lane(found[1].lower()), prompt[found.end() :]


def named_lane(text: str) -> Lane:
    """What is behind `/lane`: a lane, or the beginning of its name. Raises: UsageError."""
    matches = [lane for lane in Lane if text and lane.value.startswith(text.lower())]
    if len(matches) != 1:
        raise UsageError(f"'{text}' is not a lane; use /lane creative or /lane analytical")
    return matches[0]


def declared_lane(declaration: Declaration, settings: Mapping[str, str]) -> Lane | None:
    """The nearest declaration wins; `settings` is `lanes.skills`. None = never ask, never move."""
    function = declaration.function
    nearest = (
        declaration.functions.get(function) if function else None,
        settings.get(declaration.name) if function else None,
        declaration.lane,
        settings.get(declaration.skill),
    )
    value = next((text for text in nearest if text), NONE)
    return None if value == NONE else Lane(value)
