"""The examples that prove a check, as files beside the skill: `fixtures/<check>/fail` and `pass`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from enforcer.checkpoints.lock import FOLDER, PROJECT
from enforcer.checkpoints.propose import Example
from enforcer.checkpoints.rulebook import Rulebook
from enforcer.core.errors import EnforcerError

FIXTURES = "fixtures"
CALL = "call.json"
MOST_FILES = 50
LARGEST_BYTES = 200_000


def folder_of(rules: Rulebook, skill: str, name: str) -> Path:
    """Where the examples of one check lie."""
    path = rules.path_of(skill)
    base = rules.root / FOLDER if skill == PROJECT or path is None else path.parent
    return base / FIXTURES / name


def examples(folder: Path) -> dict[str, Example]:
    """`fail` and `pass`, as far as somebody wrote them. Raises: EnforcerError."""
    return {name: _example(folder / name) for name in ("fail", "pass") if (folder / name).is_dir()}


def files_of(example: Example) -> Mapping[str, str]:
    """An example as files: path below its folder, and text."""
    call = {CALL: json.dumps(dict(example.call), ensure_ascii=False, indent=1) + "\n"} if example.call else {}
    return {**example.files, **call}


def relative(root: Path, path: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)


def _example(folder: Path) -> Example:
    files = dict(_files(folder))
    call = files.pop(CALL, "")
    try:
        said = json.loads(call) if call else {}
        return Example(files, {str(name): str(value) for name, value in said.items()})
    except (ValueError, AttributeError) as error:
        raise EnforcerError(
            f"{folder / CALL} must be one JSON object, like {{'tool': 'Bash', 'command': …}}"
        ) from error


def _files(folder: Path) -> Iterator[tuple[str, str]]:
    found = sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    if len(found) > MOST_FILES:
        raise EnforcerError(f"{folder} has more than {MOST_FILES} files; an example should be small")
    for path in found:
        if path.stat().st_size > LARGEST_BYTES:
            raise EnforcerError(f"{path} is larger than {LARGEST_BYTES // 1000} kB; an example should be small")
        yield path.relative_to(folder).as_posix(), path.read_text("utf-8", errors="replace")
