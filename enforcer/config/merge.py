"""Merges layers of settings: the highest scalar wins, lists are joined, mappings are merged, rules stay by place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from enforcer.config.schema import HookSource, RuleSource
from enforcer.config.settings import Settings
from enforcer.config.yaml import resolved

# A fallback chain is one decision: half of one person's and half of another's is nobody's.
WHOLE = frozenset({"lanes.creative.fallback", "lanes.analytical.fallback", "fallbackModel", "availableModels"})
RULES = ("allow", "ask", "deny")


@dataclass(frozen=True, slots=True)
class Layer:
    """One place that brings settings; `tree` has passed `check.clean`."""

    origin: str  # a file, a variable, or a flag
    base: Path  # what a leading `/` of its path rules means
    tree: Mapping[str, Any]


def merge(layers: Sequence[Layer]) -> Settings:
    """`layers` from the lowest to the highest."""
    tree: dict[str, Any] = {}
    origins: dict[str, str] = {}
    for layer in layers:
        _over(tree, layer.tree, origins, layer.origin, "")
    tree["hooks"] = () if _yes(tree.get("disableAllHooks")) else tuple(_hooks(reversed(layers)))
    tree["permissions"] = {**(tree.get("permissions") or {}), "rules": tuple(_rules(reversed(layers)))}
    return Settings.merged(tree, origins)


def _over(below: dict[str, Any], above: Mapping[str, Any], origins: dict[str, str], origin: str, prefix: str) -> None:
    """Lay one tree over another, in place."""
    for name, value in above.items():
        key, old = f"{prefix}{name}", below.get(name)
        if isinstance(value, Mapping):
            section = dict(old) if isinstance(old, Mapping) else {}
            _over(section, value, origins, origin, f"{key}.")
            below[name] = section
        elif isinstance(value, (list, tuple)) and isinstance(old, list) and key not in WHOLE:
            below[name] = [*value, *(item for item in old if item not in value)]
            origins[key] = f"{origin}, {origins[key]}"
        else:
            below[name] = list(value) if isinstance(value, (list, tuple)) else value
            origins[key] = origin


def _hooks(layers: Iterable[Layer]) -> Iterable[HookSource]:
    for layer in layers:
        if layer.tree.get("hooks"):
            yield HookSource(origin=layer.origin, events=resolved(layer.tree["hooks"]))


def _rules(layers: Iterable[Layer]) -> Iterable[RuleSource]:
    for layer in layers:
        permissions = layer.tree.get("permissions") or {}
        texts = {name: _list(permissions[name]) for name in RULES if permissions.get(name)}
        if texts:
            yield RuleSource(origin=layer.origin, base=layer.base, **texts)


def _list(value: Any) -> tuple[str, ...]:
    return (str(value),) if isinstance(value, str) else tuple(str(item) for item in value)


def _yes(value: object) -> bool:
    return str(value).casefold() in {"true", "yes", "on", "1"}
