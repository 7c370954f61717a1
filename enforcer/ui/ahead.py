"""Tells the answer to a question from typing ahead."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import Protocol

from enforcer.ui.keynames import Key

QUIET_S = 0.5  # without a key: who was typing has stopped
_EDITING = frozenset({"char", "paste", "newline", "enter", "backspace", "ctrl-w", "ctrl-u"})


class Draft(Protocol):
    """What the person types ahead for the next prompt."""

    @property
    def begun(self) -> bool:
        """Something stands in it."""
        ...

    @property
    def busy(self) -> bool:
        """Something stands in it, or a key was pressed a moment ago."""
        ...

    def press(self, key: Key) -> None: ...


async def a_quiet_moment() -> None:
    await asyncio.sleep(QUIET_S)


def belongs_to_draft(key: Key) -> bool:
    return key.name in _EDITING


def through_urgent(typed: deque[Key]) -> list[Key]:
    """Takes the keys up to the first urgent one, which is the last that is taken."""
    burst: list[Key] = []
    while typed and not (burst and burst[-1].urgent):
        burst.append(typed.popleft())
    return burst


def answer_in(burst: Sequence[Key], *, typing: bool) -> tuple[list[Key], Key | None]:
    """The keys that are typing, and the one that answers: urgent, or alone; `y` and Enter are an answer too."""
    keys = [key for key in burst if key.name != "other"]
    if keys and keys[-1].urgent:
        return keys[:-1], keys[-1]
    if typing:
        return keys, None
    if [key.name for key in keys] == ["char", "enter"]:
        keys.pop()
    return ([], keys[0]) if len(keys) == 1 else (keys, None)
