"""`/doctor`: what `enforcer doctor` says, of this session."""

from __future__ import annotations

import shutil

from enforcer.ui.commands.base import STAY, Done, Host, command
from enforcer.ui.findings import Level, lines, summary


@command("doctor", "look at everything a session needs; all shows what is in order, too", "[all]")
async def COMMAND(host: Host, arguments: str) -> Done:
    found = await host.examine()
    shown = [each for each in found if arguments == "all" or each.finding.level in {Level.WARNING, Level.ERROR}]
    for text in lines(shown, shutil.get_terminal_size().columns):
        host.say(text)
    host.say(summary(found))
    return STAY
