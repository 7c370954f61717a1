"""`/checkpoints`: what of the rules is enforced, what another model judges, and what is only said."""

from __future__ import annotations

from enforcer.ui.commands.base import STAY, Done, Host, command

NONE = 'there are no rules here; a person adds one with: skill-builder directive add project "…"'


@command("checkpoints", "the rules here: what enforces each, and what it said last", aliases=("rules",))
async def COMMAND(host: Host, arguments: str) -> Done:
    rows = host.rules()
    if rows:
        host.table(("rule", "how", "says", "by", "last"), rows)
    else:
        host.say(NONE)
    return STAY
