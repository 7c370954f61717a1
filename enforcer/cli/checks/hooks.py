"""The hooks that would run: are they read, are their commands there, may they be run."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator
from pathlib import Path

from enforcer.cli.checks.scene import Scene
from enforcer.config.powers import PROJECT_DIR
from enforcer.hooks.config import Handler, parse_hooks
from enforcer.permissions.shell import names
from enforcer.ui.findings import Finding, Level, note, ok, warning

BUILTINS = names(
    "if for while case until { ( [ [[ ! test cd echo printf exit true false : . source eval exec export set unset read"
    " trap command type ulimit umask wait return shift time function"
)
ASSIGNMENT = "="


def check(scene: Scene) -> Iterator[Finding]:
    if scene.here.settings.disableAllHooks:
        where = scene.here.settings.origin("disableAllHooks")
        yield note("hooks-off", f"all hooks are off, from {where}", "enforcer config unset disableAllHooks")
        return
    parsed = [parse_hooks(source.events, origin=source.origin) for source in scene.here.settings.hooks]
    for each in parsed:
        for problem in each.problems:
            yield warning("hook-entry", problem, "docs/hooks.md has the form of an entry")
    handlers = [handler for each in parsed for handler in each.handlers]
    for handler in handlers:
        yield _handler(scene, handler)
    if not handlers:
        yield ok("hooks-none", "no hook is set")


def _handler(scene: Scene, handler: Handler) -> Finding:
    name = f"{handler.event}: {handler.command}"
    problem = _problem(scene, handler)
    if not problem:
        return ok("hook", f"{name}, from {handler.origin}")
    level = Level.ERROR if handler.fail_closed else Level.WARNING
    effect = "it blocks what it guards" if handler.fail_closed else "it guards nothing"
    text, remedy = problem
    return Finding(level, "hook-command", f"{name}: {text}, so {effect} ({handler.origin})", remedy)


def _problem(scene: Scene, handler: Handler) -> tuple[str, str] | None:
    """What keeps the command from running, and the remedy; None when nothing does, or when a shell decides."""
    word = handler.command if handler.args is not None else _first_word(handler.command)
    for placeholder in PROJECT_DIR:
        word = word.replace(placeholder, str(scene.root))
    if not word or word in BUILTINS or "$" in word or "`" in word:
        return None
    if "/" not in word:
        found = scene.env.get("PATH", os.defpath)
        there = any(os.access(Path(folder) / word, os.X_OK) for folder in found.split(os.pathsep) if folder)
        return None if there else (f"there is no program {word}", f"install {word}, or name it with its path")
    path = scene.cwd / os.path.expanduser(word)
    if not path.is_file():
        return f"{path} is not there", "correct its path, or make it"
    if not os.access(path, os.X_OK):
        return f"{path} may not be run", f"chmod +x {path}"
    return None


def _first_word(command: str) -> str:
    try:
        words = shlex.split(command, comments=True)
    except ValueError:
        return ""
    return next((word for word in words if ASSIGNMENT not in word.partition("/")[0]), "")
