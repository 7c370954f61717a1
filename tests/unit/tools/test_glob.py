from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from enforcer.core.errors import ToolError
from tests.unit.tools.conftest import Hand


@pytest.fixture
def tree(project: Path) -> Path:
    """Every file is one second older than the one before."""
    names = ["src/new.py", "src/deep/mid.py", "old.py", ".github/ci.yml", "build/out.py", "notes.md", ".git/config"]
    for age, name in enumerate(names):
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text("")
        os.utime(project / name, (2_000_000_000 - age, 2_000_000_000 - age))
    (project / ".gitignore").write_text("build/\n")
    os.utime(project / ".gitignore", (1, 1))
    for folder in ("src", "src/deep", ".github", "build"):
        os.utime(project / folder, (1_000_000_000, 1_000_000_000))
    return project


@pytest.mark.parametrize(
    ("given", "lines"),
    [
        pytest.param({"pattern": "**/*.py"}, ["src/new.py", "src/deep/mid.py", "old.py"], id="newest first"),
        pytest.param({"pattern": "*.py"}, ["old.py"], id="this folder only"),
        pytest.param({"pattern": "src/**"}, ["src/new.py", "src/deep/mid.py"], id="all below"),
        pytest.param({"pattern": "*.py", "path": "src"}, ["src/new.py"], id="from a folder"),
        pytest.param({"pattern": "**/*.{md,yml}"}, [".github/ci.yml", "notes.md"], id="choice, hidden too"),
        pytest.param({"pattern": "./*.md"}, ["notes.md"], id="a dot in front"),
        pytest.param(
            {"pattern": "*"}, ["old.py", "notes.md", ".github/", "src/", ".gitignore"], id="a folder is listed"
        ),
        pytest.param({"pattern": "build/*"}, ["(no file matches build/* in {root})"], id="ignored"),
        pytest.param({"pattern": ".git/*"}, ["(no file matches .git/* in {root})"], id="the repository itself"),
    ],
)
def test_files_are_found(hand: Hand, tree: Path, given: dict[str, str], lines: list[str]) -> None:
    assert hand("Glob", **given).content.splitlines() == [line.format(root=tree) for line in lines]


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        pytest.param("../../**/*.pem", "a pattern cannot leave its folder with ..", id="PATH-015"),
        pytest.param("src/../../x", "a pattern cannot leave its folder with ..", id="PATH-015 inside"),
        pytest.param("{..,src}/*", "a pattern cannot leave its folder with ..", id="PATH-015 choice"),
        pytest.param("/etc/*", "the pattern is relative to path", id="absolute"),
        pytest.param("~/.ssh/*", "the pattern is relative to path", id="home"),
        pytest.param("[z-a]", "'[z-a]' is not a pattern", id="no pattern"),
    ],
)
def test_a_pattern_never_leaves_its_folder(hand: Hand, tree: Path, pattern: str, said: str) -> None:
    with pytest.raises(ToolError) as error:
        hand("Glob", pattern=pattern)
    assert str(error.value).startswith(said)


def test_path_015_a_linked_folder_is_not_entered(hand: Hand, tree: Path, tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "a.pem").touch()
    (tree / "keys").symlink_to(tmp_path / "keys")
    assert hand("Glob", pattern="**/*.pem").content == f"(no file matches **/*.pem in {tree})"


def test_a_place_that_is_no_folder_is_said(hand: Hand, tree: Path) -> None:
    with pytest.raises(ToolError, match=r"old\.py is not a folder; give an existing folder as path"):
        hand("Glob", pattern="*", path="old.py")


def test_a_denied_file_is_not_listed(make_hand: Callable[..., Hand], tree: Path) -> None:
    hand = make_hand(denied_read=lambda path: path.name == "new.py")
    assert hand("Glob", pattern="src/*.py").content.startswith("(no file")


def test_many_files_are_cut(hand: Hand, project: Path) -> None:
    for number in range(250):
        (project / f"{number:03}.txt").touch()
    assert hand("Glob", pattern="*.txt").content.splitlines()[-1] == "(the newest 200 of 250; narrow the pattern)"
