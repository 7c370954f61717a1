"""The secret values of this process, in every form they could show up in, and how to take them out of a text."""

from __future__ import annotations

import base64
import re
from urllib.parse import quote, quote_plus

SHORTEST = 8  # shorter values, such as "ollama" for a server that wants no key, would black out ordinary words
MASK = "[secret]"


class Secrets:
    """Every sink asks it: record, log, bug report, export."""

    def __init__(self) -> None:
        self._values: dict[str, None] = {}
        self._pattern: re.Pattern[str] | None = None

    def add(self, value: str) -> None:
        if len(value) < SHORTEST or value in self._values:
            return
        self._values[value] = None
        forms = {form for known in self._values for form in _forms(known)}
        longest_first = sorted(forms, key=lambda form: (-len(form), form))
        self._pattern = re.compile("|".join(re.escape(form) for form in longest_first))

    def values(self) -> tuple[str, ...]:
        return tuple(self._values)

    def scrub(self, text: str) -> str:
        return self._pattern.sub(MASK, text) if self._pattern else text


def _forms(value: str) -> set[str]:
    data = value.encode()
    encoded = {form for shift in range(3) for form in _base64_inside(data, shift)}
    return {value, quote(value, safe=""), quote_plus(value), *(form for form in encoded if len(form) >= SHORTEST)}


def _base64_inside(data: bytes, shift: int) -> tuple[str, str]:
    """What base64 of any text has in it wherever `data` starts `shift` bytes into a group of three."""
    first = 0 if shift == 0 else 4  # characters that also depend on the bytes before
    whole = base64.b64encode(b"\0" * shift + data)[: (shift + len(data)) // 3 * 4]
    text = whole[first:].decode()
    return text, text.replace("+", "-").replace("/", "_")


SECRETS = Secrets()
