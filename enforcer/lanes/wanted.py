"""What a person typed about lanes: `creative=provider/model analytical=none`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from enforcer.core.errors import UsageError
from enforcer.core.lanes import Lane, ModelRef

OFF = "none"
USAGE = "write it like creative=provider/model analytical=provider/model"
RULE = 'enforcer lanes set "release notes" creative'

Wanted = Mapping[Lane, ModelRef | None]  # None = the lane is off


def parse(words: Sequence[str]) -> Wanted:
    """Raises: UsageError."""
    if len(words) > 1 and words[-1] in set(Lane) and not any("=" in word for word in words):
        raise UsageError(f"'{' '.join(words)}' is a rule; those are set in a shell: {RULE}")
    wanted: dict[Lane, ModelRef | None] = {}
    for word in words:
        name, equals, ref = word.partition("=")
        if not equals:
            raise UsageError(f"'{word}' does not say for which lane; {USAGE}")
        if name not in set(Lane):
            raise UsageError(f"'{name}' is not a lane; use creative or analytical")
        wanted[Lane(name)] = None if ref == OFF else ModelRef.parse(ref)
    if not wanted:
        raise UsageError(f"there is nothing to set; {USAGE}")
    return wanted


def swapped(lanes: Mapping[Lane, ModelRef]) -> Wanted:
    """Raises: UsageError when there are no two models to swap."""
    if len(lanes) < len(Lane):
        raise UsageError("a swap needs a model in both lanes; set the one that is missing first")
    return {lane: lanes[lane.other] for lane in Lane}


def written(wanted: Wanted) -> str:
    """The same, as it was typed."""
    return " ".join(f"{lane}={ref or OFF}" for lane, ref in wanted.items())
