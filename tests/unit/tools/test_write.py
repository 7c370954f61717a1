from __future__ import annotations

from pathlib import Path

import pytest

from enforcer.core.errors import ToolError
from tests.unit.tools.conftest import Hand


def test_a_new_file_is_made_with_its_folders(hand: Hand, project: Path) -> None:
    output = hand("Write", file_path="src/deep/a.py", content="a\nb\n")
    assert output.content == f"Created {project}/src/deep/a.py (2 lines)"
    assert (output.added, output.removed, output.display) == (2, 0, "@@ -0,0 +1,2 @@\n+a\n+b")
    assert (project / "src/deep/a.py").read_text() == "a\nb\n"


def test_an_existing_file_must_have_been_read(hand: Hand, project: Path) -> None:
    (project / "a").write_text("old\n")
    with pytest.raises(ToolError, match="Read it first"):
        hand("Write", file_path="a", content="new\n")
    hand("Read", file_path="a")
    assert hand("Write", file_path="a", content="new\n").content == f"Wrote {project}/a (+1 -1 lines)"
    assert (project / "a").read_text() == "new\n"


def test_a_file_with_crlf_and_a_byte_order_mark_keeps_both(hand: Hand, project: Path) -> None:
    (project / "a").write_bytes(b"\xef\xbb\xbfold\r\n")
    hand("Read", file_path="a")
    hand("Write", file_path="a", content="new\nlines\n")
    assert (project / "a").read_bytes() == b"\xef\xbb\xbfnew\r\nlines\r\n"


def test_a_binary_file_that_was_read_may_be_exchanged(hand: Hand, project: Path) -> None:
    (project / "a").write_bytes(b"\0\1\2")
    hand("Read", file_path="a")
    hand("Write", file_path="a", content="text\n")
    assert (project / "a").read_bytes() == b"text\n"


def test_no_newline_is_added_at_the_end(hand: Hand, project: Path) -> None:
    hand("Write", file_path="a", content="no end")
    assert (project / "a").read_bytes() == b"no end"


def test_a_folder_cannot_be_written(hand: Hand, project: Path) -> None:
    (project / "sub").mkdir()
    with pytest.raises(ToolError):
        hand("Write", file_path="sub", content="x")
    assert (project / "sub").is_dir()


def test_a_hard_link_is_noted_for_the_model(hand: Hand, project: Path) -> None:
    (project / "a").write_text("old\n")
    (project / "b").hardlink_to(project / "a")
    hand("Read", file_path="a")
    output = hand("Write", file_path="a", content="new\n")
    assert output.content.endswith("\nNote: other hard links to it keep the old content")


def test_what_was_written_is_in_the_ledger(hand: Hand, project: Path) -> None:
    hand("Write", file_path="a", content="1\n2\n")
    hand("Edit", file_path="a", old_string="2", new_string="two\nthree")
    (change,) = hand.context.files.changes()
    assert (change.path, change.added, change.removed) == (str(project / "a"), 4, 1)
