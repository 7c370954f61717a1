from __future__ import annotations

import base64
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from enforcer.core.errors import ToolError
from tests.unit.tools.conftest import Hand

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def test_lines_are_numbered(hand: Hand, project: Path) -> None:
    (project / "a").write_text("one\n\n  three\n")
    assert hand("Read", file_path="a").content == "     1\tone\n     2\t\n     3\t  three"


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        pytest.param(b"a\nb", "     1\ta\n     2\tb", id="no newline at the end"),
        pytest.param(b"a\r\nb\r\n", "     1\ta\n     2\tb", id="CRLF"),
        pytest.param(b"\xef\xbb\xbfa\n", "     1\ta", id="byte order mark"),
        pytest.param(b"", "(the file is empty)", id="empty"),
        pytest.param(b"\n", "     1\t", id="one empty line"),
        pytest.param("a\u2028b\x0bc\n".encode(), "     1\ta\u2028b\x0bc", id="only \\n ends a line"),
        pytest.param(
            b"caf\xe9\n", "     1\tcaf�\n(not valid UTF-8: shown with �, Edit refuses it)", id="EDIT-004 latin-1"
        ),
        pytest.param("a � b\n".encode(), "     1\ta � b", id="a replacement character that is really there"),
    ],
)
def test_files_of_all_forms_are_shown(hand: Hand, project: Path, data: bytes, shown: str) -> None:
    (project / "a").write_bytes(data)
    assert hand("Read", file_path="a").content == shown


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        pytest.param(
            {"offset": 3, "limit": 2}, "     3\t3\n     4\t4\n(lines 3-4 of 9; go on with offset 5)", id="middle"
        ),
        pytest.param({"offset": 8}, "     8\t8\n     9\t9", id="to the end"),
        pytest.param({"limit": 9}, "\n".join(f"     {n}\t{n}" for n in range(1, 10)), id="exactly all"),
        pytest.param({"limit": 1}, "     1\t1\n(lines 1-1 of 9; go on with offset 2)", id="the first"),
    ],
)
def test_a_part_of_a_file_is_shown(hand: Hand, project: Path, given: dict[str, int], shown: str) -> None:
    (project / "a").write_text("".join(f"{n}\n" for n in range(1, 10)))
    assert hand("Read", file_path="a", **given).content == shown


def test_an_offset_behind_the_end_is_said(hand: Hand, project: Path) -> None:
    (project / "a").write_text("1\n2\n")
    with pytest.raises(ToolError) as error:
        hand("Read", file_path="a", offset=5)
    assert str(error.value) == f"{project}/a has 2 lines; offset 5 is behind its end"


def test_two_thousand_lines_are_shown_at_once(hand: Hand, project: Path) -> None:
    (project / "a").write_text("x\n" * 2500)
    lines = hand("Read", file_path="a").content.splitlines()
    assert lines[-2:] == ["  2000\tx", "(lines 1-2000 of 2500; go on with offset 2001)"]


def test_a_long_line_is_cut(hand: Hand, project: Path) -> None:
    (project / "a").write_text("x" * 300_000 + "\nshort\n")
    first, second = hand("Read", file_path="a").content.splitlines()
    assert first == f"     1\t{'x' * 2000} (line cut: 300,001 bytes)"
    assert second == "     2\tshort"


def test_a_page_is_never_larger_than_a_message_should_be(hand: Hand, project: Path) -> None:
    (project / "a").write_text(f"{'y' * 1990}\n" * 2000)
    content = hand("Read", file_path="a").content
    assert len(content) < 105_000
    assert content.endswith("of 2000; go on with offset 52)")


def test_reading_a_part_is_enough_to_edit(hand: Hand, project: Path) -> None:
    (project / "a").write_text("1\n2\n3\n")
    hand("Read", file_path="a", limit=1)
    hand("Edit", file_path="a", old_string="3", new_string="three")
    assert (project / "a").read_text() == "1\n2\nthree\n"


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        pytest.param("a.png", PNG, "image/png", id="png"),
        pytest.param("b.txt", b"GIF89a\0", "image/gif", id="gif by its content"),
        pytest.param("c", b"\xff\xd8\xff\xe0\0", "image/jpeg", id="jpeg"),
        pytest.param("d", b"RIFF\x10\0\0\0WEBPVP8 ", "image/webp", id="webp"),
    ],
)
def test_an_image_is_shown_as_one(hand: Hand, project: Path, name: str, data: bytes, kind: str) -> None:
    (project / name).write_bytes(data)
    output = hand("Read", file_path=name)
    (image,) = output.images
    assert (image.media_type, base64.b64decode(image.data)) == (kind, data)
    assert output.content == f"{project}/{name}: {kind}, {len(data)} bytes, shown to you as an image"


def test_an_image_that_is_too_large_is_refused(hand: Hand, project: Path) -> None:
    (project / "a.png").write_bytes(PNG + b"\0" * 3_750_000)
    with pytest.raises(ToolError, match="images above 3,750,000 cannot be shown, make it smaller first"):
        hand("Read", file_path="a.png")


def test_an_image_no_model_takes_says_what_to_make_of_it(hand: Hand, project: Path) -> None:
    (project / "a.heic").write_bytes(b"\0\0\0\x18ftypheic" + bytes(64))
    message = f"{project}/a.heic is HEIC, which models do not take; make a PNG or JPEG of it first"
    with pytest.raises(ToolError) as refused:
        hand("Read", file_path="a.heic")
    assert str(refused.value) == message


def test_a_drawing_in_svg_is_read_as_the_text_it_is(hand: Hand, project: Path) -> None:
    (project / "a.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"/>\n')
    assert hand("Read", file_path="a.svg").content == '     1\t<svg xmlns="http://www.w3.org/2000/svg"/>'


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        pytest.param(b"%PDF-1.7 text only", "PDF", id="pdf"),
        pytest.param(b"\x7fELF\0\0", "ELF program", id="elf"),
        pytest.param(b"text\0more", "unknown type", id="EDIT-005"),
        pytest.param("hi".encode("utf-16"), "UTF-16 text", id="utf-16"),
    ],
)
def test_a_binary_file_is_told_by_type_and_size(hand: Hand, project: Path, data: bytes, kind: str) -> None:
    (project / "a").write_bytes(data)
    assert hand("Read", file_path="a").content == (
        f"{project}/a is binary ({kind}, {len(data)} bytes); its content is not shown"
    )


def test_a_denied_file_is_not_read_whatever_way_leads_to_it(make_hand: Callable[..., Hand], project: Path) -> None:
    (project / "secrets").mkdir()
    (project / "secrets" / "key.pem").write_text("k")
    (project / "link").symlink_to("secrets/key.pem")
    hand = make_hand(denied_read=lambda path: path.parent.name == "secrets")
    for path in ("docs/../secrets/key.pem", "link", "secrets//key.pem"):
        with pytest.raises(ToolError, match="a rule denies reading"):
            hand("Read", file_path=path)


def test_path_012_a_pipe_is_refused_without_waiting(hand: Hand, project: Path) -> None:
    os.mkfifo(project / "p")
    with pytest.raises(ToolError, match="is a named pipe"):
        hand("Read", file_path="p")


def test_path_013_an_endless_device_is_refused(hand: Hand) -> None:
    with pytest.raises(ToolError, match="is a device"):
        hand("Read", file_path="/dev/zero")


def test_edit_014_a_log_of_40_mb_is_paged_in_little_memory(project: Path) -> None:
    with (project / "log").open("wb") as log:
        for _ in range(40):
            log.write(b"x" * 999_999 + b"\n")
    body = """
        import resource, sys
        from pathlib import Path
        from threading import Event
        from enforcer.tools.read import page_of
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        page = page_of(Path(sys.argv[1]), 20, 5, Event())
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        print(page.output.content.splitlines()[-1], grown < 20_000_000 // (1 if sys.platform == "darwin" else 1024))
    """
    done = subprocess.run(
        [sys.executable, "-c", dedent(body), str(project / "log")], capture_output=True, text=True, check=True
    )
    assert done.stdout == "(lines 20-24 of 40; go on with offset 25) True\n"


def test_a_file_too_large_to_be_edited_is_still_paged(hand: Hand, project: Path) -> None:
    (project / "log").write_bytes(b"0123456789abcde\n" * 4_100_000)
    assert hand("Read", file_path="log", offset=2, limit=1).content.splitlines() == [
        "     2\t0123456789abcde",
        "(lines 2-2; go on with offset 3)",
        "(too large for Edit and Write)",
    ]


@pytest.mark.parametrize(
    ("given", "summary"),
    [
        pytest.param({}, "Read src/a.py", id="whole"),
        pytest.param({"offset": 10, "limit": 31}, "Read src/a.py:10-40", id="part"),
        pytest.param({"offset": 10}, "Read src/a.py:10-", id="to the end"),
    ],
)
def test_the_summary_names_the_file_and_the_lines(
    hand: Hand, project: Path, given: dict[str, int], summary: str
) -> None:
    tool = hand.toolbox.tools["Read"]
    assert tool.summary(tool.params(file_path=f"{project}/src/a.py", **given), project) == summary
