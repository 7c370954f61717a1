"""`/clear`: both lanes forget; the record keeps everything."""

from __future__ import annotations

from enforcer.ui.commands.base import STAY, Done, Host, command


@command("clear", "start anew in this session; the record keeps what was said", aliases=("new",))
async def COMMAND(host: Host, arguments: str) -> Done:
    await host.clear()
    host.say("both lanes start anew; the record of before stays on disk")
    return STAY
