"""One value in `.enforcer/config.local.yaml`: what a person answered for this project on this machine."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from enforcer.config.edit import set_key
from enforcer.core.errors import UsageError

NAME = ".enforcer/config.local.yaml"


def set_local(root: Path, key: str, value: Any) -> Path:
    """Set a dotted key, e.g. `lanes.ask`; the rest of the file stays as it was written. The file's path.

    Raises: UsageError naming the file when it cannot be read or written; it is left as it was.
    """
    path = root / NAME
    stays_inside(root, path)
    set_key(path, key, value)
    not_committed(path)
    return path


def stays_inside(root: Path, path: Path) -> None:
    """Raises: UsageError when a link would have us write outside of the project."""
    for each, what in ((path.parent, "folder"), (path, "file")):
        if not Path(os.path.realpath(each)).is_relative_to(os.path.realpath(root)):
            raise UsageError(f"{each} leads out of the project; replace it by a {what}, then try again")


def not_committed(path: Path) -> None:
    """An answer of one person is nobody else's."""
    ignore = path.parent / ".gitignore"
    try:
        if not ignore.exists():
            ignore.write_text(f"{path.name}\n{ignore.name}\n", "utf-8")
    except OSError as error:
        raise UsageError(f"{ignore} cannot be written ({error.strerror}); add {path.name} to it") from error
