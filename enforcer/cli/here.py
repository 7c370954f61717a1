"""The settings that hold in this folder, as a session would see them, without a question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from enforcer.config.load import Loaded, load
from enforcer.config.paths import Paths
from enforcer.config.powers import Power
from enforcer.permissions.trust import Trust, TrustStore


def settings_here(cwd: Path, paths: Paths, env: Mapping[str, str]) -> Loaded:
    """What a folder brings counts when it was trusted before. Raises: UsageError."""
    store = TrustStore(paths.data / "trust.json")

    def trusted(root: Path, powers: Sequence[Power]) -> bool:
        return store.status(root, powers) in {Trust.EMPTY, Trust.TRUSTED}

    return load(cwd=cwd, paths=paths, env=env, flags={}, trusted=trusted)
