"""Remembers which folders a person trusts, and with what. Reads nothing of the folder itself."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import Any

from filelock import FileLock

from enforcer.config.powers import Power
from enforcer.core.errors import EnforcerError

_VERSION = 1


class Trust(Enum):
    """How a folder stands. EMPTY = it brings nothing that would need an answer."""

    UNKNOWN = "unknown"
    TRUSTED = "trusted"
    CHANGED = "changed"
    EMPTY = "empty"

    @property
    def acts(self) -> bool:
        """Whether what the folder brings may take effect."""
        return self is Trust.TRUSTED


@dataclass(frozen=True, slots=True)
class Difference:
    added: tuple[Power, ...]
    removed: tuple[Power, ...]


__all__ = ["Difference", "Power", "Trust", "TrustStore", "digest", "never_saved"]


class TrustStore:
    """One private JSON file of the person, keyed by the resolved root of a project."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def status(self, root: Path, powers: Sequence[Power]) -> Trust:
        """Raises: EnforcerError when the store cannot be read."""
        if not powers:
            return Trust.EMPTY
        entry = self._read().get(_key(root))
        if entry is None:
            return Trust.UNKNOWN
        return Trust.TRUSTED if entry.get("digest") == digest(powers) else Trust.CHANGED

    def difference(self, root: Path, powers: Sequence[Power]) -> Difference:
        """What came and what went since the answer; everything is added when there was none."""
        entry = self._read().get(_key(root), {})
        before = {Power(str(kind), str(text)) for kind, text in entry.get("powers", ())}
        now = set(powers)
        return Difference(tuple(sorted(now - before)), tuple(sorted(before - now)))

    def save(self, root: Path, powers: Sequence[Power]) -> bool:
        """Remember a yes to exactly these powers; False for a home folder or `/`, which are never remembered."""
        if never_saved(root):
            return False
        self._change(_key(root), _entry(powers))
        return True

    def forget(self, root: Path) -> None:
        self._change(_key(root), None)

    def _read(self) -> dict[str, Any]:
        try:
            data = json.loads(self._path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            raise EnforcerError(f"{self._path} cannot be read ({error}); remove it and answer again") from error
        folders = data.get("folders") if isinstance(data, dict) else None
        if not isinstance(folders, dict):
            raise EnforcerError(f"{self._path} is not a trust store; remove it and answer again")
        return {str(root): entry for root, entry in folders.items() if isinstance(entry, dict)}

    def _change(self, key: str, entry: Mapping[str, Any] | None) -> None:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with FileLock(f"{self._path}.lock", mode=0o600):
            folders = self._read()
            folders.pop(key, None)
            if entry is not None:
                folders[key] = dict(entry)
            _replace(self._path, json.dumps({"version": _VERSION, "folders": folders}, indent=1, sort_keys=True))


def digest(powers: Iterable[Power]) -> str:
    """The same for the same powers in any order."""
    listed = sorted({(power.kind, power.text) for power in powers})
    return hashlib.sha256(json.dumps(listed).encode("utf-8", "surrogatepass")).hexdigest()


def never_saved(root: Path) -> bool:
    """The home folder, what holds it, and `/`: a yes there would be a yes to everything below."""
    home = Path.home().resolve()
    return home.is_relative_to(root.resolve())


def _key(root: Path) -> str:
    return str(root.resolve())


def _entry(powers: Sequence[Power]) -> Mapping[str, Any]:
    return {
        "digest": digest(powers),
        "powers": sorted([power.kind, power.text] for power in set(powers)),
        "answered": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def _replace(path: Path, text: str) -> None:
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mkstemp makes it 0600
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
