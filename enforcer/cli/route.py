"""`enforcer route`: which lane a prompt belongs to, and why; nothing is sent anywhere."""

from __future__ import annotations

import json
import os
import sys
from typing import Annotated

import typer

from enforcer.cli.place import piped_input, working_folder
from enforcer.core.errors import UsageError
from enforcer.core.lanes import Lane

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command(context_settings={"help_option_names": ["-h", "--help"]})
def route(
    prompt: Annotated[
        str, typer.Argument(metavar="PROMPT", help="The prompt; without it, standard input is read.")
    ] = "",
    lane: Annotated[str, typer.Option(metavar="LANE", help="The lane the session would be in.")] = "analytical",
    as_json: Annotated[bool, typer.Option("--json", help="The whole decision as JSON.")] = False,
) -> int:
    """Which lane a prompt belongs to, and why. Works offline; no model is asked."""
    from enforcer.config.load import load
    from enforcer.config.paths import Paths
    from enforcer.lanes.classify import Classifier, Context
    from enforcer.lanes.learnt import Learnt

    text = prompt or piped_input().strip()
    if not text:
        raise UsageError('there is nothing to route; say it like this: enforcer route "write a haiku about rain"')
    if lane not in set(Lane):
        raise UsageError(f"--lane {lane}: there is no such lane; use creative or analytical")
    paths = Paths.from_env(os.environ)
    loaded = load(cwd=working_folder(), paths=paths, env=os.environ, flags={}, trusted=False)
    settings = loaded.settings.lanes
    classifier = Classifier(
        ask_at=settings.classifier.ask_at, skills=settings.skills, learnt=Learnt(paths.config / "lanes.yaml")
    )
    active = Lane(lane)
    decision = classifier.classify(text, Context(active=active, default=settings.default, first_turn=False))
    if as_json:
        sys.stdout.write(json.dumps(decision.to_json(), ensure_ascii=False) + "\n")
        return 0
    abstained = " (not sure enough to ask; the session stays where it is)" if decision.abstained else ""
    lines = [f"{decision.lane or 'neutral'} · {decision.task} · {decision.confidence:.2f}{abstained}"]
    lines.append(f"because: {decision.reason} (source: {decision.source}, {decision.us} µs)")
    lines += [f"step {n}: {step.lane or 'neutral'} · {step.text}" for n, step in enumerate(decision.steps, 1)]
    sys.stdout.write("\n".join(lines) + "\n")
    return 0
