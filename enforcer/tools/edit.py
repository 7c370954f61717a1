"""Edit: exchange one exact passage of a file, or all its places."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from enforcer.core.errors import ToolError
from enforcer.tools import text
from enforcer.tools.base import Effect, Params, Tool, ToolContext, ToolOutput
from enforcer.tools.paths import resolve, shown

AROUND = 3
MOST_LINES = 24


class EditParams(Params):
    file_path: str
    old_string: str
    new_string: str
    replace_all: bool = False


class Edit(Tool[EditParams]):
    name: ClassVar[str] = "Edit"
    description: ClassVar[str] = (
        "Replace old_string by new_string in a file you have Read. old_string is the exact text, without line numbers, "
        "and must occur once unless replace_all."
    )
    effect: ClassVar[Effect] = Effect.WRITE
    params = EditParams

    def summary(self, params: EditParams, cwd: Path) -> str:
        return f"Edit {shown(params.file_path, cwd)}"

    async def run(self, params: EditParams, context: ToolContext) -> str | ToolOutput:
        path = resolve(params.file_path, context.cwd)
        _guard(params)
        before = text.decode(context.files.check_unchanged(path), path)
        done = text.substitute(before, params.old_string, params.new_string, replace_all=params.replace_all)
        written = context.files.write(path, text.encode(done.text))
        places = f" in {done.count} places" if done.count > 1 else ""
        notes = "".join(f"\nNote: {notice}" for notice in written.notices)
        content = f"Edited {path}{places}{notes}\n{_snippet(done.text, done.line, params.new_string)}"
        return ToolOutput(content, written.diff.text, str(path), written.diff.added, written.diff.removed)


def _guard(params: EditParams) -> None:
    if not params.old_string:
        raise ToolError("old_string is empty; use Write for a new file, or give the passage to replace")
    if params.old_string == params.new_string:
        raise ToolError("old_string and new_string are the same; there is nothing to change")


def _snippet(content: str, line: int, new: str) -> str:
    """The changed lines with a few around them, numbered as Read numbers them."""
    lines = content.split("\n")
    first = max(1, line - AROUND)
    last = min(len(lines), line + new.count("\n") + AROUND, first + MOST_LINES - 1)
    numbered = (f"{number:>6}\t{lines[number - 1].rstrip(chr(13))[:500]}" for number in range(first, last + 1))
    return "\n".join(numbered)
