"""Holds one layer against the schema: what is wrong is dropped alone and named, the rest stays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from functools import cache
from typing import Any, get_args, get_origin

from pydantic import BaseModel, TypeAdapter, ValidationError

from enforcer.config.schema import KNOWN_ELSEWHERE, Schema


def check(data: Mapping[str, Any], origin: str) -> tuple[dict[str, Any], list[str]]:
    """The part of `data` that fits, and one sentence for each entry that does not."""
    warnings: list[str] = []
    return _section(data, Schema, "", origin, warnings), warnings


def known_keys() -> Iterator[str]:
    """Every key with a type, dotted; `<name>` stands for any name."""
    yield from _known(Schema, "")


def _section(
    data: Mapping[str, Any], model: type[BaseModel], prefix: str, origin: str, warnings: list[str]
) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for key, value in data.items():
        dotted = f"{prefix}{key}"
        if key not in model.model_fields:
            if dotted not in KNOWN_ELSEWHERE:
                warnings.append(_unknown(dotted, key, model, origin))
            continue
        fitted = _value(value, model.model_fields[key].rebuild_annotation(), dotted, origin, warnings)
        if fitted is not _NOTHING:
            kept[key] = fitted
    return kept


_NOTHING = object()


def _value(value: Any, annotation: Any, dotted: str, origin: str, warnings: list[str]) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        if isinstance(value, Mapping):
            return _section(value, annotation, f"{dotted}.", origin, warnings)
        if value is None:  # a heading with nothing below it
            return {}
    inner = get_args(annotation)
    if get_origin(annotation) is dict and isinstance(value, Mapping):
        entries = {str(k): _value(v, inner[1], f"{dotted}.{k}", origin, warnings) for k, v in value.items()}
        return {key: entry for key, entry in entries.items() if entry is not _NOTHING}
    if get_origin(annotation) is tuple and isinstance(value, list):
        items = [_value(v, inner[0], f"{dotted}[{n}]", origin, warnings) for n, v in enumerate(value, 1)]
        return [item for item in items if item is not _NOTHING]
    try:
        _adapter(annotation).validate_python(value)
    except ValidationError as error:
        warnings.append(f"{origin}: {dotted} {_complaint(error)}; it is left out")
        return _NOTHING
    return value


@cache
def _adapter(annotation: Any) -> TypeAdapter[Any]:
    return TypeAdapter(annotation)


def _unknown(dotted: str, key: str, model: type[BaseModel], origin: str) -> str:
    near = get_close_matches(key, model.model_fields, n=1, cutoff=0.6)
    if near:
        return f"{origin}: there is no key {dotted}; did you mean {dotted.removesuffix(key)}{near[0]}?"
    return f"{origin}: there is no key {dotted}; docs/configuration.md lists them"


def _complaint(error: ValidationError) -> str:
    first = error.errors()[0]
    message = str(first["msg"]).removeprefix("Value error, ")
    said = repr(first["input"]) if isinstance(first["input"], str | int | float | bool) else ""
    text = message[0].lower() + message[1:]
    return f"is {said}: {text}" if said and said not in text else text


def _known(model: type[BaseModel], prefix: str) -> Iterator[str]:
    for name, info in model.model_fields.items():
        annotation = info.annotation
        inner = get_args(annotation)
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            yield from _known(annotation, f"{prefix}{name}.")
        elif get_origin(annotation) is dict and isinstance(inner[1], type) and issubclass(inner[1], BaseModel):
            yield from _known(inner[1], f"{prefix}{name}.<name>.")
        else:
            yield f"{prefix}{name}"
