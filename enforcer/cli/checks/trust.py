"""How this folder stands: what it brings that would act, and whether that was agreed to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from enforcer.cli.checks.scene import Scene
from enforcer.config.powers import Power
from enforcer.permissions.trust import Trust, never_saved
from enforcer.ui.findings import Finding, note, ok, warning

SHOWN = 5
START = "start enforcer here, look at the list and answer it"


def check(scene: Scene) -> Iterator[Finding]:
    root, powers = scene.root, scene.here.loaded.powers
    difference = scene.trust.difference(root, powers)  # reads the store even where nothing would be asked
    match scene.trust.status(root, powers):
        case Trust.EMPTY:
            yield ok("trust-empty", f"{root} brings nothing that would act")
        case Trust.TRUSTED:
            yield ok("trust-yes", f"{root} may act as you agreed: {_listed(powers)}")
        case Trust.CHANGED:
            yield warning("trust-changed", f"{root} has changed since your yes: {_listed(difference.added)}", START)
        case Trust.UNKNOWN:
            yield note("trust-open", f"{root} brings what waits for your yes: {_listed(powers)}", START)
    if powers and never_saved(root):
        yield note("trust-never-kept", f"an answer for {root} is never remembered, since your whole home is below it")


def _listed(powers: Sequence[Power]) -> str:
    shown = [f"{power.kind} {power.text}" for power in powers[:SHOWN]]
    more = len(powers) - len(shown)
    return "; ".join([*shown, *([f"{more} more"] if more > 0 else [])]) or "something less than before"
