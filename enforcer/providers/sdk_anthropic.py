"""Anthropic's official client as a transport."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx2
from anthropic import (
    APIConnectionError,
    APIError,
    APIStatusError,
    AsyncAnthropic,
    AsyncStream,
    DefaultAsyncHttpxClient,
)

from enforcer.providers import faults
from enforcer.providers.base import ProviderError, ProviderSettings
from enforcer.providers.response import Answering, quiet, timeout, unreachable
from enforcer.providers.transport import LIST_HEADERS, STREAM_HEADERS


class AnthropicSdk:
    def __init__(self, settings: ProviderSettings, address: str, key: str) -> None:
        self._settings = settings
        self._address = address
        self._client = _Client(key, address, settings)

    async def open(self, path: str, body: bytes, model: str) -> Answering:
        try:
            stream = await self._client.post(
                path,
                cast_to=object,
                content=body,
                options={"headers": STREAM_HEADERS},
                stream=True,
                stream_cls=AsyncStream[object],
            )
        # Not chained: what the client says of a failure may quote the key.
        except (APIError, httpx2.HTTPError) as error:
            raise self._fault(error, model) from None
        return Answering(stream.response, stream.close)

    async def get(self, path: str) -> Mapping[str, Any]:
        try:
            page = await self._client.get(path, cast_to=httpx2.Response, options={"headers": LIST_HEADERS})
        except (APIError, httpx2.HTTPError) as error:
            raise self._fault(error, "") from None
        return faults.json_object(self._settings, page.content)

    async def close(self) -> None:
        await self._client.close()

    def _fault(self, error: APIError | httpx2.HTTPError, model: str) -> ProviderError:
        if isinstance(error, APIStatusError):
            return faults.refused(self._settings, model, error.status_code, error.response.headers, error.body)
        if isinstance(error, APIConnectionError | httpx2.HTTPError):  # the latter while a refusal is read
            return unreachable(self._settings, self._address, error.__cause__ or error)
        return faults.unreadable(self._settings)


class _Client(AsyncAnthropic):
    """The official client, without what it takes from the environment by itself: headers, profiles, tracing."""

    def __init__(self, key: str, address: str, settings: ProviderSettings) -> None:
        limits = timeout(settings)
        super().__init__(
            api_key=key,
            base_url=address,
            max_retries=0,
            timeout=limits,
            open_telemetry=False,
            http_client=DefaultAsyncHttpxClient(follow_redirects=False, timeout=limits),
        )
        self._custom_headers = {}
        quiet("anthropic")
