"""What the input line offers: slash commands, and files behind an @."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document

from enforcer.ui.sanitize import line

MAX_FILES = 200


class InputCompleter(Completer):
    """`commands` are (name, help) pairs without the slash."""

    def __init__(self, commands: Sequence[tuple[str, str]], cwd: Path) -> None:
        self._commands = commands
        self._cwd = cwd

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        before = document.text_before_cursor
        if not offers(before):
            return
        if before.startswith("/"):
            yield from self._slash(before[1:])
            return
        yield from self._files(_word(before)[1:])

    def _slash(self, typed: str) -> Iterator[Completion]:
        for name, help in self._commands:
            if name.startswith(typed.lower()):
                yield Completion(f"/{name}", -len(typed) - 1, display=f"/{name}", display_meta=line(help))

    def _files(self, typed: str) -> Iterator[Completion]:
        folder, _, start = typed.rpartition("/")
        prefix = typed[: len(typed) - len(start)]
        for name in _names(self._cwd / os.path.expanduser(folder), start):
            yield Completion(f"@{prefix}{name}", -len(typed) - 1, display=name)


def offers(before: str) -> bool:
    """Whether something can be offered behind this text."""
    slash = before.startswith("/") and not any(char.isspace() for char in before)
    return slash or _word(before).startswith("@")


def _word(before: str) -> str:
    return before.split()[-1] if before and not before[-1].isspace() else ""


def _names(folder: Path, start: str) -> list[str]:
    """Entries that contain `start`, folders with a slash; without names that could not be typed."""
    try:
        with os.scandir(folder) as entries:
            found = [f"{entry.name}/" if entry.is_dir() else entry.name for entry in entries]
    except OSError:
        return []
    low = start.lower()
    fitting = [n for n in found if low in n.lower() and line(n) == n and " " not in n]
    shown = [name for name in fitting if not name.startswith(".") or low.startswith(".")]
    return sorted(shown, key=lambda name: (not name.lower().startswith(low), name.lower()))[:MAX_FILES]
