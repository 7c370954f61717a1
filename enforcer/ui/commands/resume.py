"""`/resume`: go back to an earlier session of this project."""

from __future__ import annotations

from enforcer.ui.commands.base import Done, Host, command


@command("resume", "choose an earlier session, or open one by its id", "[id]", aliases=("sessions", "continue"))
async def COMMAND(host: Host, arguments: str) -> Done:
    return Done(resume=arguments or await host.pick())
