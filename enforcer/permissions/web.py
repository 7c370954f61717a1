"""May this address be fetched? Rules by host, and a question of its own for what leads into a private network."""

from __future__ import annotations

from collections.abc import Iterable

from enforcer.core.messages import ToolCall
from enforcer.core.verdict import Ruling, Verdict
from enforcer.permissions.rules import Rule, RuleSet, ruled
from enforcer.tools.web.address import PORTS, Address, BadAddress, parse
from enforcer.tools.web.state import Web

PRIVATE = "private network"  # who rules when an address leads inside; no mode lifts it


def fetching(call: ToolCall, rules: RuleSet, web: Web) -> Verdict:
    """Deny, ask and allow rules in this order; nothing but a rule that names the host opens a private network."""
    address = _address(call)
    if isinstance(address, str):
        return Verdict(Ruling.DENY, address, "safety")
    inside = web.leads_inside(address)
    for ruling, group in ((Ruling.DENY, rules.deny), (Ruling.ASK, rules.ask)):
        if rule := _first(group, address, inside):
            return ruled(ruling, rule)
    rule = _first(rules.allow, address, inside, opens=True)
    if rule:
        return Verdict(Ruling.ALLOW, by=f"rule {rule}")
    if address.metadata:
        reason = f"{address.host} is a cloud machine's own service, which hands out keys"
        return Verdict(Ruling.DENY, reason, PRIVATE)
    if inside:
        return Verdict(Ruling.ASK, f"{address.host} leads to {inside}", PRIVATE)
    return Verdict(Ruling.ASK, f"nothing was said yet about {address.host}", firm=False)


def note(call: ToolCall, verdict: Verdict, web: Web) -> None:
    """What this very call may reach inside, if it runs: it was judged knowing where it leads."""
    address = _address(call)
    web.agreed.pop(call.id, None)
    if not isinstance(address, str) and verdict.ruling is not Ruling.DENY and web.leads_inside(address):
        web.agreed[call.id] = address.origin


def fetch_rule(call: ToolCall, web: Web) -> str:
    """The rule that answers the question for good; for a private network the port belongs to it."""
    address = _address(call)
    if isinstance(address, str):
        return ""
    if not web.leads_inside(address):
        return f"WebFetch(domain:{address.host})"
    host = f"[{address.host}]" if ":" in address.host else address.host
    port = address.port or PORTS[address.scheme]  # another port is another program
    return f"WebFetch({'domain' if address.inside else 'private'}:{host}:{port})"


def _first(rules: Iterable[Rule], address: Address, inside: str, *, opens: bool = False) -> Rule | None:
    return next((rule for rule in rules if rule.covers("WebFetch") and _speaks_of(rule, address, inside, opens)), None)


def _speaks_of(rule: Rule, address: Address, inside: str, opens: bool) -> bool:
    kind = (rule.spec or "domain:*").partition(":")[0]
    if kind == "private":
        return bool(inside) and rule.matches_address(address)
    if opens and inside:  # a name may lead elsewhere than on the day the rule was made; a star names nobody
        return bool(address.inside) and rule.exact and rule.matches_address(address)
    return rule.matches_address(address)


def _address(call: ToolCall) -> Address | str:
    """What is wrong with it, as a text, when it cannot be called."""
    try:
        return parse(str(call.input.get("url", "")))
    except BadAddress as error:
        return str(error)
