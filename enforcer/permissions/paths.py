"""Where a path really leads, and which places nobody's rule opens. Looks at links, never at contents."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path

from enforcer.core.verdict import Ruling, Verdict
from enforcer.permissions.shell import names

_FOLDERS = names(".git .vscode .idea .husky .enforcer .claude .devcontainer")
_FILES = names(
    ".mcp.json .pre-commit-config.yaml .pre-commit-hooks.yaml lefthook.yml lefthook.yaml .lefthook.yml .gitmodules "
    ".gitconfig .envrc .netrc .bashrc .bash_profile .bash_login .bash_logout .profile .zshrc .zprofile .zshenv .zlogin "
    ".inputrc .ripgreprc .claude.json config.fish"
)
_OWN_POLICY = names("config*.yaml config*.yml config*.json checkpoints* directives* waivers* baseline trust*")
_RUNS_LATER = names(
    "makefile gnumakefile *.mk justfile taskfile.y*ml package.json conftest.py pyproject.toml setup.py setup.cfg "
    "tox.ini noxfile.py sitecustomize.py usercustomize.py *.pth jenkinsfile dockerfile* docker-compose*.y*ml "
    "compose.y*ml .gitlab-ci.yml rakefile gemfile build.gradle* settings.gradle* pom.xml cmakelists.txt build.rs "
    "gulpfile.* gruntfile.* webpack.config.* vite.config.* jest.config.* vitest.config.* eslint.config.* .eslintrc.js "
    ".npmrc .yarnrc* .gitattributes azure-pipelines.yml action.y*ml"
)
_RUNS_LATER_FOLDERS = names(".github .circleci .gitlab")
_ENVIRON = re.compile(r"/proc/.+/environ|/proc/.+/mem")


@dataclass(frozen=True, slots=True)
class Place:
    """`given` as it was written, made absolute; `real` with every link resolved."""

    given: Path
    real: Path
    inside: bool  # `real` lies in a root, compared by component
    escapes: bool  # written as if it were inside

    @classmethod
    def of(cls, path: str | Path, roots: Sequence[Path]) -> Place:
        """Raises: ValueError for a path with a NUL byte."""
        text = str(path)
        if "\0" in text:
            raise ValueError("a path has no NUL byte")
        real = Path(os.path.realpath(text))
        inside = any(real.is_relative_to(root) for root in roots)
        escapes = not inside and any(_looks_inside(text, root) for root in roots)
        return cls(Path(os.path.normpath(text)), real, inside, escapes)

    @property
    def paths(self) -> tuple[Path, ...]:
        """As it was written and where it leads, which mostly is the same."""
        return (self.given,) if self.given == self.real else (self.given, self.real)


def _looks_inside(text: str, root: Path) -> bool:
    """Through `..`, through a link, or by a name that only begins like the root's."""
    return text.startswith(str(root).rstrip("/")) and str(root) != "/"


@dataclass(frozen=True, slots=True)
class Protected:
    """The places of this person. `config` and `data` are Enforcer's own folders."""

    home: Path = field(default_factory=Path.home)
    config: Path | None = None
    data: Path | None = None

    def read(self, place: Place) -> Verdict | None:
        if any(self._holds_keys(path) for path in place.paths):
            return Verdict(Ruling.DENY, f"{place.given} holds keys and is not read by tools", "protected path")
        return None

    def write(self, place: Place) -> Verdict | None:
        """DENY for what decides over later sessions, a firm ASK for what is merely dangerous, None otherwise."""
        for path in place.paths:
            if self._holds_keys(path) or self._untouchable(path):
                return Verdict(Ruling.DENY, f"{place.given} is protected and not written by tools", "protected path")
        if any(self._delicate(path) for path in place.paths):
            return Verdict(Ruling.ASK, f"{place.given} is a protected path", "protected path")
        return None

    def _holds_keys(self, path: Path) -> bool:
        if _ENVIRON.fullmatch(str(path)):
            return True
        if any(path.parent == ssh and path.name.startswith("id_") for ssh in _both(self.home / ".ssh")):
            return True
        in_config = any(path.parent == folder for folder in _both(self.config))
        return (in_config and path.name.casefold().startswith("credentials")) or any(
            path == folder / "key" for folder in _both(self.data)
        )

    def _untouchable(self, path: Path) -> bool:
        parts = [_plain_name(part) for part in path.parts]
        if ".git" in parts:
            return True
        own = parts[parts.index(".enforcer") + 1 :] if ".enforcer" in parts else []
        if len(own) == 1 and _fits(own[0], _OWN_POLICY):
            return True
        if any(path.is_relative_to(folder) for folder in (*_both(self.home / ".ssh"), *_both(self.data))):
            return True
        in_config = any(path.parent == folder for folder in _both(self.config))
        return in_config and _fits(parts[-1], _OWN_POLICY)

    def _delicate(self, path: Path) -> bool:
        parts = [_plain_name(part) for part in path.parts]
        if not _FOLDERS.isdisjoint(parts) or parts[-1] in _FILES:
            return True
        return any(path.is_relative_to(folder) for folder in _both(self.config))


@lru_cache(maxsize=64)
def _both(folder: Path | None) -> tuple[Path, ...]:
    return () if folder is None else (folder, Path(os.path.realpath(folder)))


def runs_later(path: Path, roots: Sequence[Path]) -> bool:
    """A file that some tool will execute: a build file, a test's configuration, a workflow."""
    root = next((root for root in roots if path.is_relative_to(root)), Path("/"))
    parts = [_plain_name(part) for part in path.relative_to(root).parts]
    return bool(parts) and (_fits(parts[-1], _RUNS_LATER) or not _RUNS_LATER_FOLDERS.isdisjoint(parts))


def _fits(name: str, patterns: frozenset[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


@lru_cache(maxsize=4096)
def _plain_name(part: str) -> str:
    """As the most forgiving file system would read it: case, width, invisible characters, trailing dots."""
    visible = "".join(char for char in unicodedata.normalize("NFKC", part) if unicodedata.category(char) != "Cf")
    return visible.casefold().rstrip(". ") or part
