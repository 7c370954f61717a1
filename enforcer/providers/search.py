"""What the vendors' web searches have in common: which filters each has, and what a model that has none is spared."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from enforcer.core.messages import Source
from enforcer.providers.base import Request, ServerTool
from enforcer.providers.concessions import NEAR, REFUSING, Concession, Made

NAME = "WebSearch"
FILTERS: Mapping[str, frozenset[str]] = {  # of the vendors that search; an address of one's own may be anybody's
    "anthropic": frozenset({"allowed", "blocked"}),
    "openai": frozenset({"allowed"}),
    "google": frozenset(),
}
_FIELD = r"(?:web_?search|google_?search|include_?server_?side_?tool|server.side tool|built-?in tool)"
_REFUSED = re.compile(rf"(?:{REFUSING}).{{0,{NEAR}}}?{_FIELD}|{_FIELD}.{{0,{NEAR}}}?(?:{REFUSING})", re.I | re.DOTALL)

REFUSED = Concession(
    NAME,
    _REFUSED.search,
    lambda request, head: request.server_tools,
    "{model} takes no web search; it goes without for this session",
)


def wanted(request: Request, without: Made) -> ServerTool | None:
    """The search of this request, unless its model refused it."""
    return next((tool for tool in request.server_tools if tool.name == NAME and NAME not in without), None)


def granted(request: Request, without: Made) -> Request:
    """The request as it is sent."""
    return request if wanted(request, without) or not request.server_tools else replace(request, server_tools=())


def lacks(kind: str, tool: ServerTool) -> str:
    """Why this vendor cannot search as it is wished; "" when it can."""
    has = FILTERS.get(kind)
    if has is None:
        return f"{kind} has no web search"
    if tool.allowed_domains and tool.blocked_domains:
        return "web_search names both allowed_domains and blocked_domains; services take one of them"
    for name, domains in (("allowed", tool.allowed_domains), ("blocked", tool.blocked_domains)):
        if domains and name not in has:
            return f"{kind} cannot keep its web search to web_search.{name}_domains"
    return ""


def sources(found: object) -> tuple[Source, ...]:
    """The pages of a list of results; what has no address is left out."""
    if not isinstance(found, list):
        return ()
    pages = [page for page in found if isinstance(page, Mapping) and isinstance(page.get("url"), str)]
    return tuple(Source(page["url"], str(page.get("title") or "")) for page in pages)
