"""The way into the first session: what is there is found, two models are proposed, and the answer is written down."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import urlsplit

from enforcer.cli import seating, sources
from enforcer.cli.ending import Left, WatchDemo
from enforcer.cli.given import Given, models_of
from enforcer.cli.opening import Opening
from enforcer.cli.options import Options
from enforcer.config.keys import KEY_ENV
from enforcer.config.load import load
from enforcer.core.errors import UsageError
from enforcer.core.lanes import Lane, ModelRef
from enforcer.lanes.proposal import Chosen, Source, propose
from enforcer.providers.registry import create, known_names
from enforcer.ui.choosing import Choosing, Presses, Question, choose_by_lines, offer_demo
from enforcer.ui.figures import count
from enforcer.ui.keys import in_thread
from enforcer.ui.sanitize import line
from enforcer.ui.screen import Screen

NO_KEY = (
    "no lane has a model yet, and no key was found. Set {variables}, keep a key with: enforcer auth set anthropic, "
    "or pass --creative provider/model and --analytical provider/model. To look around without a key: enforcer demo"
)
NOTHING = (
    "Enforcer needs a model and found none: no key, and no server with models.",
    "",
    "  a key in this shell   export ANTHROPIC_API_KEY=…",
    "                        or {others}",
    "  a key that is kept    enforcer auth set anthropic",
    "  your own machine      ollama serve, then: ollama pull MODEL",
    "                        LM Studio, llama.cpp and vLLM are found, too",
    "  any other server      providers.openai-compatible:NAME.base_url in",
    "                        {path}",
    "",
)
LEFT = "nothing was written; the models can be set later with: enforcer lanes set"


async def first_run(opening: Opening, screen: Screen, keys: Presses) -> Opening:
    """The same opening with models in its lanes.

    Raises: Left, WatchDemo; UsageError when the person's config has a mistake, which is not written over.
    """
    given = _given(opening)
    _whole(given)
    chosen = await _asked(given, screen, keys)
    if chosen is None:
        screen.write(f"{LEFT}\n")
        raise Left
    path = seating.write(chosen, given)
    screen.write(f"{screen.ink(f'written to {path}; change them with /lanes', 'dim')}\n")
    return _again(opening, opening.options)


def propose_offline(opening: Opening) -> tuple[Opening, tuple[str, ...]]:
    """For a run that asks nothing: what the screen would propose from keys alone, and sentences that say so.

    Raises: UsageError that says what to do when there is no key.
    """
    given = _given(opening)
    _whole(given)
    found = sources.keys(given)
    chosen = propose(found.sources, given.models).chosen
    if not chosen:
        raise UsageError("; ".join(found.problems) or NO_KEY.format(variables=_variables()))
    names = {lane: str(chosen[lane]) for lane in Lane}
    options = replace(opening.options, creative=names[Lane.CREATIVE], analytical=names[Lane.ANALYTICAL])
    pair = " ".join(f"{lane}={name}" for lane, name in names.items())
    used = ", ".join(dict.fromkeys(source.found for source in found.sources if _serves(source, chosen)))
    said = f"no lane has a model yet, so this run uses {pair} (by {used}); keep them with: enforcer lanes set {pair}"
    return _again(opening, options), (*found.problems, said)


async def _asked(given: Given, screen: Screen, keys: Presses) -> Chosen | None:
    """What the person chose, None when they leave. Raises: WatchDemo."""
    while True:
        found = sources.keys(given)
        servers = await sources.servers(given)
        for problem in found.problems:
            screen.write(f"{line(problem)}\n")
        everything = [*found.sources, *servers]
        if found.sources or any(server.models for server in servers):
            proposal = propose(everything, given.models)
            question = Question(proposal, [_told(source) for source in everything], lambda ref: _objection(ref, given))
            return await _chosen(question, screen, keys)
        answer = await offer_demo(screen, keys, _nothing(given, servers))
        if answer == "demo":
            raise WatchDemo
        if answer == "leave":
            return None


async def _chosen(question: Question, screen: Screen, keys: Presses) -> Chosen | None:
    if os.environ.get("TERM", "dumb") == "dumb":  # no arrows, and whole lines only
        return await choose_by_lines(question, screen, _read_line)
    return await Choosing(screen, keys, question).choose()


async def _read_line(prompt: str) -> str | None:
    sys.stdout.write(prompt)
    sys.stdout.flush()
    return await in_thread(sys.stdin.readline) or None


def _given(opening: Opening) -> Given:
    return Given(os.environ, opening.paths, opening.loaded, models_of(opening.paths))


def _whole(given: Given) -> None:
    """A file with a mistake in it is the person's to mend. Raises: UsageError."""
    path = str(given.paths.config_file)
    wrong = next((warning for warning in given.loaded.warnings if warning.startswith(path)), None)
    if wrong:
        raise UsageError(f"{wrong.removesuffix('; it was left out')}; mend that and start again")


def _again(opening: Opening, options: Options) -> Opening:
    """The settings as the files and flags say now."""
    loaded = load(cwd=opening.cwd, paths=opening.paths, env=os.environ, flags=options.flags(), trusted=opening.trusted)
    return replace(opening, options=options, loaded=loaded)


def _objection(ref: ModelRef, given: Given) -> str:
    """Why a typed model cannot be used; nothing is asked of its service."""
    try:
        config = given.provider(ref.provider)
        create(sources.settings_of(config))
    except UsageError as error:
        return str(error)
    if not config.key and ref.provider in KEY_ENV:
        return f"{ref.provider} has no key: set {config.key_env}, or: enforcer auth set {ref.provider}"
    return ""


def _told(source: Source) -> str:
    """A source for people: a variable, a file's name, or a server and its address."""
    if not source.local:
        return source.found.rpartition("/")[2]
    where = urlsplit(source.found).netloc
    return f"{sources.server_name(source.provider)} at {where} ({count(len(source.models), 'model')})"


def _nothing(given: Given, servers: Sequence[Source]) -> list[str]:
    others = " or ".join(names[0] for name, names in KEY_ENV.items() if name != "anthropic" and name in known_names())
    rows = [row.format(others=others, path=given.paths.config_file) for row in NOTHING]
    for server in servers:
        name = sources.server_name(server.provider)
        rows.insert(1, f"{name} answers at {urlsplit(server.found).netloc}, but lists no model that chats.")
    return rows


def _variables() -> str:
    names = [names[0] for name, names in KEY_ENV.items() if name in known_names()]
    return " or ".join(names)


def _serves(source: Source, chosen: Chosen) -> bool:
    return source.provider in {ref.provider for ref in chosen.values()}
