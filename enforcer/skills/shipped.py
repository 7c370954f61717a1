"""Where the data lies that comes with Enforcer: inside the installed package, else in the checkout."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

_PACKAGE = Path(__file__).resolve().parent.parent


def shipped(kind: Literal["skills", "hooks"]) -> Path:
    """The folder of the shipped skills or hook scripts."""
    installed = _PACKAGE / "_shipped" / kind
    return installed if installed.is_dir() else _PACKAGE.parent / kind
