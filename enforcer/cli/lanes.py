"""`enforcer lanes`: which model serves which lane, how to change it, and the rules that say what goes where."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from enforcer.cli import lanerules
from enforcer.core.errors import ExitCode, UsageError
from enforcer.core.lanes import Lane, ModelRef, Task

if TYPE_CHECKING:
    from enforcer.cli.given import Given
    from enforcer.config.change import Place
    from enforcer.lanes.wanted import Wanted

app = typer.Typer(
    help="Which model serves which lane, and which prompts go where: shown, set, swapped, explained.",
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    rich_markup_mode=None,
)

Project = Annotated[bool, typer.Option("--project", help="Into the project's file, which is committed.")]
Local = Annotated[bool, typer.Option("--local", help="Into your file for this project, which is not committed.")]
Force = Annotated[bool, typer.Option("--force", help="Write it even when the service does not list the model.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object instead of a table.")]


@app.callback(invoke_without_command=True)
def lanes(context: typer.Context) -> None:
    """Which model serves which lane, and which prompts go where: shown, set, swapped, explained."""
    if context.invoked_subcommand is None:
        show()


@app.command()
def show(as_json: Json = False) -> None:
    """Each lane with its model, where that was set, and where the key comes from."""
    from enforcer.ui.tables import print_table

    here = _given()
    rows = {lane: _row(lane, here) for lane in Lane}
    beyond = _beyond(here)
    if as_json:
        told: dict[str, object] = {
            lane: {"model": row[0] or None, "set_by": row[1], "key": row[2]} for lane, row in rows.items()
        }
        told |= {name: {"to": to, "set_by": by, "cannot": why or None} for name, to, by, why in beyond}
        sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
        return
    print_table(("lane", "model", "set by", "key"), [(lane, row[0] or "none", *row[1:]) for lane, row in rows.items()])
    if beyond:
        sys.stdout.write("\n")
        width = 4 if any(row[-1] for row in beyond) else 3  # why some cannot be had, only where there are some
        print_table(("route", "goes to", "set by", "cannot be had")[:width], [row[:width] for row in beyond])


@app.command("set")
def set_(
    models: Annotated[
        list[str],
        typer.Argument(
            metavar="LANE=MODEL…|WORDS LANE",
            help='E.g. creative=anthropic/…, where none turns it off; or "release notes" creative.',
        ),
    ],
    project: Project = False,
    local: Local = False,
    force: Force = False,
    task: Annotated[str, typer.Option(metavar="TASK", help="The rule holds for this task only, e.g. write.")] = "",
) -> int:
    """Set the model of a lane, after a look into the service's list, which costs nothing; or the lane of some words."""
    if models[-1] in set(Lane) and not any(word.partition("=")[0] in set(Lane) for word in models[:-1]):
        return _set_rule(models, task, files=project or local)
    if task:
        raise UsageError('--task belongs to a rule, which is written like: enforcer lanes set "release notes" creative')
    return _set_models(models, project=project, local=local, force=force)


def _set_rule(words: list[str], task: str, *, files: bool) -> int:
    if files:
        raise UsageError("rules are yours alone and have one file, lanes.yaml; leave --project and --local out")
    if task and task not in set(Task):
        raise UsageError(f"--task {task}: there is no such task; there are {', '.join(Task)}")
    lanerules.keep_rule(" ".join(words[:-1]), Lane(words[-1]), Task(task) if task else None)
    return int(ExitCode.OK)


def _set_models(models: list[str], *, project: bool, local: bool, force: bool) -> int:
    import asyncio

    from enforcer.cli import seating
    from enforcer.lanes.wanted import parse

    here, wanted = _given(), parse(models)
    place = _place(project=project, local=local)
    problems = () if force else asyncio.run(seating.doubts(wanted, here))
    if problems and not _all_the_same(problems):
        return int(ExitCode.RUN_ERROR)
    _written(wanted, here, place)
    return int(ExitCode.OK)


@app.command()
def swap(project: Project = False, local: Local = False) -> None:
    """Let each lane have the other one's model."""
    from enforcer.lanes.wanted import swapped

    here = _given()
    _written(swapped(here.lanes), here, _place(project=project, local=local))


def _written(wanted: Wanted, here: Given, place: Place) -> None:
    """What was done, and what holds now: a flag, a variable or a nearer file may say otherwise."""
    from enforcer.cli import seating
    from enforcer.cli.place import working_folder
    from enforcer.lanes.wanted import written
    from enforcer.ui.sanitize import clean

    path = seating.write(wanted, here, place)
    more = seating.afterwards(wanted, here, working_folder(), path)
    for sentence in (f"set: {written(wanted)} in {path}", *more):
        sys.stdout.write(f"{clean(sentence)}\n")


def _all_the_same(problems: tuple[str, ...]) -> bool:
    from enforcer.ui.sanitize import line

    for problem in problems:
        sys.stderr.write(f"enforcer: {line(problem)}\n")
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        sys.stderr.write("enforcer: nothing was written; to write it all the same: --force\n")
        return False
    try:
        yes = input("write it all the same? [y/N] ").strip().lower() in {"y", "yes"}
    except EOFError:
        yes = False
    sys.stdout.write("" if yes else "nothing was written\n")
    return yes


def _row(lane: Lane, here: Given) -> tuple[str, str, str]:
    ref = here.lanes.get(lane)
    if ref is None:
        return "", here.settings.origin(f"lanes.{lane}.model"), ""
    return str(ref), here.settings.origin(f"lanes.{lane}.model"), _key(ref.provider, here)


def _beyond(here: Given) -> list[tuple[str, str, str, str]]:
    """What goes elsewhere than to its lane's model: by kind of task, or because it failed or is risky."""
    from enforcer.cli.routed import cannot, named_in

    return [
        (name, str(to), here.settings.origin(name), cannot(to, here) if isinstance(to, ModelRef) else "")
        for name, to in named_in(here).items()
    ]


def _key(provider: str, here: Given) -> str:
    """Where the key was found, never the key."""
    try:
        config = here.provider(provider)
    except UsageError as error:
        return str(error)
    if config.found_in:
        return config.found_in
    return f"none found in {config.key_env}" if ":" not in provider and config.key_env else "none"


def _given() -> Given:
    from enforcer.cli.given import given
    from enforcer.cli.place import working_folder

    return given(working_folder(), os.environ)


def _place(*, project: bool, local: bool) -> Place:
    from enforcer.config.change import Place

    if project and local:
        raise UsageError("--project and --local are two files; name one")
    return Place.PROJECT if project else Place.LOCAL if local else Place.USER


app.command("list")(lanerules.list_)
app.command()(lanerules.forget)
app.command()(lanerules.explain)
app.command()(lanerules.replay)
app.command()(lanerules.report)
