"""Whether a lane's service may search the web. It asks nobody before a search, so it is decided beforehand."""

from __future__ import annotations

from collections.abc import Container

from enforcer.config.settings import Settings
from enforcer.core.lanes import Lane
from enforcer.permissions.policy import Mode, Policy
from enforcer.providers.base import ProviderSettings, ServerTool
from enforcer.providers.registry import kind_of
from enforcer.providers.search import NAME, lacks


def offered(
    lane: Lane, provider: ProviderSettings, settings: Settings, policy: Policy, *, asked: bool, withheld: Container[str]
) -> tuple[ServerTool, ...]:
    """`asked` = a person sits at this session; `withheld` are tools this lane is not offered."""
    tool = _tool(settings)
    why_not = _why_not(lane, provider, tool, settings, policy, asked=asked)
    return () if why_not or NAME in withheld else (tool,)


def _tool(settings: Settings) -> ServerTool:
    wish = settings.web_search
    return ServerTool(NAME, wish.allowed_domains, wish.blocked_domains, wish.max_uses)


def _why_not(
    lane: Lane, provider: ProviderSettings, tool: ServerTool, settings: Settings, policy: Policy, *, asked: bool
) -> str:
    wish = getattr(settings.lanes, lane.value).search
    if wish == "off":
        return f"lanes.{lane}.search is off"
    if any(rule.covers(NAME) for rule in (*policy.rules.deny, *policy.rules.ask)):
        return "a rule denies it, or wants to be asked"  # the service would search before anybody is asked
    if lack := lacks(kind_of(provider.name), tool):
        return lack
    allowed = wish == "on" or any(rule.covers(NAME) for rule in policy.rules.allow)
    if provider.base_url and not allowed:
        return f"providers.{provider.name}.base_url may be anybody's"
    return "" if allowed or (asked and policy.mode is not Mode.DONT_ASK) else "nobody can be asked here"
