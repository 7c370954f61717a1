"""Read: a file as numbered lines, an image as an image, anything else by type and size."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from threading import Event
from typing import ClassVar

from pydantic import Field

from enforcer.core.errors import ToolError
from enforcer.tools.base import Effect, Params, Tool, ToolContext, ToolOutput
from enforcer.tools.images import LARGEST_BYTES, image_of, image_type, other_image, too_large
from enforcer.tools.paths import open_plain, resolve, shown
from enforcer.tools.text import BOM
from enforcer.tools.threads import in_thread

LINES = 2000
LINE_CHARACTERS = 2000
PAGE_CHARACTERS = 100_000
WHOLE_BYTES = 64_000_000  # beyond, a file is paged but neither counted nor hashed, so it cannot be edited
PIECE = 65_536
KINDS = (
    (b"%PDF-", "PDF"),
    (b"PK\x03\x04", "zip archive"),
    (b"\x1f\x8b", "gzip"),
    (b"\x7fELF", "ELF program"),
    (b"SQLite format 3\0", "SQLite database"),
    (b"\xff\xfe", "UTF-16 text"),
    (b"\xfe\xff", "UTF-16 text"),
)


class ReadParams(Params):
    file_path: str
    offset: int | None = Field(None, ge=1, description="first line, from 1")
    limit: int | None = Field(None, ge=1, description="lines")


class Read(Tool[ReadParams]):
    name: ClassVar[str] = "Read"
    description: ClassVar[str] = (
        f"Read a file as numbered lines, at most {LINES} at once; png, jpg, gif and webp are shown. "
        "Use offset and limit for long files."
    )
    effect: ClassVar[Effect] = Effect.READ
    parallel: ClassVar[bool] = True
    params = ReadParams

    def summary(self, params: ReadParams, cwd: Path) -> str:
        path = shown(params.file_path, cwd)
        if params.offset is None and params.limit is None:
            return f"Read {path}"
        first = params.offset or 1
        return f"Read {path}:{first}-{first + params.limit - 1 if params.limit else ''}"

    async def run(self, params: ReadParams, context: ToolContext) -> str | ToolOutput:
        path = resolve(params.file_path, context.cwd)
        if context.denied_read(path):
            raise ToolError(f"a rule denies reading {path}")
        page = await in_thread(lambda stop: page_of(path, params.offset or 1, params.limit or LINES, stop))
        if page.sha256:
            context.files.note_digest(path, page.sha256)
        return page.output


@dataclass(frozen=True, slots=True)
class Page:
    output: ToolOutput
    sha256: str  # "" when the file was too large to be hashed


def page_of(path: Path, offset: int, limit: int, stop: Event) -> Page:
    """Raises: ToolError."""
    with os.fdopen(open_plain(path), "rb") as file:
        start = file.read(8192)
        file.seek(0)
        size = os.fstat(file.fileno()).st_size
        if image_type(start) or other_image(start):
            return _image(path, file, size)
        if b"\0" in start or _kind(start):
            kind = _kind(start) or "unknown type"
            output = ToolOutput(f"{path} is binary ({kind}, {size:,} bytes); its content is not shown")
            return Page(output, hashlib.file_digest(file, "sha256").hexdigest() if size <= WHOLE_BYTES else "")
        return _text(path, Pager(file, offset, limit, stop), whole=size <= WHOLE_BYTES)


def _kind(start: bytes) -> str | None:
    return next((kind for magic, kind in KINDS if start.startswith(magic)), None)


def _image(path: Path, file: BufferedReader, size: int) -> Page:
    if size > LARGEST_BYTES:
        raise ToolError(too_large(path, size))
    data = file.read(LARGEST_BYTES)
    picture = image_of(data, path)
    output = ToolOutput(f"{path}: {picture.media_type}, {size:,} bytes, shown to you as an image", images=(picture,))
    return Page(output, hashlib.sha256(data).hexdigest())


def _text(path: Path, pager: Pager, *, whole: bool) -> Page:
    pager.collect()
    if whole:
        pager.finish()
    if not pager.lines:
        if pager.count:
            raise ToolError(f"{path} has {pager.count} lines; offset {pager.offset} is behind its end")
        return Page(ToolOutput("(the file is empty)"), pager.sha256 if whole else "")
    return Page(ToolOutput("\n".join([*pager.lines, *pager.notes(whole=whole)])), pager.sha256 if whole else "")


class Pager:
    """Goes through a file piece by piece: a line may be as long as the file and must not be held whole."""

    def __init__(self, file: BufferedReader, offset: int, limit: int, stop: Event) -> None:
        self.lines: list[str] = []
        self.count = 0  # of all lines seen
        self._file = file
        self.offset = offset
        self._limit = limit
        self._stop = stop
        self._hash = hashlib.sha256()
        self._room = PAGE_CHARACTERS
        self._damaged = False
        self._more = False

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()

    def collect(self) -> None:
        while len(self.lines) < self._limit and self._room > 0 and not self._stop.is_set():
            kept, size = self._line()
            if not size:
                return
            self.count += 1
            if self.count >= self.offset:
                self._add(kept, size)

    def finish(self) -> None:
        """The rest of the file: only its hash and its number of lines."""
        at_end = True
        while piece := self._file.read(PIECE):
            self._hash.update(piece)
            self.count += piece.count(b"\n")
            at_end = piece.endswith(b"\n")
            self._more = True
        self.count += not at_end

    def notes(self, *, whole: bool) -> list[str]:
        notes = ["(not valid UTF-8: shown with �, Edit refuses it)"] if self._damaged else []
        last = self.offset + len(self.lines) - 1
        if self._more or (not whole and self._file.read(1)):
            total = f" of {self.count}" if whole else ""
            notes.append(f"(lines {self.offset}-{last}{total}; go on with offset {last + 1})")
        if not whole:
            notes.append("(too large for Edit and Write)")
        return notes

    def _line(self) -> tuple[bytes, int]:
        """The start of the next line and its size; (b"", 0) at the end."""
        kept, size = b"", 0
        while piece := self._file.readline(PIECE):
            self._hash.update(piece)
            size += len(piece)
            kept = kept or piece
            if piece.endswith(b"\n"):
                break
        return kept, size

    def _add(self, kept: bytes, size: int) -> None:
        text = kept.rstrip(b"\r\n").decode("utf-8", "ignore" if size > len(kept) else "replace")
        if self.count == 1:
            text = text.removeprefix(BOM)
        self._damaged |= "�" in text and "�".encode() not in kept
        if len(text) > LINE_CHARACTERS:
            text = f"{text[:LINE_CHARACTERS]} (line cut: {size:,} bytes)"
        self._room -= len(text) + 8
        self.lines.append(f"{self.count:>6}\t{text}")
