"""`directives.lock`: what the person's rules said when the person agreed to them. One JSON object a line, committed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

from enforcer.checkpoints.directives import Directive, digest
from enforcer.core.errors import EnforcerError

FOLDER = ".enforcer"
LOCK = "directives.lock"
LOG = "directives.log"
AUTHORED = "checkpoints.yaml"
COMPILED = "checkpoints.lock.json"
PROJECT = "project"  # whose rules stand in .enforcer/directives.md, and belong to no skill
PROJECT_FILE = f"{FOLDER}/directives.md"


class BadLock(EnforcerError):
    """A lock that cannot be read, so nothing can be said of any rule."""


class State(StrEnum):
    OK = "ok"
    MOVED = "moved"  # another path, the same words
    CHANGED = "changed"
    MISSING = "missing"
    UNLOCKED = "unlocked"
    FORGED = "forged"  # its id or its flag is not what was locked


HOLDS = frozenset({State.OK, State.MOVED})
MEANING = {
    State.CHANGED: "its words are not those that were locked",
    State.MISSING: "it is locked, and gone from its file",
    State.UNLOCKED: "nobody has accepted it into the lock",
    State.FORGED: "its id or its immutable mark is not what was locked",
}


@dataclass(frozen=True, slots=True)
class Locked:
    """One line. `path` is relative to the project; `text` is what counts, whatever the file says."""

    id: str
    skill: str
    path: str
    sha256: str
    added: str
    source: str
    text: str


@dataclass(frozen=True, slots=True)
class Standing:
    """How one rule stands: `locked` is None for a block nobody accepted, `found` for one that is gone."""

    state: State
    skill: str
    path: str
    locked: Locked | None = None
    found: Directive | None = None

    @property
    def id(self) -> str:
        return self.locked.id if self.locked else self.found.id if self.found else ""

    @property
    def text(self) -> str:
        """What a model is given: the words that were locked."""
        return self.locked.text if self.locked else self.found.text if self.found else ""


@dataclass(frozen=True, slots=True)
class Source:
    """A file with blocks; `path` is relative to the project."""

    skill: str
    path: str
    directives: Sequence[Directive]


def locked(source: Source, directive: Directive) -> Locked:
    return Locked(
        directive.id,
        source.skill,
        source.path,
        directive.digest,
        directive.added,
        directive.origin,
        directive.text,
    )


def read_lock(path: Path) -> tuple[Locked, ...]:
    """Empty when there is none. Raises: BadLock."""
    try:
        lines = path.read_text("utf-8").splitlines() if path.exists() else []
    except (OSError, UnicodeDecodeError) as error:
        raise BadLock(f"{path} cannot be read; take it back from git, or look at it") from error
    return tuple(_line(path, number, line) for number, line in enumerate(lines, 1) if line.strip())


def _line(path: Path, number: int, line: str) -> Locked:
    broken = f"{path}, line {number}: this is no entry of the lock; take the file back from git"
    try:
        data = json.loads(line)
        found = Locked(**{name: str(data[name]) for name in Locked.__slots__})
    except (ValueError, KeyError, TypeError) as error:
        raise BadLock(broken) from error
    if digest(found.text) != found.sha256:
        raise BadLock(f"{path}, line {number}: the words of {found.id} do not fit their hash; take it back from git")
    return found


def written(entries: Iterable[Locked]) -> str:
    """The file: sorted, so that two branches merge and a diff shows what changed."""
    rows = sorted(entries, key=lambda each: (each.skill, each.id))
    return "".join(f"{json.dumps(asdict(each), ensure_ascii=False, sort_keys=True)}\n" for each in rows)


def standings(lock: Iterable[Locked], sources: Iterable[Source]) -> tuple[Standing, ...]:
    """Every locked rule and every block, compared; in the order of skill and file."""
    lock = tuple(lock)
    by_id = {entry.id: entry for entry in lock}
    by_words = {(entry.skill, entry.sha256): entry for entry in lock}
    told: list[Standing] = []
    seen: set[str] = set()
    for source in sources:
        for directive in source.directives:
            entry = by_id.get(directive.id) or by_words.get((source.skill, directive.digest))
            entry = None if entry and entry.id in seen else entry
            seen.update([entry.id] if entry else [])
            told.append(Standing(_state(entry, source, directive), source.skill, source.path, entry, directive))
    gone = [entry for entry in lock if entry.id not in seen]
    told += [Standing(State.MISSING, entry.skill, entry.path, entry) for entry in gone]
    return tuple(sorted(told, key=lambda each: (each.skill, each.found.first if each.found else 0, each.id)))


def _state(entry: Locked | None, source: Source, directive: Directive) -> State:
    if entry is None:
        return State.UNLOCKED
    if entry.id != directive.id or not directive.immutable or entry.skill != source.skill:
        return State.FORGED
    if entry.sha256 != directive.digest:
        return State.CHANGED
    return State.OK if entry.path == source.path else State.MOVED


def history(event: str, who: Mapping[str, str], before: Locked | None, after: Locked | None) -> str:
    """One line of directives.log."""
    said = {"event": event, **who, "before": asdict(before) if before else None}
    return json.dumps({**said, "after": asdict(after) if after else None}, ensure_ascii=False, sort_keys=True) + "\n"
