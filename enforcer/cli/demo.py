"""`enforcer demo`: the main job in a throw-away repository. The harness is real; only the two models are scripted."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from typing import Annotated, Any

import typer

from enforcer.cli.ending import run_to_end
from enforcer.cli.place import working_folder
from enforcer.core.errors import UsageError

app = typer.Typer(add_completion=False, rich_markup_mode=None)

PROMPTS = (
    "The tests fail. Find the bug and fix it.",
    "Now write the announcement for release 1.2: short and warm, for people who are not programmers.",
    "/cost",
)
CONFIG = """\
providers: {{scripted: {{base_url: "{scenario}"}}}}
lanes:
  creative: {{model: scripted/poet}}
  analytical: {{model: scripted/analyst}}
permissions: {{defaultMode: acceptEdits, allow: ["Bash(python3 -m unittest *)"]}}
"""
PRICES = """\
# Invented, so that the demo's ledger has something to count.
scripted/analyst: {price: {input: 3, output: 15, cache_read: 0.3, as_of: 2026-01-01}}
scripted/poet: {price: {input: 2, output: 10, cache_read: 0.2, as_of: 2026-01-01}}
"""


@app.command(context_settings={"help_option_names": ["-h", "--help"]})
def demo(
    interactive: Annotated[bool, typer.Option("--interactive", help="Answer the questions yourself.")] = False,
    svg: Annotated[Path | None, typer.Option(metavar="FILE", help="Write what is shown as a picture, too.")] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Leave the repository and the record behind.")] = False,
    fast: Annotated[bool, typer.Option("--fast", help="Do not type slowly.")] = False,
) -> int:
    """A developer fixes a failing test, then asks for the announcement. No key, no network, nothing of yours."""
    if shutil.which("git") is None:
        raise UsageError("the demo makes a small git repository and git is not installed; install git and try again")
    if interactive and not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError("--interactive needs a terminal; run enforcer demo without it")
    picture = svg.absolute() if svg else None  # the working folder changes below
    if picture and not picture.parent.is_dir():
        raise UsageError(f"--svg {svg}: there is no folder {picture.parent}; make it first")
    from enforcer.cli.stage import play

    folder = Path(tempfile.mkdtemp(prefix="enforcer-demo-"))
    try:
        project = make_project(folder / "kettle")
        with surroundings(folder, project, pace_ms=0 if fast else 14):
            return run_to_end(play(project, PROMPTS, interactive=interactive, fast=fast, svg=picture))
    finally:
        if keep:
            sys.stdout.write(f"kept: {folder}\n")
        else:
            shutil.rmtree(folder, ignore_errors=True)


def make_project(root: Path) -> Path:
    """The demo's repository, with an identity of its own and the commits of its story."""
    root.mkdir(parents=True)
    _git(root, "init", "--quiet", "--initial-branch=main")
    _git(root, "config", "user.name", "Kettle demo")
    _git(root, "config", "user.email", "demo@localhost")
    _git(root, "config", "commit.gpgsign", "false")
    for commit in _story()["commits"]:
        for name, text in commit["files"].items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        _git(root, "add", "--all")
        _git(root, "commit", "--quiet", "--no-gpg-sign", "-m", commit["message"])
    return root


@contextmanager
def surroundings(folder: Path, project: Path, *, pace_ms: int) -> Iterator[None]:
    """A config and data folder of the demo's own, and the project as working folder; all as before on the way out."""
    config, data = folder / "config", folder / "data"
    config.mkdir(mode=0o700)
    scenario = config / "scenario.yaml"
    scenario.write_text(_paced(pace_ms), "utf-8")
    (config / "config.yaml").write_text(CONFIG.format(scenario=scenario), "utf-8")
    (config / "models.yaml").write_text(PRICES, "utf-8")
    for path in config.iterdir():
        path.chmod(0o600)
    before, cwd = dict(os.environ), working_folder()
    # The interpreter that runs us comes first, so that python3 in the demo is one that surely exists.
    search = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    _forget(os.environ)
    os.environ.update(ENFORCER_CONFIG_DIR=str(config), ENFORCER_DATA_DIR=str(data), PATH=search)
    os.chdir(project)
    try:
        yield
    finally:
        os.chdir(cwd)
        os.environ.clear()
        os.environ.update(before)


def _forget(env: Any) -> None:
    for name in [name for name in env if name.startswith(("ENFORCER_", "GIT_"))]:
        del env[name]


def _git(root: Path, *arguments: str) -> None:
    env = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    env |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    subprocess.run(["git", *arguments], cwd=root, env=env, check=True, stdin=subprocess.DEVNULL, capture_output=True)


def _story() -> Mapping[str, Any]:
    import yaml

    story: Mapping[str, Any] = yaml.safe_load(_shipped("kettle.yaml"))
    return story


def _paced(pace_ms: int) -> str:
    """The scenario with a pause before each word, so that a person sees it being said."""
    import yaml

    scenario = yaml.safe_load(_shipped("demo.yaml"))
    for replies in [*scenario["models"].values(), scenario["otherwise"].values()]:
        for reply in replies:
            reply["delay_ms"] = pace_ms
    text: str = yaml.safe_dump(scenario, sort_keys=False, allow_unicode=True)
    return text


def _shipped(name: str) -> str:
    return resources.files("enforcer.cli").joinpath("scenarios", name).read_text("utf-8")
