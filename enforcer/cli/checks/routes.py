"""The table of `routes:` and the model of `escalate:`: whether each can be had; nothing is asked of a service."""

from __future__ import annotations

from collections.abc import Iterator

from enforcer.cli.checks.scene import Scene
from enforcer.cli.staffing import cannot
from enforcer.core.figures import count
from enforcer.core.lanes import Lane, ModelRef
from enforcer.lanes.escalation import KEY as ESCALATE
from enforcer.lanes.routes import key
from enforcer.ui.findings import Finding, error, ok, warning

SET = "enforcer config set"


def check(scene: Scene) -> Iterator[Finding]:
    settings = scene.here.settings
    if not settings.routes and settings.escalate.model is None:
        yield ok("routes-none", "no kind of work has a route of its own, and nothing is escalated")
    for task, to in settings.routes.items():
        yield from _target(scene, key(task), to, f"{key(task)}: {to}, from {settings.origin(key(task))}")
    rules = settings.escalate
    if rules.model is None:
        return
    risk = ", or at high risk" if rules.high_risk else ""
    when = f"{rules.model} is offered when a check failed {count(rules.after_failures, 'time')}{risk}"
    yield from _target(scene, f"{ESCALATE}.model", rules.model, when)


def _target(scene: Scene, name: str, to: Lane | ModelRef, text: str) -> Iterator[Finding]:
    if isinstance(to, Lane):
        if to in scene.here.lanes:
            yield ok("route", text)
            return
        yield warning("route-lane-off", f"{name} is {to}, and that lane has no model", f"enforcer lanes set {to}=MODEL")
        return
    if why := cannot(to, scene.here):
        yield error("route-model", f"{name}: {why}", f"mend that, or: {SET} {name} provider/model")
        return
    if scene.here.models.origin(to) == "not known":
        remedy = f"enforcer models --refresh, or an entry in {scene.paths.config}/models.yaml"
        yield warning("route-unknown", f"{name}: {to} is not listed, so its window is assumed", remedy)
        return
    yield ok("route", text)
