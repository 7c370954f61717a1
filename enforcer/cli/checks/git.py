"""Git: is it there, is this a repository, and would its hooks run."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from enforcer.cli.checks.scene import Scene
from enforcer.ui.findings import Finding, note, ok, warning


def check(scene: Scene) -> Iterator[Finding]:
    version = scene.run("git", "--version")
    if version.code != 0:
        yield warning("git-missing", "git is not installed, or cannot be run", "install git")
        return
    yield ok("git-version", version.out)
    if not os.path.lexists(scene.root / ".git"):
        yield note("git-no-repository", f"{scene.root} is not a repository", "git init, if it should be one")
        return
    top = scene.run("git", "rev-parse", "--git-path", "hooks", cwd=scene.root)
    if top.code != 0:
        yield warning("git-repository", f"git does not accept {scene.root} as a repository", "git status says why")
        return
    yield from _hooks(scene.root / top.out)


def _hooks(folder: Path) -> Iterator[Finding]:
    try:
        files = sorted(path for path in folder.iterdir() if path.is_file() and path.suffix != ".sample")
    except OSError:
        files = []
    asleep = [path for path in files if not os.access(path, os.X_OK)]
    for path in asleep:
        yield warning("git-hook-mode", f"git skips {path}: it may not be run", f"chmod +x {path}")
    awake = [path.name for path in files if path not in asleep]
    yield ok("git-hooks", f"{folder}: {', '.join(awake) or 'no hooks'}")
