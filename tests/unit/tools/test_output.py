from __future__ import annotations

import re
import stat
from pathlib import Path

import pytest

from enforcer.tools.output import Capture, capped


def test_short_text_stays_as_it_is_and_makes_no_file(tmp_path: Path) -> None:
    assert capped("hello", tmp_path / "outputs") == "hello"
    assert not (tmp_path / "outputs").exists()


def test_long_text_keeps_head_and_tail_and_says_where_the_whole_is(tmp_path: Path) -> None:
    shown = capped("a" * 60 + "b" * 60, tmp_path / "outputs", limit=100)
    found = re.fullmatch(
        r"a{50}\n\[\.\.\. 20 of 120 bytes left out; the full text is in (\S+), Read or Grep it \.\.\.\]\nb{50}", shown
    )
    assert found is not None
    assert Path(found[1]).read_text() == "a" * 60 + "b" * 60


def test_the_full_text_is_private(tmp_path: Path) -> None:
    capped("x" * 200, tmp_path / "outputs", limit=100)
    (file,) = (tmp_path / "outputs").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "outputs").stat().st_mode) == 0o700


def test_secr_008_the_name_of_the_file_cannot_be_guessed(tmp_path: Path) -> None:
    capped("x" * 200, tmp_path, limit=100)
    capped("x" * 200, tmp_path, limit=100)
    one, other = sorted(path.name for path in tmp_path.iterdir())
    assert re.fullmatch(r"output-[a-z0-9_]{8}\.txt", one)
    assert one != other


def test_characters_of_several_bytes_are_not_cut_in_two(tmp_path: Path) -> None:
    shown = capped("é🎈" * 500, tmp_path, limit=100)
    head, _, tail = shown.splitlines()
    assert (head, tail) == ("é🎈" * 25, "é🎈" * 25)


def test_term_010_five_megabytes_without_a_newline_are_small_for_the_model(tmp_path: Path) -> None:
    shown = capped("x" * 5_000_000, tmp_path)
    (file,) = tmp_path.iterdir()
    assert len(shown) < 31_000
    assert str(file) in shown
    assert file.stat().st_size == 5_000_000


def test_crash_013_only_the_first_bytes_are_kept_on_disk_and_the_notice_says_so(tmp_path: Path) -> None:
    capture = Capture(tmp_path, limit=100, disk_limit=300_000)
    for _ in range(100):
        capture.write(b"x" * 10_000)
    capture.write(b"the end")
    shown = capture.take()
    (file,) = tmp_path.iterdir()
    assert file.stat().st_size == 300_000
    assert f"; the first 300,000 bytes are in {file}, Read or Grep it ...]" in shown
    assert shown.endswith("the end")
    assert capture.total == 1_000_007


def test_a_second_look_shows_only_what_is_new(tmp_path: Path) -> None:
    capture = Capture(tmp_path)
    capture.write(b"one\n")
    assert capture.take() == "one\n"
    assert capture.take() == ""
    capture.write(b"two\n")
    assert capture.take() == "two\n"


def test_the_file_has_everything_even_when_parts_were_shown_before(tmp_path: Path) -> None:
    capture = Capture(tmp_path, limit=100)
    capture.write(b"early\n")
    capture.take()
    capture.write(b"x" * 200)
    capture.take()
    (file,) = tmp_path.iterdir()
    assert file.read_bytes() == b"early\n" + b"x" * 200


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    shown = capped("x" * 200, tmp_path / "file" / "outputs", limit=100)
    assert "the full text could not be kept: Not a directory" in shown


@pytest.mark.parametrize("length", [100, 101])
def test_the_limit_itself_is_still_whole(tmp_path: Path, length: int) -> None:
    assert ("left out" in capped("x" * length, tmp_path, limit=100)) is (length == 101)


def test_bytes_that_are_no_text_are_shown_with_marks(tmp_path: Path) -> None:
    capture = Capture(tmp_path)
    capture.write(b"caf\xe9")
    assert capture.take() == "caf�"


def test_secr_008_a_link_planted_in_the_place_of_the_file_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "victim").write_text("mine")
    capture = Capture(tmp_path / "outputs", limit=100)
    capture.write(b"x" * 300_000)
    assert capture.path is not None
    capture.path.unlink()
    capture.path.symlink_to(tmp_path / "victim")
    capture.write(b"evil")
    assert (tmp_path / "victim").read_text() == "mine"
    assert "the first 300,000 bytes are in" in capture.take()
