"""WebFetch: one page of the web as text."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Annotated, ClassVar, Protocol
from urllib.parse import unquote

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from enforcer.config.secrets import SECRETS
from enforcer.core.errors import ToolError
from enforcer.tools.base import Effect, Params, Tool, ToolContext, ToolOutput
from enforcer.tools.web.address import Address, BadAddress, parse


class Fetch(Protocol):
    """Fetches and says what a model reads; `agreed` = it may lead into a private network. Raises: ToolError."""

    async def __call__(self, address: Address, prompt: str, context: ToolContext, *, agreed: bool) -> str: ...


def _plain_address(text: str) -> str:
    """From here on, hooks, rules, the person and the request see the same spelling; no key leaves in it."""
    try:
        url = parse(text).url
    except BadAddress as error:
        raise PydanticCustomError("address", "{why}", {"why": str(error)}) from error
    if any(SECRETS.scrub(spelling) != spelling for spelling in (url, unquote(url))):
        raise PydanticCustomError("address", "holds one of the person's keys; keys never go into an address")
    return url


class WebFetchParams(Params):
    url: Annotated[str, AfterValidator(_plain_address)]
    prompt: str = Field(min_length=1, description="what you look for; a long page is clipped around it")


class WebFetch(Tool[WebFetchParams]):
    name: ClassVar[str] = "WebFetch"
    description: ClassVar[str] = (
        "Fetch a web page as markdown (text and JSON as they are). A redirect to another host comes back as its "
        "address: fetch that. Pages are kept for 15 minutes."
    )
    effect: ClassVar[Effect] = Effect.READ
    params = WebFetchParams

    def __init__(self, fetch: Fetch | None = None) -> None:
        self._fetch = fetch

    def summary(self, params: WebFetchParams, cwd: Path) -> str:
        return f"WebFetch {params.url}"

    async def run(self, params: WebFetchParams, context: ToolContext) -> str | ToolOutput:
        address = parse(params.url)
        agreed = context.web.agreed.pop(context.call_id, None) == address.origin
        if context.web.leads_inside(address) and not agreed:
            place = context.web.leads_inside(address)
            raise ToolError(f"{address.host} leads to {place}, and nobody has agreed to that; nothing was sent")
        if self._fetch is None:
            # The client is loaded by the first page that is fetched, not by the start of a session.
            self._fetch = import_module("enforcer.tools.web.fetch").fetch
        fetch: Fetch = self._fetch
        return await fetch(address, params.prompt, context, agreed=agreed)
