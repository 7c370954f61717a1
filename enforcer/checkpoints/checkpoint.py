"""A checkpoint: one rule as a check that runs outside the model. Values only; read from the compiled file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    COMMAND = "command"
    REGEX_DENY = "regex-deny"
    REGEX_REQUIRE = "regex-require"
    PATH_DENY = "path-deny"
    THRESHOLD = "threshold"
    RECEIPT = "receipt"
    ORDER = "order"
    JUDGE = "judge"


class On(StrEnum):
    """When it is evaluated. The last two are the git hooks'."""

    PRE_TOOL = "pre-tool"
    POST_TOOL = "post-tool"
    STOP = "stop"
    SUBAGENT_STOP = "subagent-stop"
    COMMIT = "commit"
    PUSH = "push"


class Severity(StrEnum):
    BLOCK = "block"
    ASK = "ask"
    WARN = "warn"


class Class(StrEnum):
    """What enforces a directive: code, another model, or nothing but its presence."""

    MECHANICAL = "mechanical"
    JUDGED = "judged"
    GUIDANCE = "guidance"


class Evidence(StrEnum):
    """What a pass is bound to: the whole tree, the change, or the session."""

    TREE = "tree"
    PATCH = "patch"
    SESSION = "session"


OPERATORS = ("<", "<=", "==", "!=", ">=", ">")
MEASURES = ("words", "lines", "characters", "sources")  # of a file, without a command


@dataclass(frozen=True, slots=True)
class Match:
    """Which calls and files it speaks of. Without tools and paths: everything that is written."""

    tools: tuple[str, ...] = ()  # permission rules
    paths: tuple[str, ...] = ()  # as in .gitignore, from the root of the project
    in_use: bool = False  # only while the session uses the skill


EVERYTHING = Match()


@dataclass(frozen=True, slots=True)
class Check:
    """`kind` says which of the others are set."""

    kind: Kind
    run: tuple[str, ...] = ()  # command, threshold: the program and its arguments
    timeout_s: float = 600.0
    pattern: str = ""  # regex-deny, regex-require
    ignore_case: bool = False
    measure: str = ""  # threshold without a command
    op: str = ""
    value: float = 0.0
    of: str = ""  # receipt: the id of a checkpoint
    before: str = ""  # order: a permission rule
    after: str = ""
    lane: str = ""  # judge; "" = the lane that did not do the work
    rubric: str = ""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """`text` is the directive, word for word: whoever is stopped reads it."""

    id: str
    directive: str
    skill: str
    text: str
    check: Check
    on: tuple[On, ...]
    match: Match = EVERYTHING
    class_: Class = Class.MECHANICAL
    severity: Severity = Severity.BLOCK
    evidence: Evidence = Evidence.TREE
    proof: Mapping[str, str] = field(default_factory=dict)  # pass, fail: paths from the root of the project
    by: str = ""  # "audit", or "" when a person wrote it

    def to_json(self) -> dict[str, Any]:
        """What is compiled: only what is set, so that a diff is short."""
        told = {_outside(name): _plain(getattr(self, name)) for name in _names(self)}
        return {name: value for name, value in told.items() if value not in ({}, "", [])}


def from_json(data: Mapping[str, Any]) -> Checkpoint:
    """Raises: KeyError, ValueError, TypeError when it was not written by `to_json`."""
    check, match = dict(data["check"]), dict(data.get("match") or {})
    return Checkpoint(
        id=str(data["id"]),
        directive=str(data.get("directive", "")),
        skill=str(data.get("skill", "")),
        text=str(data.get("text", "")),
        check=Check(Kind(check.pop("kind")), **{**check, "run": tuple(check.get("run") or ())}),
        on=tuple(On(each) for each in data["on"]),
        match=Match(tuple(match.get("tools") or ()), tuple(match.get("paths") or ()), bool(match.get("in_use", False))),
        class_=Class(data.get("class", Class.MECHANICAL)),
        severity=Severity(data.get("severity", Severity.BLOCK)),
        evidence=Evidence(data.get("evidence", Evidence.TREE)),
        proof=dict(data.get("proof") or {}),
        by=str(data.get("by", "")),
    )


def _plain(value: Any) -> Any:
    match value:
        case Check() | Match():
            empty = type(value)(value.kind) if isinstance(value, Check) else Match()
            return {
                name: _plain(getattr(value, name))
                for name in _names(value)
                if name == "kind" or getattr(value, name) != getattr(empty, name)
            }
        case tuple():
            return [_plain(item) for item in value]
        case StrEnum():
            return value.value
        case Mapping():
            return dict(value)
    return value


def _names(value: Any) -> list[str]:
    return [each.name for each in fields(value)]


def _outside(name: str) -> str:
    return name.rstrip("_")
