"""The rules of one project and where they lie: skills with blocks, their lock, their checks. Reads; writes nothing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from enforcer.checkpoints.checkpoint import Checkpoint, from_json
from enforcer.checkpoints.directives import Unclosed, read
from enforcer.checkpoints.lock import (
    AUTHORED,
    COMPILED,
    FOLDER,
    LOCK,
    LOG,
    PROJECT,
    PROJECT_FILE,
    BadLock,
    Locked,
    Source,
    Standing,
    read_lock,
    standings,
)
from enforcer.core.errors import EnforcerError
from enforcer.skills.find import FOLDERS, skill_files
from enforcer.skills.frontmatter import Unreadable, read_text
from enforcer.skills.parse import Broken, Level, Skill, load

VERSION = 1
SHARED = "skills"  # a project that offers skills has them at its top


@dataclass(frozen=True, slots=True)
class Compiled:
    """What runs: the checkpoints, and the hash of the file they were compiled from."""

    checkpoints: tuple[Checkpoint, ...] = ()
    source_sha256: str = ""


class BadCompiled(EnforcerError):
    """The compiled checkpoints cannot be read, so nobody can say what holds."""


@dataclass
class Rulebook:
    """`root` is the folder of the project. Everything is read once, when it is first asked for."""

    root: Path
    problems: list[str] = field(default_factory=list)  # files that could not be read, a sentence each

    @property
    def folder(self) -> Path:
        return self.root / FOLDER

    @property
    def lock_path(self) -> Path:
        return self.folder / LOCK

    @property
    def log_path(self) -> Path:
        return self.folder / LOG

    @property
    def authored_path(self) -> Path:
        return self.folder / AUTHORED

    @property
    def compiled_path(self) -> Path:
        return self.folder / COMPILED

    @cached_property
    def skills(self) -> tuple[Skill, ...]:
        """Of the project, each name once; those it only offers to others last."""
        taken: dict[str, Skill] = {}
        for path in dict.fromkeys(self._skill_files()):
            skill = load(path, Level.PROJECT)
            if isinstance(skill, Broken):
                self.problems.append(f"{self.shown(path)} cannot be used: {skill.reason}")
            else:
                taken.setdefault(skill.name, skill)
        return tuple(taken[name] for name in sorted(taken))

    @cached_property
    def sources(self) -> tuple[Source, ...]:
        """Every file with blocks that can be read."""
        own = self.root / PROJECT_FILE
        files = [(PROJECT, own)] if own.exists() else []
        return tuple(self._sources([*files, *((skill.name, skill.path) for skill in self.skills)]))

    @cached_property
    def lock(self) -> tuple[Locked, ...]:
        """Raises: BadLock."""
        return read_lock(self.lock_path)

    @cached_property
    def standings(self) -> tuple[Standing, ...]:
        """Raises: BadLock."""
        return standings(self.lock, self.sources)

    def path_of(self, skill: str) -> Path | None:
        """The file the blocks of a skill stand in."""
        if skill == PROJECT:
            return self.root / PROJECT_FILE
        return next((each.path for each in self.skills if each.name == skill), None)

    def shown(self, path: Path) -> str:
        return path.relative_to(self.root).as_posix() if path.is_relative_to(self.root) else str(path)

    def _skill_files(self) -> Iterator[Path]:
        """Where skills are looked for, where a project offers its own, and wherever else a lock says they are."""
        for place in (*FOLDERS, SHARED):
            yield from skill_files(self.root / place)
        try:
            named = {self.root / entry.path for entry in self.lock if entry.skill != PROJECT}
        except BadLock:  # said by whoever asks for the lock
            return
        yield from (path for path in sorted(named) if path.is_file())

    def _sources(self, files: Iterable[tuple[str, Path]]) -> Iterator[Source]:
        for skill, path in files:
            try:
                yield Source(skill, self.shown(path), read(read_text(path)))
            except (Unclosed, Unreadable) as error:
                self.problems.append(f"{self.shown(path)}: {error}")


def read_compiled(path: Path) -> Compiled:
    """Nothing when there is no such file. Raises: BadCompiled."""
    try:
        if not path.exists():
            return Compiled()
        data = json.loads(path.read_text("utf-8"))
        if data["version"] != VERSION:
            raise BadCompiled(f"{path} was written by another version of Enforcer; run: skill-builder audit --fix")
        return Compiled(tuple(from_json(each) for each in data["checkpoints"]), str(data.get("source_sha256", "")))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadCompiled(f"{path} cannot be read; take it back from git, or run: skill-builder audit --fix") from error


def stale(found: Compiled, root: Path) -> bool:
    """Whether checkpoints.yaml is not what was compiled."""
    path = root / FOLDER / AUTHORED
    source = path.read_bytes() if path.is_file() else b""
    return bool(found.source_sha256 or source) and hashlib.sha256(source).hexdigest() != found.source_sha256


def compiled(checkpoints: Iterable[Checkpoint], source: bytes) -> str:
    """The file the session and the git hooks read: sorted, and bound to the bytes it came from."""
    entries: list[dict[str, Any]] = [each.to_json() for each in sorted(checkpoints, key=lambda each: each.id)]
    data = {"version": VERSION, "source_sha256": hashlib.sha256(source).hexdigest(), "checkpoints": entries}
    return json.dumps(data, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
