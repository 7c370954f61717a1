"""The instructions that are read before the first prompt, and what of them is left out."""

from __future__ import annotations

from collections.abc import Iterator

from enforcer.agent.memory import read_memory
from enforcer.cli.checks.scene import Scene
from enforcer.ui.findings import Finding, note, ok, warning


def check(scene: Scene) -> Iterator[Finding]:
    wanted = scene.here.settings.memory
    memory = read_memory(
        scene.cwd,
        scene.root,
        wanted.files,
        user=scene.paths.config,
        imports=wanted.imports,
        outside=scene.trusted,
    )
    for path in memory.files:
        yield ok("instructions-file", str(path))
    for sentence in memory.notices:
        yield warning("instructions-left-out", sentence, "correct the line or the file it names")
    if not memory.files:
        text = f"no {' or '.join(wanted.files)} from here up to {scene.root}"
        yield note("instructions-none", text, f"write what a newcomer must know into {scene.root}/{wanted.files[0]}")
