"""Where the command was started, and what was piped into it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from enforcer.core.errors import UsageError


def working_folder() -> Path:
    """Raises: UsageError when it was deleted or cannot be read."""
    try:
        cwd = Path.cwd()
    except FileNotFoundError:
        raise UsageError("the folder you are in no longer exists; change to another one") from None
    if not os.access(cwd, os.R_OK | os.X_OK):
        raise UsageError(f"the folder {cwd} cannot be read; change to another one")
    return cwd


def project_folder(below: Path | None = None) -> Path:
    """The nearest folder upwards that is a repository or has rules and skills of ours, else where it began.

    It begins in the current folder; `below` begins there where that is not inside of it.
    """
    here = working_folder()
    if below is not None and not below.resolve().is_relative_to(here.resolve()):
        here = below.resolve()
    return next((at for at in (here, *here.parents) if (at / ".git").exists() or (at / ".enforcer").is_dir()), here)


def piped_input() -> str:
    """What was piped in, or "" when stdin is a terminal or closed."""
    if sys.stdin is None or sys.stdin.closed or sys.stdin.isatty():
        return ""
    return sys.stdin.buffer.read().decode("utf-8", errors="replace")
