"""Google's official client as a transport, by the layer below its public methods, which have no raw way in or out."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx2
from google.genai._api_client import BaseApiClient, EphemeralTokenAPIKeyError
from google.genai.errors import APIError
from google.genai.types import HttpOptions, ResourceScope

from enforcer.providers import faults
from enforcer.providers.base import ProviderError, ProviderSettings
from enforcer.providers.response import Answering, quiet, timeout, unreachable
from enforcer.providers.transport import LIST_HEADERS, STREAM_HEADERS

BACKEND = "GOOGLE_GENAI_HTTP_CLIENT"  # names a package; the client fails at once when it is not installed
KEY = "x-goog-api-key"
FAILURES = (APIError, EphemeralTokenAPIKeyError, UnicodeDecodeError, httpx2.HTTPError, httpx2.StreamError)


class GoogleSdk:
    def __init__(self, settings: ProviderSettings, address: str, key: str) -> None:
        self._settings = settings
        self._address = address
        quiet()
        logging.getLogger("google_genai").setLevel(logging.ERROR)  # it warns of keys in the environment
        self._client = _Client(key, address, settings)

    async def open(self, path: str, body: bytes, model: str) -> Answering:
        response = await self._answer("post", path, body, STREAM_HEADERS, model)
        return Answering(response, response.aclose)

    async def get(self, path: str) -> Mapping[str, Any]:
        response = await self._answer("get", path, b"", LIST_HEADERS)
        try:
            return faults.json_object(self._settings, await response.aread())
        except FAILURES as error:
            raise self._fault(error, "") from None
        finally:
            await response.aclose()

    async def close(self) -> None:
        await self._client.aclose()

    async def _answer(
        self, method: str, path: str, body: bytes, headers: Mapping[str, str], model: str = ""
    ) -> httpx2.Response:
        try:
            return await self._client.send(method, path, body, headers)
        # Not chained: what the client says of a failure may quote the key.
        except FAILURES as error:
            raise self._fault(error, model) from None

    def _fault(self, error: Exception, model: str) -> ProviderError:
        if isinstance(error, APIError) and isinstance(error.response, httpx2.Response):
            return faults.refused(self._settings, model, error.code, error.response.headers, error.details)
        if isinstance(error, EphemeralTokenAPIKeyError):
            return faults.unusable_key(self._settings)
        if isinstance(error, UnicodeDecodeError):  # a refusal that is no text
            return faults.unreadable(self._settings)
        return unreachable(self._settings, self._address, error)


class _Client(BaseApiClient):
    """What `genai.Client` stands on, without what it takes from the environment by itself: cloud, versions, backends.

    It has our own httpx2 client, because it would follow redirects and may take another package for its requests, and
    because it sends every request without a limit of time. Its library of certificates is loaded once, not three times.
    """

    def __init__(self, key: str, address: str, settings: ProviderSettings) -> None:
        certificates = httpx2.create_ssl_context()
        self._limits = timeout(settings)
        self._http = httpx2.AsyncClient(
            follow_redirects=False, verify=certificates, event_hooks={"request": [self._limit]}
        )
        options = HttpOptions(
            base_url=address,
            base_url_resource_scope=ResourceScope.COLLECTION,  # our paths have the version
            httpx_async_client=self._http,
            client_args={"verify": certificates},
            async_client_args={"ssl": certificates},
        )
        with _without(BACKEND):
            super().__init__(vertexai=False, api_key=key, http_options=options)

    async def send(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> httpx2.Response:
        """Once: the client's own retries are a layer above. Raises: what `FAILURES` names."""
        request = self._build_request(method, path, {})
        request.headers = {KEY: request.headers[KEY], **headers}  # the others tell of the client and the machine
        request.data = body
        answer = await self._async_request_once(request, stream=True)
        response = answer.response_stream
        if not isinstance(response, httpx2.Response):
            raise TypeError(f"google-genai answered with {type(response).__name__}")
        return response

    async def aclose(self) -> None:
        self.close()
        await self._http.aclose()

    async def _limit(self, request: httpx2.Request) -> None:
        request.extensions["timeout"] = self._limits.as_dict()


@contextmanager
def _without(name: str) -> Iterator[None]:
    """While the client is built, which takes no word of ours over this variable."""
    said = os.environ.pop(name, None)
    try:
        yield
    finally:
        if said is not None:
            os.environ[name] = said
