"""`enforcer check`: run the checkpoints of this project now, without a session."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from enforcer.cli.place import project_folder
from enforcer.core.errors import ExitCode, UsageError
from enforcer.core.figures import count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from enforcer.checkpoints.checkpoint import Checkpoint
    from enforcer.checkpoints.look import Checked

app = typer.Typer(add_completion=False, rich_markup_mode=None)
NONE = "no checkpoint is wired in this project; skill-builder audit --fix does it"


@app.command(context_settings={"help_option_names": ["-h", "--help"]})
def check(
    ids: Annotated[
        list[str] | None, typer.Argument(metavar="[ID]…", help="Checkpoints, e.g. deploy/no-simply; without one, all.")
    ] = None,
    staged: Annotated[bool, typer.Option("--staged", help="What is staged, instead of the files as they are.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object instead of text.")] = False,
) -> int:
    """Run the checkpoints of this project now. Ends with 0 when all pass, 3 when one of them holds up.

    Example: enforcer check --staged
    """
    checked = asyncio.run(_checked(ids or [], staged=staged))
    bad = [each for each in checked if each.failed and each.checkpoint.severity != "warn"]
    if as_json:
        sys.stdout.write(json.dumps({"checkpoints": [_as_json(each) for each in checked]}, ensure_ascii=False) + "\n")
    else:
        _show(checked)
    return int(ExitCode.CHECKPOINT if bad else ExitCode.OK)


async def _checked(ids: Sequence[str], *, staged: bool) -> list[Checked]:
    from enforcer.checkpoints import look
    from enforcer.checkpoints.lock import COMPILED, FOLDER
    from enforcer.checkpoints.rulebook import read_compiled
    from enforcer.tools.process import child_environment

    root = project_folder().resolve()
    checkpoints = _meant(read_compiled(root / FOLDER / COMPILED).checkpoints, ids)
    files = look.staged(root) if staged else look.in_the_tree(root, checkpoints)
    with tempfile.TemporaryDirectory(prefix="enforcer-check-") as outputs:
        runner = look.Runner(root, child_environment(os.environ), Path(outputs))
        return [each async for each in look.look(checkpoints, files, runner)]


def _meant(checkpoints: Sequence[Checkpoint], ids: Sequence[str]) -> list[Checkpoint]:
    known = {each.id: each for each in checkpoints}
    for id in ids:
        if id not in known:
            there = ", ".join(known) or "none"
            raise UsageError(f"there is no checkpoint {id}; there are: {there}")
    return [known[id] for id in dict.fromkeys(ids)] if ids else list(checkpoints)


def _show(checked: Sequence[Checked]) -> None:
    from enforcer.checkpoints.say import refusal
    from enforcer.ui.sanitize import line

    if not checked:
        typer.echo(NONE)
        return
    for each in checked:
        typer.echo(line(f"{_status(each):<8} {each.checkpoint.id}{f': {each.skipped}' if each.skipped else ''}"))
        for outcome in each.failed:
            typer.echo(f"         {line(refusal(each.checkpoint, outcome.reason))}")
    failed = sum(bool(each.failed) for each in checked)
    typer.echo(f"{count(len(checked), 'checkpoint')}, {failed} failed")


def _status(each: Checked) -> str:
    if each.skipped:
        return "skipped"
    return str(each.failed[0].status) if each.failed else "pass" if each.outcomes else "nothing"


def _as_json(each: Checked) -> dict[str, object]:
    return {
        "id": each.checkpoint.id,
        "directive": each.checkpoint.directive,
        "text": each.checkpoint.text,
        "severity": str(each.checkpoint.severity),
        "status": _status(each),
        "reasons": [outcome.reason for outcome in each.failed],
        "skipped": each.skipped or None,
    }
