"""`/handoff`: what the other lane was told at the last switch."""

from __future__ import annotations

from enforcer.ui.commands.base import STAY, Done, Host, command


@command("handoff", "what the other lane was told at the last switch")
async def COMMAND(host: Host, arguments: str) -> Done:
    bridge = host.conversation.bridge
    if bridge.last is None:
        host.say("there has been no handoff yet; one is made when the lane switches")
        return STAY
    host.say(bridge.last.render_markdown())
    host.say(f"saved as {bridge.last_path}")
    return STAY
