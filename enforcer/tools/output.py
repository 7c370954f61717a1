"""What a command printed, in bounded memory: head and tail for the model, the full text in a private file."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from enforcer.tools.paths import PLAIN

LIMIT = 30_000  # characters a model reads of one result
DISK_LIMIT = 50_000_000  # bytes kept of one command
MEMORY = 256_000  # bytes held before a file is made


def capped(text: str, outputs: Path, *, limit: int = LIMIT) -> str:
    """`text`, or its head and tail with a line between them that says where the whole is."""
    if len(text) <= limit:
        return text
    capture = Capture(outputs, limit=limit)
    capture.write(text.encode("utf-8", "replace"))
    return capture.take()


class Capture:
    """Takes all bytes, keeps the first `disk_limit` of them, hands out at most `limit` characters at a time."""

    def __init__(self, outputs: Path, *, limit: int = LIMIT, disk_limit: int = DISK_LIMIT) -> None:
        self.path: Path | None = None
        self.total = 0
        self._outputs = outputs
        self._limit = limit
        self._disk_limit = disk_limit
        self._memory = bytearray()
        self._stored = 0
        self._lost = ""  # why the full text could not be kept
        self._window = _Window(limit)

    def write(self, data: bytes) -> None:
        self.total += len(data)
        self._window.add(data)
        if self.path is None:
            self._memory += data
            if len(self._memory) > MEMORY:
                self._spill()
            return
        self._store(data)

    def take(self) -> str:
        """What came since the last call."""
        window, self._window = self._window, _Window(self._limit)
        text = window.whole()
        if text is not None and len(text) <= self._limit:
            return text
        if self.path is None:
            self._spill()
        head, tail = window.ends(self._limit // 2)
        return f"{head}\n[... {self._middle(window.total, head, tail)} ...]\n{tail}"

    def _middle(self, total: int, head: str, tail: str) -> str:
        left_out = f"{total - len(head.encode()) - len(tail.encode()):,} of {total:,} bytes left out"
        if self.path is None:
            return f"{left_out}; the full text could not be kept: {self._lost}"
        kept = "the full text is" if self.total <= self._stored else f"the first {self._stored:,} bytes are"
        return f"{left_out}; {kept} in {self.path}, Read or Grep it"

    def _spill(self) -> None:
        data, self._memory = bytes(self._memory), bytearray()
        if self._lost:
            return
        try:
            self._outputs.mkdir(mode=0o700, parents=True, exist_ok=True)
            fd, name = tempfile.mkstemp(prefix="output-", suffix=".txt", dir=self._outputs)
        except OSError as error:
            self._lost = error.strerror or str(error)
            return
        os.close(fd)
        self.path = Path(name)
        self._store(data)

    def _store(self, data: bytes) -> None:
        data = data[: self._disk_limit - self._stored]
        if not data or self.path is None:
            return
        try:
            fd = os.open(self.path, os.O_WRONLY | os.O_APPEND | PLAIN)
            try:
                self._stored += os.write(fd, data)
            finally:
                os.close(fd)
        except OSError:
            self._disk_limit = self._stored  # the disk is full: what is there stays


class _Window:
    """The first and the last bytes of a stream."""

    def __init__(self, limit: int) -> None:
        self._most = 4 * limit  # a character is up to four bytes
        self._head = bytearray()
        self._tail = bytearray()
        self.total = 0

    def add(self, data: bytes) -> None:
        self.total += len(data)
        room = self._most - len(self._head)
        self._head += data[:room]
        self._tail += data[room:]
        if len(self._tail) > 2 * self._most:
            del self._tail[: -self._most]

    def whole(self) -> str | None:
        """None when the middle is gone."""
        if len(self._head) + len(self._tail) < self.total:
            return None
        return (self._head + self._tail).decode("utf-8", "replace")

    def ends(self, characters: int) -> tuple[str, str]:
        head = self._head[: 4 * characters].decode("utf-8", "replace")[:characters]
        last = (self._head + self._tail)[-4 * characters :] if len(self._tail) < 4 * characters else self._tail
        return head, last[-4 * characters :].decode("utf-8", "ignore")[-characters:]
