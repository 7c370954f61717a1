"""What the fixed texts between two models share: handoffs and specifications are built, read and judged alike."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

NOT_AVAILABLE = "not available"
NOTHING = "(nothing)"


def estimate(text: str) -> int:
    """Tokens, at four characters each, rounded up."""
    return -(-len(text) // 4)


def too_long(tokens: int, most: int) -> list[str]:
    """What is wrong with its size, as clauses."""
    return [f"it takes about {tokens} tokens, and {most} are allowed"] if tokens > most else []


def quoted(text: str) -> str:
    """Verbatim text as a quotation, so that a heading inside it is not taken for one of ours."""
    return "\n".join(f"> {line}" for line in text.split("\n")) if text else NOTHING


def listed(items: Sequence[str] | None, empty: str) -> str:
    """`None` = not available."""
    if items is None:
        return NOT_AVAILABLE
    return "\n".join(f"- {item}" for item in items) or empty


def one_line(text: str) -> str:
    """Without line breaks."""
    return " ".join(text.split())


def write(path: Path, text: str) -> None:
    """Readable by its owner only."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
