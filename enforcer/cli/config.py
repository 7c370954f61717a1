"""`enforcer config`: what is set, where it comes from, and how to change it."""

from __future__ import annotations

import json
import os
import shutil
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from enforcer.cli.here import settings_here
from enforcer.cli.place import working_folder
from enforcer.core.errors import EnforcerError, UsageError

if TYPE_CHECKING:
    from enforcer.config.change import Files, Place
    from enforcer.config.load import Loaded

app = typer.Typer(
    help="Show and change settings, each with where it comes from.",
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    rich_markup_mode=None,
)

Key = Annotated[str, typer.Argument(metavar="KEY", help="Like lanes.creative.model.")]
Json = Annotated[bool, typer.Option("--json", help="JSON instead of text.")]
User = Annotated[bool, typer.Option("--user", help="Your own file; the default.")]
Project = Annotated[bool, typer.Option("--project", help="The project's file, which is committed.")]
Local = Annotated[bool, typer.Option("--local", help="Your file for this project, not committed.")]


@app.callback(invoke_without_command=True)
def config(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        list_()


@app.command()
def get(key: Key, as_json: Json = False) -> None:
    """The value of a key; at a terminal with where it comes from."""
    from enforcer.config.describe import known
    from enforcer.config.nodes import split_key
    from enforcer.config.provenance import origin_of
    from enforcer.ui.provenance import entry, value

    parts = split_key(key)
    known(key, parts)
    loaded = _loaded()
    if as_json:
        return _json(entry(loaded, parts))
    _write(value(loaded, parts))
    if sys.stdout.isatty():
        _write(f"from {origin_of(loaded, parts)}")
    return None


@app.command("list")
def list_(
    every: Annotated[bool, typer.Option("--all", help="Also what nobody set, with its default.")] = False,
    as_json: Json = False,
) -> None:
    """What is set to something else than the default, and where."""
    from enforcer.config.describe import every_key
    from enforcer.config.provenance import set_keys
    from enforcer.ui.provenance import changed, entry
    from enforcer.ui.sanitize import line
    from enforcer.ui.tables import print_table

    loaded = _loaded()
    for warning in loaded.warnings:
        sys.stderr.write(f"enforcer: {line(warning)}\n")
    given = set_keys(loaded)
    unset = [tuple(facts.name.split(".")) for facts in every_key() if "NAME" not in facts.name] if every else []
    if as_json:
        return _json([entry(loaded, parts) for parts in dict.fromkeys((*given, *unset))])
    rows = changed(loaded)
    shown = {row[0] for row in rows}
    rows += [_default_row(loaded, parts) for parts in unset if ".".join(parts) not in shown]
    if not rows:
        return _write("everything is as it comes; change it with: enforcer config set KEY VALUE")
    return print_table(("key", "value", "from"), rows)


@app.command()
def explain(key: Key) -> None:
    """What a key means and takes, who may set it, and where its value comes from."""
    from enforcer.ui.provenance import explained

    rows = explained(_loaded(), key)
    margin = max(len(label) for label, _ in rows) + 2
    for label, text in rows:
        first, *rest = _fitting(text, margin)
        _write(f"{label:<{margin}}{first}")
        for more in rest:
            _write(f"{' ' * margin}{more}")


@app.command("set")
def set_(
    key: Key,
    value: Annotated[str, typer.Argument(metavar="VALUE", help="A word, or YAML like [a, b].")],
    user: User = False,
    project: Project = False,
    local: Local = False,
) -> None:
    """Set a key in one file; its comments and everything else in it stay."""
    from enforcer.config.change import change

    files, place = _files(), _place(user=user, project=project, local=local)
    path = change(files, _loaded_or_none(), place, key, value)
    _told(key, path, "set")


@app.command()
def unset(key: Key, user: User = False, project: Project = False, local: Local = False) -> None:
    """Take a key out of one file, so that the places below it hold again."""
    from enforcer.config.change import take_out

    path, was_there = take_out(_files(), _place(user=user, project=project, local=local), key)
    if not was_there:
        return _write(f"{key} is not set in {path}; see where it is with: enforcer config explain {key}")
    return _told(key, path, "taken out")


@app.command()
def path(user: User = False, project: Project = False, local: Local = False) -> None:
    """The files settings are read from, or the one you name."""
    from enforcer.config.change import Place
    from enforcer.ui.tables import print_table

    files = _files()
    if user or project or local:
        return _write(str(files.of(_place(user=user, project=project, local=local))))
    rows = [(place.value, str(files.of(place)), _there(files.of(place))) for place in Place]
    return print_table(("whose", "file", ""), rows)


def _told(key: str, path: Path, done: str) -> None:
    """What was done, and what holds now: a higher place may say otherwise."""
    from enforcer.ui.provenance import afterwards

    _write(f"{done}: {key} in {path}")
    loaded = _loaded_or_none()
    if loaded is not None and (more := afterwards(loaded, key, str(path))):
        _write(more)


def _fitting(text: str, margin: int) -> list[str]:
    """In lines for this terminal; a pipe gets one. Paths stay whole, so that they can be copied."""
    if not sys.stdout.isatty():
        return [text]
    room = max(shutil.get_terminal_size().columns - margin, 20)
    return textwrap.wrap(text, room, break_long_words=False, break_on_hyphens=False) or [""]


def _default_row(loaded: Loaded, parts: tuple[str, ...]) -> tuple[str, str, str]:
    from enforcer.config.nodes import join_key
    from enforcer.config.provenance import origin_of
    from enforcer.ui.provenance import value

    return join_key(parts), value(loaded, parts), origin_of(loaded, parts)


def _files() -> Files:
    from enforcer.config.change import Files
    from enforcer.config.paths import Paths, project_root

    return Files(Paths.from_env(os.environ), project_root(working_folder()))


def _loaded() -> Loaded:
    return settings_here(working_folder(), _files().paths, os.environ)


def _loaded_or_none() -> Loaded | None:
    """A file that cannot be read does not keep another one from being changed."""
    try:
        return _loaded()
    except EnforcerError:
        return None


def _place(*, user: bool, project: bool, local: bool) -> Place:
    from enforcer.config.change import Place

    given = [place for place, wanted in zip(Place, (user, project, local), strict=True) if wanted]
    if len(given) > 1:
        raise UsageError(f"--{given[0]} and --{given[1]} are two files; name one")
    return given[0] if given else Place.USER


def _there(path: Path) -> str:
    return "there" if path.exists() else "not there yet"


def _json(data: Any) -> None:
    sys.stdout.write(json.dumps(data, ensure_ascii=False, indent=2) + "\n")


def _write(text: str) -> None:
    from enforcer.ui.sanitize import clean

    sys.stdout.write(f"{clean(text)}\n")
