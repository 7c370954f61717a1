"""Keeps Enter what it is while nobody reads the keys: between two prompts, and before the first one."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def enter_stays_enter() -> Iterator[None]:
    """A terminal turns the Enter of somebody who types ahead into a line feed, which is Ctrl+J: a new line.

    Off for the length of a session; the terminal is as it was afterwards. Does nothing where there is no terminal, or
    one so plain that whole lines are read from it.
    """
    if sys.stdin is None or not sys.stdin.isatty() or os.environ.get("TERM", "dumb") == "dumb":
        yield
        return
    import termios

    fd = sys.stdin.fileno()
    before = termios.tcgetattr(fd)
    changed = termios.tcgetattr(fd)
    changed[0] &= ~termios.ICRNL
    termios.tcsetattr(fd, termios.TCSANOW, changed)
    try:
        yield
    finally:
        termios.tcsetattr(fd, termios.TCSADRAIN, before)
