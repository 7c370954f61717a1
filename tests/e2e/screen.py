"""A terminal for the installed command: pexpect drives it, pyte shows what a person would see."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import pexpect
import pyte

PATIENCE_S = 30.0
ENTER, ESC, CTRL_C, CTRL_D, CTRL_J = "\r", "\x1b", "\x03", "\x04", "\n"
ENFORCER = (sys.executable, "-P", "-m", "enforcer")


class Screen:
    """80 by 24 unless told otherwise. Waits for text, never for time."""

    def __init__(
        self,
        arguments: Sequence[str],
        *,
        cwd: Path,
        env: Mapping[str, str] | None = None,
        columns: int = 80,
        lines: int = 24,
        command: Sequence[str] = ENFORCER,
    ) -> None:
        self.screen = pyte.HistoryScreen(columns, lines, history=5000)
        self.stream = pyte.ByteStream(self.screen)
        self.raw = b""
        self.child = pexpect.spawn(
            command[0],
            [*command[1:], *arguments],
            cwd=str(cwd),
            env={**os.environ, "TERM": "xterm-256color", **(env or {})},
            dimensions=(lines, columns),
            timeout=PATIENCE_S,
            echo=False,
        )

    def __enter__(self) -> Screen:
        return self

    def __exit__(self, *_: object) -> None:
        self.child.close(force=True)

    def send(self, text: str) -> None:
        self.child.send(text)

    def type(self, text: str) -> None:
        """A line and Enter."""
        self.child.send(text + ENTER)

    def resize(self, columns: int, lines: int) -> None:
        self.screen.resize(lines, columns)
        self.child.setwinsize(lines, columns)

    @property
    def text(self) -> str:
        """What can be seen, and what has scrolled away."""
        history = ["".join(row[x].data for x in range(self.screen.columns)) for row in self.screen.history.top]
        return "\n".join(line.rstrip() for line in [*history, *self.screen.display])

    def flat(self) -> str:
        """The text without line breaks, so that a wrapped sentence can be looked for."""
        return " ".join(self.text.split())

    def wait_for(self, text: str, *, count: int = 1) -> None:
        """Until `text` has been shown `count` times."""
        end = time.monotonic() + PATIENCE_S
        while self.flat().count(text) < count:
            if time.monotonic() > end:
                raise AssertionError(f"never saw {text!r}; the screen is:\n{self.text}")
            if not self._pump() and not self.child.isalive():
                self._drain()
                if self.flat().count(text) >= count:
                    return
                raise AssertionError(f"the program ended without {text!r}; the screen is:\n{self.text}")

    def wait_for_end(self) -> int:
        """The exit code; 128 + n for a signal."""
        end = time.monotonic() + PATIENCE_S
        while self.child.isalive():
            if time.monotonic() > end:
                raise AssertionError(f"it does not end; the screen is:\n{self.text}")
            self._pump()
        self._drain()
        self.child.close()
        return self.child.exitstatus if self.child.exitstatus is not None else 128 + (self.child.signalstatus or 0)

    def _pump(self) -> bool:
        try:
            data = self.child.read_nonblocking(65536, timeout=0.05)
        except (pexpect.TIMEOUT, pexpect.EOF):
            return False
        self._show(data)
        return True

    def _drain(self) -> None:
        while self._pump():
            pass

    def _show(self, data: bytes) -> None:
        self.raw += data
        self.stream.feed(data)
        if b"\x1b[6n" in data:  # the program asks where the cursor is, as a real terminal is asked
            self.child.send(f"\x1b[{self.screen.cursor.y + 1};{self.screen.cursor.x + 1}R")
