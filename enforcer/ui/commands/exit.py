"""`/exit`: leave; the session can be resumed."""

from __future__ import annotations

from enforcer.ui.commands.base import Done, Host, command


@command("exit", "leave; enforcer -c comes back here", aliases=("quit", "q"))
async def COMMAND(host: Host, arguments: str) -> Done:
    return Done(leave=True)
