"""Settings from five layers, merged and validated entry by entry; each value remembers where it came from."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from enforcer.config.check import check
from enforcer.config.paths import Paths, project_root
from enforcer.config.schema import Schema
from enforcer.config.yaml import read_yaml

USER, PROJECT, LOCAL = "config.yaml", ".enforcer/config.yaml", ".enforcer/config.local.yaml"
CLAUDE_PROJECT = (".claude/settings.json", ".claude/settings.local.json")
ENV_KEYS = {
    "ENFORCER_CREATIVE": "lanes.creative.model",
    "ENFORCER_ANALYTICAL": "lanes.analytical.model",
    "ENFORCER_PERMISSION_MODE": "permissions.defaultMode",
}
DEFAULT = "default"
LISTS = ("permissions.allow", "permissions.ask", "permissions.deny", "permissions.additionalDirectories")
# What acts or permits. A project's own files bring these only after the person has said yes to each of them.
POWERS = {
    "hooks": "hook",
    "env": "environment",
    "permissions.allow": "allow rule",
    "permissions.additionalDirectories": "folder",
    "lanes.creative.model": "creative model",
    "lanes.analytical.model": "analytical model",
    "lanes.creative.fallback": "creative fallback",
    "lanes.analytical.fallback": "analytical fallback",
}
NEVER_FROM_PROJECT = ("providers", "permissions.defaultMode", "compat", "ledger")
TIGHTER_MODES = ("plan", "dontAsk")


@dataclass(frozen=True, slots=True)
class Power:
    """One thing a folder would do or allow, verbatim, for the trust question."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class RuleText:
    """A permission rule as it was written: `kind` is allow, ask or deny; `base` is the folder of its settings."""

    kind: str
    text: str
    origin: str
    base: Path


@dataclass(frozen=True, slots=True)
class Settings:
    """The merged settings, typed, with their provenance."""

    values: Schema
    rules: tuple[RuleText, ...] = ()
    hooks: tuple[tuple[str, Mapping[str, Any]], ...] = ()  # origin and mapping, one per layer
    origins: Mapping[str, str] = field(default_factory=dict)

    def origin(self, key: str) -> str:
        """The file, variable or flag a value came from, or "default"."""
        return self.origins.get(key, DEFAULT)


@dataclass(frozen=True, slots=True)
class Loaded:
    settings: Settings
    warnings: tuple[str, ...]
    powers: tuple[Power, ...]  # what the project's own files would do, whether they may or not
    project_root: Path


@dataclass(slots=True)
class _Layer:
    origin: str
    data: dict[str, Any]
    base: Path
    of_project: bool = False


def load(*, cwd: Path, paths: Paths, env: Mapping[str, str], flags: Mapping[str, Any], trusted: bool) -> Loaded:
    """Flags over environment over local over project over user over default; rules add up.

    What a project's files would do or allow counts only when `trusted`. Raises: UsageError for a file that cannot be
    read: rules in it must not be lost in silence.
    """
    root, warnings = project_root(cwd), []
    layers: list[_Layer] = []
    for layer in _layers(root, cwd, paths, env, flags, warnings):
        layer.data, complaints = check(layer.data, layer.origin)
        warnings += complaints
        layers.append(layer)
    full = any(_get(layer.data, "compat.claude") == "full" for layer in layers if not layer.of_project)
    powers: list[Power] = []
    for layer in layers:
        if layer.of_project:
            _bound(layer, warnings)
            powers += _powers(layer)
            if not trusted:
                _hold_back(layer)
    if full:
        warnings.append("compat.claude: full is not there yet; deny and ask rules are taken, as with restrict")
    return Loaded(_merge(layers), tuple(warnings), tuple(dict.fromkeys(powers)), root)


def _layers(
    root: Path, cwd: Path, paths: Paths, env: Mapping[str, str], flags: Mapping[str, Any], warnings: list[str]
) -> Iterator[_Layer]:
    """Weakest first."""
    user = paths.config / USER
    if _is_own(user, warnings):
        yield _Layer(str(user), read_yaml(user) or {}, paths.config)
    yield from _claude(Path(env.get("HOME", "/nonexistent")) / ".claude", ("settings.json",))
    for name in (PROJECT, LOCAL):
        data = read_yaml(root / name)
        if data is not None:
            yield _Layer(name, data, root, of_project=True)
    yield from _claude(root / ".claude", ("settings.json", "settings.local.json"))
    for name, key in ENV_KEYS.items():
        if env.get(name):
            yield _Layer(name, _tree(key, env[name]), cwd)
    for key, value in flags.items():
        for target in ("lanes.creative.model", "lanes.analytical.model") if key == "model" else (key,):
            yield _Layer("a flag", _tree(target, value), cwd)


def _claude(folder: Path, names: tuple[str, ...]) -> Iterator[_Layer]:
    """Of another program's settings only what restricts: its deny and ask rules."""
    for name in names:
        path = folder / name
        permissions = (read_yaml(path) or {}).get("permissions")
        if isinstance(permissions, Mapping):
            taken = {kind: permissions[kind] for kind in ("deny", "ask") if kind in permissions}
            yield _Layer(str(path), {"permissions": taken}, folder.parent)


def _is_own(path: Path, warnings: list[str]) -> bool:
    """Like ssh: a policy that others may write is not the person's policy."""
    try:
        info = path.stat()
    except OSError:
        return True  # reading it says what is wrong
    if os.name != "posix":
        return True
    if info.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        warnings.append(f"{path} can be written by others and is not used; run: chmod go-w {path}")
        return False
    if info.st_uid not in {os.getuid(), 0}:
        warnings.append(f"{path} belongs to another user and is not used")
        return False
    return True


def _bound(layer: _Layer, warnings: list[str]) -> None:
    """Take out what a project has no say in."""
    for key in NEVER_FROM_PROJECT:
        value = _get(layer.data, key)
        if value is None or (key == "permissions.defaultMode" and value in TIGHTER_MODES):
            continue
        _drop(layer.data, key)
        warnings.append(f"{layer.origin}: {key} is not taken from a project; set it in your own config.yaml")


def _powers(layer: _Layer) -> Iterator[Power]:
    for key, kind in POWERS.items():
        value = _get(layer.data, key)
        if key == "hooks":
            yield from (Power(kind, text) for text in _commands(value))
        elif isinstance(value, list):
            yield from (Power(kind, str(item)) for item in value)
        elif isinstance(value, Mapping):
            yield from (Power(kind, f"{name}={item}") for name, item in value.items())
        elif value is not None:
            yield Power(kind, str(value))


def _commands(hooks: Any) -> Iterator[str]:
    """`PreToolUse (Bash): ./check --fast`, for every command a hooks section would run."""
    for event, groups in hooks.items() if isinstance(hooks, Mapping) else ():
        for group in groups if isinstance(groups, list) else [groups]:
            matcher = f" ({group['matcher']})" if isinstance(group, Mapping) and group.get("matcher") else ""
            entries = group.get("hooks") if isinstance(group, Mapping) else None
            for entry in entries if isinstance(entries, list) else [entries or group]:
                command = entry.get("command", entry) if isinstance(entry, Mapping) else entry
                extra = entry.get("args") if isinstance(entry, Mapping) else None
                yield f"{event}{matcher}: {command}{f' {extra}' if extra else ''}"


def _hold_back(layer: _Layer) -> None:
    for key in POWERS:
        _drop(layer.data, key)


def _merge(layers: list[_Layer]) -> Settings:
    merged: dict[str, Any] = {}
    origins: dict[str, str] = {}
    rules: list[RuleText] = []
    hooks: list[tuple[str, Mapping[str, Any]]] = []
    for layer in layers:
        for kind in ("allow", "ask", "deny"):
            texts = _get(layer.data, f"permissions.{kind}") or []
            rules += [RuleText(kind, text, layer.origin, layer.base) for text in texts]
        if layer.data.get("hooks"):
            hooks.append((layer.origin, layer.data["hooks"]))
        _over(merged, layer.data, "", layer.origin, origins)
    merged.pop("hooks", None)
    return Settings(Schema.model_validate(merged), tuple(dict.fromkeys(rules)), tuple(hooks), origins)


def _over(below: dict[str, Any], above: Mapping[str, Any], prefix: str, origin: str, origins: dict[str, str]) -> None:
    for key, value in above.items():
        dotted = f"{prefix}{key}"
        if isinstance(value, Mapping):
            inner = below.setdefault(key, {})
            _over(inner, value, f"{dotted}.", origin, origins)
        elif dotted in LISTS:
            below[key] = list(dict.fromkeys([*below.get(key, []), *value]))
            origins[dotted] = ", ".join(dict.fromkeys([*filter(None, [origins.get(dotted)]), origin]))
        else:
            below[key] = value
            origins[dotted] = origin


def _get(data: Mapping[str, Any], dotted: str) -> Any:
    value: Any = data
    for name in dotted.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _drop(data: dict[str, Any], dotted: str) -> None:
    *parents, last = dotted.split(".")
    for name in parents:
        data = data.get(name) or {}
    data.pop(last, None)


def _tree(dotted: str, value: Any) -> dict[str, Any]:
    for name in reversed(dotted.split(".")):
        value = {name: value}
    return dict(value)
