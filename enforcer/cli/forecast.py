"""Who would serve what, as a session that starts in this folder would have it; for commands that start none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from enforcer.config.load import Loaded
from enforcer.config.paths import Paths
from enforcer.core.lanes import Lane, ModelRef
from enforcer.lanes.routes import NO_ROUTES, Routes


@dataclass(frozen=True, slots=True)
class Forecast:
    """The lanes that have a model, and the routes with what of them cannot be had."""

    models: Mapping[Lane, ModelRef] = field(default_factory=dict)
    routes: Routes = NO_ROUTES

    def model(self, lane: Lane) -> ModelRef | None:
        """Who serves a lane: where it is off, the other one."""
        return self.models.get(lane) or self.models.get(lane.other)


def forecast(loaded: Loaded, paths: Paths, env: Mapping[str, str]) -> Forecast:
    """What is in no settings is not looked up, so that `enforcer route` stays quick."""
    settings = loaded.settings
    lanes = {Lane.CREATIVE: settings.lanes.creative.model, Lane.ANALYTICAL: settings.lanes.analytical.model}
    models = {lane: ref for lane, ref in lanes.items() if ref}
    if not (settings.routes or settings.lanes.one_vendor):
        return Forecast(models)
    from enforcer.cli.given import Given, models_of
    from enforcer.cli.options import Options
    from enforcer.cli.staffing import staff_of
    from enforcer.cli.vendors import who_serves

    found = who_serves(settings, Options(), None)
    staff = staff_of(Given(env, paths, loaded, models_of(paths)), found.vendors)
    return Forecast({lane: chain[0] for lane, chain in found.chains.items() if chain}, staff.routes)
