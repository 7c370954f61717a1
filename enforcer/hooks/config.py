"""The `hooks:` mapping of a settings file, read leniently: a bad entry is dropped alone and named."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from enforcer.hooks.events import EVENTS, NOT_FIRED, HookEvent

_EXACT_NAMES = re.compile(r"[A-Za-z0-9_\- ,|]*")


@dataclass(frozen=True, slots=True)
class Handler:
    """One command of the person. `args` present = run directly, without a shell."""

    event: str
    command: str
    args: tuple[str, ...] | None = None
    matcher: str = field(default="", compare=False)
    condition: str = ""  # one permission rule, tool events only
    timeout_s: float | None = None
    background: bool = False
    fail_closed: bool = False
    status: str = field(default="", compare=False)
    origin: str = field(default="", compare=False)  # the settings file; identical handlers of two files run once

    def matches(self, event: HookEvent) -> bool:
        subjects = event.subjects()
        if not subjects or self.matcher in {"", "*"}:
            return True
        if _EXACT_NAMES.fullmatch(self.matcher):
            names = {name.strip() for name in re.split(r"[|,]", self.matcher)}
            return not names.isdisjoint(subjects)
        return any(re.search(self.matcher, subject) for subject in subjects)


@dataclass(frozen=True, slots=True)
class HooksConfig:
    handlers: tuple[Handler, ...] = ()
    problems: tuple[str, ...] = ()  # one sentence each, naming file and key


class _Entry(BaseModel):
    model_config = ConfigDict(extra="allow", strict=True)

    type: str = "command"
    command: str = Field(min_length=1)
    args: list[str] | None = None
    condition: str = Field(default="", alias="if")
    timeout: float | None = Field(default=None, gt=0)
    background: bool = Field(default=False, alias="async")
    status: str = Field(default="", alias="statusMessage")
    fail_closed: bool = Field(default=False, alias="failClosed")


_KEYS = frozenset(info.alias or name for name, info in _Entry.model_fields.items())


def parse_hooks(data: object, *, origin: str) -> HooksConfig:
    """Never raises; what could not be used is in `problems`."""
    handlers: list[Handler] = []
    problems: list[str] = []
    for found in _read(data, origin):
        match found:
            case Handler():
                handlers.append(found)
            case problem:
                problems.append(problem)
    return HooksConfig(tuple(handlers), tuple(problems))


def _read(data: object, origin: str) -> Iterator[Handler | str]:
    if data is None:
        return
    if not isinstance(data, Mapping):
        yield f"{origin}: hooks must be a mapping from event to a list; it was left out"
        return
    for event, groups in data.items():
        where = f"{origin}: hooks.{event}"
        if problem := _event_problem(str(event), where):
            yield problem
        elif not isinstance(groups, list):
            yield f"{where} must be a list; it was left out"
        else:
            for index, group in enumerate(groups):
                yield from _group(str(event), group, f"{where}[{index}]", origin)


def _event_problem(event: str, where: str) -> str:
    if event in EVENTS:
        return ""
    if event in NOT_FIRED:
        return f"{where}: this version does not fire that event, so its hooks do not run"
    near = get_close_matches(event, EVENTS, n=1, cutoff=0.4)
    hint = f"; did you mean {near[0]}" if near else f"; the events are {', '.join(EVENTS)}"
    return f"{where} is not a hook event{hint}"


def _group(event: str, group: object, where: str, origin: str) -> Iterator[Handler | str]:
    if not isinstance(group, Mapping) or not isinstance(group.get("hooks"), list):
        yield f"{where} needs a list named hooks; it was left out"
        return
    matcher = group.get("matcher") or ""
    if not isinstance(matcher, str) or not _compiles(matcher):
        yield f"{where}.matcher is not a pattern; the entry was left out"
        return
    for index, entry in enumerate(group["hooks"]):
        yield from _handler(event, matcher, entry, f"{where}.hooks[{index}]", origin)


def _handler(event: str, matcher: str, entry: object, where: str, origin: str) -> Iterator[Handler | str]:
    kind = entry.get("type", "command") if isinstance(entry, Mapping) else "command"
    if kind != "command":
        yield f"{where}.type is '{kind}' and only 'command' hooks are run; it was left out"
        return
    try:
        read = _Entry.model_validate(entry)
    except ValidationError as error:
        yield _complaint(error, where)
        return
    if read.condition and not EVENTS[event].is_tool:
        yield f"{where}.if works on tool events only; the hook was left out"
        return
    yield from _strange_keys(read.model_extra or {}, where)
    args = None if read.args is None else tuple(read.args)
    yield Handler(
        event,
        read.command,
        args,
        matcher,
        read.condition,
        read.timeout,
        read.background,
        read.fail_closed,
        read.status,
        origin,
    )


def _complaint(error: ValidationError, where: str) -> str:
    first = error.errors()[0]
    key = ".".join([where, *(str(part) for part in first["loc"])])
    return f"{key}: {first['msg'][:1].lower()}{first['msg'][1:]}; the hook was left out"


def _strange_keys(extra: Mapping[str, Any], where: str) -> Iterator[str]:
    for key in extra:
        near = get_close_matches(key, _KEYS, n=1)
        yield f"{where}.{key} is not known and was ignored" + (f"; did you mean {near[0]}" if near else "")


def _compiles(pattern: str) -> bool:
    try:
        re.compile("" if pattern == "*" else pattern)
    except re.error:
        return False
    return True
