"""What the providers of all wires share: pure translators on one side, a transport on the other."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Mapping, Sequence
from functools import partial
from typing import Any, ClassVar

from enforcer.providers import wire
from enforcer.providers.base import ListedModel, ProviderError, ProviderSettings, Request, StreamEvent
from enforcer.providers.body import Body, CallIds, Encoder
from enforcer.providers.concessions import Conceded, Concession, Made
from enforcer.providers.transport import Connect, Opened, Transport


class Vendor(ABC):
    """A provider is a subclass with its translators; the transport is made at the first request."""

    kind: ClassVar[str]
    reader: ClassVar[type[wire.Reader]]
    decided: ClassVar[type[wire.Reader] | None] = None  # reads what its endpoint for closed questions answers
    list_path: str
    concessions: ClassVar[Sequence[Concession]] = ()

    def __init__(self, settings: ProviderSettings, connect: Connect) -> None:
        self._settings = settings
        self._connect = connect
        self._transport: Transport | None = None
        self._conceded = Conceded(self.concessions)
        self._untold: list[str] = []
        self._ids = CallIds()
        # What was conceded changes how messages are written, and so does the endpoint.
        self._encoders: dict[tuple[str, Made, bool], Encoder] = {}

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
        reader = (self.decided if request.questions and self.decided else self.reader)(request)
        reader.draft.taken = partial(self._ids.of, request.messages)
        return wire.answer(partial(self._open, request, reader), reader, self._settings, request.model)

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

    def without(self, request: Request) -> Made:
        """The names of what this service would not take with that model."""
        return self._conceded.to(request.model)

    async def _open(self, request: Request, reader: wire.Reader) -> Opened:
        """The answer to the request, or to as much of it as the service takes. Raises: ProviderError."""
        while True:
            kept = (request.model, self.without(request), bool(request.questions))
            encoder = self._encoders.setdefault(kept, Encoder())
            body = self.body(encoder.settle(request, self.body))
            try:
                opened = await self._ready().open(self.path(request), encoder.encode(body), request.model)
            except ProviderError as error:
                conceded = self._conceded.learn(request, error, body.head)
                if conceded is None:
                    raise
                told = conceded.told.format(model=request.model, service=self._settings.name)
                self._untold += [told] if told else []
                continue
            reader.notes += self._untold
            self._untold.clear()
            return opened

    def _ready(self) -> Transport:
        if self._transport is None:
            self._transport = self._connect()
        return self._transport
