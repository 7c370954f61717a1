"""`enforcer models`: what is known of models, and what the services list."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from enforcer.core.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from enforcer.cli.given import Given
    from enforcer.core.lanes import ModelRef

app = typer.Typer(add_completion=False, rich_markup_mode=None)

WIDE = ("model", "context", "output", "images", "thinking", "USD/Mtok", "as of", "lane", "facts from")
NARROW = (0, 1, 2, 5, 6, 7)  # the columns that fit beside each other on a narrow screen
COLUMNS = 120  # from so many on, all fit
LANE = 7


@app.command(context_settings={"help_option_names": ["-h", "--help"]})
def models(
    provider: Annotated[str, typer.Argument(metavar="PROVIDER", help="Only those of this provider.")] = "",
    refresh: Annotated[
        bool, typer.Option("--refresh", help="Ask the services for their lists first; that costs nothing.")
    ] = False,
    every: Annotated[bool, typer.Option("--all", help="Also those that their vendors have switched off.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per line.")] = False,
) -> int:
    """What is known of models: window, longest answer, abilities, price with its day, and the lane they serve.

    Your own models.yaml in the config folder goes over what is shipped. A model that is not listed works, too, with
    cautious defaults and an unknown cost.
    """
    from enforcer.cli.given import given
    from enforcer.cli.place import working_folder

    here = given(working_folder(), os.environ)
    failed = False
    if refresh:
        here, failed = _refreshed(here, provider)
    refs = _refs(here, provider)
    shown = [ref for ref in refs if every or here.models.in_use(ref) or ref in here.lanes.values()]
    if as_json:
        for ref in shown:
            sys.stdout.write(json.dumps(_facts(ref, here), ensure_ascii=False) + "\n")
    else:
        _table(shown, here)
        _notes(shown, here, len(refs) - len(shown))
    return int(ExitCode.RUN_ERROR if failed else ExitCode.OK)


def _refreshed(here: Given, provider: str) -> tuple[Given, bool]:
    """With the new lists, and whether nobody answered. One line for each service that was asked."""
    import asyncio
    from dataclasses import replace

    from enforcer.cli import lists
    from enforcer.cli.given import models_of
    from enforcer.cli.sources import keys
    from enforcer.config.keys import COMPATIBLE
    from enforcer.ui.sanitize import line

    found = keys(here)
    free = [ref.provider for ref in here.lanes.values()]  # a server in use may want no key
    free += [name for name in here.settings.providers if name.startswith(f"{COMPATIBLE}:")]
    names = [provider] if provider else [*(source.provider for source in found.sources), *free]
    if not names:
        raise UsageError("there is no key, so there is nobody to ask; set one with: enforcer auth set PROVIDER")
    asked = asyncio.run(lists.refresh(names, here))
    for name, answer in asked.fresh.items():
        sys.stderr.write(f"{name}: {len(answer.models)} in its list, kept for later\n")
    for sentence in (*found.problems, *asked.failures.values()):
        sys.stderr.write(f"enforcer: {line(sentence)}\n")
    return replace(here, models=models_of(here.paths)), not asked.fresh


def _refs(here: Given, provider: str) -> list[ModelRef]:
    """Those of the files, those that only a list has, and those of the lanes. Raises: UsageError for a stranger."""
    from enforcer.core.lanes import ModelRef
    from enforcer.providers.base import ProviderSettings
    from enforcer.providers.registry import create

    known = here.models
    names = [provider] if provider else list(known.providers())
    refs = [ModelRef(name, id) for name in names for id in known.known(name)]
    listed = [ModelRef(name, model.id) for name in names for model in known.listed(name).models]
    refs += [ref for ref in listed if not known.is_written(ref) and known.chats(ref)]
    refs += [ref for ref in here.lanes.values() if ref not in refs and provider in {"", ref.provider}]
    if not refs:
        create(ProviderSettings(provider, base_url="http://127.0.0.1/v1"))
        raise UsageError(
            f"no model of {provider} is known; ask for its list with: enforcer models {provider} --refresh"
        )
    return refs


def _table(refs: list[ModelRef], here: Given) -> None:
    import shutil

    from enforcer.ui.tables import print_table

    rows = [_row(ref, here) for ref in refs]
    columns = list(range(len(WIDE)))
    if sys.stdout.isatty():
        columns = columns if shutil.get_terminal_size().columns >= COLUMNS else list(NARROW)
        if not any(row[LANE] for row in rows):
            columns.remove(LANE)
    print_table([WIDE[column] for column in columns], [[row[column] for column in columns] for row in rows])


def _row(ref: ModelRef, here: Given) -> tuple[str, ...]:
    from enforcer.ui.figures import tokens

    facts, rates = here.models.facts(ref), here.models.rates(ref)
    return (
        str(ref),
        tokens(facts.context),
        tokens(facts.max_output),
        "yes" if facts.images else "no",
        "yes" if facts.thinking else "no",
        f"{rates.input:g}/{rates.output:g}" if rates else "unknown",
        str(facts.price.as_of) if facts.price and rates else "",
        ", ".join(lane for lane, model in here.lanes.items() if model == ref),
        here.models.origin(ref),
    )


def _facts(ref: ModelRef, here: Given) -> dict[str, Any]:
    facts = here.models.facts(ref).model_dump(mode="json", exclude={"not_chat", "suggest"})
    lanes = [lane.value for lane, model in here.lanes.items() if model == ref]
    return {"model": str(ref), **facts, "lanes": lanes, "facts_from": here.models.origin(ref)}


def _notes(shown: list[ModelRef], here: Given, left_out: int) -> None:
    """Below a table on a screen: prices that are about to change, and what is not shown."""
    if not sys.stdout.isatty():
        return
    changes: dict[str, list[str]] = {}
    for ref in shown:
        price = here.models.facts(ref).price
        if price and price.then and price.until and here.models.rates(ref) is price:
            changes.setdefault(f"{price.then}, after {price.until}", []).append(str(ref))
    rows = [f"{', '.join(names)}: {change}" for change, names in changes.items()]
    if left_out:
        rows.append(f"{left_out} that are switched off by now are left out; --all shows them")
    sys.stdout.write("".join(f"{row}\n" for row in rows))
