"""What every check may look at; made once, and made even when half of it is broken."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from enforcer.cli.given import Given, given
from enforcer.config.paths import Paths, project_root
from enforcer.core.errors import EnforcerError
from enforcer.permissions.trust import Trust, TrustStore
from enforcer.tools.process import child_environment, program

WITHIN_S = 5.0


@dataclass(frozen=True, slots=True)
class Ran:
    """`code` None = it could not be run, or not in time."""

    code: int | None
    out: str = ""


class Scene:
    """`problem` is why there are no settings, "" when there are."""

    def __init__(self, cwd: Path, env: Mapping[str, str], session: Given | None = None) -> None:
        """`session` is what a running session has; without one the settings are read."""
        self._session = session
        self.cwd = cwd
        self.env = env
        self.root = project_root(cwd)
        self.problem = ""

    @cached_property
    def paths(self) -> Paths:
        """Raises: UsageError without a home."""
        return Paths.from_env(self.env)

    @cached_property
    def given(self) -> Given | None:
        """None when the settings cannot be read; `problem` says why."""
        if self._session is not None:
            return self._session
        try:
            return given(self.cwd, self.env)
        except EnforcerError as error:
            self.problem = str(error)
            return None

    @property
    def here(self) -> Given:
        """For checks that run only when there are settings. Raises: EnforcerError."""
        if self.given is None:
            raise EnforcerError(self.problem)
        return self.given

    @cached_property
    def trusted(self) -> bool:
        """What the folder brings may act: it was agreed to, or there is nothing to agree to."""
        if self.given is None:
            return False
        status = self.trust.status(self.root, self.given.loaded.powers)
        return status in {Trust.TRUSTED, Trust.EMPTY}

    @cached_property
    def trust(self) -> TrustStore:
        return TrustStore(self.paths.data / "trust.json")

    def which(self, name: str) -> str | None:
        """An installed program, never one that lies in the project."""
        return program(name, self.env, (self.root,))

    def run(self, name: str, *arguments: str, cwd: Path | None = None) -> Ran:
        """A short question to an installed program, in an environment that steers neither it nor git."""
        path = self.which(name)
        return Ran(None) if path is None else _ran([path, *arguments], cwd or self.cwd, child_environment(self.env))


def _ran(argv: Sequence[str], cwd: Path, env: Mapping[str, str]) -> Ran:
    try:
        done = subprocess.run(
            argv, cwd=cwd, env=env, stdin=subprocess.DEVNULL, capture_output=True, timeout=WITHIN_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return Ran(None)
    return Ran(done.returncode, done.stdout.decode("utf-8", "replace").strip())
