"""What the guards look at: the files of the project and the modules they import."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[3]
PACKAGE = ROOT / "enforcer"
TEXT = frozenset(
    {".py", ".md", ".yaml", ".yml", ".toml", ".lock", ".j2", ".sh", ".json", ".jsonl", ".txt", ".cfg", ".svg", ""}
)
# The top-level entries the project consists of; everything else in a checkout is somebody's own.
OURS = (
    *("enforcer", "tests", "benchmarks", "docs", "scripts", "skills", "hooks", ".ci", ".github"),
    *("install.sh", "pyproject.toml", "requirements.lock", "requirements-dev.lock", ".pre-commit-config.yaml"),
    *("README.md", "AGENTS.md", "CLAUDE.md", "CONTRIBUTING.md", "CHANGELOG.md", "LICENSE", ".gitignore"),
)


def modules(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*.py") if "__pycache__" not in path.parts)


def project_files() -> list[Path]:
    return sorted(path for name in OURS for path in _below(ROOT / name) if path.suffix in TEXT)


def imported(path: Path) -> set[str]:
    """The dotted names this file imports, at its top or inside of a function."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {name for node in ast.walk(tree) for name in _names(node)}


def unregistered(folder: Path, registry: Path, mark: str) -> list[str]:
    """The files of a plug-in folder that look like a plug-in (`mark`) and that the registry does not name."""
    known = registry.read_text(encoding="utf-8")
    plugins = [path for path in sorted(folder.glob("*.py")) if re.search(mark, _read(path), re.MULTILINE)]
    return [
        path.stem
        for path in plugins
        if path != registry and not re.search(rf'["\.]{path.stem}(?:[":]| import\b)', known)
    ]


def version_problem(changelog: str, version: str) -> str | None:
    """Why the changelog and the version do not fit together; None when they do."""
    headings = re.findall(r"^## \[?([^\]\s]+)\]?(?: - (\S+))?$", changelog, re.MULTILINE)
    if not headings or headings[0][0] != "Unreleased":
        return "the first heading must be [Unreleased]"
    released = headings[1:]
    if any(not re.fullmatch(r"\d{4}-\d\d-\d\d", date) for _, date in released):
        return "every released version needs a date"
    if released and released[0][0] != version:
        return f"the newest released version is {released[0][0]}, the package says {version}"
    return None


def _below(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
    for entry in path.rglob("*") if path.is_dir() else ():
        if entry.is_file() and "__pycache__" not in entry.parts:
            yield entry


def _names(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return ["." * node.level + (node.module or "")]
    return []


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")
