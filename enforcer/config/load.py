"""Reads the layers of settings and merges them. A project's layers may restrict; what they would allow needs a yes."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from enforcer.config.check import clean, first_problem
from enforcer.config.merge import Layer, merge
from enforcer.config.paths import Paths, home_of, project_root
from enforcer.config.powers import NEVER, ONLY_TIGHTER, POWERS, Power, at, powers_of, without
from enforcer.config.settings import Settings
from enforcer.config.yaml import read_file
from enforcer.core.errors import UsageError

VARIABLES = {
    "ENFORCER_CREATIVE": "lanes.creative.model",
    "ENFORCER_ANALYTICAL": "lanes.analytical.model",
    "ENFORCER_LANE": "lanes.default",
    "ENFORCER_PERMISSION_MODE": "permissions.defaultMode",
}
FLAGS = {
    "lanes.creative.model": "--creative",
    "lanes.analytical.model": "--analytical",
    "lanes.default": "--lane",
    "model": "--model",
    "permissions.defaultMode": "--permission-mode",
    "permissions.allow": "--allowedTools",
    "permissions.deny": "--disallowedTools",
    "permissions.additionalDirectories": "--add-dir",
}
_STRICTNESS = ("bypassPermissions", "acceptEdits", "default", "dontAsk", "plan")
_RESTRICTING = ("permissions.deny", "permissions.ask")
_CLAUDE_FULL = (*_RESTRICTING, "permissions.allow", "permissions.additionalDirectories", "hooks", "env")

Trusted = Callable[[Path, tuple[Power, ...]], bool] | bool


@dataclass(frozen=True, slots=True)
class Loaded:
    """`powers` are all that the project brings and that needs a yes, whether it got one or not."""

    settings: Settings
    warnings: tuple[str, ...]
    powers: tuple[Power, ...]
    project_root: Path
    layers: tuple[Layer, ...] = ()  # what the settings were merged from, the lowest first
    proposed: tuple[Layer, ...] = ()  # what the project's files say, before its limits


def load(
    *, cwd: Path, paths: Paths, env: Mapping[str, str], flags: Mapping[str, Any], trusted: Trusted = False
) -> Loaded:
    """`flags` are dotted keys; `model` is one model for both lanes. `trusted` answers for the project's powers.

    Raises: UsageError for a file that cannot be read and for a flag or a variable that is wrong: rules in a broken
    file must not be dropped silently.
    """
    root = project_root(cwd)
    warnings: list[str] = []
    own = [*_variables(env, cwd), *_flags(flags, cwd)]
    person = list(_file(paths.config_file, paths.config, warnings, private=True))
    claude = merge([*person, *own]).compat.claude
    person = [*_claude_of_person(env, claude, warnings), *person]
    project = [*_claude_of_project(root, claude, warnings, but=person), *_of_project(root, warnings)]
    powers = tuple(dict.fromkeys(power for layer in project for power in powers_of(layer.tree, root)))
    agreed = trusted if isinstance(trusted, bool) else bool(powers) and trusted(root, powers)
    mode = merge(person).permissions.defaultMode
    layers = [*person, *(_bounded(layer, mode, warnings, agreed=agreed) for layer in project), *own]
    settings = _within_policy(merge(layers), warnings)
    return Loaded(settings, tuple(dict.fromkeys(warnings)), powers, root, tuple(layers), tuple(project))


# Reading


def _file(path: Path, base: Path, warnings: list[str], *, private: bool = False) -> Iterable[Layer]:
    if private and (problem := foreign_hands(path)):
        warnings.append(problem)
        return
    try:
        tree = read_file(path)
    except (FileNotFoundError, NotADirectoryError):
        return
    kept, problems = clean(tree, str(path))
    warnings += problems
    yield Layer(str(path), base, kept)


def _of_project(root: Path, warnings: list[str]) -> Iterable[Layer]:
    for name in ("config.yaml", "config.local.yaml"):
        yield from _file(root / ".enforcer" / name, root, warnings)


def _claude_of_person(env: Mapping[str, str], how: str, warnings: list[str]) -> Iterable[Layer]:
    folder = Path(env["CLAUDE_CONFIG_DIR"]) if env.get("CLAUDE_CONFIG_DIR") else _home(env) / ".claude"
    yield from _claude(folder / "settings.json", folder, how, warnings, private=True)


def _claude_of_project(root: Path, how: str, warnings: list[str], but: Iterable[Layer]) -> Iterable[Layer]:
    read = {layer.origin for layer in but}  # in the home folder these are the person's own files
    for name in ("settings.json", "settings.local.json"):
        path = root / ".claude" / name
        if str(path) not in read:
            yield from _claude(path, root, how, warnings)


def _claude(path: Path, base: Path, how: str, warnings: list[str], *, private: bool = False) -> Iterable[Layer]:
    """Of Claude Code's own files, what restricts; all that is meant for a harness with `compat.claude: full`."""
    if how == "none":
        return
    if private and (problem := foreign_hands(path)):
        warnings.append(problem)
        return
    try:
        tree = read_file(path)
    except (FileNotFoundError, NotADirectoryError):
        return
    wanted = _CLAUDE_FULL if how == "full" else _RESTRICTING
    kept, problems = clean(_only(tree, wanted), str(path))
    warnings += problems
    yield Layer(str(path), base, kept)


def _only(tree: Any, keys: Iterable[str]) -> dict[str, Any]:
    chosen: dict[str, Any] = {}
    for key in keys:
        value = at(tree, key) if isinstance(tree, Mapping) else None
        if value is not None:
            _put(chosen, key, value)
    return chosen


def _variables(env: Mapping[str, str], cwd: Path) -> Iterable[Layer]:
    for name, key in VARIABLES.items():
        if env.get(name):
            yield _typed(name, key, env[name], cwd)


def _flags(flags: Mapping[str, Any], cwd: Path) -> Iterable[Layer]:
    """The general one first: `--creative` wins over `--model`."""
    if "model" in flags:
        for lane in ("creative", "analytical"):
            yield _typed(FLAGS["model"], f"lanes.{lane}.model", flags["model"], cwd)
            yield _typed(FLAGS["model"], f"lanes.{lane}.fallback", [], cwd)
    for key, value in flags.items():
        if key != "model":
            yield _typed(FLAGS.get(key, key), key, value, cwd)


def _typed(origin: str, key: str, value: Any, cwd: Path) -> Layer:
    tree: dict[str, Any] = {}
    _put(tree, key, value)
    if problem := first_problem(tree):
        raise UsageError(f"{origin}: {problem.removeprefix(key).lstrip(': ')}")
    return Layer(origin, cwd, tree)


def _put(tree: dict[str, Any], key: str, value: Any) -> None:
    *sections, last = key.split(".")
    for name in sections:
        tree = tree.setdefault(name, {})
    tree[last] = value


def _home(env: Mapping[str, str]) -> Path:
    try:
        return home_of(env)
    except UsageError:  # both folders of ours may be set without a home
        return Path(os.devnull)


def foreign_hands(path: Path, status: os.stat_result | None = None, *, user: int | None = None) -> str | None:
    """Why a file of the person is not believed: somebody else may have written it. None when all is well."""
    try:
        status = status or path.stat()
    except OSError:
        return None
    if status.st_uid not in {os.geteuid() if user is None else user, 0}:
        return f"{path} belongs to another user and was ignored; make it yours with: chown $USER {path}"
    if status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        return f"{path} can be changed by other users and was ignored; mend it with: chmod go-w {path}"
    return None


# Limits of a project


def _bounded(layer: Layer, mode: str, warnings: list[str], *, agreed: bool) -> Layer:
    """The layer without what a project never sets and, unless agreed to, without its powers."""
    tree = layer.tree
    for key in NEVER:
        if at(tree, key) is not None:
            warnings.append(f"{layer.origin}: {key} is never taken from a project and was ignored; set it in your own")
            tree = without(tree, key)
    for key, value in ONLY_TIGHTER.items():
        if not tightens(key, at(tree, key)):
            warnings.append(f"{layer.origin}: a project can set {key} to {_word(value)} only; it was ignored")
            tree = without(tree, key)
    tree = _not_looser(layer.origin, tree, mode, warnings)
    if not agreed:
        for key in POWERS:
            tree = without(tree, key)
    return Layer(layer.origin, layer.base, tree)


def tightens(key: str, value: object) -> bool:
    """Whether a project may set this: nothing, or the one value of a key of `ONLY_TIGHTER`."""
    return key not in ONLY_TIGHTER or value is None or str(value).lower() == _word(ONLY_TIGHTER[key])


def looser(mode: str, than: str) -> bool:
    """Whether a permission mode, by its full name, allows more than another one."""
    return _STRICTNESS.index(mode) < _STRICTNESS.index(than)


def _word(value: object) -> str:
    return str(value).lower()


def _not_looser(origin: str, tree: Mapping[str, Any], mode: str, warnings: list[str]) -> Mapping[str, Any]:
    asked = at(tree, "permissions.defaultMode")
    if asked is None:
        return tree
    wanted = merge([Layer(origin, Path(), {"permissions": {"defaultMode": asked}})]).permissions.defaultMode
    if not looser(wanted, mode):
        return tree
    warnings.append(
        f"{origin}: permissions.defaultMode '{wanted}' is looser than your own '{mode}' and was ignored; "
        f"a project cannot loosen it, --permission-mode can"
    )
    return without(tree, "permissions.defaultMode")


def _within_policy(settings: Settings, warnings: list[str]) -> Settings:
    permissions = settings.permissions
    if permissions.disableBypassPermissionsMode and permissions.defaultMode == "bypassPermissions":
        where = settings.origin("permissions.disableBypassPermissionsMode")
        warnings.append(f"{where}: bypassPermissions is switched off, so the mode is 'default'")
        tightened = permissions.model_copy(update={"defaultMode": "default"})
        return settings.model_copy(update={"permissions": tightened})
    return settings
