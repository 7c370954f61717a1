"""Where sessions are: one folder each, found by project, by id, or as the latest. The folders are the index."""

from __future__ import annotations

import secrets
import shutil
import time
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from enforcer.config.paths import Paths
from enforcer.core.errors import UsageError
from enforcer.session.journal import InUse, Journal, decode, in_use
from enforcer.session.record import NAME, checked_id

LONGEST_TITLE = 60
DAY_S = 86_400
_DIGITS = "0123456789abcdefghjkmnpqrstvwxyz"  # without the letters that look like a digit
_EPOCH_MS = 1_735_689_600_000  # 2025-01-01
# What a line must have to be worth parsing; the rest of a record is skipped unread.
_TELLING = (b'"type":"header"', b'"type":"prompt_submitted"', b'"type":"turn_started"', b'"type":"turn_finished"')
_TYPE_WITHIN = 160  # bytes from the start of a line


@dataclass(frozen=True, slots=True)
class SessionInfo:
    """Times are local, to the minute; `title` is the first prompt, clipped, and "" when nothing was said yet."""

    id: str
    root: Path
    folder: Path
    started: str
    updated: str
    title: str
    turns: int
    lanes: tuple[str, ...]


class Store:
    """`<data>/projects/<slug>/<session id>/`."""

    def __init__(self, paths: Paths) -> None:
        self._paths = paths

    def new_id(self) -> str:
        """Ten characters that sort by time."""
        number = int(time.time() * 1000) - _EPOCH_MS
        digits = [_DIGITS[number >> shift & 31] for shift in range(35, -1, -5)]
        return "".join(digits) + "".join(secrets.choice(_DIGITS) for _ in range(2))

    def folder(self, root: Path, id: str) -> Path:
        """Raises: UsageError when it cannot be an id."""
        return self._paths.project(root) / checked_id(id)

    def answers(self, root: Path) -> Path:
        """Where the person's lasting permission answers for a project are."""
        return self._paths.project(root) / "answers.json"

    def list(self, root: Path | None = None, *, most: int | None = None) -> tuple[SessionInfo, ...]:
        """Those in which something was said, newest first; with `root`, of that project alone."""
        infos: list[SessionInfo] = []
        for folder in self._newest_first(self._folders(root)):
            if most is not None and len(infos) >= most:
                break
            info = _info(folder)
            if info is not None and info.title:
                infos.append(info)
        return tuple(infos)

    def latest(self, root: Path) -> SessionInfo | None:
        return next(iter(self.list(root, most=1)), None)

    def find(self, beginning: str) -> SessionInfo:
        """By the whole id or its beginning, in any project. Raises: UsageError in one sentence."""
        named = [folder for folder in self._folders(None) if folder.name.startswith(beginning)] if beginning else []
        exact = [folder for folder in named if folder.name == beginning]
        matches = exact or named
        if not matches:
            raise UsageError(f"no session begins with '{beginning}'; list those of this project with: enforcer -r")
        if len(matches) > 1:
            shown = ", ".join(sorted(folder.name for folder in matches)[:5])
            raise UsageError(f"{len(matches)} sessions begin with '{beginning}' ({shown}); give more of the id")
        info = _info(matches[0])
        if info is None or not info.title:
            raise UsageError(f"nothing was said in session {matches[0].name}; start a new one with: enforcer")
        return info

    def live(self, root: Path) -> tuple[str, ...]:
        """The ids of this project's sessions that are open, here or in another terminal."""
        return tuple(folder.name for folder in self._folders(root) if in_use(folder / NAME))

    def remove_older(self, days: int) -> tuple[str, ...]:
        """Remove what was not written to for so long and is not open; the ids of what is gone."""
        oldest = time.time() - days * DAY_S
        old = [folder for folder in self._folders(None) if (folder / NAME).stat().st_mtime < oldest]
        return tuple(folder.name for folder in old if _remove(folder))

    def _folders(self, root: Path | None) -> Sequence[Path]:
        projects = [self._paths.project(root)] if root else _children(self._paths.data / "projects")
        return [folder for project in projects for folder in _children(project) if (folder / NAME).is_file()]

    def _newest_first(self, folders: Iterable[Path]) -> Sequence[Path]:
        return sorted(folders, key=lambda folder: ((folder / NAME).stat().st_mtime_ns, folder.name), reverse=True)


def _children(folder: Path) -> Sequence[Path]:
    try:
        return [path for path in folder.iterdir() if path.is_dir()]
    except OSError:
        return []


def _info(folder: Path) -> SessionInfo | None:
    """None when it has no header: it belongs to nowhere."""
    path = folder / NAME
    root, started, title, turns = None, "", "", 0
    lanes: dict[str, None] = {}
    for entry in _telling(path):
        match entry:
            case {"type": "header", "root": str(text), "ts": str(stamp)}:
                root, started = Path(text), _local(datetime.fromisoformat(stamp))
            case {"type": "prompt_submitted", "text": str(text)}:
                title = title or _clipped(text)
            case {"type": "turn_started", "lane": str(lane)}:
                lanes[lane] = None
            case {"type": "turn_finished"}:
                turns += 1
    if root is None:
        return None
    updated = _local(datetime.fromtimestamp(path.stat().st_mtime).astimezone())
    return SessionInfo(folder.name, root, folder, started, updated, title, turns, tuple(lanes))


def _telling(path: Path) -> Iterable[dict[str, object]]:
    try:
        with path.open("rb") as file:
            for line in file:
                beginning = line[:_TYPE_WITHIN]
                if any(mark in beginning for mark in _TELLING) and (entry := decode(line)) is not None:
                    yield entry
    except OSError:
        return


def _remove(folder: Path) -> bool:
    try:
        with closing(Journal(folder / NAME)):
            shutil.rmtree(folder)
    except InUse:
        return False
    return True


def _local(time: datetime) -> str:
    return time.astimezone().strftime("%Y-%m-%d %H:%M")


def _clipped(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_TITLE else line[: LONGEST_TITLE - 1] + "…"
