from __future__ import annotations

import os
from importlib import import_module
from pathlib import Path

import pytest

from enforcer.cli.opening import Opening
from enforcer.cli.options import Options
from enforcer.config.load import load
from enforcer.config.paths import Paths
from enforcer.core.lanes import Lane

TWO = {"lanes.creative.model": "anthropic/claude-opus-4-5", "lanes.analytical.model": "openai/gpt-5"}
ONE = {"model": "anthropic/claude-opus-4-5"}


def opened(root: Path, **flags: object) -> Opening:
    paths = Paths.from_env(os.environ)
    loaded = load(cwd=root, paths=paths, env=os.environ, flags=flags, trusted=False)
    return Opening(Options(), root, paths, loaded, trusted=False)


@pytest.mark.parametrize("lane", Lane)
@pytest.mark.parametrize(
    "flags", [TWO, ONE, {**TWO, "permissions.deny": ["Bash", "Grep"]}], ids=["two models", "one model", "denied"]
)
def test_the_tools_that_are_told_are_those_the_model_gets(tmp_path: Path, flags: dict[str, object], lane: Lane) -> None:
    session = opened(tmp_path, **flags).wire(None, [])
    agent = session.workshop.agent(lane)
    told = session.workshop.tools(lane)
    assert told == (*agent.pipeline.toolbox.tools, *(tool.name for tool in agent.server_tools))
    session.record.close()


def test_what_is_loaded_ahead_can_be_loaded(tmp_path: Path) -> None:
    session = opened(tmp_path, **TWO).wire(None, [])
    modules = session.workshop.modules()
    assert modules[0] == "enforcer.providers.http"
    assert [import_module(name).__name__ for name in modules] == list(modules)
    session.record.close()
