"""`/effort`: how hard the models think, for this session."""

from __future__ import annotations

from enforcer.core.lanes import Lane, effort_level
from enforcer.ui.commands.base import STAY, Done, Host, command

DEFAULT = "default"


@command("effort", "how hard a lane thinks, for this session", "[[lane=]LEVEL | default]")
async def COMMAND(host: Host, arguments: str) -> Done:
    if not arguments:
        host.table(("lane", "effort", "set by"), [(lane.value, told(host, lane), _origin(host, lane)) for lane in Lane])
        return STAY
    name, equals, level = arguments.partition("=")
    lane = Lane(name) if equals and name in set(Lane) else host.conversation.active
    level = (level if equals and name in set(Lane) else arguments).strip()
    host.set_effort(lane, None if level == DEFAULT else effort_level(level))
    host.say(f"{lane} thinks with {told(host, lane)} from its next request on")
    return STAY


def told(host: Host, lane: Lane) -> str:
    """The level that is asked for, and why its model does not get it."""
    endpoint, asked = host.conversation.seats.endpoint(lane), host.effort(lane)
    if endpoint is None:
        return "no model"
    if asked is None:
        return "its own default"
    return f"{asked} ({endpoint.effort_note})" if endpoint.effort_note else asked


def _origin(host: Host, lane: Lane) -> str:
    same = host.effort(lane) == host.loaded.settings.effort(lane)
    return host.origin(f"lanes.{lane}.effort") if same else "this session"
