"""Server-sent events: bytes in, the data of whole events out."""

from __future__ import annotations

from enforcer.providers.transport import Broken

LARGEST_EVENT = 64 * 1024 * 1024  # bytes


class EventDecoder:
    """Bytes in, the data of whole server-sent events out.

    Lines are split as bytes: text has line ends of its own (U+2028, U+0085), and a character may be spread over chunks.
    """

    def __init__(self) -> None:
        self._rest = bytearray()
        self._held = 0  # bytes since the last whole event
        self._data: list[bytes] = []
        self._bare = False  # in an error that a service wrote into the stream as it writes its other errors

    def feed(self, chunk: bytes) -> list[str]:
        """Raises: Broken for an event that never ends."""
        self._rest += chunk
        self._held += len(chunk)
        if self._held > LARGEST_EVENT:
            raise Broken
        if b"\n" not in chunk:  # a long line is looked at once, not with each of its pieces
            return []
        *lines, rest = bytes(self._rest).split(b"\n")
        self._rest = bytearray(rest)
        found = self._events(lines)
        if not self._data:
            self._held = len(rest)
        return found

    def _events(self, lines: list[bytes]) -> list[str]:
        found = []
        for line in lines:
            line = line.rstrip(b"\r")
            if line.startswith(b"data:"):
                self._data.append(line[5:].removeprefix(b" "))
            elif line.startswith(b"error:"):  # older llama.cpp names the field after what it brings
                self._data.append(b'{"error":' + line[6:].strip() + b"}")
            elif not line and self._data:
                found.append(b"\n".join(self._data).decode("utf-8", "replace"))
                self._data.clear()
                self._bare = False
            elif self._bare or line[:1] in {b"{", b"["}:
                self._bare = True
                self._data.append(line)
        return found

    def flush(self) -> list[str]:
        """What a service left without the empty line that should end it."""
        return self.feed(b"\n\n")
