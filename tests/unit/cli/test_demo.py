from __future__ import annotations

import os
from pathlib import Path

import pytest

from enforcer.cli.demo import make_project, surroundings
from enforcer.cli.main import run
from tests.e2e.conftest import git


def test_the_demo_runs_and_leaves_nothing_behind(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, home: Path
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.chdir(home)
    assert run(["demo", "--fast"]) == 0
    assert "Kettle 1.2: warm, and right about it" in capfd.readouterr().out
    assert list(tmp_path.iterdir()) == []
    assert list(home.iterdir()) == []


def test_the_demo_can_be_kept(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert run(["demo", "--fast", "--keep"]) == 0
    (kept,) = tmp_path.iterdir()
    assert f"kept: {kept}\n" in capfd.readouterr().out
    assert (kept / "kettle" / ".git").is_dir()


def test_the_repository_has_a_history_and_an_identity_of_its_own(tmp_path: Path) -> None:
    project = make_project(tmp_path / "kettle")
    assert git(project, "log", "--format=%an <%ae>").splitlines()[0] == "Kettle demo <demo@localhost>"
    assert git(project, "status", "--porcelain") == ""


def test_the_surroundings_are_given_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENFORCER_CREATIVE", "anthropic/claude-sonnet-4-5")
    before, cwd = dict(os.environ), Path.cwd()
    project = tmp_path / "kettle"
    project.mkdir()
    with surroundings(tmp_path, project, pace_ms=0):
        assert Path.cwd() == project
        assert "ENFORCER_CREATIVE" not in os.environ
        assert os.environ["ENFORCER_CONFIG_DIR"] == str(tmp_path / "config")
    assert (dict(os.environ), Path.cwd()) == (before, cwd)


def test_the_picture_needs_a_folder(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert run(["demo", "--svg", str(tmp_path / "no" / "demo.svg")]) == 2
    assert capsys.readouterr().err == (
        f"enforcer: --svg {tmp_path}/no/demo.svg: there is no folder {tmp_path}/no; make it first\n"
    )


def test_without_git_it_says_what_to_install(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert run(["demo"]) == 2
    assert "git is not installed; install git and try again" in capsys.readouterr().err
