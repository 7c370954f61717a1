"""The installed command at a terminal of its own: keys in, and the moment at which something was seen."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

PATIENCE_S = 60.0
ESCAPES = re.compile(rb"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b[()][0-9A-B]|\x1b[=>78]|\x1b\][^\x07]*\x07")
WHERE = b"\x1b[6n"  # the program asks where the cursor is
ENTER, END = b"\r", b"\x04"


class Terminal:
    """80 by 24. Answers what a real terminal answers."""

    def __init__(self, command: Sequence[str], *, cwd: Path, env: Mapping[str, str]) -> None:
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.started_s = time.monotonic()
        self.process = subprocess.Popen(
            command, cwd=cwd, env=dict(env), stdin=slave, stdout=slave, stderr=slave, preexec_fn=_own_terminal
        )
        os.close(slave)
        self.raw = bytearray()

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._master)

    def send(self, keys: bytes) -> float:
        os.write(self._master, keys)
        return time.monotonic()

    def seen(self, what: bytes, *, since: int = 0) -> float:
        """The moment at which it was there, escape sequences left out."""
        return self.until(lambda: what in self.plain(since), what)

    def until(self, true: Callable[[], bool], what: object) -> float:
        end = time.monotonic() + PATIENCE_S
        while not true():
            if time.monotonic() > end or (not self.read(0.5) and self.process.poll() is not None):
                raise SystemExit(f"never saw {what!r} at the terminal; it showed: {self.plain()[-2000:]!r}")
        return time.monotonic()

    def plain(self, since: int = 0) -> bytes:
        return ESCAPES.sub(b"", bytes(self.raw[since:]))

    def read(self, timeout_s: float) -> bool:
        """Take what is there; False when nothing came in time."""
        if not select.select([self._master], [], [], timeout_s)[0]:
            return False
        try:
            data = os.read(self._master, 65536)
        except OSError:  # Linux says EIO when the last holder of the other end has left
            return False
        self.raw += data
        if WHERE in data:
            os.write(self._master, b"\x1b[1;1R")
        return bool(data)

    def rest(self, for_s: float) -> None:
        """Let it be for a while, as a person does, and still take what it shows."""
        end = time.monotonic() + for_s
        while (left := end - time.monotonic()) > 0:
            self.read(left)


def _own_terminal() -> None:
    os.setsid()
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
