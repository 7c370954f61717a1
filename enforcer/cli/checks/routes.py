"""Which tasks go elsewhere than to their lane's model, and who takes over what failed or is risky."""

from __future__ import annotations

from collections.abc import Iterator

from enforcer.cli.checks.scene import Scene
from enforcer.cli.options import Options
from enforcer.cli.routed import cannot, named_in
from enforcer.cli.vendors import who_serves
from enforcer.core.lanes import Lane, ModelRef
from enforcer.core.vendors import Vendors
from enforcer.ui.findings import Finding, error, note, ok, warning


def check(scene: Scene) -> Iterator[Finding]:
    named = named_in(scene.here)
    if not named:
        yield ok("routes-none", "every task is served by its lane's model, and nothing is escalated")
        return
    vendors = who_serves(scene.here.settings, Options(), None).vendors
    for name, to in named.items():
        yield _lane(scene, name, to) if isinstance(to, Lane) else _model(scene, name, to, vendors)


def _lane(scene: Scene, name: str, to: Lane) -> Finding:
    origin = scene.here.settings.origin(name)
    if to in scene.here.lanes:
        return ok("route", f"{name}: {to}, from {origin}")
    text = f"{name} is {to}, a lane without a model, so the {to.other} lane serves it ({origin})"
    return warning("route-lane-off", text, f"enforcer lanes set {to}=provider/model")


def _model(scene: Scene, name: str, to: ModelRef, vendors: Vendors) -> Finding:
    origin = scene.here.settings.origin(name)
    if refusal := vendors.refusal(to):
        return note("route-left-out", f"{name} is left out: {refusal}")
    if why := cannot(to, scene.here):
        return error("route-model", f"{name}: {why}", f"mend that, or change it: {origin}")
    if scene.here.models.origin(to) == "not known":
        remedy = f"enforcer models --refresh, or an entry in {scene.paths.config}/models.yaml"
        return warning("route-unknown", f"{name}: {to} is not listed, so its cost is unknown", remedy)
    return ok("route", f"{name}: {to}, from {origin}")
