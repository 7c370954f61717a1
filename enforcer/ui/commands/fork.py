"""`/fork`: go on in a copy of this session, and leave this one as it is."""

from __future__ import annotations

from enforcer.ui.commands.base import Done, Host, command


@command("fork", "go on in a copy of this session; this one stays as it is", aliases=("branch",))
async def COMMAND(host: Host, arguments: str) -> Done:
    copy = host.fork()
    host.say(f"this goes on as session {copy}; back to the one before with: /resume {host.session_id}")
    return Done(resume=copy)
