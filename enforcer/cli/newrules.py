"""The rules a new skill begins with: written, locked, and wired as far as their checks can be proved."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from enforcer.cli import auditing
from enforcer.cli.place import project_folder

if TYPE_CHECKING:
    from enforcer.checkpoints.audit import Audit

UNLOCKED = (
    "an agent made them, so they are not locked; a person accepts them with: skill-builder directive accept {name}"
)


@dataclass(slots=True)
class Ruled:
    """What came of the rules; `found` is None where there are none."""

    name: str
    files: tuple[Path, ...] = ()
    found: Audit | None = None
    unlocked: bool = field(default=False)

    def as_json(self) -> list[dict[str, Any]]:
        items = self.found.items if self.found else ()
        return [
            {
                "id": item.standing.id,
                "text": item.standing.text,
                "how": str(item.how),
                "checkpoint": item.checkpoint.id if item.checkpoint else None,
                "why": item.why,
            }
            for item in items
        ]

    def show(self) -> None:
        if self.found is not None:
            auditing.show_items(self.found)
        if self.unlocked:
            typer.echo(UNLOCKED.format(name=self.name))


def wire(name: str, file: Path, texts: Sequence[str]) -> Ruled:
    """Raises: UsageError, EnforcerError."""
    from enforcer.checkpoints.change import AGENT, Changes, today

    if not texts:
        return Ruled(name)
    root = project_folder(file.parent)
    agent = bool(os.environ.get(AGENT))
    changes = Changes(root, today(os.environ))
    changes.begin(name, file.resolve(), texts)
    if not agent:
        changes.lock_new(name, file.resolve())
    _, found = auditing.audited(root, [name])
    written = [] if agent else auditing.fixed(root, found)
    kept = [] if agent else [changes.lock_file, changes.log_file]
    return Ruled(name, tuple(_shown(path, root, file) for path in (*kept, *written)), found, agent)


def _shown(path: Path, root: Path, file: Path) -> Path:
    """As the files of the skill are named: relative where they are."""
    here = Path.cwd().resolve()
    return path.relative_to(here) if not file.is_absolute() and path.is_relative_to(here) else path
