"""The shape an answer is to have: a part of JSON Schema that is checked here in full, and nothing taken on trust.

A keyword that is not checked is refused when the schema is read; annotations are passed over, as the standard says.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from enforcer.core.errors import UsageError

ANNOTATIONS = frozenset(
    {"$schema", "$id", "$comment", "$defs", "definitions", "title", "description", "default", "examples", "format"}
    | {"deprecated", "readOnly", "writeOnly"}
)
TYPES: Mapping[str, Callable[[Any], bool]] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
    "number": lambda value: _is_number(value),
    "integer": lambda value: _is_number(value) and float(value).is_integer(),
}
DEEPEST = 64  # of a value, and of references that lead to references
_FENCED = re.compile(r"\A\s*```(?:json)?\s*\n(.*)\n\s*```\s*\Z", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Shape:
    """`Shape.of` checks the schema itself."""

    schema: Mapping[str, Any]

    @classmethod
    def of(cls, schema: object, name: str) -> Shape:
        """Raises: UsageError naming what cannot be checked."""
        if not isinstance(schema, dict):
            raise UsageError(f"{name} is not a JSON Schema; it must be a JSON object")
        for where, part in _schemas(schema, "#"):
            _refuse_unknown(schema, part, where, name)
        return cls(schema)

    @property
    def instruction(self) -> str:
        """For the model: some services hold it to the shape, others do not."""
        schema = json.dumps(self.schema, ensure_ascii=False)
        return f"Your last message must be one JSON value and nothing else, valid under this JSON Schema:\n{schema}"

    def problem(self, text: str) -> str:
        """What is wrong with an answer, "" when it fits."""
        try:
            value = self.value(text)
        except ValueError as error:
            return f"it is not JSON ({error})"
        return next(self._wrong(self.schema, value, "$", 0), "")

    def value(self, text: str) -> Any:
        """The value of an answer; a fence around it is forgiven. Raises: ValueError when it is not JSON."""
        fenced = _FENCED.match(text)
        try:
            return json.loads(fenced[1] if fenced else text, parse_constant=_no_constant)
        except RecursionError:
            raise ValueError("it is nested too deeply") from None

    def _wrong(self, schema: Any, value: Any, at: str, depth: int) -> Iterator[str]:
        if depth > DEEPEST:
            yield f"{at} is nested too deeply"
        elif schema is False:
            yield f"{at} must not be there"
        elif isinstance(schema, dict):
            yield from _plain(schema, value, at)
            yield from self._combined(schema, value, at, depth + 1)
            if isinstance(value, dict):
                yield from self._object(schema, value, at, depth + 1)
            if isinstance(value, list):
                yield from self._array(schema, value, at, depth + 1)

    def _combined(self, schema: Mapping[str, Any], value: Any, at: str, depth: int) -> Iterator[str]:
        if "$ref" in schema:
            yield from self._wrong(_referred(self.schema, schema["$ref"]), value, at, depth)
        for each in schema.get("allOf", ()):
            yield from self._wrong(each, value, at, depth)
        for name in ("anyOf", "oneOf"):
            fitting = [not any(self._wrong(each, value, at, depth)) for each in schema.get(name, ())]
            if name in schema and not any(fitting):
                yield f"{at} fits none of {name}"
            if name == "oneOf" and sum(fitting) > 1:
                yield f"{at} fits more than one of oneOf"
        if "not" in schema and not any(self._wrong(schema["not"], value, at, depth)):
            yield f"{at} is what it must not be"

    def _object(self, schema: Mapping[str, Any], value: Mapping[str, Any], at: str, depth: int) -> Iterator[str]:
        yield from (f"{at}.{name} is missing" for name in schema.get("required", ()) if name not in value)
        known = schema.get("properties", {})
        for name, item in value.items():
            rule = known.get(name, schema.get("additionalProperties", True))
            yield from self._wrong(rule, item, f"{at}.{name}", depth)

    def _array(self, schema: Mapping[str, Any], value: Sequence[Any], at: str, depth: int) -> Iterator[str]:
        first = schema.get("prefixItems", ())
        for place, item in enumerate(value):
            rule = first[place] if place < len(first) else schema.get("items", True)
            yield from self._wrong(rule, item, f"{at}[{place}]", depth)
        if schema.get("uniqueItems") and len({json.dumps(item, sort_keys=True) for item in value}) < len(value):
            yield f"{at} has an item twice"


def _plain(schema: Mapping[str, Any], value: Any, at: str) -> Iterator[str]:
    """What needs no other part of the schema."""
    wanted = schema.get("type")
    kinds = [wanted] if isinstance(wanted, str) else wanted or []
    if kinds and not any(TYPES[kind](value) for kind in kinds):
        yield f"{at} must be {' or '.join(kinds)}"
    if "enum" in schema and not any(_same(value, each) for each in schema["enum"]):
        yield f"{at} must be one of {json.dumps(schema['enum'], ensure_ascii=False)}"
    if "const" in schema and not _same(value, schema["const"]):
        yield f"{at} must be {json.dumps(schema['const'], ensure_ascii=False)}"
    for keyword, (applies, holds, says) in LIMITS.items():
        if keyword in schema and applies(value) and not holds(value, schema[keyword]):
            yield f"{at} {says} {schema[keyword]}"


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _multiple(value: float, of: float) -> bool:
    return math.isclose(value / of, round(value / of), abs_tol=1e-9)


Limit = tuple[Callable[[Any], bool], Callable[[Any, Any], object], str]
_TEXT, _LIST, _OBJECT = TYPES["string"], TYPES["array"], TYPES["object"]
LIMITS: Mapping[str, Limit] = {
    "minimum": (_is_number, lambda value, limit: value >= limit, "must be at least"),
    "maximum": (_is_number, lambda value, limit: value <= limit, "must be at most"),
    "exclusiveMinimum": (_is_number, lambda value, limit: value > limit, "must be more than"),
    "exclusiveMaximum": (_is_number, lambda value, limit: value < limit, "must be less than"),
    "multipleOf": (_is_number, _multiple, "must be a multiple of"),
    "minLength": (_TEXT, lambda value, limit: len(value) >= limit, "must have a length of at least"),
    "maxLength": (_TEXT, lambda value, limit: len(value) <= limit, "must have a length of at most"),
    "pattern": (_TEXT, lambda value, limit: re.search(limit, value), "must match"),
    "minItems": (_LIST, lambda value, limit: len(value) >= limit, "must have items, at least"),
    "maxItems": (_LIST, lambda value, limit: len(value) <= limit, "must have items, at most"),
    "minProperties": (_OBJECT, lambda value, limit: len(value) >= limit, "must have properties, at least"),
    "maxProperties": (_OBJECT, lambda value, limit: len(value) <= limit, "must have properties, at most"),
}
ONE = ("items", "additionalProperties", "not")  # keywords that hold one schema
MANY = ("anyOf", "oneOf", "allOf", "prefixItems")
NAMED = ("properties", "$defs", "definitions")
CHECKED = frozenset({"type", "enum", "const", "required", "uniqueItems", "$ref", *LIMITS, *ONE, *MANY, *NAMED})


def _same(one: Any, other: Any) -> bool:
    """Equal as JSON has it: true is not 1."""
    return isinstance(one, bool) is isinstance(other, bool) and bool(one == other)


def _schemas(schema: Any, at: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if not isinstance(schema, dict):
        return
    yield at, schema
    for name in ONE:
        yield from _schemas(schema.get(name), f"{at}/{name}")
    for name in MANY:
        listed = schema.get(name)
        for place, each in enumerate(listed if isinstance(listed, list) else ()):
            yield from _schemas(each, f"{at}/{name}/{place}")
    for name in NAMED:
        named = schema.get(name)
        for key, each in named.items() if isinstance(named, dict) else ():
            yield from _schemas(each, f"{at}/{name}/{key}")


def _refuse_unknown(root: Mapping[str, Any], schema: Mapping[str, Any], at: str, name: str) -> None:
    """Raises: UsageError."""
    unknown = [keyword for keyword in schema if keyword not in CHECKED | ANNOTATIONS]
    if unknown:
        raise UsageError(f"{name}: '{unknown[0]}' at {at} is not checked here; leave it out")
    try:
        _refuse_odd(schema)
        re.compile(schema.get("pattern", ""))
        _referred(root, schema.get("$ref", "#"))
    except (re.error, TypeError, LookupError, ValueError) as error:
        raise UsageError(f"{name}: the schema at {at} cannot be read ({error}); correct it there") from error
    kinds = schema.get("type", [])
    odd = [kind for kind in ([kinds] if isinstance(kinds, str) else kinds) if kind not in list(TYPES)]
    if odd:
        raise UsageError(f"{name}: '{odd[0]}' at {at} is no type; use one of {', '.join(TYPES)}")


def _refuse_odd(schema: Mapping[str, Any]) -> None:
    """Raises: ValueError for a keyword whose value is of another kind than the standard says."""
    kinds: list[tuple[Sequence[str], type | tuple[type, ...]]] = [
        (ONE, (dict, bool)),
        (MANY, list),
        (NAMED, dict),
        (("enum", "required"), list),
        (("type",), (str, list)),
        (("$ref", "pattern"), str),
        ([name for name in LIMITS if name != "pattern"], (int, float)),
    ]
    for names, kind in kinds:
        for name in names:
            if name in schema and not isinstance(schema[name], kind):
                raise ValueError(f"'{name}' has a value of the wrong kind")
    for name in MANY:
        if not all(isinstance(each, (dict, bool)) for each in schema.get(name, ())):
            raise ValueError(f"'{name}' must hold schemas")
    if schema.get("multipleOf", 1) <= 0:
        raise ValueError("'multipleOf' must be more than 0")


def _referred(root: Mapping[str, Any], reference: str) -> Any:
    """Raises: LookupError, ValueError for one that leads nowhere or out of the schema."""
    if not reference.startswith("#"):
        raise ValueError(f"{reference} is outside of it")
    found: Any = root
    for step in reference.removeprefix("#").split("/")[1:]:
        found = found[step.replace("~1", "/").replace("~0", "~")]
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")
