"""The system prompt. It holds nothing that changes during a session, so that vendors' caches keep hitting."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from enforcer.core.lanes import Lane, ModelRef

if TYPE_CHECKING:
    from jinja2 import Template


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What every agent of a session is told of the place it works in."""

    cwd: Path
    root: Path
    memory: str = ""
    rules: str = ""  # directives, one a line
    extra_dirs: Sequence[Path] = ()


def system_prompt(lane: Lane, place: Surroundings, *, other: ModelRef | None = None, agent: str = "") -> str:
    """`other` is the model of the other lane when Delegate is offered; `agent` names a sub-agent."""
    text = _template().render(
        lane=lane.value,
        other=str(other) if other else "",
        other_lane=lane.other.value,
        agent=agent,
        cwd=str(place.cwd),
        root=str(place.root),
        extra_dirs=[str(path) for path in place.extra_dirs],
        platform=f"{platform.system()} {platform.machine()}",
        memory=place.memory,
        rules=place.rules,
    )
    return text.strip() + "\n"


@cache
def _template() -> Template:
    from jinja2 import StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    source = resources.files(__package__).joinpath("system.md.j2").read_text("utf-8")
    environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined, keep_trailing_newline=True)
    return environment.from_string(source)
