"""Which services have a key, and from where; a key is never shown."""

from __future__ import annotations

from collections.abc import Iterator

from enforcer.cli.checks.scene import Scene
from enforcer.cli.sources import settings_of
from enforcer.config.keys import COMPATIBLE, KEY_ENV, stored_names
from enforcer.core.errors import EnforcerError
from enforcer.providers.registry import create
from enforcer.ui.findings import Finding, error, note, ok, warning

SCRIPTED = "scripted"


def check(scene: Scene) -> Iterator[Finding]:
    used = {ref.provider for ref in scene.here.lanes.values()}
    names = dict.fromkeys([*sorted(used), *KEY_ENV, *stored_names(scene.paths), *scene.here.settings.providers])
    notices: set[str] = set()
    found = [each for name in names for each in _provider(scene, name, notices, needed=name in used)]
    yield from found
    if not found:
        yield note("keys-none", "no key was found", "enforcer auth set PROVIDER, or a server of your own")


def _provider(scene: Scene, name: str, notices: set[str], *, needed: bool) -> Iterator[Finding]:
    try:
        config = scene.here.provider(name)
    except EnforcerError as failed:
        yield error("key-unusable", str(failed), "enforcer auth list")
        return
    try:
        create(settings_of(config))
    except EnforcerError as failed:
        if not needed:  # of a lane, its own check tells
            remedy = f"correct the name in {scene.paths.config_file}"
            yield warning("provider-unknown", f"providers.{name}: {failed}", remedy)
        return
    if config.notice and config.notice not in notices:
        notices.add(config.notice)
        yield warning("key-file-open", config.notice, f"chmod 600 {scene.paths.credentials}")
    if config.key:
        yield ok("key-found", f"{name}: a key from {config.found_in}")
    elif needed and name.partition(":")[0] not in {COMPATIBLE, SCRIPTED}:
        yield error("key-missing", f"{name} has no key, and a lane needs it", f"enforcer auth set {name}")
    elif needed and name != SCRIPTED:
        yield note("key-none", f"{name}: no key, which most servers of one's own do not want")
