"""What a project's settings would do or allow: listed word for word, so that a person can say yes to exactly that."""

from __future__ import annotations

import hashlib
import json
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from enforcer.config.yaml import resolved

LARGEST_SCRIPT = 5_000_000
PROJECT_DIR = ("${CLAUDE_PROJECT_DIR}", "$CLAUDE_PROJECT_DIR", "${ENFORCER_PROJECT_DIR}", "$ENFORCER_PROJECT_DIR")

# Keys that need a yes, and what they are called. Everything that runs, allows, or decides where text is sent.
POWERS = {
    "hooks": "hook",
    "permissions.allow": "allow rule",
    "permissions.additionalDirectories": "additional directory",
    "env": "environment",
    "statusLine": "status line",
    "lanes.creative.model": "model",
    "lanes.creative.fallback": "model",
    "lanes.analytical.model": "model",
    "lanes.analytical.fallback": "model",
    "lanes.classifier.mode": "setting",  # a question to a model costs money, and sends words on
    "lanes.classifier.model": "model",
    "memory.files": "instructions",
    "lanes.pin": "setting",
    "lanes.delegation.budget_usd": "setting",
    "lanes.delegation.degraded": "setting",
    "routes": "model",
    "escalate": "setting",
    "model": "model",
    "fallbackModel": "model",
    "availableModels": "setting",
    "advisorModel": "model",
    "sandbox": "setting",
    "skillOverrides": "setting",
    "web_search": "setting",
    "git": "setting",
    "review": "setting",
}
# Keys a project never sets: endpoints and keys, what would hide or delete records or undo a person's own rules.
NEVER = (
    "providers",
    "compat",
    "ledger",
    "ui.keys",
    "disableAllHooks",
    "cleanupPeriodDays",
    "enableAllProjectMcpServers",
    "enabledMcpjsonServers",
)
# Keys whose one value can only restrict; the other value is a person's to set.
ONLY_TIGHTER: dict[str, Any] = {
    "disableSkillShellExecution": True,
    "lanes.creative.search": "off",  # a search costs money, and sends words on
    "lanes.analytical.search": "off",
    "lanes.ask": "never",  # `auto` would send prompts to the other vendor unasked
    "lanes.corrections": False,  # what a person does not want kept, no project keeps
    "lanes.one_vendor": True,
    "lanes.handoff.mode": "artifact",  # `full` would send it the whole history
}


@dataclass(frozen=True, slots=True, order=True)
class Power:
    """One thing a folder would do or allow: `kind` is hook, allow rule, model, …; `text` is word for word."""

    kind: str
    text: str


def powers_of(tree: Mapping[str, Any], root: Path) -> Iterator[Power]:
    """In the order of the file."""
    for key in _in_file_order(tree):
        value, kind = at(tree, key), POWERS[key]
        if key == "hooks":
            yield from _hooks(value, root)
        elif kind in {"allow rule", "additional directory"}:
            yield from (Power(kind, str(item)) for item in ([value] if isinstance(value, str) else value))
        elif key == "env":
            yield from (Power(kind, f"{name}={text}") for name, text in value.items())
        elif key == "statusLine":
            yield from _command(kind, str(value["command"]), "", root)
        else:
            yield Power(kind, f"{key}: {_json(value)}")


def at(tree: Mapping[str, Any], key: str) -> Any:
    """The value of a dotted key, None when it is not set."""
    value: Any = tree
    for part in key.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def without(tree: Mapping[str, Any], key: str) -> dict[str, Any]:
    """A copy without a dotted key."""
    first, _, rest = key.partition(".")
    if not rest:
        return {name: value for name, value in tree.items() if name != first}
    inner = tree.get(first)
    return {**tree, first: without(inner, rest)} if isinstance(inner, Mapping) else dict(tree)


def _in_file_order(tree: Mapping[str, Any]) -> list[str]:
    given = [key for key in POWERS if at(tree, key) not in (None, {}, [])]
    order = list(tree)
    return sorted(given, key=lambda key: order.index(key.partition(".")[0]))


def _hooks(events: Mapping[str, Any], root: Path) -> Iterator[Power]:
    for event, groups in events.items():
        for group in groups if isinstance(groups, list) else [groups]:
            yield from _group(event, group, root)


def _group(event: str, group: Any, root: Path) -> Iterator[Power]:
    entries = group.get("hooks") if isinstance(group, Mapping) else None
    if not isinstance(entries, list):
        yield Power("hook", f"{event}: {_json(group)}")
        return
    matcher = group.get("matcher")
    where = f"{event} {matcher}" if matcher else event
    for entry in entries:
        if isinstance(entry, Mapping) and isinstance(entry.get("command"), str):
            yield from _entry(where, entry, root)
        else:
            yield Power("hook", f"{where}: {_json(entry)}")


def _entry(where: str, entry: Mapping[str, Any], root: Path) -> Iterator[Power]:
    """The command, and every other field that changes what it does."""
    quiet = {"type", "command", "statusMessage"}
    rest = {key: value for key, value in entry.items() if key not in quiet}
    yield from _command("hook", entry["command"], where, root, rest)


def _command(kind: str, command: str, where: str, root: Path, rest: Mapping[str, Any] | None = None) -> Iterator[Power]:
    yield Power(kind, f"{where + ': ' if where else ''}{command}{' ' + _json(rest) if rest else ''}")
    arguments = rest.get("args") if rest else None
    words = [*_words(command), *(str(word) for word in arguments or () if isinstance(arguments, list))]
    for path in dict.fromkeys(_scripts(words, root)):
        yield Power("script", f"{path.relative_to(root)} (sha256 {_digest(path)})")


def _words(command: str) -> list[str]:
    try:
        return shlex.split(command)
    except ValueError:
        return command.split()


def _scripts(words: list[str], root: Path) -> Iterator[Path]:
    """The project's own files a command names: when one changes, what was agreed to has changed."""
    for word in words:
        for name in PROJECT_DIR:
            word = word.replace(name, str(root))
        try:
            path = (root / word).resolve()
            if path.is_relative_to(root) and path.is_file() and path.stat().st_size <= LARGEST_SCRIPT:
                yield path
        except (OSError, ValueError):
            continue


def _digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()[:16]
    except OSError:
        return "unreadable"


def _json(value: Any) -> str:
    return json.dumps(resolved(value), ensure_ascii=False)
