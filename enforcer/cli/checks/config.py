"""The settings files, what is wrong in them, and everything that differs from the default."""

from __future__ import annotations

from collections.abc import Iterator

from enforcer.cli.checks.scene import Scene
from enforcer.config.change import Files, Place
from enforcer.config.yaml import read_file
from enforcer.core.errors import UsageError
from enforcer.ui.findings import Finding, Level, error, note, ok, warning
from enforcer.ui.provenance import NO_EFFECT, changed

MEND = "mend it there, then run: enforcer doctor"


def check(scene: Scene) -> Iterator[Finding]:
    files = list(_files(scene))
    yield from files or [ok("config-none", f"no settings file yet; yours would be {scene.paths.config_file}")]
    if scene.given is None:
        if not any(finding.level is Level.ERROR for finding in files):  # a variable, for instance
            yield error("config-unusable", scene.problem, MEND)
        return
    for sentence in scene.given.loaded.warnings:
        yield warning("config-entry", sentence, "enforcer config explain KEY says what a key takes")
    for key, value, origin in changed(scene.given.loaded):
        if NO_EFFECT in origin:
            yield note("config-no-effect", f"{key} = {value}, from {origin}")
        else:
            yield ok("config-value", f"{key} = {value}, from {origin}")


def _files(scene: Scene) -> Iterator[Finding]:
    for place in Place:
        path = Files(scene.paths, scene.root).of(place)
        try:
            read_file(path)
        except (FileNotFoundError, NotADirectoryError):
            continue
        except UsageError as failed:
            yield error("config-unreadable", str(failed), MEND)
        else:
            yield ok("config-file", f"{place.value}: {path}")
