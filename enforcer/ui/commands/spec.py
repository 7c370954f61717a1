"""`/spec`: the specification of this session: to read, to edit, to keep, to build."""

from __future__ import annotations

from pathlib import Path

from enforcer.core.errors import UsageError
from enforcer.lanes.artifact import write
from enforcer.lanes.planning import Planning
from enforcer.ui.commands.base import STAY, Done, Host, command

NONE = "there is no specification yet; /plan makes one"


@command("spec", "the specification of the last plan: shown, edited, saved or built", "[edit | save FILE | build]")
async def COMMAND(host: Host, arguments: str) -> Done:
    what, _, rest = arguments.partition(" ")
    planning = host.conversation.beyond.planning
    if planning is None or planning.specification is None or planning.path is None:
        raise UsageError(NONE)
    match what:
        case "":
            host.markdown(planning.specification.render_markdown())
            host.say(f"saved as {planning.path}")
        case "edit":
            await _edit(host, planning, planning.path)
        case "save":
            _save(host, planning, rest.strip())
        case "build":
            return Done(prompt=host.build())
        case _:
            raise UsageError(f"/spec {what}: there is no such thing; use edit, save FILE or build")
    return STAY


async def _edit(host: Host, planning: Planning, path: Path) -> None:
    await host.edit(path)
    problems = planning.reread()
    host.conversation.keep_state()
    host.say(f"it is not complete: {'; '.join(problems)}" if problems else f"saved as {path}")


def _save(host: Host, planning: Planning, name: str) -> None:
    if not name or planning.specification is None:
        raise UsageError("say where to, like this: /spec save docs/plan.md")
    path = host.cwd / Path(name).expanduser()
    if path.exists():
        raise UsageError(f"{path} exists; choose another name, or remove it first")
    try:
        write(path, planning.specification.render_markdown())
    except OSError as error:
        raise UsageError(f"{path} cannot be written ({error.strerror}); choose another place") from error
    host.say(f"written to {path}")
