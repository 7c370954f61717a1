"""`/export`: this session as a file, with every key taken out once more."""

from __future__ import annotations

from pathlib import Path

from enforcer.ui.commands.base import STAY, Done, Host, command


@command("export", "write this session to a file: .md, .json or .html", "[file]")
async def COMMAND(host: Host, arguments: str) -> Done:
    from enforcer.ui import story

    path = _path(host, arguments)
    story.save(story.rendered(host.story(), story.form_of(path)), path)
    host.say(f"wrote {path}; check it before you share it")
    return STAY


def _path(host: Host, given: str) -> Path:
    return host.cwd / Path(given or f"enforcer-{host.session_id}.md").expanduser()
