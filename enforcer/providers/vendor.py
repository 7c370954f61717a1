"""What the providers of all wires share: pure translators on one side, a transport on the other."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Mapping
from typing import Any, ClassVar

from enforcer.providers import wire
from enforcer.providers.base import ListedModel, ProviderSettings, Request, StreamEvent
from enforcer.providers.body import Body, Encoder
from enforcer.providers.transport import Connect, Opened, Transport


class Vendor(ABC):
    """A provider is a subclass with its translators; the transport is made at the first request."""

    kind: ClassVar[str]
    reader: ClassVar[type[wire.Reader]]
    list_path: ClassVar[str]

    def __init__(self, settings: ProviderSettings, connect: Connect) -> None:
        self._settings = settings
        self._connect = connect
        self._transport: Transport | None = None
        self._encoder = Encoder()

    @abstractmethod
    def path(self, request: Request) -> str:
        """Behind the address of the service."""

    @abstractmethod
    def body(self, request: Request) -> Body: ...

    @abstractmethod
    def listed(self, page: Mapping[str, Any]) -> tuple[ListedModel, ...]:
        """What a page of the list says."""

    def next_page(self, page: Mapping[str, Any]) -> str:
        """Where the list goes on, "" at its end."""
        return ""

    def stream(self, request: Request) -> AsyncGenerator[StreamEvent, None]:
        async def open() -> Opened:
            body = self._encoder.encode(self.body(request))
            return await self._ready().open(self.path(request), body, request.model)

        return wire.answer(open, self.reader(request), self._settings, request.model)

    async def models(self) -> tuple[ListedModel, ...]:
        found: dict[str, ListedModel] = {}
        path = self.list_path
        while path:
            page = await self._ready().get(path)
            fresh = {model.id: model for model in self.listed(page) if model.id not in found}
            found |= fresh
            path = self.next_page(page) if fresh else ""
        return tuple(found.values())

    async def close(self) -> None:
        if self._transport:
            await self._transport.close()
            self._transport = None

    def _ready(self) -> Transport:
        if self._transport is None:
            self._transport = self._connect()
        return self._transport
