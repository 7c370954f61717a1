"""How a request gets to its service and the answer's bytes come back. A transport knows no conversation."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any, Protocol

from enforcer import __version__

CONNECT_S = 10.0
STREAM_HEADERS = {
    "Content-Type": "application/json",
    "Accept": "text/event-stream, application/json",  # an endpoint for decisions answers whole
    "User-Agent": f"enforcer/{__version__}",
}
LIST_HEADERS = {"Accept": "application/json", "User-Agent": f"enforcer/{__version__}"}


class Broken(Exception):
    """The connection ended in the middle of an answer."""


class Opened(Protocol):
    """A request whose answer has begun."""

    @property
    def content_type(self) -> str:
        """In lower case and without its parameters; "" when the service names none."""
        ...

    def chunks(self) -> AsyncIterator[bytes]:
        """The body as it comes. Raises: Broken."""
        ...

    async def close(self) -> None: ...


class Transport(Protocol):
    """One service: its address, its key, its connections. Nothing is tried twice here."""

    async def open(self, path: str, body: bytes, model: str) -> Opened:
        """Send a body to `path` behind the address; `model` is for messages. Raises: ProviderError."""
        ...

    async def get(self, path: str) -> Mapping[str, Any]:
        """What the service tells at a path, for lists; never a paid request. Raises: ProviderError."""
        ...

    async def close(self) -> None: ...


Connect = Callable[[], Transport]  # loads what carries the requests, so it is called at the first one
