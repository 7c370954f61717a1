"""`enforcer sessions`: list, look into, export, rename and delete earlier sessions."""

from __future__ import annotations

import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from enforcer.cli.place import working_folder
from enforcer.core.errors import EnforcerError, ExitCode, UsageError

if TYPE_CHECKING:
    from enforcer.cli.choosing import Shelf
    from enforcer.config.paths import Paths
    from enforcer.session.store import SessionInfo, Store

app = typer.Typer(
    help="List, look into, export, rename and delete earlier sessions.",
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

Id = Annotated[str, typer.Argument(metavar="ID", help="The id of a session; its beginning is enough.")]
FORMS = ("markdown", "json", "html")
_SHORT = {"md": "markdown"}


@app.command("list")
def list_(
    everywhere: Annotated[bool, typer.Option("--all", help="Those of every folder, not only of this project.")] = False,
    search: Annotated[str, typer.Option(metavar="WORDS", help="Only those in which all the words occur.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per line.")] = False,
) -> None:
    """Earlier sessions of this project, the newest first, with lanes, turns and cost."""
    from enforcer.cli.choosing import COLUMNS
    from enforcer.config.paths import project_root
    from enforcer.ui.tables import print_table

    found = _shelf(None if everywhere else project_root(working_folder()), search)
    if as_json:
        for info in found.infos:
            sys.stdout.write(json.dumps(_facts(found, info), ensure_ascii=False) + "\n")
        return
    if not found.infos:
        where = "there is no earlier session" if everywhere else "this project has no earlier session"
        sys.stdout.write(f"{where}{' with these words' if search else ''}\n")
        return
    folder = ("folder",) if everywhere else ()
    rows = [(*row, *(str(info.root) for _ in folder)) for row, info in zip(found.rows(), found.infos, strict=True)]
    print_table((*COLUMNS, *folder), rows)


@app.command()
def show(
    id: Id, as_json: Annotated[bool, typer.Option("--json", help="One JSON object instead of text.")] = False
) -> None:
    """What a session was about: its turns, which model served each, and what they cost."""
    from enforcer.cli.exporting import learn_secrets, story
    from enforcer.ui.sanitize import line
    from enforcer.ui.tables import print_table

    paths, found, info = _one(id)
    learn_secrets(os.environ, paths)
    told = story(info.folder, found.cost(info))
    facts = _facts(found, info)
    if as_json:
        turns = [{key: value for key, value in turn.items() if key != "items"} for turn in told["turns"]]
        sys.stdout.write(json.dumps(facts | {"prompts": turns}, ensure_ascii=False) + "\n")
        return
    from enforcer.ledger import report
    from enforcer.session.facts import clipped
    from enforcer.ui import figures

    about = [info.title or "nothing was said", f"session {info.id} in {info.root}"]
    about.append(f"begun {info.started}, last used {info.updated}, {figures.count(info.turns, 'turn')}")
    about.append(f"cost {report.spent(found.cost(info))}, record {info.folder}")
    sys.stdout.write("".join(f"{line(text)}\n" for text in about))
    rows = [
        (str(turn["turn"]), turn["lane"] or "–", turn["model"] or "–", _turn_cost(turn), clipped(turn["prompt"], 200))
        for turn in told["turns"]
    ]
    if rows:
        print_table(("turn", "lane", "model", "cost", "prompt"), rows)


@app.command()
def export(
    id: Id,
    form: Annotated[str, typer.Option("--format", "-f", metavar="FORM", help="markdown, json or html.")] = "",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Instead of standard output.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over a file that exists.")] = False,
) -> None:
    """A session as Markdown, JSON or one HTML file; known keys, and what looks like one, are taken out."""
    from enforcer.cli.exporting import learn_secrets, story
    from enforcer.ui import story as forms

    wanted = _SHORT.get(form, form) or (forms.form_of(output) if output else "markdown")
    if wanted not in FORMS:
        raise UsageError(f"--format {form}: use one of {', '.join(FORMS)}")
    paths, found, info = _one(id)
    learn_secrets(os.environ, paths)
    sys.stderr.write(f"exporting {info.folder / 'transcript.jsonl'}; check it before you share it\n")
    text = forms.rendered(story(info.folder, found.cost(info)), wanted)
    if output is None:
        sys.stdout.write(text)
        return
    forms.save(text, output, force=force)
    sys.stderr.write(f"wrote {output}\n")


@app.command()
def rename(
    id: Id, name: Annotated[str, typer.Argument(metavar="NAME", help='Its new name; "" gives the first prompt back.')]
) -> None:
    """Give a session a name, which wins over its first prompt."""
    from enforcer.cli.exporting import learn_secrets
    from enforcer.config.keys import SECRETS
    from enforcer.core.events import SessionRenamed
    from enforcer.session.record import Record

    paths, _, info = _one(id)
    learn_secrets(os.environ, paths)
    record = Record.open(info.folder, scrub=SECRETS.scrub)
    try:
        record.write(SessionRenamed(name))
    finally:
        record.close()
    sys.stdout.write(f"session {info.id} is called {name}\n" if name else f"session {info.id} has no name any more\n")


@app.command()
def delete(
    ids: Annotated[list[str], typer.Argument(metavar="ID...", help="Ids of sessions; their beginnings are enough.")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> int:
    """Delete sessions for good, with their handoffs and outputs; a session that is open is never deleted.

    What they cost stays in the ledger.
    """
    from enforcer.ui.sanitize import line

    paths = _paths()
    store = _store(paths)
    infos = list({info.id: info for info in (store.find(id, silent=True) for id in ids)}.values())
    for info in infos:
        sys.stdout.write(f"{info.id}  {info.updated}  {line(info.title or 'nothing was said')}\n")
    if not yes and not _agreed(len(infos)):
        sys.stdout.write("nothing was deleted\n")
        return int(ExitCode.RUN_ERROR)
    kept = 0
    for info in infos:
        try:
            store.remove(info)
        except EnforcerError as error:
            kept += 1
            sys.stderr.write(f"enforcer: {error}\n")
        else:
            sys.stdout.write(f"deleted {info.id}\n")
    return int(ExitCode.RUN_ERROR if kept else ExitCode.OK)


def _agreed(many: int) -> bool:
    """Raises: UsageError when nobody is there to ask."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError("nobody can be asked here; say --yes to delete without a question")
    what = "this session" if many == 1 else f"these {many} sessions"
    try:
        return input(f"Delete {what} for good? [y/N] ").strip().lower() in {"y", "yes"}
    except EOFError:
        sys.stdout.write("\n")
        return False


def _turn_cost(turn: dict[str, Any]) -> str:
    from enforcer.core.figures import money

    return money(turn.get("cost_usd"))


def _facts(found: Shelf, info: SessionInfo) -> dict[str, Any]:
    """`cost_usd` is null when nothing is known; it is the whole cost only if `cost_unknown` is false."""
    cost, facts = found.cost(info), info.facts
    return {
        "id": info.id,
        "title": info.title,
        "name": facts.name or None,
        "folder": str(info.root),
        "record": str(info.folder),
        "started": facts.started,
        "updated": datetime.fromtimestamp(info.written, UTC).isoformat(timespec="seconds"),
        "turns": info.turns,
        "lanes": list(info.lanes),
        "models": [{"lane": each.lane, "model": each.model, "turns": each.turns} for each in facts.served],
        "requests": cost.requests,
        "cost_usd": None if cost.unknown else round(cost.cost_usd, 6),
        "cost_unknown": not cost.exact,
        "forked_from": facts.fork_of or None,
        "open": info.open,
    }


def _one(id: str) -> tuple[Paths, Shelf, SessionInfo]:
    from enforcer.cli.choosing import shelf_of

    paths = _paths()
    info = _store(paths).find(id, silent=True)
    _mend_ledger(paths)
    return paths, shelf_of([info], paths.data / "ledger.sqlite3"), info


def _shelf(root: Path | None, search: str) -> Shelf:
    from enforcer.cli.choosing import shelf_of

    paths, words = _paths(), search.casefold().split()
    infos = [info for info in _store(paths).list(root) if info.has(words)]
    _mend_ledger(paths)
    return shelf_of(infos, paths.data / "ledger.sqlite3")


def _mend_ledger(paths: Paths) -> None:
    """What sessions cost is in it."""
    from contextlib import closing

    from enforcer.cli.mended import mended_here
    from enforcer.ledger.ledger import Ledger

    with closing(Ledger(paths.data / "ledger.sqlite3")) as ledger:
        if said := mended_here(ledger, paths):
            sys.stderr.write(f"enforcer: {said}\n")


def _paths() -> Paths:
    from enforcer.config.paths import Paths

    return Paths.from_env(os.environ)


def _store(paths: Paths) -> Store:
    from enforcer.session.store import Store

    return Store(paths)
