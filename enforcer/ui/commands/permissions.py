"""`/permissions`: the mode and the rules that decide what may run."""

from __future__ import annotations

from enforcer.permissions.policy import Mode
from enforcer.ui.commands.base import STAY, Done, Host, command


@command("permissions", "show mode and rules, or change the mode", "[mode]", aliases=("approvals",))
async def COMMAND(host: Host, arguments: str) -> Done:
    if arguments:
        host.policy.mode = Mode.parse(arguments)
        host.say(f"permission mode: {host.policy.mode}")
        return STAY
    rules = host.policy.rules
    rows = [("mode", str(host.policy.mode), "")]
    for word, listed in (("deny", rules.deny), ("ask", rules.ask), ("allow", rules.allow)):
        rows += [(word, str(rule), rule.origin) for rule in listed]
    host.table(("", "rule", "from"), rows)
    return STAY
