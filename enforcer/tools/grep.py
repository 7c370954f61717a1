"""Grep: search file contents by a regular expression."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing
from enum import StrEnum
from pathlib import Path
from typing import ClassVar

from pydantic import Field

from enforcer.core.errors import ToolError
from enforcer.tools.base import Effect, Params, Tool, ToolContext, ToolOutput
from enforcer.tools.output import capped
from enforcer.tools.paths import resolve, shown
from enforcer.tools.process import program
from enforcer.tools.ripgrep import Unsuitable, by_our_own, by_ripgrep
from enforcer.tools.search import Hit, Query, compiled, search
from enforcer.tools.threads import in_thread

TIMEOUT_S = 60.0
MOST_LINES = 20_000
MOST_CHARACTERS = 500  # of one line


class OutputMode(StrEnum):
    CONTENT = "content"
    FILES = "files_with_matches"
    COUNT = "count"


class GrepParams(Params):
    pattern: str = Field(min_length=1)
    path: str | None = None
    glob: str | None = Field(None, description="files, e.g. *.{ts,tsx}")
    output_mode: OutputMode = OutputMode.FILES
    ignore_case: bool = Field(False, alias="-i")
    line_numbers: bool = Field(True, alias="-n")
    after: int | None = Field(None, alias="-A", ge=0)
    before: int | None = Field(None, alias="-B", ge=0)
    around: int | None = Field(None, alias="-C", ge=0)
    multiline: bool = False
    head_limit: int | None = Field(None, ge=0)


class Grep(Tool[GrepParams]):
    name: ClassVar[str] = "Grep"
    description: ClassVar[str] = (
        "Search file contents by regular expression, without ignored, hidden and binary files. "
        "output_mode content shows lines; multiline lets . match newlines."
    )
    effect: ClassVar[Effect] = Effect.READ
    parallel: ClassVar[bool] = True
    params = GrepParams

    def summary(self, params: GrepParams, cwd: Path) -> str:
        place = shown(params.path, cwd) if params.path else "."
        return f'Grep "{params.pattern}" in {place}{f" ({params.glob})" if params.glob else ""}'

    async def run(self, params: GrepParams, context: ToolContext) -> str | ToolOutput:
        root = resolve(params.path or ".", context.cwd)
        if not root.exists():
            raise ToolError(f"there is no {root} to search in")
        query = _query(params, root)
        results = _Results(params, root, context)
        try:
            async with asyncio.timeout(TIMEOUT_S):
                await _collect(query, results.add, context)
        except TimeoutError as error:
            raise ToolError(
                f"the search took longer than {TIMEOUT_S:g} s; give a smaller path, a glob or a simpler pattern"
            ) from error
        return capped(results.text(), context.outputs)


def _query(params: GrepParams, root: Path) -> Query:
    content = params.output_mode is OutputMode.CONTENT
    before, after = (params.around if one is None else one for one in (params.before, params.after))
    return Query(
        params.pattern,
        str(root),
        params.glob,
        params.ignore_case,
        params.multiline,
        (before or 0) if content else 0,
        (after or 0) if content else 0,
        params.output_mode is OutputMode.FILES,
    )


async def _collect(query: Query, add: Callable[[Hit], bool], context: ToolContext) -> None:
    """By ripgrep where it can; else by our own engine, in a thread when it is surely quick, else in a process."""
    rg = program("rg", context.env, context.roots)
    if rg and query.plain:
        try:
            return await _feed(by_ripgrep(rg, query, context.env), add)
        except Unsuitable:
            pass
    compiled(query)  # says what is wrong with the pattern
    if query.may_take_long:
        return await _feed(by_our_own(query, context.env), add)
    return await in_thread(lambda stop: _take(search(query, stop), add))


async def _feed(hits: AsyncGenerator[Hit, None], add: Callable[[Hit], bool]) -> None:
    async with aclosing(hits) as open_hits:
        async for hit in open_hits:
            if not add(hit):
                return


def _take(hits: Iterator[Hit], add: Callable[[Hit], bool]) -> None:
    for hit in hits:
        if not add(hit):
            return


class _Results:
    """Takes hits in the order of paths and makes the text of the three output modes of them."""

    def __init__(self, params: GrepParams, root: Path, context: ToolContext) -> None:
        self._params = params
        self._root = root
        self._context = context
        self._lines: list[str] = []
        self._counts: dict[str, int] = {}
        self._allowed: tuple[str, bool] = ("", False)
        self._last: Hit | None = None
        self._full = False

    def add(self, hit: Hit) -> bool:
        """False when no more is wanted."""
        if not self._may_read(hit.path):
            return True
        if hit.matched:
            self._counts[hit.path] = self._counts.get(hit.path, 0) + 1
        limit = self._params.head_limit or MOST_LINES
        if self._params.output_mode is OutputMode.CONTENT:
            self._add_line(hit)
            self._full = len(self._lines) > limit
        elif self._params.output_mode is OutputMode.FILES:
            self._full = len(self._counts) > limit
        return not self._full

    def text(self) -> str:
        limit = self._params.head_limit or MOST_LINES
        match self._params.output_mode:
            case OutputMode.CONTENT:
                lines = self._lines
            case OutputMode.FILES:
                lines = [self._shown(path) for path in self._counts]
            case OutputMode.COUNT:
                lines = [f"{self._shown(path)}:{count}" for path, count in self._counts.items()]
        if not lines:
            return "(no matches)"
        more = [f"(the first {limit:,}; there are more)"] if len(lines) > limit else []
        return "\n".join([*lines[:limit], *more])

    def _add_line(self, hit: Hit) -> None:
        last, self._last = self._last, hit
        has_context = self._params.around or self._params.before or self._params.after
        if has_context and last and (last.path != hit.path or last.number + 1 != hit.number):
            self._lines.append("--")
        mark = ":" if hit.matched else "-"
        number = f"{hit.number}{mark}" if self._params.line_numbers else ""
        cut = "…" if len(hit.text) > MOST_CHARACTERS else ""
        self._lines.append(f"{self._shown(hit.path)}{mark}{number}{hit.text[:MOST_CHARACTERS]}{cut}")

    def _may_read(self, path: str) -> bool:
        if self._allowed[0] != path:
            self._allowed = (path, not self._context.denied_read(self._root / path))
        return self._allowed[1]

    def _shown(self, path: str) -> str:
        return shown(self._root / path, self._context.cwd)
