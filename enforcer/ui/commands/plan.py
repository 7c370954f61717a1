"""`/plan`: only look, and make a specification another model can build from."""

from __future__ import annotations

from enforcer.core.errors import UsageError
from enforcer.lanes import cleanstart
from enforcer.permissions.policy import Mode
from enforcer.ui.commands.base import STAY, Done, Host, command

NO_REQUEST = "say what is to be planned, like this: /plan add a login to the admin pages"


@command("plan", "plan something into a specification; another model then builds it", "WHAT")
async def COMMAND(host: Host, arguments: str) -> Done:
    planning = host.conversation.beyond.planning
    if planning is None:
        return STAY
    if not arguments:
        raise UsageError(NO_REQUEST)
    before = planning.mode if planning.active else host.policy.mode.value
    await cleanstart.plan(host.conversation, planning, arguments)
    planning.mode = before if before != Mode.PLAN.value else Mode.DEFAULT.value
    host.policy.mode = Mode.PLAN
    return Done(prompt=arguments)
