"""Who serves which lane, written into a person's files: what `enforcer lanes`, `/lanes` and a first run share."""

from __future__ import annotations

import asyncio
from pathlib import Path

from enforcer.cli.given import Given
from enforcer.cli.here import settings_here
from enforcer.cli.lists import doubt
from enforcer.config.change import Files, Place, change
from enforcer.lanes.wanted import Wanted
from enforcer.ui.provenance import afterwards as after


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


def afterwards(wanted: Wanted, given: Given, cwd: Path, path: Path) -> tuple[str, ...]:
    """What keeps the file from having the last word: a variable, a nearer file, a yes that is missing."""
    now = settings_here(cwd, given.paths, given.env)
    told = (after(now, f"lanes.{lane}.model", str(path)) for lane in wanted)
    return tuple(dict.fromkeys(sentence for sentence in told if sentence))
