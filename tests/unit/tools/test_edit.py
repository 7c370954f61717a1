from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from enforcer.core.errors import ToolError
from tests.unit.tools.conftest import Hand


def test_an_edit_shows_the_lines_around_it_and_the_diff(hand: Hand, project: Path) -> None:
    path = project / "a.py"
    path.write_text("".join(f"line {number}\n" for number in range(1, 10)))
    hand("Read", file_path=str(path))
    output = hand("Edit", file_path=str(path), old_string="line 5", new_string="line five\nand more")
    assert output.content == (
        f"Edited {path}\n"
        "     2\tline 2\n     3\tline 3\n     4\tline 4\n     5\tline five\n     6\tand more\n"
        "     7\tline 6\n     8\tline 7\n     9\tline 8"
    )
    assert output.display.splitlines()[3:7] == [" line 4", "-line 5", "+line five", "+and more"]
    assert (output.path, output.added, output.removed) == (str(path), 2, 1)


def test_all_places_are_edited_on_request(hand: Hand, project: Path) -> None:
    (project / "a").write_text("x x\nx\n")
    hand("Read", file_path="a")
    output = hand("Edit", file_path="a", old_string="x", new_string="y", replace_all=True)
    assert output.content.startswith(f"Edited {project}/a in 3 places\n")
    assert (project / "a").read_text() == "y y\ny\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(b"a\r\nold\r\nc\r\n", b"a\r\nnew\r\nc\r\n", id="EDIT-002"),
        pytest.param(b"\xef\xbb\xbfold\n", b"\xef\xbb\xbfnew\n", id="EDIT-003"),
        pytest.param(b"a\nold", b"a\nnew", id="EDIT-011"),
    ],
)
def test_the_bytes_around_an_edit_stay(hand: Hand, project: Path, before: bytes, after: bytes) -> None:
    (project / "a").write_bytes(before)
    hand("Read", file_path="a")
    hand("Edit", file_path="a", old_string="old", new_string="new")
    assert (project / "a").read_bytes() == after


@pytest.mark.parametrize(
    ("data", "said"),
    [
        pytest.param(b"caf\xe9 old\n", "is not UTF-8", id="EDIT-004"),
        pytest.param(b"\x89PNG\r\n\x1a\n\0old", "is binary", id="EDIT-005"),
        pytest.param(b"old old\n", "old_string occurs 2 times (lines 1, 1)", id="EDIT-008"),
    ],
)
def test_a_refused_edit_leaves_the_file(hand: Hand, project: Path, data: bytes, said: str) -> None:
    (project / "a").write_bytes(data)
    hand("Read", file_path="a")
    with pytest.raises(ToolError) as error:
        hand("Edit", file_path="a", old_string="old", new_string="new")
    assert said in str(error.value)
    assert (project / "a").read_bytes() == data


def test_edit_006_an_edit_after_another_program_wrote_is_refused(hand: Hand, project: Path) -> None:
    (project / "a").write_text("old\n")
    hand("Read", file_path="a")
    (project / "a").write_text("old and theirs\n")
    with pytest.raises(ToolError, match="changed since read: Read it again"):
        hand("Edit", file_path="a", old_string="old", new_string="new")
    assert (project / "a").read_text() == "old and theirs\n"


def test_conc_001_of_two_sessions_that_edit_one_file_neither_undoes_the_other(
    make_hand: Callable[..., Hand], project: Path
) -> None:
    first, second = make_hand(), make_hand()
    (project / "a").write_text("one\ntwo\n")
    for session in (first, second):
        session("Read", file_path="a")
    first("Edit", file_path="a", old_string="one", new_string="eins")
    with pytest.raises(ToolError, match="changed since read: Read it again"):
        second("Edit", file_path="a", old_string="two", new_string="zwei")
    second("Read", file_path="a")
    second("Edit", file_path="a", old_string="two", new_string="zwei")
    assert (project / "a").read_text() == "eins\nzwei\n"


def test_edit_007_an_edit_of_a_file_never_read_is_refused(hand: Hand, project: Path) -> None:
    (project / "a").write_text("old\n")
    with pytest.raises(ToolError, match="was not read in this session: Read it first"):
        hand("Edit", file_path="a", old_string="old", new_string="new")


def test_edit_012_an_edit_through_a_link_changes_its_target(hand: Hand, project: Path) -> None:
    (project / "real.txt").write_text("old\n")
    (project / "link.txt").symlink_to("real.txt")
    hand("Read", file_path="link.txt")
    hand("Edit", file_path="link.txt", old_string="old", new_string="new")
    assert (project / "link.txt").is_symlink()
    assert (project / "real.txt").read_text() == "new\n"


def test_edit_015_when_one_of_all_places_cannot_be_written_none_is(hand: Hand, project: Path) -> None:
    (project / "a").write_text("x\nx\nx\n")
    hand("Read", file_path="a")
    with pytest.raises(ToolError, match="half of a surrogate pair"):
        hand("Edit", file_path="a", old_string="x", new_string="\ud800", replace_all=True)
    assert (project / "a").read_text() == "x\nx\nx\n"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        pytest.param(
            "", "x", "old_string is empty; use Write for a new file, or give the passage to replace", id="empty"
        ),
        pytest.param("a", "a", "old_string and new_string are the same; there is nothing to change", id="the same"),
    ],
)
def test_an_edit_without_sense_is_refused(hand: Hand, project: Path, old: str, new: str, said: str) -> None:
    (project / "a").write_text("a\n")
    hand("Read", file_path="a")
    with pytest.raises(ToolError) as error:
        hand("Edit", file_path="a", old_string=old, new_string=new)
    assert str(error.value) == said


def test_an_edit_of_a_missing_file_brings_names(hand: Hand, project: Path) -> None:
    (project / "main.py").touch()
    with pytest.raises(ToolError, match=r"did you mean .*/main\.py\?"):
        hand("Edit", file_path="mian.py", old_string="a", new_string="b")


def test_two_edits_of_one_file_follow_each_other(hand: Hand, project: Path) -> None:
    (project / "a").write_text("one two\n")
    hand("Read", file_path="a")
    hand("Edit", file_path="a", old_string="one", new_string="1")
    hand("Edit", file_path="a", old_string="two", new_string="2")
    assert (project / "a").read_text() == "1 2\n"
