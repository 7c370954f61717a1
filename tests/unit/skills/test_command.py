"""`skill-builder` as a person meets it: words, files and exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from enforcer.cli.main import run

Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def build(*arguments: str) -> int:
    return run(["skill", *arguments], program="skill-builder")


def test_new_says_what_it_wrote_and_what_comes_next(project: Path, capsys: Capture) -> None:
    assert build("new", "notes", "--lane", "creative", "--function", "check=analytical") == 0
    assert capsys.readouterr().out == (
        "wrote .enforcer/skills/notes/SKILL.md\n"
        "wrote .enforcer/skills/notes/enforcer.yaml\n"
        "wrote .enforcer/skills/notes/references/README.md\n"
        "Write down there how the work is done, then: skill-builder validate .enforcer/skills/notes\n"
    )
    assert (project / ".enforcer/skills/notes/SKILL.md").is_file()


def test_new_answers_in_json(capsys: Capture) -> None:
    assert build("new", "notes", "--path", "elsewhere", "--json") == 0
    assert json.loads(capsys.readouterr().out) == {
        "name": "notes",
        "path": "elsewhere/notes",
        "files": ["elsewhere/notes/SKILL.md", "elsewhere/notes/references/README.md"],
    }


def test_new_refuses_a_skill_that_exists_and_force_does_not(capsys: Capture) -> None:
    assert build("new", "notes") == 0
    assert build("new", "notes") == 1
    assert "exists; look at it with 'skill-builder validate" in capsys.readouterr().err
    assert build("new", "notes", "--force") == 0


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["new", "../../x"], id="CONF-010 ../../x"),
        pytest.param(["new", "CON"], id="CONF-010 CON"),
        pytest.param(["new", "a/b"], id="CONF-010 a/b"),
        pytest.param(["new", "n" * 300], id="CONF-010 300 characters"),
        pytest.param(["new", "notes", "--lane", "up"], id="lane"),
        pytest.param(["new", "notes", "--function", "draft"], id="function"),
        pytest.param(["new", "notes", "--template", "novel"], id="template"),
        pytest.param(["new"], id="no name"),
        pytest.param(["new", "notes", "--bogus"], id="unknown option"),
        pytest.param(["validate", "no/such/folder"], id="no such folder"),
    ],
)
def test_a_mistake_on_the_command_line_ends_with_2_and_writes_nothing(
    project: Path, capsys: Capture, arguments: list[str]
) -> None:
    assert build(*arguments) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert sorted(path.name for path in project.iterdir()) == [".git"]


def test_list_shows_good_broken_and_shadowed_skills(project: Path, home: Path, capsys: Capture) -> None:
    build("new", "notes", "--description", "Takes notes.", "--lane", "creative")
    build("new", "notes", "--path", str(home / ".claude/skills"))
    (project / ".agents/skills/bad").mkdir(parents=True)
    (project / ".agents/skills/bad/SKILL.md").touch()
    capsys.readouterr()
    assert build("list") == 0
    lines = capsys.readouterr().out.splitlines()
    assert "notes          creative    project  Takes notes." in lines
    assert f"bad  broken: it is empty ({project / '.agents/skills/bad/SKILL.md'})" in lines
    assert (
        f"notes  shadowed: {home / '.claude/skills/notes/SKILL.md'} is not used, "
        f"{project / '.enforcer/skills/notes/SKILL.md'} is"
    ) in lines


def test_list_works_from_a_folder_inside_of_the_project(
    project: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    build("new", "notes")
    (project / "src").mkdir()
    monkeypatch.chdir(project / "src")
    capsys.readouterr()
    assert build("list", "--json") == 0
    names = [skill["name"] for skill in json.loads(capsys.readouterr().out)["skills"]]
    assert names == ["notes", "release-notes"]


def test_show_prints_what_was_understood_and_the_text(project: Path, capsys: Capture) -> None:
    build("new", "notes", "--description", "Takes notes.", "--function", "draft=creative")
    capsys.readouterr()
    assert build("show", "notes") == 0
    assert capsys.readouterr().out.startswith(
        "name: notes\n"
        "description: Takes notes.\n"
        f"path: {project / '.enforcer/skills/notes/SKILL.md'}\n"
        "level: project\n"
        "lane: not declared\n"
        "functions: draft=creative\n"
        "\n"
        "# Notes\n"
    )


def test_show_lets_no_control_character_reach_the_terminal(project: Path, capsys: Capture) -> None:
    """TERM-001, TERM-002, TERM-006"""
    (project / ".enforcer/skills/notes").mkdir(parents=True)
    (project / ".enforcer/skills/notes/SKILL.md").write_text(
        "---\nname: notes\ndescription: d\n---\na\x1b[2Jb\x1b]52;c;ZXZpbA==\x07c\x9b2Jd\n", encoding="utf-8"
    )
    assert build("show", "notes") == 0
    assert capsys.readouterr().out.endswith("\na\\x1b[2Jb\\x1b]52;c;ZXZpbA==\\x07c\\x9b2Jd\n")


def test_show_says_why_a_broken_skill_cannot_be_shown(project: Path, capsys: Capture) -> None:
    (project / ".enforcer/skills/bad").mkdir(parents=True)
    (project / ".enforcer/skills/bad/SKILL.md").touch()
    assert build("show", "bad") == 1
    assert "bad/SKILL.md cannot be used: it is empty" in capsys.readouterr().err
    assert build("show", "none") == 1
    assert "there is no skill none; see them all with: skill-builder list" in capsys.readouterr().err


def test_validate_ends_with_0_when_clean_and_with_1_when_not(project: Path, capsys: Capture) -> None:
    build("new", "notes")
    build("new", "other")
    capsys.readouterr()
    assert build("validate", ".enforcer/skills") == 0
    assert build("validate", "notes") == 0
    assert capsys.readouterr().out == "2 skills checked, 0 problems found\n1 skill checked, 0 problems found\n"
    (project / ".enforcer/skills/notes").rename(project / ".enforcer/skills/moved")
    assert build("validate", ".enforcer/skills/moved/SKILL.md", ".enforcer/skills/other") == 1
    assert capsys.readouterr().out == (
        ".enforcer/skills/moved/SKILL.md: 'name' is notes but the folder is moved; they must be the same\n"
        "2 skills checked, 1 problem found\n"
    )


def test_validate_answers_in_json(capsys: Capture) -> None:
    build("new", "notes")
    capsys.readouterr()
    assert build("validate", "--json", ".enforcer/skills/notes") == 0
    assert json.loads(capsys.readouterr().out) == {"checked": [".enforcer/skills/notes"], "findings": []}


def test_a_folder_without_a_skill_is_a_finding(project: Path, capsys: Capture) -> None:
    (project / "empty").mkdir()
    assert build("validate", "empty") == 1
    assert "there is no SKILL.md in this folder" in capsys.readouterr().out
