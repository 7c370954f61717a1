"""An answer over httpx2, which every vendor's client stands on, as a transport gives it."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable

import httpx2

from enforcer.providers import faults
from enforcer.providers.base import ProviderError, ProviderSettings
from enforcer.providers.transport import CONNECT_S, Broken


class Answering:
    """`close` ends the connection unless the body was read to its end."""

    def __init__(self, response: httpx2.Response, close: Callable[[], Awaitable[object]]) -> None:
        self._response = response
        self._close = close
        said: str = response.headers.get("content-type", "")
        self.content_type = said.partition(";")[0].strip().lower()

    async def chunks(self) -> AsyncIterator[bytes]:
        try:
            async for chunk in self._response.aiter_bytes():
                yield chunk
        except (httpx2.HTTPError, httpx2.StreamError) as error:
            raise Broken from error

    async def close(self) -> None:
        await self._close()


def timeout(settings: ProviderSettings) -> httpx2.Timeout:
    return httpx2.Timeout(settings.first_byte_s, connect=CONNECT_S)


def unreachable(settings: ProviderSettings, address: str, cause: BaseException) -> ProviderError:
    """What `cause`, an error of httpx2 or one that wraps it, says of a service that did not answer."""
    host = httpx2.URL(address).netloc.decode()
    if isinstance(cause, httpx2.ReadTimeout):
        why = f"no answer within {settings.first_byte_s:g} s"
    else:
        why = "it did not answer in time" if isinstance(cause, httpx2.TimeoutException) else str(cause)
    return faults.unreachable(settings, host, why)


def quiet(*loggers: str) -> None:
    """The clients' debug lines hold whole requests, and our log must never hold a prompt."""
    for name in (*loggers, "httpx2", "httpcore2"):
        logging.getLogger(name).setLevel(logging.WARNING)
