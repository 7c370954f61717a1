"""Every plug-in file is named by its registry: a file nobody lists would be a feature nobody has."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.guards.source import PACKAGE, unregistered

PROVIDER = r"^class \w+Provider\b(?!\(Protocol)"
TOOL = r"^class \w+\((?:\w+\.)?Tool\[\w+\]\)"
SLASH_COMMAND = r"^@command\("
COMMAND = r"^app = typer\.Typer\("


@pytest.mark.parametrize(
    ("folder", "registry", "mark"),
    [
        pytest.param("providers", "providers/registry.py", PROVIDER, id="providers"),
        pytest.param("tools", "tools/registry.py", TOOL, id="tools"),
        pytest.param("ui/commands", "ui/commands/registry.py", SLASH_COMMAND, id="slash commands"),
        pytest.param("cli", "cli/main.py", COMMAND, id="commands"),
    ],
)
def test_every_plug_in_of_a_folder_is_registered(folder: str, registry: str, mark: str) -> None:
    assert unregistered(PACKAGE / folder, PACKAGE / registry, mark) == []


@pytest.mark.parametrize(
    ("mark", "planted"),
    [
        pytest.param(PROVIDER, "class AcmeProvider:\n    kind = 'acme'\n", id="providers"),
        pytest.param(TOOL, "class CountWords(Tool[CountParams]):\n    name = 'x'\n", id="tools"),
        pytest.param(SLASH_COMMAND, "@command('x', 'help')\nasync def x(): ...\n", id="slash commands"),
        pytest.param(COMMAND, "app = typer.Typer(help='x')\n", id="commands"),
    ],
)
def test_a_plug_in_that_is_not_registered_is_named(tmp_path: Path, mark: str, planted: str) -> None:
    (tmp_path / "registry.py").write_text('KNOWN = {"other": "enforcer.x.other:Other"}\n', encoding="utf-8")
    (tmp_path / "acme.py").write_text(planted, encoding="utf-8")
    (tmp_path / "other.py").write_text(planted, encoding="utf-8")
    (tmp_path / "plain.py").write_text("X = 1\n", encoding="utf-8")
    assert unregistered(tmp_path, tmp_path / "registry.py", mark) == ["acme"]
