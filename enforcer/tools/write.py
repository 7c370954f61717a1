"""Write: a whole file, new or exchanged."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from enforcer.core.errors import ToolError
from enforcer.tools import text
from enforcer.tools.base import Effect, Params, Tool, ToolContext, ToolOutput
from enforcer.tools.paths import resolve, shown


class WriteParams(Params):
    file_path: str
    content: str


class Write(Tool[WriteParams]):
    name: ClassVar[str] = "Write"
    description: ClassVar[str] = "Write a whole file; folders are made. Read an existing file first; prefer Edit."
    effect: ClassVar[Effect] = Effect.WRITE
    params = WriteParams

    def summary(self, params: WriteParams, cwd: Path) -> str:
        return f"Write {shown(params.file_path, cwd)}"

    async def run(self, params: WriteParams, context: ToolContext) -> str | ToolOutput:
        path = resolve(params.file_path, context.cwd)
        content = params.content
        if path.exists():
            content = text.like(content, _old_text(context.files.check_unchanged(path), path))
        written = context.files.write(path, text.encode(content))
        diff = written.diff
        what = f"Created {path} ({diff.added} lines)" if written.created else f"Wrote {path}"
        lines = "" if written.created else f" (+{diff.added} -{diff.removed} lines)"
        notes = "".join(f"\nNote: {notice}" for notice in written.notices)
        return ToolOutput(f"{what}{lines}{notes}", diff.text, str(path), diff.added, diff.removed)


def _old_text(data: bytes, path: Path) -> str:
    """A file that is no text may be exchanged as a whole; there is nothing of it to keep."""
    try:
        return text.decode(data, path)
    except ToolError:
        return ""
