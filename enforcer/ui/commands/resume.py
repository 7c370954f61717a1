"""`/resume`: go back to an earlier session of this project."""

from __future__ import annotations

from enforcer.ui.commands.base import STAY, Done, Host, command


@command("resume", "list earlier sessions, or open one", "[id]", aliases=("sessions", "continue"))
async def COMMAND(host: Host, arguments: str) -> Done:
    if arguments:
        return Done(resume=arguments)
    rows = [row for row in host.sessions() if row[0] != host.session_id]
    if not rows:
        host.say("this project has no earlier session")
        return STAY
    host.table(("id", "last used", "title"), rows[:15])
    host.say("open one with /resume ID")
    return STAY
