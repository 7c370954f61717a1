"""The files a check or a lock speaks of, before and after something ran that may change anything."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

SKIPPED = frozenset({".git", ".hg", "node_modules", ".venv", "venv", "__pycache__", ".mypy_cache", ".ruff_cache"})
MOST_FILES = 50_000  # that are walked over
LARGEST_BYTES = 1_000_000  # of a file that is kept
MOST_BYTES = 32_000_000  # of all that are kept
Signature = tuple[int, int, int]  # when, how large, which


@dataclass(frozen=True, slots=True)
class Seen:
    """`data` is None for a file too large to be kept."""

    signature: Signature
    data: bytes | None

    @property
    def text(self) -> str:
        return (self.data or b"").decode("utf-8", errors="replace")


@dataclass(slots=True)
class Watch:
    """`meant` takes a path relative to `root`, with `/`. What did not change is not read again."""

    root: Path
    meant: Callable[[str], bool]
    _known: dict[str, Seen] = field(default_factory=dict)

    def look(self) -> Mapping[str, Seen]:
        kept, seen = 0, dict[str, Seen]()
        for name, signature in self._files():
            old = self._known.get(name)
            found = old if old and old.signature == signature else Seen(signature, self._read(name, kept))
            kept += len(found.data or b"")
            seen[name] = found
        self._known = seen
        return seen

    def _files(self) -> Iterator[tuple[str, Signature]]:
        walked = 0
        for folder, folders, files in os.walk(self.root):
            folders[:] = sorted(name for name in folders if name not in SKIPPED)
            place = Path(folder).relative_to(self.root).as_posix()
            for name in sorted(files):
                walked += 1
                if walked > MOST_FILES:
                    return
                path = name if place == "." else f"{place}/{name}"
                if self.meant(path) and (signature := _signature(self.root / path)):
                    yield path, signature

    def _read(self, name: str, kept: int) -> bytes | None:
        path = self.root / name
        try:
            size = path.lstat().st_size
            if path.is_symlink() or size > LARGEST_BYTES or kept + size > MOST_BYTES:
                return None
            return path.read_bytes()
        except OSError:  # gone meanwhile, or not ours to read
            return None


@dataclass(frozen=True, slots=True)
class Difference:
    """One file: None = it was not there, or is not any more."""

    path: str
    before: Seen | None
    after: Seen | None


def differences(before: Mapping[str, Seen], after: Mapping[str, Seen]) -> Iterator[Difference]:
    for path in sorted(before.keys() | after.keys()):
        old, new = before.get(path), after.get(path)
        if old is None or new is None or _differ(old, new):
            yield Difference(path, old, new)


def _differ(old: Seen, new: Seen) -> bool:
    if old.data is None or new.data is None:
        return old.signature != new.signature
    return old.data != new.data


def _signature(path: Path) -> Signature | None:
    try:
        found = path.lstat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
