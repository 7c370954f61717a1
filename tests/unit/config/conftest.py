"""A person's config folder and a project, written as text."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from enforcer.config.load import Loaded, Trusted, load
from enforcer.config.paths import Paths


@dataclass
class World:
    """`person` writes the user's config, `project` a file of the repository."""

    home: Path
    root: Path
    env: dict[str, str] = field(default_factory=dict)

    @property
    def paths(self) -> Paths:
        return Paths(self.home / "config", self.home / "data")

    def person(self, text: str, name: str = "config.yaml") -> Path:
        return _write(self.paths.config / name, text)

    def project(self, text: str, name: str = ".enforcer/config.yaml") -> Path:
        return _write(self.root / name, text)

    def load(self, flags: Mapping[str, Any] | None = None, *, trusted: Trusted = False) -> Loaded:
        env = {"HOME": str(self.home), **self.env}
        return load(cwd=self.root, paths=self.paths, env=env, flags=flags or {}, trusted=trusted)


@pytest.fixture
def world(home: Path, tmp_path: Path) -> World:
    root = tmp_path.resolve() / "repo"
    (root / ".git").mkdir(parents=True)
    return World(home, root)


def _write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    os.chmod(path, 0o600)
    return path
