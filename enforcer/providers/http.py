"""A transport without a vendor's client: one request over httpx2, signed as the service wants it.

It serves plain keys at plain addresses; every other form of credential needs the vendor's client. The clients are its
oracle: the contract tests hold every case against both.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from urllib.request import getproxies

import httpx2

from enforcer.providers import faults
from enforcer.providers.base import ProviderError, ProviderSettings
from enforcer.providers.response import Answering, quiet, timeout, unreachable
from enforcer.providers.transport import LIST_HEADERS, STREAM_HEADERS

ANTHROPIC_VERSION = "2026-10-21"  # the form of requests and events that our translators know
LARGEST_BYTES = 16 * 1024 * 1024  # of a refusal or a list
FAILURES = (httpx2.HTTPError, httpx2.StreamError, OSError)
# A model may think for minutes without a word; routers forget a connection on which nothing moves.
KEEP_ALIVE = [
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    *(
        (socket.IPPROTO_TCP, getattr(socket, name), value)
        for name, value in (("TCP_KEEPIDLE", 60), ("TCP_KEEPINTVL", 60), ("TCP_KEEPCNT", 5))
        if hasattr(socket, name)
    ),
]


def anthropic(settings: ProviderSettings, address: str, key: str) -> Http:
    return Http(settings, address, {"Authorization": f"Bearer {key}", "anthropic-version": ANTHROPIC_VERSION})


def openai(settings: ProviderSettings, address: str, key: str) -> Http:
    return Http(settings, address, {"Authorization": f"Bearer {key}"})


def google(settings: ProviderSettings, address: str, key: str) -> Http:
    return Http(settings, address, {"x-goog-api-key": key})


class Http:
    """`signature` are the headers by which the service knows who asks."""

    def __init__(self, settings: ProviderSettings, address: str, signature: Mapping[str, str]) -> None:
        self._settings = settings
        self._address = address
        quiet()
        self._client = _client(settings, address, signature)

    async def open(self, path: str, body: bytes, model: str) -> Answering:
        request = self._client.build_request("POST", path, content=body, headers=STREAM_HEADERS)
        response = await self._answer(request)
        if not response.is_success:
            raise await self._refusal(response, model)
        return Answering(response, response.aclose)

    async def get(self, path: str) -> Mapping[str, Any]:
        response = await self._answer(self._client.build_request("GET", path, headers=LIST_HEADERS))
        if not response.is_success:
            raise await self._refusal(response, "")
        return faults.json_object(self._settings, await self._whole(response))

    async def close(self) -> None:
        await self._client.aclose()

    async def _answer(self, request: httpx2.Request) -> httpx2.Response:
        try:
            return await self._client.send(request, stream=True)
        except FAILURES as error:  # not chained: what is said of a failure may quote the key
            raise unreachable(self._settings, self._address, error) from None

    async def _refusal(self, response: httpx2.Response, model: str) -> ProviderError:
        text = (await self._whole(response)).decode("utf-8", "replace").strip()
        said: object = text
        with suppress(ValueError, RecursionError):
            said = json.loads(text)
        return faults.refused(self._settings, model, response.status_code, response.headers, said)

    async def _whole(self, response: httpx2.Response) -> bytes:
        try:
            body = bytearray()
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > LARGEST_BYTES:
                    break
            return bytes(body)
        except FAILURES as error:
            raise unreachable(self._settings, self._address, error) from None
        finally:
            await response.aclose()


def _client(settings: ProviderSettings, address: str, signature: Mapping[str, str]) -> httpx2.AsyncClient:
    limits = timeout(settings)
    carrier = None if getproxies() else httpx2.AsyncHTTPTransport(socket_options=KEEP_ALIVE, verify=_checked(address))
    return httpx2.AsyncClient(base_url=address, headers=signature, timeout=limits, transport=carrier)


def _checked(address: str) -> bool:
    """Certificates take time to load, and behind a plain address there is none to check: redirects are not followed."""
    return not address.startswith("http://")
