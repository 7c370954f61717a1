"""The checks, in the order in which they are told. A new one is a file here and a line in `CHECKS`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from typing import cast

from enforcer.cli.checks.scene import Scene
from enforcer.core.errors import EnforcerError
from enforcer.ui.findings import Finding, Found, error, note

Check = Callable[[Scene], Iterable[Finding]]

# By group. Those of `NEED_SETTINGS` are left out while the settings cannot be read; the others always run.
CHECKS = {
    "config": "enforcer.cli.checks.config:check",
    "keys": "enforcer.cli.checks.keys:check",
    "lanes": "enforcer.cli.checks.lanes:check",
    "routes": "enforcer.cli.checks.routes:check",
    "classifier": "enforcer.cli.checks.classifier:check",
    "hooks": "enforcer.cli.checks.hooks:check",
    "trust": "enforcer.cli.checks.trust:check",
    "permissions": "enforcer.cli.checks.permissions:check",
    "instructions": "enforcer.cli.checks.instructions:check",
    "skills": "enforcer.cli.checks.skills:check",
    "rules": "enforcer.cli.checks.rules:check",
    "git": "enforcer.cli.checks.git:check",
    "sandbox": "enforcer.cli.checks.sandbox:check",
    "terminal": "enforcer.cli.checks.terminal:check",
    "versions": "enforcer.cli.checks.versions:check",
    "folders": "enforcer.cli.checks.folders:check",
    "sessions": "enforcer.cli.checks.sessions:check",
}
NEED_SETTINGS = frozenset({"keys", "lanes", "routes", "classifier", "hooks", "trust", "permissions", "instructions"})
CANNOT = "cannot-check"


def examine(scene: Scene) -> Iterator[Found]:
    """Every check; what one of them cannot do is a finding, told once, and the others go on."""
    told: set[str] = set()
    for group in CHECKS:
        if group in NEED_SETTINGS and scene.given is None:
            yield Found(group, note("not-checked", "not checked, because the settings cannot be read"))
            continue
        for finding in _safely(group, scene):
            if finding.code != CANNOT or finding.text not in told:
                yield Found(group, finding)
            told.add(finding.text)


def _safely(group: str, scene: Scene) -> Iterator[Finding]:
    module, _, name = CHECKS[group].partition(":")
    try:
        yield from cast(Check, getattr(import_module(module), name))(scene)
    except EnforcerError as failed:
        yield error(CANNOT, str(failed), "mend that, then run: enforcer doctor")
    except OSError as failed:
        what = f"{failed.filename or group} cannot be looked at ({failed.strerror})"
        yield error(CANNOT, what, "mend that, then run: enforcer doctor")
