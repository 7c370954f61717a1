"""How many columns a text takes, and as much of it as fits; figures themselves are in `core/figures.py`."""

from __future__ import annotations

import unicodedata

from enforcer.core.figures import age as age
from enforcer.core.figures import cost as cost
from enforcer.core.figures import count as count
from enforcer.core.figures import duration as duration
from enforcer.core.figures import money as money
from enforcer.core.figures import size as size
from enforcer.core.figures import tokens as tokens


def cells(text: str) -> int:
    """Columns the text takes in a terminal."""
    return len(text) if text.isascii() else sum(map(_cell, text))


def shorten(text: str, width: int) -> str:
    """The beginning of the text, with `…` when something is left out."""
    if cells(text) <= width:
        return text
    return text[: fitting(text, width - 1)] + "…" if width > 0 else ""


def fitting(text: str, width: int) -> int:
    """How many characters from the start fit into so many columns."""
    used = 0
    for index, char in enumerate(text):
        used += _cell(char)
        if used > width:
            return index
    return len(text)


def _cell(char: str) -> int:
    if unicodedata.combining(char) or char == "\ufe0f":
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1
