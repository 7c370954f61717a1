from __future__ import annotations

from pathlib import Path

import pytest

from enforcer.core.errors import UsageError
from enforcer.ui.clipboard import clipboard_image

EMPTY = "the clipboard holds no image; a file is shown with @path/to/image.png"


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    (tmp_path / "bin").mkdir()
    return tmp_path / "bin"


def program(folder: Path, name: str, script: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


@pytest.mark.parametrize(
    ("platform", "env", "name", "script"),
    [
        (
            "linux",
            {"WAYLAND_DISPLAY": "wayland-0"},
            "wl-paste",
            '[ "$*" = "--no-newline --type image/png" ] && printf PNG',
        ),
        ("linux", {"DISPLAY": ":0"}, "xclip", '[ "$*" = "-selection clipboard -target image/png -out" ] && printf PNG'),
        ("linux", {"WAYLAND_DISPLAY": "wayland-0", "DISPLAY": ":0"}, "xclip", "printf PNG"),
        ("darwin", {}, "pngpaste", '[ "$*" = "-" ] && printf PNG'),
        ("darwin", {}, "osascript", "printf '«data PNGf504E47»\\n'"),
    ],
    ids=["wayland", "x11", "x11 below wayland", "pngpaste", "osascript"],
)
def test_the_program_of_the_desktop_gives_the_image(
    programs: Path, platform: str, env: dict[str, str], name: str, script: str
) -> None:
    program(programs, name, script)
    assert clipboard_image({"PATH": str(programs), **env}, platform) == b"PNG"


@pytest.mark.parametrize(
    ("platform", "env", "script", "message"),
    [
        ("linux", {"DISPLAY": ":0"}, "exit 1", EMPTY),
        ("linux", {"DISPLAY": ":0"}, "", EMPTY),
        (
            "linux",
            {"WAYLAND_DISPLAY": "wayland-0"},
            None,
            "no image can be pasted here: install wl-clipboard, or mention a file with @path/to/image.png",
        ),
        (
            "linux",
            {"DISPLAY": ":0"},
            None,
            "no image can be pasted here: install xclip, or mention a file with @path/to/image.png",
        ),
        (
            "linux",
            {},
            None,
            "no image can be pasted here: this terminal has no desktop; mention a file with @path/to/image.png",
        ),
    ],
    ids=["text in it", "nothing in it", "no wl-clipboard", "no xclip", "no desktop"],
)
def test_without_an_image_one_sentence_says_what_to_do(
    programs: Path, platform: str, env: dict[str, str], script: str | None, message: str
) -> None:
    if script is not None:
        program(programs, "xclip", script)
    with pytest.raises(UsageError) as refused:
        clipboard_image({"PATH": str(programs), **env}, platform)
    assert str(refused.value) == message
