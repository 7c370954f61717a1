"""`/rename`: give this session a name, which wins over its first prompt in every list."""

from __future__ import annotations

from enforcer.ui.commands.base import STAY, Done, Host, command


@command("rename", "give this session a name; without one, its first prompt is its title", "[name]", aliases=("title",))
async def COMMAND(host: Host, arguments: str) -> Done:
    host.rename(arguments)
    host.say(f"this session is called {arguments}" if arguments else "this session is called by its first prompt")
    return STAY
