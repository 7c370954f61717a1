"""`/config`: what is set and where it comes from, what a key means, and a change for the next session."""

from __future__ import annotations

import shlex

from enforcer.config.change import Place, change
from enforcer.core.errors import UsageError
from enforcer.ui.commands.base import STAY, Done, Host, command
from enforcer.ui.provenance import changed, explained

SET = "write it like this: /config set lanes.ask never [--local | --project]"


@command("config", "what is set and from where; what a key means", "[KEY | set KEY VALUE]", aliases=("settings",))
async def COMMAND(host: Host, arguments: str) -> Done:
    word, _, rest = arguments.partition(" ")
    if word == "set":
        _set(host, rest)
    elif word:
        host.table(("setting", arguments), explained(host.loaded, arguments))
    elif rows := changed(host.loaded):
        host.table(("key", "value", "from"), rows)
    else:
        host.say("everything is as it comes; /config KEY tells what a key means")
    return STAY


def _set(host: Host, text: str) -> None:
    try:
        words = shlex.split(text)
    except ValueError:
        raise UsageError(f"a quote is not closed; {SET}") from None
    places = [place for place in Place if f"--{place}" in words]
    given = [word for word in words if word not in {f"--{place}" for place in Place}]
    if len(given) != 2 or len(places) > 1:
        raise UsageError(SET)
    path = change(host.files, host.loaded, places[0] if places else Place.USER, given[0], given[1])
    host.say(f"set: {given[0]} in {path}; it holds from the next session on")
