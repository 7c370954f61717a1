"""`/lanes`: which model serves which lane, and a change that is kept; `/model` is for this session alone."""

from __future__ import annotations

from enforcer.config.change import Place
from enforcer.core.errors import UsageError
from enforcer.core.lanes import Lane, ModelRef
from enforcer.lanes.wanted import Wanted, parse, swapped, written
from enforcer.ui.commands.base import STAY, Done, Host, command

FORCE = "--force"
HOW = "use /lanes set creative=provider/model, or /lanes swap"


@command("lanes", "which model serves which lane; set or swap them for good", "[set LANE=REF … | swap]")
async def COMMAND(host: Host, arguments: str) -> Done:
    word, *words = arguments.split() or ["show"]
    places = [place for place in Place if f"--{place}" in words]
    plain = [each for each in words if not each.startswith("--")]
    if len(places) > 1:
        raise UsageError(f"--{places[0]} and --{places[1]} are two files; name one")
    match word:
        case "show":
            _show(host)
        case "swap":
            _keep(host, swapped(_now(host)), places)
        case "set":
            await _set(host, parse(plain), places, force=FORCE in words)
        case _:
            raise UsageError(f"'{word}' is nothing /lanes does; {HOW}")
    return STAY


async def _set(host: Host, wanted: Wanted, places: list[Place], *, force: bool) -> None:
    doubts = () if force else await host.doubts(wanted)
    if not doubts:
        return _keep(host, wanted, places)
    for doubt in doubts:
        host.say(doubt)
    return host.say(f"nothing was changed; to do it all the same: /lanes set {written(wanted)} {FORCE}")


def _keep(host: Host, wanted: Wanted, places: list[Place]) -> None:
    """Now and from the next session on; a lane that is turned off serves until this one ends."""
    for lane, ref in wanted.items():
        if ref:
            host.set_model(lane, ref)
    told = host.keep_lanes(wanted, places[0] if places else Place.USER)
    off = [lane for lane, ref in wanted.items() if ref is None]
    later = f"; {off[0]} is off from the next session on" if off else ""
    host.say(f"set: {written(wanted)}{later}")
    for sentence in told:
        host.say(sentence)


def _show(host: Host) -> None:
    now = _now(host)
    rows = [(lane.value, str(now.get(lane) or "none"), _set_by(host, lane, now.get(lane))) for lane in Lane]
    host.table(("lane", "model", "set by"), rows)
    host.say(HOW)


def _set_by(host: Host, lane: Lane, model: ModelRef | None) -> str:
    lanes = host.loaded.settings.lanes
    configured = lanes.creative.model if lane is Lane.CREATIVE else lanes.analytical.model
    return host.origin(f"lanes.{lane}.model") if model == configured else "this session"


def _now(host: Host) -> dict[Lane, ModelRef]:
    models = {lane: host.conversation.seats.model(lane) for lane in Lane}
    return {lane: model for lane, model in models.items() if model}
