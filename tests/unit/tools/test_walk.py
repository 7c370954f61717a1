from __future__ import annotations

from pathlib import Path

import pytest

from enforcer.tools.walk import Only, walk


@pytest.fixture
def tree(project: Path) -> Path:
    for name, text in {
        ".gitignore": "build/\n*.log\n",
        ".git/config": "",
        ".git/info/exclude": "private.txt\n",
        ".github/ci.yml": "",
        ".hidden": "",
        "a.py": "",
        "a/z.py": "",
        "a/private.txt": "",
        "a/.gitignore": "!keep.log\nown.py\n",
        "a/keep.log": "",
        "a/own.py": "",
        "a/b/own.py": "",
        "b.log": "",
        "build/out.py": "",
        "inner/.git/config": "",
        "inner/x.log": "",
        "own.py": "",
    }.items():
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text(text)
    return project


def files(root: Path, *, hidden: bool = False, only: Only | None = None) -> list[str]:
    return [found.path for found in walk(root, hidden=hidden, only=only) if not found.is_folder]


def test_ignored_and_hidden_files_are_left_out_and_names_are_in_order(tree: Path) -> None:
    assert files(tree) == ["a/keep.log", "a/z.py", "a.py", "inner/x.log", "own.py"]


def test_hidden_files_are_there_on_request_but_never_the_repository_itself(tree: Path) -> None:
    assert files(tree, hidden=True) == [
        ".github/ci.yml",
        ".gitignore",
        ".hidden",
        "a/.gitignore",
        "a/keep.log",
        "a/z.py",
        "a.py",
        "inner/x.log",
        "own.py",
    ]


def test_a_walk_that_starts_below_still_listens_to_the_rules_above(tree: Path) -> None:
    assert files(tree / "a") == ["keep.log", "z.py"]


def test_without_a_repository_only_rules_from_the_start_on_count(tree: Path) -> None:
    (tree / ".git" / "config").unlink()
    (tree / ".git" / "info" / "exclude").unlink()
    (tree / ".git" / "info").rmdir()
    (tree / ".git").rmdir()
    assert files(tree / "build") == ["out.py"]
    assert "b.log" not in files(tree)


@pytest.mark.parametrize(
    ("glob", "expected"),
    [
        pytest.param("*.py", ["a/own.py", "a/z.py", "a.py", "own.py"], id="chosen by name, also what is ignored"),
        pytest.param("a/*.py", ["a/own.py", "a/z.py"], id="by path"),
        pytest.param("/*.py", ["a.py", "own.py"], id="anchored"),
        pytest.param("*.{log,md}", ["a/keep.log", "b.log", "inner/x.log"], id="choice"),
        pytest.param("!*.py", ["a/keep.log", "inner/x.log"], id="left out"),
        pytest.param("!a", ["a.py", "inner/x.log", "own.py"], id="a folder left out"),
        pytest.param(".hidden", [".hidden"], id="hidden by name"),
        pytest.param("nothing.here", [], id="none"),
    ],
)
def test_a_glob_chooses_files_as_ripgrep_does(tree: Path, glob: str, expected: list[str]) -> None:
    (tree / "a" / "b" / "own.py").unlink()
    assert files(tree, only=Only(glob)) == expected


def test_links_are_told_and_not_entered(tree: Path) -> None:
    (tree / "loop").symlink_to(tree)
    found = {found.path: found for found in walk(tree)}
    assert found["loop"].is_link
    assert not any(path.startswith("loop/") for path in found)


def test_a_folder_comes_before_what_is_in_it(tree: Path) -> None:
    paths = [found.path for found in walk(tree)]
    assert paths.index("a") < paths.index("a/b") < paths.index("a/z.py")


def test_a_folder_nobody_may_read_is_passed_over(tmp_path: Path) -> None:
    assert files(tmp_path / "missing") == []
