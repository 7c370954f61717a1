"""A quick look whether a server on this machine or network answers, and with which models; loads no vendor's client.

One plain HTTP request for the list, within a deadline, without a key. What does not answer like a model server is none.
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import Mapping
from contextlib import suppress
from http.client import HTTPException, HTTPResponse
from typing import Any, cast
from urllib.parse import urlsplit

from enforcer.providers import faults, wire
from enforcer.providers.base import ListedModel, ProviderError, ProviderSettings
from enforcer.providers.compatible import CompatibleProvider
from enforcer.providers.transport import STREAM_HEADERS, Opened

WITHIN_S = 0.6
LARGEST_BYTES = 2_000_000


async def probe(settings: ProviderSettings, *, within_s: float = WITHIN_S) -> tuple[ListedModel, ...] | None:
    """What the server lists, in its order; None when nobody answers there, or somebody else. Raises: UsageError."""
    provider = CompatibleProvider(settings, lambda: _Plain(settings, wire.address(settings)))
    try:
        async with asyncio.timeout(within_s):
            return await provider.models()
    except (ProviderError, TimeoutError):
        return None


class _Plain:
    """A transport for the list alone, in clear text."""

    def __init__(self, settings: ProviderSettings, address: str) -> None:
        self._settings = settings
        self._address = address

    async def open(self, path: str, body: bytes, model: str) -> Opened:
        raise faults.unreachable(self._settings, self._address, "only lists are asked for here")

    async def get(self, path: str) -> Mapping[str, Any]:
        place = urlsplit(f"{self._address.rstrip('/')}{path}")
        try:
            return faults.json_object(self._settings, await _fetched(place.hostname or "", place.port, place.path))
        except (OSError, HTTPException, ValueError) as error:
            raise faults.unreachable(self._settings, place.netloc, str(error)) from error

    async def close(self) -> None:
        """Nothing stays open."""


async def _fetched(host: str, port: int | None, path: str) -> bytes:
    """The body of an answer with status 200. Raises: OSError, HTTPException."""
    reader, writer = await asyncio.open_connection(host, port or 80)
    try:
        writer.write(_request(host if port is None else f"{host}:{port}", path))
        raw = bytearray()
        while (chunk := await reader.read(65_536)) and len(raw) <= LARGEST_BYTES:
            raw += chunk
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
    return _body(bytes(raw))


def _request(host: str, path: str) -> bytes:
    """HTTP/1.0, so that the server closes the connection at the end of its answer."""
    agent = STREAM_HEADERS["User-Agent"]
    lines = (f"GET {path} HTTP/1.0", f"Host: {host}", f"User-Agent: {agent}", "Accept: application/json")
    return "\r\n".join((*lines, "Connection: close", "", "")).encode("ascii", "replace")


def _body(raw: bytes) -> bytes:
    response = HTTPResponse(cast(Any, _Received(raw)))
    response.begin()
    if response.status != 200:
        raise HTTPException(f"status {response.status}")
    return response.read()


class _Received:
    """Bytes in the place of a socket, which is what http.client reads from."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw

    def makefile(self, mode: str) -> io.BytesIO:
        return io.BytesIO(self._raw)
