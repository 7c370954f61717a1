"""Whether this machine has a sandbox for commands; Enforcer does not use one yet, and says so."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from enforcer.cli.checks.scene import Scene
from enforcer.ui.findings import Finding, note

PROGRAMS = {"linux": "bwrap", "darwin": "sandbox-exec"}


def check(scene: Scene) -> Iterator[Finding]:
    yield note("sandbox-unused", "commands run as you, with your rights; permissions decide which ones run")
    name = PROGRAMS.get(sys.platform, "")
    found = scene.which(name) if name else None
    yield note("sandbox-program", f"{name}: {found or 'not installed'}" if name else "no known sandbox on this system")
