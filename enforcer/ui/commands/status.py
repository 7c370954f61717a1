"""`/status`: the session in one table."""

from __future__ import annotations

from enforcer import __version__
from enforcer.core.lanes import Lane
from enforcer.ui.commands.base import STAY, Done, Host, command
from enforcer.ui.commands.effort import told


@command("status", "session, lanes, mode and folder")
async def COMMAND(host: Host, arguments: str) -> Done:
    conversation = host.conversation
    rows = [
        ("version", __version__),
        ("session", host.session_id),
        ("record", str(host.folder)),
        ("lane", conversation.active.value),
        *((lane.value, str(conversation.seats.model(lane) or "no model")) for lane in Lane),
        ("web search", ", ".join(_searching(host)) or "off"),
        ("effort", "; ".join(f"{lane} {told(host, lane)}" for lane in Lane if conversation.seats.model(lane))),
        ("mode", str(host.policy.mode)),
        ("turns", str(conversation.turn.number)),
    ]
    host.table(("status", ""), rows)
    return STAY


def _searching(host: Host) -> list[str]:
    """The lanes whose service may search the web unasked."""
    seats = host.conversation.seats
    return [lane.value for lane in Lane if seats.model(lane) and seats.agent(lane).server_tools]
