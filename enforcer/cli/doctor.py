"""`enforcer doctor`: looks at everything a session needs, and says for each what is to do."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from enforcer.cli.checks.scene import Scene
    from enforcer.ui.findings import Found

app = typer.Typer(add_completion=False, rich_markup_mode=None)

INKS = {"warning": "33", "error": "31", "note": "2"}


@app.command(context_settings={"help_option_names": ["-h", "--help"]})
def doctor(
    pins: Annotated[
        bool, typer.Option("--pins", help="Ask each lane's model for one word, to see who answers.")
    ] = False,
    fix: Annotated[bool, typer.Option("--fix", help="Close our own folders and files to other users.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object; docs/doctor.md has its fields.")] = False,
) -> int:
    """Look at settings, keys, lanes, hooks, permissions, folders and programs; each finding with what to do.

    Nothing is sent anywhere without --pins, which makes one tiny request per lane. The exit code is 1 when there is an
    error, 0 otherwise.
    """
    from enforcer import __version__
    from enforcer.cli.checks.registry import examine
    from enforcer.cli.checks.scene import Scene
    from enforcer.cli.place import working_folder
    from enforcer.ui.findings import exit_code, summary, to_json

    scene = Scene(working_folder(), os.environ)
    if fix:
        _fix(scene)
    found = list(examine(scene))
    if pins:
        found += _pins(scene)
    if as_json:
        sys.stdout.write(json.dumps(to_json(found, __version__), ensure_ascii=False, indent=2) + "\n")
    else:
        _show(found)
        sys.stdout.write(f"\n{summary(found)}\n")
    return int(exit_code(found))


def _fix(scene: Scene) -> None:
    from enforcer.cli.checks.folders import make_private
    from enforcer.ui.figures import count

    sys.stderr.write(f"{count(make_private(scene), 'folder or file')} made private\n")


def _pins(scene: Scene) -> list[Found]:
    from enforcer.cli.checks import pins
    from enforcer.ui.findings import Found, note

    if scene.given is None or not scene.here.lanes:
        return [Found(pins.GROUP, note("not-checked", "no lane has a model that could be asked"))]
    sys.stderr.write(f"{pins.ANNOUNCED}\n")
    return [Found(pins.GROUP, finding) for finding in pins.check(scene)]


def _show(found: Sequence[Found]) -> None:
    from enforcer.ui.findings import lines
    from enforcer.ui.screen import Screen

    screen = Screen(sys.stdout)
    for text in lines(found, screen.wrap_width, INKS if screen.colour else {}):
        sys.stdout.write(f"{text}\n")
