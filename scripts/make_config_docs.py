"""Writes the table of keys in docs/configuration.md from the types in enforcer/config/schema.py.

Without arguments it writes; with --check it says whether the table is current.
"""

from __future__ import annotations

import re
import sys
import types
from collections.abc import Iterator, Mapping
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from enforcer.config import schema

PAGE = Path(__file__).parents[1] / "docs" / "configuration.md"
BEGIN, END = "<!-- keys: written by scripts/make_config_docs.py -->\n", "<!-- end of keys -->\n"

MEANINGS = {
    "providers.NAME.base_url": "address of the service, instead of the vendor's",
    "providers.NAME.key_env": "the variable that holds the key",
    "providers.NAME.tries": "tries of a request while the service is busy; 3 at most where nothing answers",
    "providers.NAME.first_byte_s": "seconds to wait for the first byte of a reply",
    "providers.NAME.idle_s": "seconds of silence inside a reply before it counts as cut",
    "lanes.creative.model": "the creative model",
    "lanes.creative.fallback": "models a delegation tries, in order, when it cannot be reached",
    "lanes.creative.effort": "how hard it thinks, in the vendor's words",
    "lanes.creative.tools.deny": "tools this lane is not offered",
    "lanes.analytical.model": "the analytical model",
    "lanes.analytical.fallback": "models a delegation tries, in order, when it cannot be reached",
    "lanes.analytical.effort": "how hard it thinks, in the vendor's words",
    "lanes.analytical.tools.deny": "tools this lane is not offered",
    "lanes.default": "the lane a session starts in",
    "lanes.ask": "when a prompt belongs to the other lane: ask once per endeavor, switch by itself, or stay",
    "lanes.ask_timeout_s": "seconds after which the lane question counts as a no; null waits",
    "lanes.headless": "with -p: start in the lane of the prompt, stay in the default, or stay and only delegate",
    "lanes.classifier.ask_at": "certainty from which it asks, 0 to 1; null is the classifier's own",
    "lanes.classifier.drift_turns": "turns of the other lane in a row that begin a new endeavor",
    "lanes.classifier.drift_at": "certainty from which such a turn counts",
    "lanes.handoff.mode": "what the other model gets: the handoff, or the whole history",
    "lanes.handoff.tail_turns": "last turns that go with the handoff word for word",
    "lanes.handoff.max_tokens": "size of a handoff",
    "lanes.delegation.enabled": "whether a lane may give steps to the other",
    "lanes.delegation.timeout_s": "seconds a delegated step may take",
    "lanes.delegation.max_turns": "model requests a delegated step may make",
    "lanes.skills.NAME": "the lane of a skill, or of one of its functions as skill:function",
    "lanes.pin": "when another model answers: stop, or only say so; null stops, but not for openai-compatible",
    "permissions.allow": "rules for what needs no question",
    "permissions.ask": "rules for what is always asked",
    "permissions.deny": "rules for what is refused; no other rule lifts them",
    "permissions.additionalDirectories": "more folders the tools may work in",
    "permissions.defaultMode": "the mode a session starts in",
    "permissions.disableBypassPermissionsMode": "switches bypassPermissions off",
    "hooks": "commands at points of a session; see [hooks](hooks.md)",
    "disableAllHooks": "no hook runs",
    "memory.files": "instructions that are read, by name, from the project's folders and your config folder",
    "memory.imports": "whether `@file` in them is followed",
    "ui.color": "colours; auto looks at the terminal and NO_COLOR",
    "ui.animations": "moving parts while a model works",
    "ui.screen_reader": "no moving parts and no drawing over what was written",
    "ledger.enabled": "whether model requests are written down",
    "ledger.keep_days": "days after which rows are removed; null keeps them",
    "compat.claude": "of Claude Code's settings files: nothing, only what restricts, or all that is for a harness",
}


def rows(model: type[BaseModel] = schema.SettingsFile, prefix: str = "") -> Iterator[tuple[str, str, str]]:
    """Key, type and default of every leaf, as the schema has them."""
    for name, field in model.model_fields.items():
        key, kind = f"{prefix}{name}", field.annotation
        default = field.get_default(call_default_factory=True)
        if isinstance(default, BaseModel):
            yield from _section(default, key)
        elif inner := _mapped_section(kind):
            yield from rows(inner, f"{key}.NAME.")
        elif key == "lanes.skills":
            yield f"{key}.NAME", "creative, analytical or none", ""
        else:
            yield key, words(kind), shown(default)


def _section(section: BaseModel, key: str) -> Iterator[tuple[str, str, str]]:
    """A section with the defaults it has in this place."""
    for name, field in type(section).model_fields.items():
        value, inner = getattr(section, name), f"{key}.{name}"
        if isinstance(value, BaseModel):
            yield from _section(value, inner)
        elif inner == "lanes.skills":
            yield f"{inner}.NAME", "creative, analytical or none", ""
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
    names = {"str": "text", "bool": "true or false", "int": "whole number", "float": "number", "ModelRef": "model"}
    return names.get(getattr(kind, "__name__", ""), "mapping" if get_origin(kind) or kind is dict else "any")


def shown(default: Any) -> str:
    """A default, as it would be written in YAML."""
    if default is PydanticUndefined or default is None:
        return "null"
    if isinstance(default, bool):
        return str(default).lower()
    if isinstance(default, tuple):
        return f"[{', '.join(map(str, default))}]"
    return "{}" if default == {} else f"{default:g}" if isinstance(default, float) else str(default)


def table() -> str:
    """The keys that act, then the ones that are only accepted."""
    every = list(rows())
    lines = ["| key | type | default | meaning |", "|---|---|---|---|"]
    lines += [
        f"| `{key}` | {kind} | {f'`{default}`' if default else ''} | {MEANINGS[key]} |"
        for key, kind, default in every
        if key in MEANINGS
    ]
    kept = ", ".join(f"`{key}`" for key, _, _ in every if key not in MEANINGS)
    return "\n".join([*lines, "", f"Accepted, and without effect in this version: {kept}.", ""])


def main() -> int:
    text = PAGE.read_text("utf-8")
    unknown = set(MEANINGS) - {key for key, _, _ in rows()}
    if unknown:
        sys.stderr.write(f"not in the schema: {', '.join(sorted(unknown))}\n")
        return 1
    pattern = re.compile(f"{re.escape(BEGIN)}.*?{re.escape(END)}", re.DOTALL)
    current = pattern.sub(lambda _: f"{BEGIN}{table()}{END}", text)
    if "--check" in sys.argv[1:]:
        if current != text:
            sys.stderr.write("docs/configuration.md is not current; run: python scripts/make_config_docs.py\n")
        return int(current != text)
    PAGE.write_text(current, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
