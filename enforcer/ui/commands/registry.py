"""The slash commands: one file each, one line here."""

from __future__ import annotations

from difflib import get_close_matches
from functools import cache
from importlib import import_module

from enforcer.core.errors import UsageError
from enforcer.ui.commands.base import Command, Done, Host

MODULES = (
    "help",
    "lane",
    "why",
    "handoff",
    "plan",
    "spec",
    "model",
    "effort",
    "lanes",
    "cost",
    "permissions",
    "checkpoints",
    "clear",
    "resume",
    "fork",
    "rename",
    "export",
    "copy",
    "status",
    "config",
    "doctor",
    "exit",
)


@cache
def commands() -> tuple[Command, ...]:
    return tuple(import_module(f"enforcer.ui.commands.{name}").COMMAND for name in MODULES)


def find(name: str) -> Command:
    """Raises: UsageError naming the nearest command."""
    known = {alias: command for command in commands() for alias in (command.name, *command.aliases)}
    if name in known:
        return known[name]
    near = get_close_matches(name, known, n=1)
    hint = f"did you mean /{near[0]}?" if near else "/help lists them"
    raise UsageError(f"there is no command /{name}; {hint}")


async def run(line: str, host: Host) -> Done:
    """Run `/name arguments`. Raises: UsageError."""
    name, _, arguments = line.strip().removeprefix("/").partition(" ")
    return await find(name).run(host, arguments.strip())
