"""`enforcer route`: which lane a prompt belongs to, and why. Nothing is sent, unless a model is to be asked."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from enforcer.cli.place import piped_input, working_folder
from enforcer.core.errors import UsageError
from enforcer.core.lanes import Lane

if TYPE_CHECKING:
    from enforcer.cli.routing import Router

app = typer.Typer(add_completion=False, rich_markup_mode=None)

NOTHING = 'there is nothing to route; say it like this: enforcer route "write a haiku about rain"'


@app.command(context_settings={"help_option_names": ["-h", "--help"]})
def route(
    prompt: Annotated[
        str, typer.Argument(metavar="PROMPT", help="The prompt; without it, standard input is read.")
    ] = "",
    lane: Annotated[str, typer.Option(metavar="LANE", help="The lane a session is in; without it, it begins.")] = "",
    previous: Annotated[str, typer.Option(metavar="TEXT", help="The prompt before this one.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="The whole decision as JSON.")] = False,
    jsonl: Annotated[
        bool, typer.Option("--jsonl", help='Lines of {"text": …, "context": …} in, a decision on each line out.')
    ] = False,
    explain: Annotated[
        bool, typer.Option("--explain", help="Which sources were asked, and what a session would do.")
    ] = False,
    ask_model: Annotated[
        bool, typer.Option("--ask-model", help="Ask the model of lanes.classifier where a session would; it costs.")
    ] = False,
) -> int:
    """Which lane a prompt belongs to, and why. Works offline; no model is asked."""
    if lane and lane not in set(Lane):
        raise UsageError(f"--lane {lane}: there is no such lane; use creative or analytical")
    _fit(jsonl=jsonl, alone=not (prompt or lane or previous or as_json or explain), both=as_json and explain)
    with _router(ask_model=ask_model) as router:
        if jsonl:
            return _lines(router)
        text = prompt or piped_input().strip()
        if not text.strip():
            raise UsageError(NOTHING)
        return _one(router, text, Lane(lane) if lane else None, previous, shown=(as_json, explain))


@contextmanager
def _router(*, ask_model: bool) -> Iterator[Router]:
    """Raises: UsageError."""
    from enforcer.cli.given import given
    from enforcer.cli.routing import Router
    from enforcer.lanes import trained

    here = given(working_folder(), os.environ)
    local = trained.local(lambda text: _complain([text]))
    _complain(filter(None, [local.problem]))
    router = Router(here, local=local.classifier)
    if not ask_model:
        yield router
        return
    from enforcer.cli.routeasking import asking

    with asking(here) as router.opinions:
        yield router
        _complain(router.opinions.complaints)


def _fit(*, jsonl: bool, alone: bool, both: bool) -> None:
    """Raises: UsageError for flags that contradict each other."""
    if jsonl and not alone:
        raise UsageError("--jsonl reads prompts and their context from standard input; give it no others beside it")
    if both:
        raise UsageError("--explain is for people; leave it out, or --json")


def _one(router: Router, text: str, lane: Lane | None, previous: str, *, shown: tuple[bool, bool]) -> int:
    """`shown`: as JSON, and how it came about."""
    from enforcer.cli.routing import Prompt

    decided = router.consult(Prompt(text, lane, previous))
    as_json, explain = shown
    if as_json:
        from enforcer.cli.routelines import told

        _say_json(told(decided.final))
        return 0
    from enforcer.cli.routewords import words
    from enforcer.ui.sanitize import line

    _say("\n".join(map(line, words(router, decided, explain=explain))))
    return 0


def _lines(router: Router) -> int:
    """Raises: UsageError at the end, when some lines could not be read."""
    from enforcer.cli.routelines import answer

    bad = answer(sys.stdin.buffer if sys.stdin else (), router.decide, _say_json)
    if bad:
        lines = "1 line could not be read; its answer says" if bad == 1 else f"{bad} lines could not be read; each says"
        raise UsageError(f"{lines} why, with its number")
    return 0


def _say(text: str) -> None:
    """At once: whoever reads the lines may be waiting for this one."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _say_json(data: Mapping[str, Any]) -> None:
    """Escaped where the output cannot hold every character, so that none is lost."""
    holds_all = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    _say(json.dumps(data, ensure_ascii=not holds_all))


def _complain(complaints: Iterable[str]) -> None:
    for complaint in complaints:
        sys.stderr.write(f"enforcer: {complaint}\n")
