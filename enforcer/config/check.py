"""Takes out of a settings tree what the schema does not take, entry by entry, and says what it was."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from enforcer.config.nearest import nearest
from enforcer.config.schema import SettingsFile
from enforcer.core.errors import UsageError
from enforcer.core.lanes import Task

_GONE = object()
_LEFT_OUT = "; it was left out"
_IGNORED = " and was ignored"
_WORDS = {
    "model_type": "must be a mapping",
    "dict_type": "must be a mapping",
    "mapping_type": "must be a mapping",
    "tuple_type": "must be a list",
    "string_type": "must be text",
    "missing": "is missing",
}
_CONTAINERS = frozenset({"model_type", "dict_type", "mapping_type", "tuple_type"})
Place = tuple[int | str, ...]


def clean(tree: object, origin: str) -> tuple[dict[str, Any], tuple[str, ...]]:
    """What can be used, and one sentence for each entry that cannot. Raises: UsageError when nothing can."""
    if tree is None:
        return {}, ()
    if not isinstance(tree, Mapping):
        raise UsageError(f"{origin}: this is not a mapping of settings; write it as key: value")
    left: Any = tree
    warnings: list[str] = []
    while errors := _errors(left):
        warnings += [f"{origin}: {text}" for error in errors if (text := _sentence(error))]
        for error in errors:
            left = _without(left, _place(left, error["loc"]))
        left = _swept(left)
        if left is _GONE:  # an error without a place condemns everything
            return {}, tuple(dict.fromkeys(warnings))
    return dict(left), tuple(dict.fromkeys(warnings))


def first_problem(tree: Mapping[str, Any]) -> str | None:
    """Like `clean`, for what a person typed just now: the first thing that is wrong, e.g. `lanes.ask must be …`."""
    errors = _errors(tree)
    return _sentence(errors[0]).removesuffix(_LEFT_OUT).replace(_IGNORED, "") if errors else None


def _errors(tree: Any) -> list[ErrorDetails]:
    try:
        SettingsFile.model_validate(tree)
    except ValidationError as error:
        return error.errors(include_url=False)
    return []


def _sentence(error: ErrorDetails) -> str:
    place = tuple(part for part in error["loc"] if part != "[key]")
    key = ".".join(str(part) for part in place)
    kind = error["type"]
    if kind in _CONTAINERS and error["input"] is None:
        return ""  # a section with everything in it commented out
    if kind == "extra_forbidden":
        near = nearest(str(place[-1]), _known(place[:-1]))
        return f"{key} is not known{_IGNORED}" + (f"; did you mean {near}?" if near else "")
    if place[:1] == ("routes",) and kind == "enum":
        near = nearest(str(place[-1]), Task)
        return f"{key} is no kind of work{_IGNORED}; " + (f"did you mean {near}?" if near else f"use {', '.join(Task)}")
    # What was written is not repeated: it could be a key that was pasted into the wrong line.
    text = _WORDS.get(kind) or error["msg"].removeprefix("Value error, ").replace("Input should be", "must be")
    return f"{key}{':' if text.startswith(chr(39)) else ''} {text}{_LEFT_OUT}"


def _known(section: Sequence[int | str]) -> list[str]:
    """The keys that are allowed in a section."""
    model: type[BaseModel] = SettingsFile
    for part in section:
        field = model.model_fields.get(str(part))
        inner = _model_of(field.annotation) if field else None
        model = inner or model
    return list(model.model_fields)


def _model_of(annotation: Any) -> type[BaseModel] | None:
    """The section a field holds, itself or as the values of a mapping."""
    candidates: Iterator[Any] = iter((annotation, *get_args(annotation)))
    return next((kind for kind in candidates if isinstance(kind, type) and issubclass(kind, BaseModel)), None)


def _place(tree: Any, location: Place) -> Place:
    """The innermost part of the tree an error speaks of; a key that is missing condemns what misses it."""
    place: list[int | str] = []
    for part in location:
        inside = part in tree if isinstance(tree, Mapping) else isinstance(tree, list) and isinstance(part, int)
        if not inside:
            break
        tree = tree[part]
        place.append(part)
    return tuple(place)


def _without(tree: Any, place: Place) -> Any:
    """A copy with a mark in one place; marks keep the indexes of a list until all are set."""
    if not place or tree is _GONE:
        return _GONE
    first, *rest = place
    copy: Any = dict(tree) if isinstance(tree, Mapping) else list(tree)
    copy[first] = _without(copy[first], tuple(rest))
    return copy


def _swept(tree: Any) -> Any:
    if isinstance(tree, Mapping):
        return {key: _swept(value) for key, value in tree.items() if value is not _GONE}
    if isinstance(tree, list):
        return [_swept(item) for item in tree if item is not _GONE]
    return tree
