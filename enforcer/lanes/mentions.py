"""What a prompt points at: `@file` puts a file in front of it, `@picture.png` or a dropped image shows it."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote

from enforcer.core.errors import ToolError, UsageError
from enforcer.core.events import Emit, Notice
from enforcer.core.messages import Image
from enforcer.core.verdict import Ruling
from enforcer.tools.base import ToolContext
from enforcer.tools.images import SUFFIXES
from enforcer.tools.paths import absolute, shown
from enforcer.tools.read import LINES, Page, page_of
from enforcer.tools.threads import in_thread

MOST_CHARACTERS = 200_000  # of all files of one prompt
MOST_IMAGES = 20
BEHIND_A_NAME = ".,;:!?)]}'\""  # what a sentence puts there
_MENTION = re.compile(r"(?:(?<=\s)|^|(?<=\())@(?:\"([^\"\n]+)\"|([^\s\"]+))")
_DROPPED = re.compile(r"(?:(?<=\s)|^)(?:'([^'\n]+)'|\"([^\"\n]+)\"|((?:file://|~?/)(?:\\.|[^\s\\])+))")


@dataclass(frozen=True, slots=True)
class Attached:
    """Blocks that go in front of a prompt, and images behind it."""

    blocks: tuple[str, ...] = ()
    images: tuple[Image, ...] = ()


NOTHING = Attached()


@dataclass(frozen=True, slots=True)
class Typed:
    """A prompt with what comes along with it."""

    text: str  # as the person typed it
    request: str  # without the lane it was put before
    context: tuple[str, ...]  # what hooks add
    attached: Attached


class Attach(Protocol):
    """Raises: UsageError, one sentence, for an image that cannot be sent: the prompt would be about nothing."""

    async def __call__(self, text: str) -> Attached: ...


@dataclass(slots=True)
class Mentions:
    """Reads only what the model might read without a question; a dropped image was given by hand."""

    context: ToolContext
    pasted: Path  # a folder whose files a mention finds by their names
    judge: Callable[[Path], Ruling]  # whether the model may read it
    emit: Emit
    _room: int = field(default=0, init=False)

    async def __call__(self, text: str) -> Attached:
        self._room = MOST_CHARACTERS
        blocks: list[str] = []
        images: list[Image] = []
        for path in dict.fromkeys(self._mentioned(text)):
            page = await self._page(path)
            if page is None:
                continue
            images += page.output.images
            if not page.output.images:
                blocks += self._block(path, page)
        for path in dict.fromkeys(self._dropped(text)):
            page = await self._page(path.resolve())
            images += page.output.images if page else ()
            if page and not page.output.images:
                self.emit(Notice(f"{self._shown(path)} was not put in: it is not an image", "warning"))
        if len(images) > MOST_IMAGES:
            raise UsageError(too_many(len(images)))
        return Attached(tuple(blocks), tuple(images))

    def _mentioned(self, text: str) -> Iterator[Path]:
        for quoted, plain in _MENTION.findall(text):
            found = self._file(quoted) if quoted else self._named(plain)
            if found and self._allowed(found):
                yield found.resolve()

    def _dropped(self, text: str) -> Iterator[Path]:
        """Given by hand, wherever it lies; only a rule is stronger."""
        for path in dropped_images(text):
            if self.judge(path) is not Ruling.DENY or self._allowed(path):
                yield path

    def _named(self, name: str) -> Path | None:
        while name and not (found := self._file(name)):
            if name[-1] not in BEHIND_A_NAME:
                return None
            name = name[:-1]
        return found if name else None

    def _file(self, name: str) -> Path | None:
        """As it was written: rules speak of that, too."""
        try:
            path = absolute(name, self.context.cwd)
            pasted = self.pasted / name if os.sep not in name else path
            return next((each for each in (path, pasted) if each.is_file()), None)
        except (ToolError, OSError):  # a name no file system can hold
            return None

    def _allowed(self, path: Path) -> bool:
        if path.parent == self.pasted:
            return True
        match self.judge(path):
            case Ruling.ALLOW:
                return True
            case Ruling.DENY:
                self.emit(Notice(f"{self._shown(path)} was not put in: a rule denies reading it", "warning"))
            case _:
                self.emit(
                    Notice(f"{self._shown(path)} was not put in: the model has to ask you before it reads it there")
                )
        return False

    async def _page(self, path: Path) -> Page | None:
        try:
            page = await in_thread(lambda stop: page_of(path, 1, LINES, stop))
        except ToolError as error:
            if path.suffix.lower() in SUFFIXES:
                raise UsageError(str(error)) from error
            self.emit(Notice(f"{self._shown(path)} was not put in: {error}", "warning"))
            return None
        if page.sha256:
            self.context.files.note_digest(path, page.sha256)  # the model has read it
        return page

    def _block(self, path: Path, page: Page) -> list[str]:
        content = page.output.content
        if len(content) > self._room:
            self.emit(
                Notice(f"{self._shown(path)} was not put in: the files of this prompt are too long together", "warning")
            )
            return []
        self._room -= len(content)
        return [f'<file path="{path}">\n{content}\n</file>']

    def _shown(self, path: Path) -> str:
        return shown(path, self.context.cwd)


def too_many(images: int) -> str:
    return f"a prompt takes {MOST_IMAGES} images at most, and this one has {images}; leave some out"


def begins_with_image(text: str) -> bool:
    """A dropped path begins as a command does, with a slash."""
    first = _DROPPED.match(text)
    return bool(first and dropped_images(first[0]))


def dropped_images(text: str) -> list[Path]:
    """Images whose whole path stands in the text as terminals write it when a file is dropped on them."""
    found = []
    for single, double, plain in _DROPPED.findall(text):
        name = single or double or re.sub(r"\\(.)", r"\1", plain)
        path = Path(unquote(name.removeprefix("file://")) if name.startswith("file://") else os.path.expanduser(name))
        if path.suffix.lower() in SUFFIXES and path.is_absolute() and _is_file(path):
            found.append(path)
    return found


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a name no file system can hold, or a folder that is closed to us
        return False
