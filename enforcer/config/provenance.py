"""Where a value comes from, with its line, and what it hides: for `enforcer config`, `/config` and the doctor."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from enforcer.config.describe import KeyFacts, every_key, facts_of
from enforcer.config.load import Loaded
from enforcer.config.merge import WHOLE, Layer
from enforcer.config.nodes import join_key, line_of
from enforcer.config.powers import NEVER, ONLY_TIGHTER, POWERS
from enforcer.config.settings import DEFAULT, Settings
from enforcer.config.yaml import Plain, resolved, source_of
from enforcer.core.errors import UsageError
from enforcer.core.lanes import ModelRef

_ABSENT: Any = object()
_LINK = re.compile(r"\[[^]]+\]\(([^)]+)\)")


class State(Enum):
    """What became of what one place says."""

    HOLDS = "holds"
    JOINED = "joined"  # a list or a mapping that other places add to
    HIDDEN = "hidden"  # a higher place says otherwise
    WAITS = "waits"  # a project says it, and nobody has agreed
    NEVER = "never"  # a project says it, and may not


@dataclass(frozen=True, slots=True)
class Said:
    """What one place says of a key."""

    origin: str  # a file, a variable, a flag, or "default"
    line: int | None
    value: Any  # plain JSON
    state: State

    @property
    def where(self) -> str:
        return self.origin if self.line is None else f"{self.origin}:{self.line}"


def said(loaded: Loaded, parts: Sequence[str]) -> tuple[Said, ...]:
    """What every place says, the highest first; empty when nobody says anything and the default holds."""
    found = [(layer, value) for layer in reversed(loaded.layers) if (value := _in(layer.tree, parts)) is not _ABSENT]
    joins = len(found) > 1 and _joins(found[0][1], parts)
    states = [State.HOLDS, *[State.HIDDEN] * len(found)] if not joins else [State.JOINED] * len(found)
    active = [_said(layer, parts, value, state) for (layer, value), state in zip(found, states, strict=False)]
    return (*active, *_left_out(loaded, parts))


def value_of(loaded: Loaded, parts: Sequence[str]) -> Any:
    """The value that holds, as plain JSON."""
    if parts[0] == "hooks":
        return _hooks(loaded, parts[1:])
    return _walked(loaded.settings, parts)


def origin_of(loaded: Loaded, parts: Sequence[str]) -> str:
    """In one line: the places the value that holds comes from."""
    holding = [each.where for each in said(loaded, parts) if each.state in {State.HOLDS, State.JOINED}]
    return ", ".join(holding) or DEFAULT


def set_keys(loaded: Loaded) -> tuple[tuple[str, ...], ...]:
    """Every key that some place sets and that counts, in the order of the schema."""
    found = {parts: facts for layer in loaded.layers for parts, facts in _leaves(layer.tree, ())}
    order = [facts.name for facts in every_key()]
    return tuple(sorted(found, key=lambda parts: (order.index(found[parts].name), parts)))


def differs(loaded: Loaded, parts: Sequence[str]) -> bool:
    """Whether the value that holds is another one than the default."""
    return bool(value_of(loaded, parts) != ({} if parts[0] == "hooks" else _walked(Settings(), parts)))


def plain(value: Any) -> Any:
    """A typed value as JSON has it."""
    match value:
        case BaseModel():
            return {name: plain(getattr(value, name)) for name in type(value).model_fields}
        case Mapping():
            return {str(name): plain(item) for name, item in value.items()}
        case list() | tuple():
            return [plain(item) for item in value]
        case ModelRef() | Path():
            return str(value)
        case Enum():
            return value.value
        case Plain():
            return resolved(value)
    return value


def for_projects(parts: Sequence[str]) -> str:
    """What a project's file may do with a key, in words."""
    key = join_key(parts)
    if _under(key, NEVER):
        return "never sets it"
    if key in ONLY_TIGHTER:
        return f"may set it to {str(ONLY_TIGHTER[key]).lower()} only"
    if key == "permissions.defaultMode":
        return "may only make it stricter"
    return "may set it; it acts after your yes" if _under(key, POWERS) else "may set it"


def meaning(facts: KeyFacts) -> str:
    """For a terminal: links of the documentation by their path."""
    return _LINK.sub(r"docs/\1", facts.meaning)


def _under(key: str, names: Sequence[str] | Mapping[str, str]) -> bool:
    return any(key == name or key.startswith(f"{name}.") for name in names)


def _said(layer: Layer, parts: Sequence[str], value: Any, state: State) -> Said:
    return Said(
        layer.origin, _line(layer.origin, parts), resolved(list(value) if isinstance(value, tuple) else value), state
    )


def _left_out(loaded: Loaded, parts: Sequence[str]) -> Iterator[Said]:
    """What a project's files say and what was not taken."""
    taken = {layer.origin: layer.tree for layer in loaded.layers}
    for layer in reversed(loaded.proposed):
        value = _in(layer.tree, parts)
        if value is _ABSENT or _in(taken.get(layer.origin, {}), parts) is not _ABSENT:
            continue
        waits = _under(join_key(parts), POWERS)
        yield _said(layer, parts, value, State.WAITS if waits else State.NEVER)


def _joins(value: Any, parts: Sequence[str]) -> bool:
    """Lists of several places are joined and mappings merged; a fallback chain is taken whole."""
    return isinstance(value, (list, tuple, Mapping)) and join_key(parts) not in WHOLE


def _in(tree: Any, parts: Sequence[str]) -> Any:
    for part in parts:
        if not isinstance(tree, Mapping) or part not in tree:
            return _ABSENT
        tree = tree[part]
    return tree


def _leaves(tree: Mapping[str, Any], prefix: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], KeyFacts]]:
    for name, value in tree.items():
        parts = (*prefix, name)
        facts = facts_of(parts)
        if facts is not None:
            yield parts, facts
        elif isinstance(value, Mapping):
            yield from _leaves(value, parts)


def _walked(settings: Settings, parts: Sequence[str]) -> Any:
    value: Any = settings
    for part in parts:
        value = value.get(part) if isinstance(value, Mapping) else getattr(value, part, None)
    return plain(value)


def _line(origin: str, parts: Sequence[str]) -> int | None:
    if not origin.startswith("/"):
        return None
    try:
        return line_of(source_of(Path(origin)), parts)
    except (UsageError, FileNotFoundError):
        return None


def _hooks(loaded: Loaded, rest: Sequence[str]) -> Any:
    """By event, those of all places behind each other."""
    merged: dict[str, list[Any]] = {}
    for source in loaded.settings.hooks:
        for event, groups in source.events.items():
            merged.setdefault(str(event), []).extend(groups if isinstance(groups, list) else [groups])
    for part in rest[:1]:
        return merged.get(part)
    return merged
