"""`/model`: which model serves which lane."""

from __future__ import annotations

from enforcer.core.errors import UsageError
from enforcer.core.lanes import Lane, ModelRef
from enforcer.ui.commands.base import STAY, Done, Host, command


@command("model", "show the models, or set the one of a lane for this session", "[[lane=]provider/model | accept]")
async def COMMAND(host: Host, arguments: str) -> Done:
    if not arguments:
        rows = [(lane.value, _shown(host, lane), host.origin(f"lanes.{lane}.model")) for lane in Lane]
        host.table(("lane", "model", "set by"), rows)
        return STAY
    if arguments == "accept":
        served = host.conversation.accept_stranger()
        host.say(f"{served} counts as the pinned model until you leave; list it in models.yaml to keep that")
        return STAY
    lane, ref = _parse(arguments, host.conversation.active)
    host.set_model(lane, ref)
    host.say(f"{lane} is now served by {ref}; earlier turns keep the name of who wrote them")
    return STAY


def _parse(text: str, active: Lane) -> tuple[Lane, ModelRef]:
    name, equals, ref = text.partition("=")
    if not equals or name not in set(Lane):
        if equals and "/" not in name:
            raise UsageError(f"'{name}' is not a lane; use creative or analytical")
        return active, ModelRef.parse(text)
    return Lane(name), ModelRef.parse(ref)


def _shown(host: Host, lane: Lane) -> str:
    model = host.conversation.seats.model(lane)
    return str(model) if model else "none; this lane is off"
