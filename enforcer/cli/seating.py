"""Who serves which lane, written into a person's files: what `enforcer lanes`, `/lanes` and a first run share."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path

from enforcer.cli.given import Given
from enforcer.cli.lists import doubt
from enforcer.config.change import Files, Place, change
from enforcer.core.errors import UsageError
from enforcer.core.lanes import Lane, ModelRef

OFF = "none"
USAGE = "write it like creative=provider/model analytical=provider/model"

Wanted = Mapping[Lane, ModelRef | None]  # None = the lane is off


def parse(words: Sequence[str]) -> dict[Lane, ModelRef | None]:
    """`creative=provider/model`, `analytical=none`. Raises: UsageError."""
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


def swapped(given: Given) -> dict[Lane, ModelRef | None]:
    """Raises: UsageError when there are no two models to swap."""
    lanes = given.lanes
    if len(lanes) < len(Lane):
        raise UsageError(f"a swap needs a model in both lanes; set them with: enforcer lanes set … ({USAGE})")
    return {lane: lanes[lane.other] for lane in Lane}


async def doubts(wanted: Wanted, given: Given) -> tuple[str, ...]:
    """One sentence for each model that its service does not list, or whose service cannot be asked."""
    refs = dict.fromkeys(ref for ref in wanted.values() if ref)
    answers = await asyncio.gather(*(doubt(ref, given) for ref in refs))
    return tuple(dict.fromkeys(answer for answer in answers if answer))


def write(wanted: Wanted, given: Given, place: Place = Place.USER) -> Path:
    """Comments and everything else in the file stay. The file. Raises: UsageError, and then nothing is changed."""
    files = Files(given.paths, given.loaded.project_root)
    for lane, ref in wanted.items():
        change(files, given.loaded, place, f"lanes.{lane}.model", str(ref) if ref else "null")
    return files.of(place)
