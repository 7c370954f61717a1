"""Two things no mode and no rule lets a command do: remove what cannot come back, and slip past the git hooks."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from enforcer.permissions.unwrap import program

_HOME_WORD = re.compile(r"\$\{?HOME\}?(?=/|$)|^~(?=/|$)")
_HERE_WORD = re.compile(r"\$\{?PWD\}?(?=/|$)")
_ALL_INSIDE = re.compile(r"/?(?:\*|\.\*|\{,\.\}\*|\.\[!\.\]\*)$")
_RECURSIVE = re.compile(r"-[A-Za-z]*[rR]|--recursive$")
_REMOVERS = frozenset({"rm", "shred", "srm"})
_HOOK_CONFIG = re.compile(r"core\.hookspath", re.IGNORECASE)
_COMMIT_LETTERS_WITH_VALUE = frozenset("mFCctSu")


@dataclass(frozen=True, slots=True)
class Ground:
    """What must not be removed as a whole."""

    home: Path
    roots: tuple[Path, ...]

    def critical(self, path: Path) -> bool:
        """A folder directly below `/`, the home folder, a root of the workspace, or anything that holds one of them."""
        real = Path(os.path.realpath(path))
        kept = (self.home, Path(os.path.realpath(self.home)), *self.roots)
        return len(real.parts) <= 2 or any(place.is_relative_to(real) for place in kept)


def catastrophe(words: Sequence[str], cwds: Iterable[Path], ground: Ground) -> str:
    """Why this removal is refused, "" when it is none."""
    if not words or "\0" in "".join(words):
        return ""
    targets = _removed(words)
    for cwd in cwds:
        for target in targets:
            if ground.critical(cwd / _expanded(target, cwd, ground.home)):
                return f"it would remove {target} with everything in it"
    return ""


def _removed(words: Sequence[str]) -> list[str]:
    name = program(words)
    if name == "find" and "-delete" in words:
        starts = words[1 : next((at for at, word in enumerate(words) if at and word.startswith("-")), 1)]
        # With a test in between only some of it goes; a bare `find X -delete` is `rm -r X`.
        bare = not any(word.startswith(("-name", "-path", "-regex", "-i", "-m", "-s", "-e", "-n")) for word in words)
        return list(starts) or ["."] if bare else []
    if name not in _REMOVERS or not any(_RECURSIVE.match(word) for word in words[1:]):
        return []
    return [word for word in words[1:] if not word.startswith("-")]


def _expanded(target: str, cwd: Path, home: Path) -> str:
    text = _HERE_WORD.sub(str(cwd), _HOME_WORD.sub(str(home), target))
    inside = _ALL_INSIDE.sub("", text)
    return inside or ("/" if text.startswith("/") else ".")


def git_bypass(words: Sequence[str]) -> str:
    """Why this git command is refused, "" when it goes the usual way. `words` may come from text nobody could parse."""
    if any(word.startswith("GIT_CONFIG") for word in words):
        return "GIT_CONFIG variables can switch the git hooks off"
    if any(re.match(r"ENFORCER_(?:SKIP|STRICT|AGENT)\b", word) for word in words):
        return "ENFORCER variables that switch checks off are for people"
    at = next((at for at, word in enumerate(words) if word.rsplit("/", 1)[-1] == "git"), None)
    if at is None:
        return ""
    rest = words[at + 1 :]
    if any(_HOOK_CONFIG.search(word) for word in rest):
        return "core.hooksPath switches the git hooks off"
    if "--no-verify" in rest or any(len(word) > 7 and "--no-verify".startswith(word) for word in rest):
        return "--no-verify skips the git hooks"
    return _plumbing(_after_options(rest))


def _plumbing(rest: Sequence[str]) -> str:
    sub = rest[0] if rest else ""
    if sub in {"commit-tree", "fast-import"}:
        return f"git {sub} makes commits without the git hooks"
    if sub == "update-ref" and any("refs/heads" in word or word == "--stdin" for word in rest):
        return "git update-ref moves a branch without the git hooks"
    if sub == "commit" and any(_short_n(word) for word in rest[1:]):
        return "git commit -n skips the git hooks"
    return ""


def _after_options(words: Sequence[str]) -> Sequence[str]:
    at = 0
    while at < len(words) and words[at].startswith("-"):
        at += 2 if words[at] in {"-C", "-c", "--git-dir", "--work-tree", "--namespace"} else 1
    return words[at:]


def _short_n(word: str) -> bool:
    """`-n` alone or in a cluster such as `-anm`, but not as the value in `-mn`."""
    if not re.fullmatch(r"-[A-Za-z]+", word):
        return False
    for letter in word[1:]:
        if letter == "n":
            return True
        if letter in _COMMIT_LETTERS_WITH_VALUE:
            return False
    return False
