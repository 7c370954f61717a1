"""The body of an answer in bounded memory: what was sent, unpacked piece by piece, never more than was agreed."""

from __future__ import annotations

import zlib

WIRE_BYTES = 10_000_000  # as sent
BODY_BYTES = 20_000_000  # unpacked
CODINGS = {"gzip": 31, "x-gzip": 31, "deflate": 15}


class TooLarge(Exception):
    """More than was agreed, on the wire or unpacked."""


class BadCoding(Exception):
    """Packed in a way that was not asked for, or broken."""


class Body:
    """Takes a body as it comes. `coding` is the answer's Content-Encoding."""

    def __init__(self, coding: str = "", *, wire_bytes: int = WIRE_BYTES, body_bytes: int = BODY_BYTES) -> None:
        coding = coding.strip().lower()
        if coding not in {"", "identity", *CODINGS}:
            raise BadCoding(f"it is packed as '{coding[:40]}', which was not asked for")
        self._coding = coding
        self._unpacker = zlib.decompressobj(CODINGS[coding]) if coding in CODINGS else None
        self._left = wire_bytes
        self._room = body_bytes
        self._data = bytearray()

    def feed(self, chunk: bytes) -> None:
        """Raises: TooLarge, BadCoding."""
        self._left -= len(chunk)
        if self._left < 0:
            raise TooLarge
        self._data += self._unpacked(chunk) if self._unpacker else chunk
        if len(self._data) > self._room:
            raise TooLarge

    def take(self) -> bytes:
        """Raises: BadCoding when it ended in the middle."""
        if self._unpacker and self._data and not self._unpacker.eof:
            raise BadCoding("it broke off")
        return bytes(self._data)

    def _unpacked(self, chunk: bytes) -> bytes:
        room = self._room - len(self._data) + 1
        try:
            return self._bounded(chunk, room)
        except zlib.error as error:
            if self._coding != "deflate" or self._data:
                raise BadCoding("its packing is broken") from error
        self._unpacker = zlib.decompressobj(-15)  # some servers leave out the two bytes at the start
        try:
            return self._bounded(chunk, room)
        except zlib.error as error:
            raise BadCoding("its packing is broken") from error

    def _bounded(self, chunk: bytes, room: int) -> bytes:
        if self._unpacker is None:
            return chunk
        data = self._unpacker.decompress(chunk, room)
        if self._unpacker.unconsumed_tail:
            raise TooLarge
        return data
