"""The wheel carries everything that is read at run time, and finds it there."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def unpacked(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("unpacked")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def files_below(folder: Path) -> set[str]:
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_every_file_of_the_package_is_in_the_wheel(unpacked: Path) -> None:
    assert files_below(ROOT / "enforcer") <= files_below(unpacked / "enforcer")


@pytest.mark.parametrize("kind", ["skills", "hooks"])
def test_the_shipped_data_is_in_the_wheel(unpacked: Path, kind: str) -> None:
    assert files_below(ROOT / kind)
    assert files_below(unpacked / "enforcer/_shipped" / kind) == files_below(ROOT / kind)


def test_nothing_else_is_in_the_wheel(unpacked: Path) -> None:
    assert {path.name.partition("-")[0] for path in unpacked.iterdir()} == {"enforcer"}


def test_both_commands_are_declared(unpacked: Path) -> None:
    text = next(unpacked.glob("*.dist-info/entry_points.txt")).read_text(encoding="utf-8")
    assert "enforcer = enforcer.__main__:main\n" in text
    assert "skill-builder = enforcer.__main__:skill_builder\n" in text


def test_the_installed_package_finds_its_own_data(unpacked: Path) -> None:
    code = "from enforcer.skills.shipped import shipped; print(shipped('skills'), shipped('hooks'), sep='\\n')"
    env = {**os.environ, "PYTHONPATH": str(unpacked)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=env, cwd=unpacked, check=True, capture_output=True, text=True, timeout=60
    )
    assert done.stdout.splitlines() == [
        str(unpacked / "enforcer/_shipped/skills"),
        str(unpacked / "enforcer/_shipped/hooks"),
    ]
