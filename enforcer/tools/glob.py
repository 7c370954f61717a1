"""Glob: find files by name."""

from __future__ import annotations

import os
import re
from pathlib import Path
from threading import Event
from typing import ClassVar

from pydantic import Field

from enforcer.core.errors import ToolError
from enforcer.tools.base import Effect, Params, Tool, ToolContext, ToolOutput
from enforcer.tools.globs import translate
from enforcer.tools.paths import resolve, shown
from enforcer.tools.threads import in_thread
from enforcer.tools.walk import walk

MOST = 200


class GlobParams(Params):
    pattern: str = Field(min_length=1, description="e.g. src/**/*.py")
    path: str | None = None


class Glob(Tool[GlobParams]):
    name: ClassVar[str] = "Glob"
    description: ClassVar[str] = (
        "Find files by pattern below path, newest first, without ignored ones; * stays in one folder, ** does not. "
        "A pattern without ** also lists folders."
    )
    effect: ClassVar[Effect] = Effect.READ
    parallel: ClassVar[bool] = True
    params = GlobParams

    def summary(self, params: GlobParams, cwd: Path) -> str:
        return f"Glob {params.pattern}{f' in {shown(params.path, cwd)}' if params.path else ''}"

    async def run(self, params: GlobParams, context: ToolContext) -> str | ToolOutput:
        root = resolve(params.path or ".", context.cwd)
        if not root.is_dir():
            raise ToolError(f"{root} is not a folder; give an existing folder as path")
        regex = _regex(params.pattern)
        found = await in_thread(lambda stop: _find(root, regex, stop, folders="**" not in params.pattern))
        paths = [path for path in found if not context.denied_read(Path(path.rstrip("/")))]
        if not paths:
            return f"(no file matches {params.pattern} in {root})"
        lines = [shown(path, context.cwd) + "/" * path.endswith("/") for path in paths[:MOST]]
        more = [f"(the newest {MOST} of {len(paths):,}; narrow the pattern)"] if len(paths) > MOST else []
        return "\n".join([*lines, *more])


def _regex(pattern: str) -> re.Pattern[str]:
    """Raises: ToolError for a pattern that would leave the folder."""
    if pattern.startswith(("/", "~")):
        raise ToolError("the pattern is relative to path; give the folder as path and the rest as pattern")
    if re.search(r"(^|[/{,])\.\.([/},]|$)", pattern):
        raise ToolError("a pattern cannot leave its folder with ..; give the other folder as path")
    try:
        return re.compile(translate(pattern.removeprefix("./")), re.DOTALL)
    except re.error as error:
        raise ToolError(f"'{pattern}' is not a pattern: {error}; write it like src/**/*.py") from error


def _find(root: Path, regex: re.Pattern[str], stop: Event, *, folders: bool) -> list[str]:
    """Absolute paths, newest first and then by name; folders end in a slash."""
    found: list[tuple[int, str]] = []
    for entry in walk(root, hidden=True):
        if stop.is_set():
            break
        if (folders or not entry.is_folder) and regex.fullmatch(entry.path):
            try:
                changed = os.lstat(entry.full).st_mtime_ns
            except OSError:
                continue
            found.append((-changed, entry.full + "/" * entry.is_folder))
    return [path for _, path in sorted(found)]
