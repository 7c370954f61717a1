"""The demo on its stage: the ordinary session loop, with lines and keys that come by themselves."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Collection, Sequence
from io import StringIO
from pathlib import Path
from typing import TextIO

from enforcer.cli.front import Front
from enforcer.cli.interactive import Desk, Lines
from enforcer.cli.opening import open_session
from enforcer.cli.options import Options
from enforcer.ui.ahead import Draft
from enforcer.ui.keys import TtyKeys
from enforcer.ui.screen import Screen

KEY_S = 0.028  # between two characters that are typed
READ_S = 0.9  # for the person to read a question before it is answered


CLOSING = (
    "Only the two models were scripted; the rest was the real thing, in a folder that is gone now.\n"
    "With your own models: enforcer finds your keys and local servers, and asks once which to use."
)


class TypedLines:
    """Types the prompts of the demo as a person would, then ends."""

    def __init__(self, prompts: Sequence[str], screen: Screen, lane: list[str], *, fast: bool) -> None:
        self._prompts = list(prompts)
        self._screen = screen
        self._lane = lane
        self._key_s = 0.0 if fast else KEY_S

    async def read(self, *, default: str = "", placeholder: str = "") -> str | None:
        if not self._prompts or default:  # a prompt that came back means that a turn failed
            return None
        text = self._prompts.pop(0)
        lane = self._lane[0]
        self._screen.gap()
        self._screen.write(f"{self._screen.ink(lane, lane)} › ")
        for char in text:
            self._screen.write(char)
            await asyncio.sleep(self._key_s)
        self._screen.write("\n")
        return text


class TypedKeys:
    """Answers every question with Enter, after a moment."""

    def __init__(self, *, fast: bool) -> None:
        self._read_s = 0.0 if fast else READ_S

    async def key(self, known: Collection[str] = ()) -> str:
        await asyncio.sleep(self._read_s)
        return "enter"

    async def line(self, prompt: str) -> str:
        return ""

    def forget(self, draft: Draft | None = None) -> None:
        """Nothing is typed ahead."""


class Tee(StringIO):
    """Writes to the screen and keeps what was written, for the picture."""

    def __init__(self, out: TextIO) -> None:
        super().__init__()
        self._out = out

    def write(self, text: str) -> int:
        super().write(text)
        return self._out.write(text)

    def flush(self) -> None:
        self._out.flush()

    def isatty(self) -> bool:
        return self._out.isatty()


async def play(project: Path, prompts: Sequence[str], *, interactive: bool, fast: bool, svg: Path | None) -> int:
    """The whole session loop on the demo's repository; the exit code."""
    tee = Tee(sys.stdout)
    screen = Screen(tee, colour=True if svg else None)
    front = Front(screen, TtyKeys() if interactive else TypedKeys(fast=fast), animations=not fast)
    opening = await open_session(Options(trust=True), project, None)
    session = opening.wire(front.ask, [front.terminal])
    lane = [session.conversation.active.value]
    session.emit.readers.append(lambda event: lane.__setitem__(0, session.conversation.active.value))
    lines: Lines = TypedLines(prompts, screen, lane, fast=fast)
    if interactive:
        lines = Guided(front.prompt(session, opening.paths), list(prompts))
    desk = Desk(session, front, lines)
    try:
        await session.start("startup")
        await desk.work()
    finally:
        await session.close()
        front.terminal.close()
    front.terminal.say(CLOSING, "dim")
    if svg:
        picture(tee.getvalue(), svg)
    failed = session.conversation.returned_prompt
    return 1 if failed else 0


class Guided:
    """The person's own input line, with the next prompt of the demo already typed into it."""

    def __init__(self, prompt: Lines, prompts: list[str]) -> None:
        self._prompt = prompt
        self._prompts = prompts

    async def read(self, *, default: str = "", placeholder: str = "") -> str | None:
        if not default and not self._prompts:
            return None
        return await self._prompt.read(default=default or self._prompts.pop(0), placeholder="Enter to go on")


def picture(text: str, path: Path) -> None:
    """What was shown, as an SVG that asks nobody for a font."""
    from rich.console import Console
    from rich.text import Text

    console = Console(record=True, width=96, file=StringIO(), force_terminal=True, color_system="standard")
    console.print(Text.from_ansi(text))
    path.write_text(console.export_svg(title="enforcer demo", code_format=SVG), "utf-8")


# rich's own frame, without the font it would fetch from elsewhere.
SVG = """\
<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{ font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace;
  font-size: {char_height}px; line-height: {line_height}px; font-variant-east-asian: full-width; }}
.{unique_id}-title {{ font-size: 18px; font-weight: bold; font-family: system-ui, sans-serif; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" />
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""
