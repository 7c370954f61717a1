"""`/copy`: the last answer into the clipboard."""

from __future__ import annotations

from enforcer.core.errors import UsageError
from enforcer.ui.commands.base import STAY, Done, Host, command
from enforcer.ui.figures import count


@command("copy", "put the last answer into the clipboard")
async def COMMAND(host: Host, arguments: str) -> Done:
    text = host.conversation.bridge.last_assistant
    if not text:
        raise UsageError("nothing was answered yet, so there is nothing to copy")
    host.copy(text)
    host.say(f"{count(len(text), 'character')} of the last answer went to the clipboard, if the terminal allows it")
    return STAY
