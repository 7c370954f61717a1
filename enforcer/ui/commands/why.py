"""`/why [turn]`: how a prompt found its lane, who served it, and what came of it."""

from __future__ import annotations

from enforcer.core.errors import UsageError
from enforcer.session.reasons import why
from enforcer.ui.commands.base import STAY, Done, Host, command
from enforcer.ui.why import rows_of


@command(
    "why", "how a prompt found its lane, who served it and what it cost; the last one, or that of a turn", "[turn]"
)
async def COMMAND(host: Host, arguments: str) -> Done:
    if arguments and not arguments.isdecimal():
        raise UsageError(f"'{arguments}' is not the number of a turn; use /why, or /why 3")
    if host.conversation.last_decision is None and not arguments and not host.conversation.turn.number:
        host.say("nothing has been decided yet; ask for something first")
        return STAY
    host.table(("why", ""), rows_of(why(host.folder, int(arguments) if arguments else None)))
    return STAY
