"""The strict reading: one line per thing that another client of the format would refuse."""

from __future__ import annotations

from pathlib import Path

import pytest

from enforcer.skills.shipped import shipped
from enforcer.skills.validate import Finding, name_problem, validate

GOOD = "name: notes\ndescription: Takes notes."


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "notes"
    folder.mkdir()
    return folder


def findings(folder: Path, text: str) -> list[str]:
    (folder / "SKILL.md").write_text(text, encoding="utf-8")
    return [finding.message for finding in validate(folder)]


def test_a_skill_that_uses_every_key_rightly_is_clean(folder: Path) -> None:
    front = (
        f"{GOOD}\nlicense: MIT\ncompatibility: Needs git.\nallowed-tools: Read Bash(git log *)\n"
        'metadata:\n  enforcer-lane: creative\n  enforcer-functions: "draft=creative,check=analytical"\n  other: x'
    )
    assert findings(folder, f"---\n{front}\n---\nbody\n") == []


def test_a_finding_names_the_file(folder: Path) -> None:
    assert [str(finding) for finding in validate(folder)] == [
        f"{folder / 'SKILL.md'}: there is no SKILL.md in this folder"
    ]


def test_the_lower_case_file_name_is_read(folder: Path) -> None:
    (folder / "skill.md").write_text(f"---\n{GOOD}\n---\nbody\n", encoding="utf-8")
    assert validate(folder) == ()


@pytest.mark.parametrize(
    ("front", "message"),
    [
        pytest.param("description: d", "'name' is missing", id="no name"),
        pytest.param(
            "name: other\ndescription: d", "'name' is other but the folder is notes; they must be the same", id="folder"
        ),
        pytest.param("name: notes", "'description' is missing", id="no description"),
        pytest.param("name: notes\ndescription: ''", "'description' is empty", id="empty description"),
        pytest.param(
            f"name: notes\ndescription: {'x' * 1025}",
            "'description' has 1025 characters; at most 1024 are allowed",
            id="long description",
        ),
        pytest.param(
            f"{GOOD}\ncompatibility: {'x' * 501}",
            "'compatibility' has 501 characters; at most 500 are allowed",
            id="long compatibility",
        ),
        pytest.param(
            f"{GOOD}\nlane: creative",
            "'lane' is no key of the format; "
            "allowed are name, description, license, compatibility, metadata, allowed-tools",
            id="a key of somebody's own",
        ),
        pytest.param(
            f"{GOOD}\nallowed-tools:\n  - Read", "'allowed-tools' must be one line of text", id="tools as a list"
        ),
        pytest.param(
            f"{GOOD}\nmetadata:\n  a:\n    b: c",
            "'metadata' must be keys with one line of text each",
            id="deep metadata",
        ),
        pytest.param(
            f"{GOOD}\nmetadata: x", "'metadata' must be keys with one line of text each", id="metadata as text"
        ),
        pytest.param(
            f"{GOOD}\nmetadata:\n  enforcer-lane: up",
            "'metadata: enforcer-lane' must be creative, analytical or none",
            id="lane",
        ),
        pytest.param(
            f"{GOOD}\nmetadata:\n  enforcer-functions: draft",
            "'metadata: enforcer-functions: draft' must be creative, analytical or none",
            id="function",
        ),
        pytest.param(f"{GOOD}\nlicense: MIT\nlicense: MIT", "line 5: 'license' is given twice", id="twice"),
        pytest.param(f"{GOOD}\nlicense: &a MIT", "line 4: anchors and aliases are not allowed", id="anchor"),
        pytest.param(f"{GOOD}\nlicense: !!str MIT", "line 4: tags are not allowed", id="tag"),
        pytest.param(
            f"{GOOD}\nmetadata: {{a: b}}",
            "line 4: lists and mappings in brackets are not allowed; use one line per entry",
            id="brackets",
        ),
    ],
)
def test_each_breach_of_the_format_is_named(folder: Path, front: str, message: str) -> None:
    assert findings(folder, f"---\n{front}\n---\nbody\n") == [message]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("", "it is empty", id="CONF-008 0 bytes"),
        pytest.param("# Notes", "it has no front matter; its first line must be ---", id="CONF-008 no front matter"),
        pytest.param(f"---\n{GOOD}\n---\n", "there is no text below the front matter", id="no body"),
    ],
)
def test_a_file_that_is_no_skill_is_one_finding(folder: Path, text: str, message: str) -> None:
    assert findings(folder, text) == [message]


def test_yaml_that_cannot_be_read_is_a_finding_with_its_place(folder: Path) -> None:
    assert findings(folder, "---\nname: notes\ndescription: Use when: it rains\n---\nbody\n") == [
        "the front matter is not YAML (line 3: mapping values are not allowed in this context)"
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("lane: up", "'lane' must be creative, analytical or none", id="lane"),
        pytest.param(
            "functions:\n  draft: up", "'functions: draft' must be creative, analytical or none", id="function"
        ),
        pytest.param("functions: draft", "'functions' must be names with a lane each", id="no mapping"),
        pytest.param("- a", "it is no list of keys and values", id="a list"),
        pytest.param(
            "lane: a: b", "it is not YAML (line 1: mapping values are not allowed in this context)", id="no YAML"
        ),
    ],
)
def test_the_long_form_is_checked_too(folder: Path, text: str, message: str) -> None:
    (folder / "SKILL.md").write_text(f"---\n{GOOD}\n---\nbody\n", encoding="utf-8")
    (folder / "enforcer.yaml").write_text(text, encoding="utf-8")
    assert validate(folder) == (Finding(folder / "enforcer.yaml", message),)


@pytest.mark.parametrize("name", ["a", "release-notes", "v2", "n" * 64])
def test_a_name_of_the_format_has_no_problem(name: str) -> None:
    assert name_problem(name) is None


RULE = "only lower-case letters, digits and single hyphens between them are allowed"


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        pytest.param("", "it is empty", id="empty"),
        pytest.param("../../x", RULE, id="CONF-010 ../../x"),
        pytest.param("a/b", RULE, id="CONF-010 a/b"),
        pytest.param("CON", RULE, id="CONF-010 CON"),
        pytest.param("con", "the name is reserved by Windows", id="CONF-010 con"),
        pytest.param("n" * 300, "it has 300 characters; at most 64 are allowed", id="CONF-010 300 characters"),
        pytest.param("-a", RULE, id="edge"),
        pytest.param("a--b", RULE, id="double hyphen"),
        pytest.param("a\n", RULE, id="line end"),
        pytest.param("ﬁle", RULE, id="ligature"),
        pytest.param("é", RULE, id="accent"),
    ],
)
def test_a_name_outside_the_format_has_one(name: str, problem: str) -> None:
    assert name_problem(name) == problem


def test_every_shipped_skill_is_clean() -> None:
    folders = sorted(path.parent for path in shipped("skills").glob("*/SKILL.md"))
    assert folders
    assert [finding for folder in folders for finding in validate(folder)] == []
