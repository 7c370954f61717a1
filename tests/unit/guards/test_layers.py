"""The stairs hold, and an import that climbs them is reported."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.guards.source import PACKAGE, ROOT, imported, modules


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache", "--no-logo"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=300)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    shutil.copytree(PACKAGE, tmp_path / "enforcer", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_imports_go_down_the_stairs_only() -> None:
    done = lint_imports(ROOT)
    assert done.returncode == 0, done.stdout
    assert "3 kept, 0 broken" in done.stdout


@pytest.mark.parametrize(
    ("file", "line", "reported"),
    [
        (
            "skills/planted.py",
            "from enforcer.agent import loop",
            "enforcer.skills is not allowed to import enforcer.agent",
        ),
        ("core/planted.py", "import pydantic", "enforcer.core is not allowed to import pydantic"),
        ("ui/planted.py", "import anthropic", "enforcer.ui is not allowed to import anthropic"),
    ],
    ids=["upward", "third party in core", "vendor outside of providers"],
)
def test_a_planted_import_is_reported_with_its_line(copy: Path, file: str, line: str, reported: str) -> None:
    (copy / "enforcer" / file).write_text(f'"""Planted."""\n\n{line}\n', encoding="utf-8")
    done = lint_imports(copy)
    assert done.returncode == 1
    assert reported in done.stdout
    assert "(l.3)" in done.stdout


@pytest.mark.parametrize("file", modules(PACKAGE / "core"), ids=lambda path: path.name)
def test_core_needs_only_the_standard_library_and_itself(file: Path) -> None:
    foreign = {name for name in imported(file) if name.partition(".")[0] not in sys.stdlib_module_names}
    assert {name for name in foreign if not name.startswith("enforcer.core")} == set()


def test_imports_inside_of_functions_are_seen_too(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("import os\ndef f():\n    from rich import text\n", encoding="utf-8")
    assert imported(tmp_path / "a.py") == {"os", "rich"}
