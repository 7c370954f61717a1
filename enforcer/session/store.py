"""Where sessions are: one folder each, found by project, by id, or as the latest. The folders are the truth."""

from __future__ import annotations

import secrets
import shutil
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from enforcer.config.paths import Paths
from enforcer.core.errors import EnforcerError, UsageError
from enforcer.session.facts import Facts, facts_of
from enforcer.session.journal import RecordError, alone, in_use
from enforcer.session.record import NAME, checked_id

DAY_S = 86_400
REMOVED_AT_ONCE = 100  # at the end of a session nobody waits for more
_DIGITS = "0123456789abcdefghjkmnpqrstvwxyz"  # without the letters that look like a digit
_EPOCH_MS = 1_735_689_600_000  # 2025-01-01
_GONE = ".gone-"  # a folder that is being removed begins so


@dataclass(frozen=True, slots=True)
class SessionInfo:
    """Times are local, to the minute; `title` is the person's name for it, or the first prompt, or ""."""

    id: str
    root: Path
    folder: Path
    started: str
    updated: str
    written: float  # seconds since 1970
    facts: Facts

    @property
    def title(self) -> str:
        return self.facts.title

    @property
    def turns(self) -> int:
        return self.facts.turns

    @property
    def lanes(self) -> tuple[str, ...]:
        return self.facts.lanes

    def has(self, words: Sequence[str]) -> bool:
        """Whether all of them, in lower case, occur in its title, prompts, id or models."""
        models = (each.model for each in self.facts.served)
        text = "\n".join([self.id, self.title, self.facts.search, *models]).casefold()
        return all(word in text for word in words)

    @property
    def open(self) -> bool:
        """Somebody works in it now."""
        return in_use(self.folder / NAME)


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

    def find(self, beginning: str, *, silent: bool = False) -> SessionInfo:
        """By the whole id or its beginning, in any project; `silent` ones, in which nothing was said, if wanted.

        Raises: UsageError in one sentence.
        """
        named = [folder for folder in self._folders(None) if folder.name.startswith(beginning)] if beginning else []
        exact = [folder for folder in named if folder.name == beginning]
        matches = exact or named
        if not matches:
            raise UsageError(f"no session begins with '{beginning}'; list those of this project with: enforcer -r")
        if len(matches) > 1:
            shown = ", ".join(sorted(folder.name for folder in matches)[:5])
            raise UsageError(f"{len(matches)} sessions begin with '{beginning}' ({shown}); give more of the id")
        info = _info(matches[0])
        if info is None or not (info.title or silent):
            raise UsageError(f"nothing was said in session {matches[0].name}; start a new one with: enforcer")
        return info

    def live(self, root: Path) -> tuple[str, ...]:
        """The ids of this project's sessions that are open, here or in another terminal."""
        return tuple(folder.name for folder in self._folders(root) if in_use(folder / NAME))

    def remove(self, info: SessionInfo) -> None:
        """With all that belongs to it. Raises: InUse; RecordError when it cannot be removed."""
        _remove(info.folder)

    def remove_older(self, days: int, *, most: int = REMOVED_AT_ONCE) -> tuple[str, ...]:
        """Remove what was not written to for so long and is not open, the oldest first; the ids of what is gone."""
        for left in self._paths.data.glob(f"projects/*/{_GONE}*"):
            shutil.rmtree(left, ignore_errors=True)
        oldest = time.time() - days * DAY_S
        times = sorted((_written(folder), folder) for folder in self._folders(None))
        old = [folder for written, folder in times if 0 < written < oldest][:most]
        return tuple(folder.name for folder in old if _removed(folder))

    def ended(self, folder: Path, keep_days: int | None) -> None:
        """A session was closed: keep what a list shows of it, and remove those that are too old, if any ever are."""
        with suppress(OSError):
            facts_of(folder / NAME)
        if keep_days is not None:
            self.remove_older(keep_days)

    def _folders(self, root: Path | None) -> Sequence[Path]:
        projects = [self._paths.project(root)] if root else _children(self._paths.data / "projects")
        return [folder for project in projects for folder in _children(project) if (folder / NAME).is_file()]

    def _newest_first(self, folders: Iterable[Path]) -> Sequence[Path]:
        return sorted(folders, key=lambda folder: (_written(folder), folder.name), reverse=True)


def _children(folder: Path) -> Sequence[Path]:
    try:
        return [path for path in folder.iterdir() if path.is_dir() and not path.name.startswith(".")]
    except OSError:
        return []


def _written(folder: Path) -> float:
    try:
        return (folder / NAME).stat().st_mtime
    except OSError:  # removed meanwhile
        return 0.0


def _info(folder: Path) -> SessionInfo | None:
    """None when it has no header, which belongs to nowhere, or was removed meanwhile."""
    try:
        facts = facts_of(folder / NAME)
        started = _local(datetime.fromisoformat(facts.started))
    except (OSError, ValueError):
        return None
    if facts.root is None:
        return None
    written = _written(folder)
    updated = _local(datetime.fromtimestamp(written).astimezone())
    return SessionInfo(folder.name, Path(facts.root), folder, started, updated, written, facts)


def _removed(folder: Path) -> bool:
    try:
        _remove(folder)
    except EnforcerError:
        return False
    return True


def _remove(folder: Path) -> None:
    """In one step for whoever looks; what an end in the middle leaves behind is no session any more."""
    gone = folder.with_name(f"{_GONE}{folder.name}")
    try:
        with alone(folder / NAME):
            shutil.rmtree(gone, ignore_errors=True)
            folder.rename(gone)
            shutil.rmtree(gone)
    except OSError as error:
        raise RecordError(f"{folder} cannot be removed ({error.strerror}); remove it by hand") from error


def _local(time: datetime) -> str:
    return time.astimezone().strftime("%Y-%m-%d %H:%M")
