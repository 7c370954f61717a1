"""What runs here: Enforcer, Python, the vendors' clients, and the programs the tools call."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version

from enforcer import __version__
from enforcer.cli.checks.scene import Scene
from enforcer.ui.findings import Finding, error, note, ok

CLIENTS = ("anthropic", "openai", "google-genai")


def check(scene: Scene) -> Iterator[Finding]:
    yield ok("version-enforcer", f"enforcer {__version__}, {sys.prefix}")
    yield ok("version-python", f"Python {platform.python_version()}, {platform.system()} {platform.machine()}")
    for name in CLIENTS:
        try:
            yield ok("version-client", f"{name} {version(name)}")
        except PackageNotFoundError:
            yield error("version-client", f"{name} is not installed", "./install.sh")
    found = scene.run("rg", "--version")
    if found.code == 0:
        yield ok("version-rg", found.out.partition("\n")[0])
    else:
        yield note(
            "version-rg", "ripgrep (rg) is not installed: searches in large folders take longer", "install ripgrep"
        )
