"""`/help`: what can be typed here."""

from __future__ import annotations

from enforcer.ui.commands.base import STAY, Done, Host, command

KEYS = (
    ("Enter", "send"),
    ("Ctrl+J, Alt+Enter", "new line"),
    ("Esc, Ctrl+C", "stop the turn"),
    ("Ctrl+C twice, Ctrl+D", "leave"),
    ("Alt+L", "switch the lane"),
    ("Shift+Tab", "next permission mode"),
    ("Ctrl+R", "search what you typed before"),
    ("Ctrl+G", "write in your editor"),
    ("@creative, @analytical", "at the start: run this one turn there"),
    ("!command", "run it yourself; the model is told"),
)


@command("help", "this list", aliases=("?",))
async def COMMAND(host: Host, arguments: str) -> Done:
    from enforcer.ui.commands.registry import commands

    rows = [(f"/{each.name} {each.usage}".strip(), each.help) for each in commands()]
    host.table(("command", "what it does"), rows)
    host.table(("key", "what it does"), KEYS)
    return STAY
