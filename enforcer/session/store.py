"""Where sessions are: one folder each, found by project, by id, or as the latest."""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from enforcer.core.errors import UsageError
from enforcer.session.record import NAME

HEAD_BYTES = 64_000  # of a record, read for its title
LONGEST_TITLE = 60


@dataclass(frozen=True, slots=True)
class SessionInfo:
    id: str
    root: Path
    folder: Path
    updated: str  # local time, to the minute
    title: str  # the first prompt, clipped


class Store:
    """`<data>/projects/<slug>/<session id>/`; nothing but the folders themselves is an index."""

    def __init__(self, data: Path) -> None:
        self._projects = data / "projects"

    def new_id(self) -> str:
        """Sorts by time, and is short enough to type."""
        return f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"

    def folder(self, root: Path, id: str) -> Path:
        return self._project(root) / id

    def answers(self, root: Path) -> Path:
        """Where the person's lasting permission answers for a project are."""
        return self._project(root) / "answers.json"

    def list(self, root: Path | None = None) -> tuple[SessionInfo, ...]:
        """Newest first; with `root`, of that project alone."""
        folders = [self._project(root)] if root else self._children(self._projects)
        found = [path for folder in folders for path in self._children(folder) if (path / NAME).is_file()]
        found.sort(key=lambda path: (path / NAME).stat().st_mtime, reverse=True)
        infos = (self._info(path) for path in found)
        return tuple(info for info in infos if info.title)

    def latest(self, root: Path) -> SessionInfo | None:
        return next(iter(self.list(root)), None)

    def find(self, prefix: str) -> SessionInfo:
        """By the whole id or its beginning. Raises: UsageError."""
        named = [info for info in self.list() if info.id.startswith(prefix)]
        exact = [info for info in named if info.id == prefix]
        if len(exact or named) == 1:
            return (exact or named)[0]
        if not named:
            raise UsageError(f"no session begins with '{prefix}'; enforcer -r lists those of this project")
        shown = ", ".join(info.id for info in named[:5])
        raise UsageError(f"{len(named)} sessions begin with '{prefix}' ({shown}); give more of the id")

    def _project(self, root: Path) -> Path:
        return self._projects / project_slug(root)

    def _children(self, folder: Path) -> list[Path]:
        try:
            return [path for path in folder.iterdir() if path.is_dir()]
        except OSError:
            return []

    def _info(self, folder: Path) -> SessionInfo:
        path = folder / NAME
        root, title = Path(), ""
        for entry in _head(path):
            if entry.get("type") == "header":
                root = Path(str(entry.get("root", "")))
            elif entry.get("type") == "prompt_submitted":
                title = _clipped(str(entry.get("text", "")))
                break
        updated = datetime.fromtimestamp(path.stat().st_mtime).strftime("%Y-%m-%d %H:%M")
        return SessionInfo(folder.name, root, folder, updated, title)


def project_slug(root: Path) -> str:
    """The folder's name for people, a digest of its whole path for difference."""
    name = re.sub(r"[^A-Za-z0-9]+", "-", root.name).strip("-")[:40] or "root"
    return f"{name}-{hashlib.sha256(str(root.resolve()).encode('utf-8', 'surrogateescape')).hexdigest()[:10]}"


def _head(path: Path) -> Iterator[dict[str, Any]]:
    try:
        with path.open("rb") as file:
            data = file.read(HEAD_BYTES)
    except OSError:
        return
    for line in data.split(b"\n"):
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if isinstance(entry, dict):
            yield entry


def _clipped(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_TITLE else line[: LONGEST_TITLE - 1] + "…"
