"""Makes foreign text safe to print: whatever could steer a terminal, or hide, becomes a mark that can be read."""

from __future__ import annotations

import re

_INVISIBLE = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f"  # C0 without tab and newline, DEL, C1
    "\u00ad\u034f\u061c\u070f\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164"  # zero-width, separators, bidi, fillers
    "\ud800-\udfff"  # half a character
    "\ufe00-\ufe0d\ufeff\uffa0\ufff0-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"  # tags and selectors that carry hidden bytes
)
_UNSAFE = re.compile(f"[{_INVISIBLE}]")
_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")
_LINE_END = re.compile("\r+\n")
_BLANKS = re.compile(r"[ \t]{9,}")
_BLANK_LINES = re.compile(r"\n{4,}")


def clean(text: str) -> str:
    """The same text with every control, format and invisible character shown: `␛[2J`, `<U+202E>`.

    Tab and newline stay, CR LF becomes a newline. A sequence is not interpreted, so none can swallow what follows it.
    """
    if _UNSAFE.search(text) is None:
        return text
    return _UNSAFE.sub(_mark, _PAIR.sub(_joined, _LINE_END.sub("\n", text)))


class Sanitizer:
    """`clean` for text that comes in pieces: the same result wherever it was cut."""

    def __init__(self) -> None:
        self._held = ""

    def feed(self, chunk: str) -> str:
        if self._held:
            chunk = self._held + chunk
            self._held = ""
        if chunk and (chunk[-1] == "\r" or "\ud800" <= chunk[-1] <= "\udbff"):
            # What it means is decided by the next character: CR LF, or the second half of a character.
            keep = len(chunk.rstrip("\r")) if chunk[-1] == "\r" else len(chunk) - 1
            chunk, self._held = chunk[:keep], chunk[keep:]
        return clean(chunk)

    def finish(self) -> str:
        held, self._held = self._held, ""
        return clean(held)


def line(text: str) -> str:
    """Clean text on one line, for places that have only one."""
    return clean(text).replace("\n", "␊").replace("\t", " ")


def visible(text: str) -> str:
    """Clean text in which runs of blanks, that could push something out of sight, are written as a figure."""
    short = _BLANKS.sub(lambda match: f"<{len(match[0]):,} blanks>", clean(text))
    return _BLANK_LINES.sub(lambda match: f"\n<{len(match[0]) - 1:,} blank lines>\n", short)


def _mark(match: re.Match[str]) -> str:
    code = ord(match.group())
    if code < 0x20:
        return chr(0x2400 + code)
    return "␡" if code == 0x7F else f"<U+{code:04X}>"


def _joined(match: re.Match[str]) -> str:
    return match.group().encode("utf-16-le", "surrogatepass").decode("utf-16-le")
