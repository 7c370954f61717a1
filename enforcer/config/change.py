"""Sets one key in one of a person's files: checked by the schema and by what that file may hold, then written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from enforcer.config.check import first_problem
from enforcer.config.describe import KeyFacts, known
from enforcer.config.edit import set_key, unset_key
from enforcer.config.load import Loaded, foreign_hands, looser, tightens
from enforcer.config.local import NAME as LOCAL
from enforcer.config.local import not_committed, stays_inside
from enforcer.config.merge import Layer, merge
from enforcer.config.nodes import split_key
from enforcer.config.paths import Paths
from enforcer.config.powers import NEVER, ONLY_TIGHTER, at
from enforcer.config.yaml import Plain, read_text
from enforcer.core.errors import UsageError

PROJECT = ".enforcer/config.yaml"
_TREES = ("mapping", "any")
_NULL = ("null", "~")


class Place(StrEnum):
    """Whose file: the person's own, the project's (committed), or the person's for this project alone."""

    USER = "user"
    PROJECT = "project"
    LOCAL = "local"


@dataclass(frozen=True, slots=True)
class Files:
    """Where each of them is."""

    paths: Paths
    root: Path

    def of(self, place: Place) -> Path:
        if place is Place.USER:
            return self.paths.config_file
        return self.root / (PROJECT if place is Place.PROJECT else LOCAL)


def change(files: Files, loaded: Loaded | None, place: Place, key: str, text: str) -> Path:
    """Set `key` to what was typed; the file. `loaded` is None when the settings cannot be read as a whole.

    Raises: UsageError, and then nothing is changed.
    """
    parts = split_key(key)
    value = _typed(known(key, parts), text)
    tree = _nested(parts, value)
    if problem := first_problem(tree):
        raise UsageError(problem)
    if place is not Place.USER and (problem := _not_here(tree, place, _own_mode(files, loaded))):
        raise UsageError(problem)
    path = _writable(files, place)
    set_key(path, key, value, private=place is not Place.PROJECT)
    if place is Place.LOCAL:
        not_committed(path)
    return path


def take_out(files: Files, place: Place, key: str) -> tuple[Path, bool]:
    """The file, and whether the key was in it. Raises: UsageError."""
    split_key(key)
    path = _writable(files, place)
    return path, unset_key(path, key)


def _writable(files: Files, place: Place) -> Path:
    path = files.of(place)
    if place is not Place.USER:
        stays_inside(files.root, path)
    elif problem := foreign_hands(path):
        raise UsageError(problem.replace("was ignored", "is ignored"))
    return path


def _typed(found: tuple[KeyFacts, ...], text: str) -> Any:
    """What was typed, by what the key takes: a list or a mapping is YAML, everything else is one word."""
    text = text.strip()
    kind = found[0].kind if len(found) == 1 else _TREES[0]
    if kind in _TREES or (kind.startswith("list") and text.startswith("[")):
        return _yaml(text)
    if kind.startswith("list"):
        return [Plain(text)]
    return None if text in _NULL else Plain(text)


def _yaml(text: str) -> Any:
    try:
        return read_text(text, "")
    except UsageError as error:
        what = str(error).partition(": ")[2].partition("; mend")[0]
        raise UsageError(f"the value cannot be read: {what}; write it like [a, b] or {{a: b}}, in quotes") from None


def _nested(parts: tuple[str, ...], value: Any) -> dict[str, Any]:
    return {parts[0]: _nested(parts[1:], value) if parts[1:] else value}


def _not_here(tree: Mapping[str, Any], place: Place, mode: str) -> str:
    """Why a file of a project cannot hold this, "" when it can."""
    if never := next((key for key in NEVER if at(tree, key) is not None), ""):
        return f"{never} is never taken from a project; set it in your own file with --user"
    for key, value in ONLY_TIGHTER.items():
        if not tightens(key, at(tree, key)):
            only = str(value).lower()
            return f"a project can set {key} to {only} only; set it in your own file with --user"
    if at(tree, "permissions.defaultMode") is None:
        return ""
    wanted = merge([Layer(place, Path(), tree)]).permissions.defaultMode
    if looser(wanted, mode):
        return f"permissions.defaultMode '{wanted}' is looser than your own '{mode}', and a project cannot loosen it"
    return ""


def _own_mode(files: Files, loaded: Loaded | None) -> str:
    """The mode without what projects say."""
    layers = loaded.layers if loaded else ()
    return merge([layer for layer in layers if not layer.origin.startswith(f"{files.root}/")]).permissions.defaultMode
