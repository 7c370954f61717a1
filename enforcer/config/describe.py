"""Every key as the schema has it: what it takes, what it is when nobody sets it, and what it means."""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from enforcer.config.meanings import ACTS, WITHOUT_EFFECT
from enforcer.config.nearest import nearest
from enforcer.config.schema import SettingsFile
from enforcer.core.errors import UsageError

ANY_NAME = "NAME"
SKILL_LANES = "lanes.skills"
MAPPING = "mapping"


@dataclass(frozen=True, slots=True)
class KeyFacts:
    """One key. `name` has NAME where a person chooses a name: `providers.NAME.base_url`."""

    name: str
    kind: str  # what it takes, for people
    default: str  # as it would be written in YAML, "" where there is none
    meaning: str
    acts: bool  # False = accepted, and without effect in this version


@cache
def every_key() -> tuple[KeyFacts, ...]:
    """In the order of the schema."""
    return tuple(_facts(*row) for row in _rows(SettingsFile, ""))


def facts_of(parts: Sequence[str]) -> KeyFacts | None:
    """The facts of `lanes.ask`, of `providers.mine.base_url`, of `env.X` (an entry of a mapping); None for others."""
    for facts in every_key():
        pattern = facts.name.split(".")
        if _fits(pattern, parts) and (len(parts) == len(pattern) or facts.kind == MAPPING):
            return facts
    return None


def inside(parts: Sequence[str]) -> tuple[KeyFacts, ...]:
    """The keys of a section like `lanes.handoff`, none for a key or what is no section."""
    return tuple(facts for facts in every_key() if _fits(parts, facts.name.split(".")) and facts_of(parts) != facts)


def known(key: str, parts: Sequence[str]) -> tuple[KeyFacts, ...]:
    """The key, or the keys of a section. Raises: UsageError naming the nearest one."""
    facts = facts_of(parts)
    found = (facts,) if facts else inside(parts)
    if found:
        return found
    near = nearest(key, _names()) or _by_last_word(parts[-1])
    hint = f"did you mean {near}?" if near else "list them all with: enforcer config list --all"
    raise UsageError(f"there is no key {key}; {hint}")


def _names() -> Iterator[str]:
    for facts in every_key():
        parts = facts.name.split(".")
        yield from (".".join(parts[:count]) for count in range(1, len(parts) + 1))


def _by_last_word(word: str) -> str | None:
    """Who writes `ask` probably means `lanes.ask`."""
    return next((facts.name for facts in every_key() if facts.name.endswith(f".{word}")), None)


def _fits(pattern: Sequence[str], parts: Sequence[str]) -> bool:
    """Whether `parts` begins like `pattern`, with any name for NAME on either side."""
    pairs = zip(pattern, parts, strict=False)
    return len(parts) >= len(pattern) and all(one == two or ANY_NAME in {one, two} for one, two in pairs)


def _facts(name: str, kind: str, default: str) -> KeyFacts:
    return KeyFacts(name, kind, default, ACTS.get(name) or WITHOUT_EFFECT.get(name, ""), name in ACTS)


def _rows(model: type[BaseModel], prefix: str) -> Iterator[tuple[str, str, str]]:
    for name, field in model.model_fields.items():
        key, kind = f"{prefix}{name}", field.annotation
        default = field.get_default(call_default_factory=True)
        if isinstance(default, BaseModel):
            yield from _section(default, key)
        elif inner := _mapped_section(kind):
            yield from _rows(inner, f"{key}.{ANY_NAME}.")
        else:
            yield key, words(kind), shown(default)


def _section(section: BaseModel, key: str) -> Iterator[tuple[str, str, str]]:
    """A section with the defaults it has in this place."""
    for name, field in type(section).model_fields.items():
        value, inner = getattr(section, name), f"{key}.{name}"
        if isinstance(value, BaseModel):
            yield from _section(value, inner)
        elif inner == SKILL_LANES:
            yield f"{inner}.{ANY_NAME}", "creative, analytical or none", ""
        else:
            yield inner, words(field.annotation), shown(value)


def _mapped_section(kind: Any) -> type[BaseModel] | None:
    found = get_args(kind)[1:] if get_origin(kind) in {Mapping, dict} else ()
    return next((each for each in found if isinstance(each, type) and issubclass(each, BaseModel)), None)


def words(kind: Any) -> str:
    """A type, for people."""
    if get_origin(kind) is Annotated:
        return words(get_args(kind)[0])
    if get_origin(kind) is Literal:
        return ", ".join(str(value) for value in get_args(kind))
    if get_origin(kind) in {Union, types.UnionType}:
        return " or ".join(words(part) for part in get_args(kind) if part is not type(None))
    if get_origin(kind) is tuple:
        return f"list of {words(get_args(kind)[0])}"
    if isinstance(kind, type) and issubclass(kind, Enum):
        return ", ".join(str(member.value) for member in kind)
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return MAPPING
    names = {"str": "text", "bool": "true or false", "int": "whole number", "float": "number", "ModelRef": "model"}
    return names.get(getattr(kind, "__name__", ""), MAPPING if get_origin(kind) or kind is dict else "any")


def shown(value: Any) -> str:
    """A value, as it would be written in YAML."""
    if value is PydanticUndefined or value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (tuple, list)):
        return f"[{', '.join(map(str, value))}]"
    return "{}" if value == {} else f"{value:g}" if isinstance(value, float) else str(value)
