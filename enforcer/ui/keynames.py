"""Names for what was pressed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prompt_toolkit.key_binding import KeyPress


ARROWS = frozenset({"up", "down", "left", "right"})


@dataclass(frozen=True, slots=True)
class Key:
    """`name`: char, paste, enter, newline, esc, backspace, an arrow, a control key such as ctrl-c, eof, or other."""

    name: str
    text: str = ""

    @property
    def urgent(self) -> bool:
        """The person wants to get out, now."""
        return self.name in {"esc", "ctrl-c", "ctrl-d", "eof"}


def decode(presses: Sequence[KeyPress]) -> Iterator[Key]:
    """What was pressed. An Esc with something right behind it was Alt, or a sequence nobody knows."""
    from prompt_toolkit.keys import Keys

    at = 0
    while at < len(presses):
        press, at = presses[at], at + 1
        if press.key == Keys.Escape and at < len(presses) and presses[at].key != Keys.Escape:
            follower = presses[at]
            at = _after_sequence(presses, at)
            yield Key("newline") if follower.key in {Keys.ControlM, Keys.ControlJ} else Key("other")
        else:
            yield _key(press)


def _after_sequence(presses: Sequence[KeyPress], at: int) -> int:
    if presses[at].data not in {"[", "O"}:
        return at + 1
    at += 1
    while at < len(presses) and not ("@" <= presses[at].data[:1] <= "~"):
        at += 1
    return at + 1


def _key(press: KeyPress) -> Key:
    from prompt_toolkit.keys import Keys

    if not isinstance(press.key, Keys):
        return Key("char", press.data)
    names = {
        Keys.ControlM: "enter",
        Keys.ControlJ: "newline",
        Keys.Escape: "esc",
        Keys.ControlH: "backspace",
        Keys.BracketedPaste: "paste",
    }
    if press.key in names:
        return Key(names[press.key], press.data.replace("\r\n", "\n").replace("\r", "\n"))
    value = press.key.value
    if value in ARROWS:
        return Key(value)
    return Key(f"ctrl-{value[2:]}") if value.startswith("c-") and len(value) == 3 else Key("other")
