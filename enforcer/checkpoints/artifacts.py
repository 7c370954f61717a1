"""What a call would make of a file, computed before it runs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from enforcer.core.errors import ToolError
from enforcer.core.messages import ToolCall
from enforcer.tools import text

WRITERS = frozenset({"Write", "Edit"})


@dataclass(frozen=True, slots=True)
class Artifact:
    """`path` is relative to the project, or whole where it lies outside. `before` is "" for a new file."""

    path: str
    before: str
    after: str


def resulting(call: ToolCall, root: Path) -> Artifact | None:
    """None for what writes no file, or would fail by itself. A link is followed: what counts is where it leads."""
    name = str(call.input.get("file_path", ""))
    if call.name not in WRITERS or not name:
        return None
    real = Path(name).resolve()
    before = _text(real)
    shown = real.relative_to(root).as_posix() if real.is_relative_to(root) else str(real)
    if call.name == "Write":
        return Artifact(shown, before, str(call.input.get("content", "")))
    old, new = str(call.input.get("old_string", "")), str(call.input.get("new_string", ""))
    try:
        done = text.substitute(before, old, new, replace_all=bool(call.input.get("replace_all")))
    except ToolError:  # the tool says it better
        return None
    return Artifact(shown, before, done.text)


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8", errors="replace") if path.is_file() else ""
    except OSError:
        return ""
