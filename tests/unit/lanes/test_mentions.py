"""What a prompt points at: files in front of it, images behind it, and nothing that was not meant."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable
from pathlib import Path

import pytest

from enforcer.core.errors import UsageError
from enforcer.core.verdict import Ruling
from enforcer.lanes.mentions import Attached, Mentions
from tests.fakes import Bench

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def bench(tmp_path: Path, home: Path) -> Bench:
    root = tmp_path / "project"
    root.mkdir()
    (root / "app.py").write_text("x = 1\n")
    (root / "my notes.md").write_text("hello\n")
    (root / "dot.png").write_bytes(PNG)
    return Bench(root.resolve(), home)


Look = Callable[..., Attached]


@pytest.fixture
def look(bench: Bench, tmp_path: Path) -> Look:
    def look(text: str, ruling: Ruling = Ruling.ALLOW) -> Attached:
        mentions = Mentions(bench.context(), tmp_path / "pasted", lambda path: ruling, bench.emit)
        return asyncio.run(mentions(text))

    return look


def block(path: Path, content: str) -> str:
    return f'<file path="{path}">\n{content}\n</file>'


@pytest.mark.parametrize(
    "text",
    ["explain @app.py", "@app.py: why?", "what is wrong (@app.py)?", "see @./app.py.", 'see @"app.py", please'],
    ids=["at the end", "at the start", "in brackets", "before a full stop", "in quotes"],
)
def test_a_mentioned_file_is_put_in_front(look: Look, bench: Bench, text: str) -> None:
    assert look(text) == Attached((block(bench.root / "app.py", "     1\tx = 1"),))


def test_a_name_with_a_space_needs_quotes(look: Look, bench: Bench) -> None:
    assert look("read @my notes.md") == Attached()
    assert look('read @"my notes.md"').blocks == (block(bench.root / "my notes.md", "     1\thello"),)


def test_a_mentioned_image_is_shown(look: Look) -> None:
    (image,) = look("what is on @dot.png?").images
    assert (image.media_type, base64.b64decode(image.data)) == ("image/png", PNG)


def test_a_file_that_is_named_twice_is_put_in_once(look: Look) -> None:
    assert len(look("@app.py and @./app.py").blocks) == 1


@pytest.mark.parametrize(
    "text",
    ["write to ann@app.py", "@creative write a poem", "the @decorator", "@nowhere.txt", "@.", "an @ alone", "@a\0b"],
)
def test_what_is_no_file_is_left_alone(look: Look, bench: Bench, text: str) -> None:
    assert look(text) == Attached()
    assert bench.notices == []


@pytest.mark.parametrize(
    ("ruling", "notice"),
    [
        (Ruling.DENY, "app.py was not put in: a rule denies reading it"),
        (Ruling.ASK, "app.py was not put in: the model has to ask you before it reads it there"),
    ],
)
def test_what_the_model_may_not_read_is_not_put_in(look: Look, bench: Bench, ruling: Ruling, notice: str) -> None:
    assert look("@app.py", ruling) == Attached()
    assert bench.notices == [notice]


def test_a_rule_holds_for_a_path_as_it_was_written(bench: Bench, tmp_path: Path) -> None:
    (bench.root / "secrets").symlink_to(bench.root)
    denied = bench.root / "secrets" / "app.py"
    rulings = {denied: Ruling.DENY, bench.root / "app.py": Ruling.ALLOW}
    mentions = Mentions(bench.context(), tmp_path, rulings.__getitem__, bench.emit)
    assert asyncio.run(mentions("@secrets/app.py")) == Attached()


def test_an_image_that_cannot_be_sent_stops_the_prompt(look: Look, bench: Bench) -> None:
    (bench.root / "shot.heic").write_bytes(b"\0\0\0\x18ftypheic")
    with pytest.raises(UsageError) as refused:
        look("what is on @shot.heic")
    assert str(refused.value) == (
        f"{bench.root}/shot.heic is HEIC, which models do not take; make a PNG or JPEG of it first"
    )


@pytest.mark.parametrize("written", ["{path}", "'{path}'", '"{path}"', "look at {path} please", "file://{path}"])
def test_a_dropped_image_is_shown_wherever_it_lies(look: Look, tmp_path: Path, written: str) -> None:
    (tmp_path / "shot.png").write_bytes(PNG)
    assert len(look(written.format(path=tmp_path / "shot.png"), Ruling.ASK).images) == 1


def test_a_dropped_image_with_blanks_in_its_name_comes_as_terminals_escape_it(look: Look, tmp_path: Path) -> None:
    (tmp_path / "Screen Shot (1).png").write_bytes(PNG)
    assert len(look(f"{tmp_path}/Screen\\ Shot\\ \\(1\\).png ").images) == 1


def test_other_files_are_not_taken_by_their_bare_path(look: Look, bench: Bench) -> None:
    assert look(f"run {bench.root}/app.py") == Attached()


def test_a_rule_against_reading_holds_for_a_dropped_image(look: Look, bench: Bench) -> None:
    assert look(f"{bench.root}/dot.png", Ruling.DENY) == Attached()
    assert bench.notices == ["dot.png was not put in: a rule denies reading it"]


def test_a_dropped_image_may_lie_behind_a_link(look: Look, tmp_path: Path) -> None:
    (tmp_path / "shot.png").write_bytes(PNG)
    (tmp_path / "tmp").symlink_to(tmp_path)
    assert len(look(f"{tmp_path}/tmp/shot.png", Ruling.ASK).images) == 1


def test_a_dropped_name_of_an_image_brings_in_no_text(look: Look, bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "shot.png").symlink_to(bench.root / "app.py")
    assert look(f"what is on {tmp_path}/shot.png", Ruling.ASK) == Attached()
    assert bench.notices == [f"{tmp_path}/shot.png was not put in: it is not an image"]


def test_a_path_that_no_file_system_can_hold_is_left_alone(look: Look) -> None:
    assert look(f"/{'a' * 300}.png and @{'a' * 300}") == Attached()


def test_a_pasted_image_is_found_by_its_name(look: Look, tmp_path: Path) -> None:
    (tmp_path / "pasted").mkdir()
    (tmp_path / "pasted" / "pasted-1.png").write_bytes(PNG)
    assert len(look("what is on @pasted-1.png ?", Ruling.ASK).images) == 1


def test_files_that_are_too_long_together_are_told(look: Look, bench: Bench) -> None:
    for name in ("a", "b", "c"):
        (bench.root / name).write_text("x" * 1999 + "\n" + ("y" * 1900 + "\n") * 50)
    assert len(look("@a @b @c").blocks) == 2
    assert bench.notices == ["c was not put in: the files of this prompt are too long together"]


def test_a_file_that_was_put_in_counts_as_read(bench: Bench, tmp_path: Path) -> None:
    context = bench.context()
    mentions = Mentions(context, tmp_path, lambda path: Ruling.ALLOW, bench.emit)
    asyncio.run(mentions("@app.py"))
    assert context.files.check_unchanged(bench.root / "app.py") == b"x = 1\n"
