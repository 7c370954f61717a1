"""Goes through a folder as git sees it: without what ignore files leave out, in the order of names, never by a link."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from enforcer.tools.globs import Rule, Rules

IGNORE_FILE = ".gitignore"
MOST_IGNORE_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class Found:
    """`path` is relative to the start of the walk, with slashes."""

    path: str
    is_folder: bool
    is_link: bool
    full: str


@dataclass(frozen=True, slots=True)
class _Level:
    """One ignore file: its rules count for what lies below `base`."""

    base: str  # absolute, with a slash at its end
    rules: Rules


_Chain = tuple[_Level, ...]  # the nearest first; the first that decides wins


class Only:
    """A glob that chooses files, or with `!` in front leaves some out; it beats ignore files and hidden names."""

    def __init__(self, glob: str) -> None:
        rule = Rule.parse(glob, braces=True)
        self._rules = Rules((rule,) if rule else ())
        self._chooses = rule is not None and rule.ignores

    def rules_out(self, path: str, *, is_folder: bool) -> bool | None:
        """None when it does not speak of this path."""
        if self._rules.ignores(path, is_folder=is_folder) is None:
            return True if self._chooses and not is_folder else None
        return not self._chooses


def repository(folder: Path) -> Path | None:
    """The nearest folder at or above with a `.git`."""
    return next((above for above in (folder, *folder.parents) if os.path.exists(above / ".git")), None)


def walk(root: Path, *, hidden: bool = False, only: Only | None = None) -> Iterator[Found]:
    """Every folder and file below `root` that is not left out; a folder comes before what is in it."""
    yield from _walk(root, "", _above(root), hidden=hidden, only=only)


def _walk(folder: Path, prefix: str, above: _Chain, *, hidden: bool, only: Only | None) -> Iterator[Found]:
    try:
        with os.scandir(folder) as scan:
            entries = sorted(scan, key=lambda entry: os.fsencode(entry.name))
    except OSError:
        return
    chain = _with_own(folder, above, {entry.name for entry in entries})
    for entry in entries:
        is_folder = entry.is_dir(follow_symlinks=False)
        path = prefix + entry.name
        if entry.name == ".git" or _left_out(entry, path, chain, is_folder=is_folder, hidden=hidden, only=only):
            continue
        yield Found(path, is_folder, entry.is_symlink(), entry.path)
        if is_folder:
            yield from _walk(Path(entry.path), f"{path}/", chain, hidden=hidden, only=only)


def _left_out(
    entry: os.DirEntry[str], path: str, chain: _Chain, *, is_folder: bool, hidden: bool, only: Only | None
) -> bool:
    chosen = only.rules_out(path, is_folder=is_folder) if only else None
    if chosen is not None:
        return chosen
    ignored = _ignored(entry.path, chain, is_folder=is_folder)
    if ignored is not None:
        return ignored
    return not hidden and entry.name.startswith(".")


def _ignored(full: str, chain: _Chain, *, is_folder: bool) -> bool | None:
    for level in chain:
        decided = level.rules.ignores(full[len(level.base) :], is_folder=is_folder)
        if decided is not None:
            return decided
    return None


def _above(root: Path) -> _Chain:
    """What the repository says above `root`; without a repository nothing above it counts."""
    top = repository(root)
    chain: _Chain = ()
    if top is None or top == root:
        return chain
    between = [folder for folder in reversed(root.parents) if folder.is_relative_to(top)]
    for folder in between:
        chain = _with_own(folder, chain, {name for name in (".git", IGNORE_FILE) if os.path.exists(folder / name)})
    return chain


def _with_own(folder: Path, above: _Chain, names: set[str]) -> _Chain:
    """A repository inside another one does not listen to it. Its private excludes have the last word."""
    if ".git" in names:
        above = _level(folder, folder / ".git" / "info" / "exclude")
    own = _level(folder, folder / IGNORE_FILE) if IGNORE_FILE in names else ()
    return (*own, *above)


def _level(folder: Path, file: Path) -> _Chain:
    try:
        if not file.is_file() or file.stat().st_size > MOST_IGNORE_BYTES:
            return ()
        text = file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ()
    return (_Level(f"{str(folder).rstrip('/')}/", Rules.parse(text)),)
