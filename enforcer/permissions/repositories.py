"""Which repository git would use in a folder, and whether it could make a reading git command run a program."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

from enforcer.permissions.shell import names

MAX_CONFIG = 100_000
_HARMLESS_SECTIONS = names(
    "branch user author committer pull push fetch init color commit tag advice gc pack gui rerere rebase worktree "
    "status lfs column"
)
_HARMLESS_KEYS = names(
    "core.repositoryformatversion core.filemode core.bare core.logallrefupdates core.ignorecase core.autocrlf "
    "core.eol core.precomposeunicode core.symlinks core.safecrlf core.hookspath core.quotepath core.abbrev "
    "core.longpaths core.untrackedcache core.preloadindex core.commitgraph core.compression core.protectntfs "
    "core.protecthfs remote.url remote.fetch remote.pushurl remote.tagopt remote.prune remote.pushdefault "
    "remote.gh-resolved submodule.active submodule.url submodule.recurse extensions.objectformat "
    "extensions.worktreeconfig diff.algorithm diff.renames diff.colormoved diff.mnemonicprefix "
    "merge.conflictstyle merge.ff log.date log.decorate index.version feature.manyfiles"
)
_SECTION = re.compile(r'\[\s*([A-Za-z0-9.-]+)\s*(?:"(?:[^"\\\n]|\\.)*")?\s*\]')
_KEY = re.compile(r"([A-Za-z][A-Za-z0-9-]*)\s*(?:=\s*(.*))?$")
_HOOK = "post-index-change"  # runs when a mere `git status` refreshes the index


def looks_bare(folder: Path) -> bool:
    """A plain folder that git takes for a repository, as soon as the rest of one is there."""
    return _present(folder / "HEAD") and any(_present(folder / name) for name in ("objects", "refs", "commondir"))


def inside_bare(cwd: Path) -> bool:
    """Git would read the configuration of a folder that came as ordinary files."""
    return any(looks_bare(folder) for folder in _to_the_top(cwd))


def top(cwd: Path) -> Path | None:
    """The work tree git finds from here."""
    return next((folder for folder in _to_the_top(cwd) if _present(folder / ".git")), None)


def distrust(cwd: Path, roots: Sequence[Path]) -> str:
    """Why git in this folder may run more than it says, "" when it is the project's own plain repository."""
    found = top(cwd)
    if found is None:
        return ""
    if not any(root.is_relative_to(found) for root in roots):
        return f"{found} is a repository inside the project, and its configuration may run programs"
    try:
        return _distrusted(found)
    except (OSError, ValueError, RuntimeError):
        return f"the git configuration of {found} cannot be read"


def makes_one(path: Path) -> bool:
    """Writing this file turns a folder into a repository, or changes one that looks like plain files."""
    name, folder = path.name.casefold().rstrip(". "), path.parent
    if name == "head":
        return True
    if name in {"config", "config.worktree", "commondir"}:
        return any(_present(folder / part) for part in ("HEAD", "objects", "refs"))
    return any(_present(part.parent / "HEAD") for part in path.parents if part.name.casefold() in {"objects", "refs"})


def _to_the_top(cwd: Path) -> tuple[Path, ...]:
    return (cwd, *cwd.parents)


def _present(path: Path) -> bool:
    return os.path.lexists(path)


def _distrusted(found: Path) -> str:
    own = _git_folder(found / ".git")
    common_file = own / "commondir"
    common = (own / common_file.read_text("utf-8").strip()).resolve() if common_file.exists() else own
    hooks = [common / "hooks"]
    for config in (common / "config", own / "config.worktree"):
        for key, value in _entries(config):
            section = key.partition(".")[0]
            if key not in _HARMLESS_KEYS and section not in _HARMLESS_SECTIONS:
                return f"{config} sets {key}, which may run a program"
            if key == "core.hookspath":
                hooks.append(found / Path(value.strip('"')).expanduser())
    hook = next((folder / _HOOK for folder in hooks if _present(folder / _HOOK)), None)
    if hook is None and any(_present(place) for place in (common / "modules", found / ".gitmodules")):
        return f"{found} has submodules, and their configuration may run programs"
    return f"{hook} may run" if hook else ""


def _git_folder(dotgit: Path) -> Path:
    if dotgit.is_dir():
        return dotgit.resolve()
    text = dotgit.read_text("utf-8").strip()
    if not text.startswith("gitdir:"):
        raise ValueError(text)
    return (dotgit.parent / text.removeprefix("gitdir:").strip()).resolve()


def _entries(config: Path) -> list[tuple[str, str]]:
    """The keys of a configuration without their subsection. Raises: ValueError for what is not plain."""
    if not config.exists():
        return []
    text = config.read_text("utf-8")
    if len(text) > MAX_CONFIG:
        raise ValueError(config)
    found: list[tuple[str, str]] = []
    section = ""
    for line in (line.strip() for line in text.split("\n")):
        if header := _SECTION.match(line):
            section, line = header[1].casefold().partition(".")[0], line[header.end() :].strip()
        if not line or line.startswith(("#", ";")):
            continue
        entry = _KEY.fullmatch(line)
        if not entry or not section or line.endswith("\\"):
            raise ValueError(line)
        key, value = f"{section}.{entry[1].casefold()}", entry[2] or ""
        if key == "core.hookspath" and re.search(r"[#;\\]", value):
            raise ValueError(line)
        found.append((key, value))
    return found
