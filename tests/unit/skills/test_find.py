"""Where skills are found, who wins, and what of them reaches a system prompt."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from enforcer.skills.find import Root, find, listing, roots, skill_files
from enforcer.skills.parse import Level, Skill


def make(folder: Path, name: str, description: str = "d") -> Path:
    path = folder / name / "SKILL.md"
    path.parent.mkdir(parents=True)
    path.write_text(f"---\nname: {name}\ndescription: {description}\n---\nbody\n", encoding="utf-8")
    return path


def described(name: str, description: str, *, for_model: bool = True) -> Skill:
    return Skill(name, description, Path(f"/s/{name}/SKILL.md"), Level.USER, for_model=for_model)


def test_the_places_are_searched_in_order_of_precedence() -> None:
    assert roots(Path("/p"), Path("/h"), Path("/c"), Path("/shipped")) == (
        Root(Path("/p/.enforcer/skills"), Level.PROJECT),
        Root(Path("/p/.agents/skills"), Level.PROJECT),
        Root(Path("/p/.claude/skills"), Level.PROJECT),
        Root(Path("/c/skills"), Level.USER),
        Root(Path("/h/.agents/skills"), Level.USER),
        Root(Path("/h/.claude/skills"), Level.USER),
        Root(Path("/shipped"), Level.SHIPPED),
    )


def test_an_untrusted_project_has_no_place_in_the_search() -> None:
    assert {root.level for root in roots(None, Path("/h"), Path("/c"), None)} == {Level.USER}


def test_the_project_beats_the_user_and_the_shadowed_one_is_named(tmp_path: Path) -> None:
    """CONF-011"""
    ours = make(tmp_path / "project", "deploy", "ours")
    theirs = make(tmp_path / "user", "deploy", "theirs")
    found = find([Root(tmp_path / "project", Level.PROJECT), Root(tmp_path / "user", Level.USER)])
    assert [skill.path for skill in found.skills] == [ours]
    assert [(lost.skill.path, lost.by.path) for lost in found.shadowed] == [(theirs, ours)]


def test_a_broken_skill_stops_no_other(tmp_path: Path) -> None:
    make(tmp_path, "good")
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "SKILL.md").touch()
    found = find([Root(tmp_path, Level.USER)])
    assert [skill.name for skill in found.skills] == ["good"]
    assert [(bad.name, bad.reason) for bad in found.broken] == [("bad", "it is empty")]


def test_a_skill_is_got_by_its_name(tmp_path: Path) -> None:
    make(tmp_path, "b")
    make(tmp_path, "a")
    found = find([Root(tmp_path, Level.USER)])
    assert [skill.name for skill in found.skills] == ["a", "b"]
    assert found.get("b") is found.skills[1]
    assert found.get("c") is None


def test_groups_are_searched_three_deep_and_no_deeper(tmp_path: Path) -> None:
    make(tmp_path / "x" / "y", "third")
    make(tmp_path / "x" / "y" / "z", "fourth")
    assert [file.parent.name for file in skill_files(tmp_path)] == ["third"]


@pytest.mark.parametrize("inside", [".git", "node_modules", "outer"])
def test_some_folders_are_not_searched(tmp_path: Path, inside: str) -> None:
    make(tmp_path, "outer")
    make(tmp_path / inside, "hidden")
    assert [file.parent.name for file in skill_files(tmp_path)] == ["outer"]


def test_a_lower_case_file_name_is_found_too(tmp_path: Path) -> None:
    make(tmp_path, "notes").rename(tmp_path / "notes" / "skill.md")
    assert [skill.name for skill in find([Root(tmp_path, Level.USER)]).skills] == ["notes"]


def test_a_place_that_is_not_there_holds_no_skills(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert list(skill_files(tmp_path / "nowhere")) == []
    assert list(skill_files(tmp_path / "file")) == []


def test_a_link_back_to_the_top_ends_and_shadows_nothing(tmp_path: Path) -> None:
    """CONF-018"""
    make(tmp_path, "notes")
    (tmp_path / "loop").symlink_to(tmp_path)
    found = find([Root(tmp_path, Level.USER)])
    assert ([skill.name for skill in found.skills], found.shadowed) == (["notes"], ())


def test_one_folder_linked_into_two_places_is_one_skill(tmp_path: Path) -> None:
    make(tmp_path / "a", "notes")
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "notes").symlink_to(tmp_path / "a" / "notes")
    found = find([Root(tmp_path / "a", Level.PROJECT), Root(tmp_path / "b", Level.PROJECT)])
    assert (len(found.skills), found.shadowed) == (1, ())


def test_a_pipe_or_a_dead_link_is_broken_and_nobody_waits_for_it(tmp_path: Path) -> None:
    (tmp_path / "pipe").mkdir()
    os.mkfifo(tmp_path / "pipe" / "SKILL.md")
    (tmp_path / "dead").mkdir()
    (tmp_path / "dead" / "SKILL.md").symlink_to(tmp_path / "nowhere")
    found = find([Root(tmp_path, Level.USER)])
    assert [(bad.name, bad.reason) for bad in found.broken] == [
        ("dead", "it is not a regular file"),
        ("pipe", "it is not a regular file"),
    ]


def test_the_listing_names_each_skill_with_its_file() -> None:
    assert listing([described("b", "Second."), described("a", "First.")], 1_000) == (
        "Skills: read the file before you work on a task that one of these fits.\n"
        "- a (/s/a/SKILL.md): First.\n"
        "- b (/s/b/SKILL.md): Second."
    )


def test_no_skills_make_no_catalogue() -> None:
    assert listing([], 1_000) == ""
    assert listing([described("a", "First.", for_model=False)], 1_000) == ""


def test_short_descriptions_stay_whole_while_long_ones_are_cut() -> None:
    text = listing([described("a", "short"), described("b", "x" * 500)], 200)
    assert len(text) == 200
    assert "a (/s/a/SKILL.md): short\n" in text
    assert text.endswith("x…")


def test_names_outlive_descriptions_when_room_is_scarce() -> None:
    assert listing([described("a", "First."), described("b", "Second.")], 115) == (
        "Skills: read the file before you work on a task that one of these fits.\n"
        "- a (/s/a/SKILL.md)\n"
        "- b (/s/b/SKILL.md)"
    )


def test_a_listing_that_does_not_fit_ends_at_a_whole_line() -> None:
    assert listing([described("a", "First."), described("b", "Second.")], 100) == (
        "Skills: read the file before you work on a task that one of these fits.\n- a (/s/a/SKILL.md)"
    )
    assert listing([described("a", "First.")], 80) == ""


def test_one_endless_description_does_not_eat_the_budget() -> None:
    assert len(listing([described("a", "x" * 9_000)], 100_000)) < 1_700
