"""One skill as it is understood: names, lanes, functions, switches, and what is only warned about."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enforcer.core.lanes import Lane
from enforcer.skills.frontmatter import Unreadable
from enforcer.skills.parse import Broken, Level, Skill, load


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "notes"
    folder.mkdir()
    return folder


def write(folder: Path, text: str) -> Path:
    path = folder / "SKILL.md"
    path.write_text(text, encoding="utf-8")
    return path


def skill(folder: Path, front: str, body: str = "Do it.") -> Skill:
    loaded = load(write(folder, f"---\n{front}\n---\n\n{body}\n"), Level.PROJECT)
    assert isinstance(loaded, Skill)
    return loaded


@settings(deadline=None)
@given(front=st.binary(max_size=200))
def test_no_bytes_make_loading_raise(tmp_path_factory: pytest.TempPathFactory, front: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "SKILL.md"
    path.write_bytes(b"---\ndescription: d\n" + front + b"\n---\nbody")
    assert isinstance(load(path, Level.USER), Skill | Broken)


def test_a_plain_skill_is_understood(folder: Path) -> None:
    assert skill(folder, "name: notes\ndescription: Takes notes.") == Skill(
        "notes", "Takes notes.", folder / "SKILL.md", Level.PROJECT
    )


def test_the_body_is_read_when_it_is_asked_for(folder: Path) -> None:
    notes = skill(folder, "name: notes\ndescription: d", "old")
    write(folder, "---\nname: notes\n---\nnew\n")
    assert notes.body == "new"
    (folder / "SKILL.md").unlink()
    with pytest.raises(Unreadable):
        _ = notes.body


@pytest.mark.parametrize(
    ("front", "lane"),
    [
        pytest.param("lane: creative", Lane.CREATIVE, id="top-level lane"),
        pytest.param("lanes: analytical", Lane.ANALYTICAL, id="top-level lanes"),
        pytest.param("metadata:\n  enforcer-lane: Analytical", Lane.ANALYTICAL, id="metadata"),
        pytest.param("lane: creative\nmetadata:\n  enforcer-lane: none", "none", id="metadata beats top level"),
        pytest.param("license: MIT", None, id="not declared"),
    ],
)
def test_the_lane_is_found_where_skills_declare_it(folder: Path, front: str, lane: object) -> None:
    assert skill(folder, f"name: notes\ndescription: d\n{front}").lane == lane


@pytest.mark.parametrize(
    "front",
    [
        pytest.param("metadata:\n  enforcer-functions: draft=creative, check=analytical", id="metadata"),
        pytest.param("lanes: draft=creative,check=analytical", id="lanes as a line"),
        pytest.param("lanes:\n  draft: creative\n  check: analytical", id="lanes as a mapping"),
    ],
)
def test_functions_have_lanes_of_their_own(folder: Path, front: str) -> None:
    notes = skill(folder, f"name: notes\ndescription: d\n{front}")
    assert notes.functions == {"draft": Lane.CREATIVE, "check": Lane.ANALYTICAL}
    assert notes.lane is None


def test_the_long_form_beats_the_metadata(folder: Path) -> None:
    (folder / "enforcer.yaml").write_text("lane: analytical\nfunctions:\n  draft: none\n", encoding="utf-8")
    notes = skill(
        folder,
        "name: notes\ndescription: d\nmetadata:\n  enforcer-lane: creative\n  enforcer-functions: draft=creative",
    )
    assert (notes.lane, notes.functions) == (Lane.ANALYTICAL, {"draft": "none"})


def test_a_broken_long_form_costs_a_warning_not_the_skill(folder: Path) -> None:
    (folder / "enforcer.yaml").write_text("lane: a: b", encoding="utf-8")
    notes = skill(folder, "name: notes\ndescription: d\nmetadata:\n  enforcer-lane: creative")
    assert notes.lane is Lane.CREATIVE
    assert notes.warnings == (
        "enforcer.yaml is left out: it is not YAML (line 1: mapping values are not allowed in this context)",
    )


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        pytest.param("Read Bash(git log *)  Edit", ("Read", "Bash(git log *)", "Edit"), id="blanks"),
        pytest.param("Read, Bash(git a, git b)", ("Read", "Bash(git a, git b)"), id="commas"),
        pytest.param("[Read, Edit]", ("Read", "Edit"), id="a list"),
    ],
)
def test_allowed_tools_are_permission_rules(folder: Path, text: str, rules: tuple[str, ...]) -> None:
    assert skill(folder, f"name: notes\ndescription: d\nallowed-tools: {text}").allowed_tools == rules


@pytest.mark.parametrize("yes", ["true", "yes", "on", "1"])
@pytest.mark.parametrize("no", ["false", "no", "off", "0"])
def test_switches_take_the_words_people_write(folder: Path, yes: str, no: str) -> None:
    notes = skill(
        folder, f"name: notes\ndescription: d\ndisable-model-invocation: {yes}\nuser-invocable: {no}\nmodel: whatever"
    )
    assert (notes.for_model, notes.for_person, notes.warnings) == (False, False, ())


@pytest.mark.parametrize(
    ("front", "warning"),
    [
        pytest.param("name: other", "its name other differs from its folder notes", id="another folder"),
        pytest.param("license: MIT", "it has no name; the folder's name notes is used", id="no name"),
        pytest.param(
            "name: notes\nuser-invocable: maybe",
            "SKILL.md: 'user-invocable' has the wrong type and is left out",
            id="type",
        ),
        pytest.param(
            "name: notes\nlane: sideways", "the lane 'sideways' is none of creative, analytical, none", id="lane"
        ),
        pytest.param(
            "name: notes\nlanes: draft=up",
            "the lane of function draft is none of creative, analytical, none",
            id="function",
        ),
    ],
)
def test_what_is_odd_is_warned_about_and_the_skill_still_loads(folder: Path, front: str, warning: str) -> None:
    assert skill(folder, f"description: d\n{front}").warnings == (warning,)


@pytest.mark.parametrize("name", ["My Notes", "notes--a", "-notes", "../../notes", "n" * 65])
def test_a_name_outside_the_format_is_kept_with_a_warning(folder: Path, name: str) -> None:
    notes = skill(folder, f"name: {name}\ndescription: d")
    assert notes.name == name
    assert notes.warnings[-1] == (
        f"the name {name} is not made of lower-case letters, digits and single hyphens (at most 64)"
    )


def test_control_characters_never_leave_the_file(folder: Path) -> None:
    notes = skill(folder, 'name: notes\ndescription: "a\\e[2Jb\\nc\\u202ed"')
    assert notes.description == "a[2Jb cd"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param("", "it is empty", id="CONF-008 0 bytes"),
        pytest.param(
            "---\nname: notes\n---\nx", "it has no description, so nobody would know when to use it", id="none"
        ),
        pytest.param(
            "---\nname: notes\ndescription: '  '\n---\nx",
            "it has no description, so nobody would know when to use it",
            id="blank",
        ),
    ],
)
def test_a_skill_that_cannot_be_used_is_broken_with_the_reason(folder: Path, text: str, reason: str) -> None:
    path = write(folder, text)
    assert load(path, Level.USER) == Broken("notes", path, Level.USER, reason)
