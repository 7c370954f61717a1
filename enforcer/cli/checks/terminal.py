"""The terminal: size, colour, encoding, and what sits in between."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator

from enforcer.cli.checks.scene import Scene
from enforcer.ui.findings import Finding, note, ok, warning
from enforcer.ui.screen import Screen

NARROW = 60


def check(scene: Scene) -> Iterator[Finding]:
    yield from _encoding()
    if not sys.stdout.isatty():
        yield ok("terminal-pipe", "the output is not a terminal: plain text, one line each")
        return
    columns, rows = shutil.get_terminal_size()
    size = f"{columns} by {rows}"
    if columns < NARROW:
        yield warning("terminal-narrow", f"{size}: tables do not fit", f"make it at least {NARROW} columns wide")
    else:
        yield ok("terminal-size", size)
    yield from _kind(scene)


def _encoding() -> Iterator[Finding]:
    encoding = getattr(sys.stdout, "encoding", None) or "unknown"
    if encoding.lower().replace("-", "") == "utf8":
        yield ok("terminal-encoding", "UTF-8")
    else:
        text = f"the encoding is {encoding}: some characters are shown as ?"
        yield warning("terminal-encoding", text, "export LC_ALL=C.UTF-8, or another locale with UTF-8")


def _kind(scene: Scene) -> Iterator[Finding]:
    term = scene.env.get("TERM", "")
    if term in {"", "dumb"}:
        text = f"TERM is {term or 'not set'}: no colour, and nothing moves"
        yield warning("terminal-term", text, "export TERM=xterm-256color, if your terminal can do that")
    else:
        yield ok("terminal-term", f"TERM={term}")
    colour = Screen(sys.stdout, env=scene.env).colour
    reason = " (NO_COLOR is set)" if scene.env.get("NO_COLOR") else ""
    yield ok("terminal-colour", f"colour {'on' if colour else 'off'}{reason}")
    for name, program in (("TMUX", "tmux"), ("STY", "screen")):
        if scene.env.get(name):
            yield note("terminal-inside", f"inside of {program}: it decides about colours and scrolling back")
