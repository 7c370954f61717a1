"""One value in `.enforcer/config.local.yaml`: what a person answered for this project on this machine."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

import yaml

from enforcer.config.yaml import Plain, read_file
from enforcer.core.errors import UsageError

NAME = ".enforcer/config.local.yaml"


def set_local(root: Path, key: str, value: Any) -> Path:
    """Set a dotted key, e.g. `lanes.ask`; the other keys stay. The file's path.

    Raises: UsageError naming the file when it cannot be read or written; it is left as it was.
    """
    path = root / NAME
    if not path.parent.resolve().is_relative_to(root.resolve()):
        raise UsageError(f"{path.parent} leads out of the project; replace it by a folder, then answer again")
    try:
        data = read_file(path)
    except FileNotFoundError:
        data = None
    tree = data if isinstance(data, dict) else {}
    *parents, last = key.split(".")
    branch = tree
    for name in parents:
        inner = branch.get(name)
        branch[name] = branch = inner if isinstance(inner, dict) else {}
    branch[last] = value
    _write(path, yaml.dump(tree, Dumper=_Dumper, sort_keys=False, allow_unicode=True))
    return path


class _Dumper(yaml.SafeDumper):
    """Writes a `Plain` word as it was typed, without quotes."""


def _as_typed(dumper: Any, word: Plain) -> Any:
    return dumper.represent_scalar(dumper.resolve(yaml.ScalarNode, str(word), (True, False)), str(word))


_Dumper.add_representer(Plain, _as_typed)


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        ignore = path.parent / ".gitignore"
        if not ignore.exists():  # an answer of one person is nobody else's
            ignore.write_text(f"{path.name}\n{ignore.name}\n", "utf-8")
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".config-")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(name, path)
    except OSError as error:
        raise UsageError(f"{path} cannot be written ({error.strerror}); the answer holds for this session") from error
