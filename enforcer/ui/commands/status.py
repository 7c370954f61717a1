"""`/status`: the session in one table."""

from __future__ import annotations

from enforcer import __version__
from enforcer.core.lanes import Lane
from enforcer.ui.commands.base import STAY, Done, Host, command


@command("status", "session, lanes, mode and folder")
async def COMMAND(host: Host, arguments: str) -> Done:
    conversation = host.conversation
    rows = [
        ("version", __version__),
        ("session", host.session_id),
        ("record", str(host.folder)),
        ("lane", conversation.active.value),
        *((lane.value, str(conversation.seats.model(lane) or "no model")) for lane in Lane),
        ("mode", str(host.policy.mode)),
        ("turns", str(conversation.turn.number)),
    ]
    host.table(("status", ""), rows)
    return STAY
