"""An image from the clipboard, by the program that this desktop has for it."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence

from enforcer.core.errors import UsageError

WAIT_S = 5.0
WAYLAND = ("wl-paste", "--no-newline", "--type", "image/png")
X11 = ("xclip", "-selection", "clipboard", "-target", "image/png", "-out")
MAC = (("pngpaste", "-"), ("osascript", "-e", "the clipboard as «class PNGf»"))
_HEX = re.compile(rb"\xc2\xabdata PNGf([0-9A-Fa-f]+)\xc2\xbb")  # how osascript writes bytes


def clipboard_image(env: Mapping[str, str], platform: str = sys.platform) -> bytes:
    """A PNG. Raises: UsageError, one sentence, when there is none or nothing that could give it."""
    commands, missing = _commands(env, platform)
    found = [command for command in commands if shutil.which(command[0], path=env.get("PATH"))]
    if not found:
        raise UsageError(f"no image can be pasted here: {missing}")
    for command in found:
        if data := _output(command, env):
            return data
    raise UsageError("the clipboard holds no image; a file is shown with @path/to/image.png")


def _commands(env: Mapping[str, str], platform: str) -> tuple[Sequence[Sequence[str]], str]:
    """What to try, and what to do when none of it is there."""
    if platform == "darwin":
        return MAC, "osascript is missing; mention a file with @path/to/image.png"
    if env.get("WAYLAND_DISPLAY"):
        return (WAYLAND, X11), "install wl-clipboard, or mention a file with @path/to/image.png"
    if env.get("DISPLAY"):
        return (X11,), "install xclip, or mention a file with @path/to/image.png"
    return (), "this terminal has no desktop; mention a file with @path/to/image.png"


def _output(command: Sequence[str], env: Mapping[str, str]) -> bytes:
    try:
        done = subprocess.run(
            command, env=dict(env), stdin=subprocess.DEVNULL, capture_output=True, timeout=WAIT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return b""
    if done.returncode:
        return b""
    written = _HEX.search(done.stdout)
    return bytes.fromhex(written[1].decode()) if written else done.stdout
