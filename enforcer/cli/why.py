"""`enforcer why`: what was decided about a turn, who served it, and what came of it."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from enforcer.core.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from enforcer.config.paths import Paths

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command(context_settings={"help_option_names": ["-h", "--help"]})
def why(
    turn: Annotated[str | None, typer.Argument(metavar="TURN", help="Its number; the last turn without it.")] = None,
    session: Annotated[
        str | None, typer.Option(metavar="ID", help="Another session; the beginning of its id is enough.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object instead of a table.")] = False,
) -> int:
    """Why a turn went as it did: lane, words, question, models asked and served, delegations, checks and cost.

    Of the latest session of this project, unless another one is named.
    """
    from enforcer.cli.exporting import learn_secrets
    from enforcer.config.keys import SECRETS
    from enforcer.config.paths import Paths
    from enforcer.session import reasons
    from enforcer.session.story import scrubbed

    if turn is not None and not turn.isdecimal():
        raise UsageError(f"'{turn}' is not the number of a turn; use: enforcer why, or: enforcer why 3")
    paths = Paths.from_env(os.environ)
    learn_secrets(os.environ, paths)
    told = reasons.why(_folder(paths, session), int(turn) if turn else None)
    if as_json:
        sys.stdout.write(json.dumps(scrubbed(told.to_json(), SECRETS.scrub), ensure_ascii=False) + "\n")
        return 0
    from enforcer.ui.tables import print_table
    from enforcer.ui.why import rows_of

    print_table(("why", ""), [(label, SECRETS.scrub(text)) for label, text in rows_of(told)])
    return 0


def _folder(paths: Paths, session: str | None) -> Path:
    """Raises: UsageError."""
    from enforcer.cli.place import working_folder
    from enforcer.config.paths import project_root
    from enforcer.session.store import Store

    store = Store(paths)
    if session is not None:
        return store.find(session).folder
    latest = store.latest(project_root(working_folder()))
    if latest is None:
        raise UsageError("this project has no earlier session; start one with: enforcer")
    return latest.folder
