"""`checkpoints.yaml`: what `audit --fix` wrote, what people wrote beside it, and what they changed in `overrides`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from enforcer.checkpoints.checkpoint import (
    MEASURES,
    OPERATORS,
    Check,
    Checkpoint,
    Class,
    Evidence,
    Kind,
    Match,
    On,
    Severity,
)
from enforcer.config.yaml import read_text, resolved
from enforcer.core.errors import UsageError

AUDIT = "audit"
KEY = "checkpoints"
HEAD = (
    "# Checks of the rules in skills. Entries with `by: audit` are written by `skill-builder audit --fix`;\n"
    "# change one under overrides, e.g. `overrides: {deploy/tests-first: {severity: warn}}`. Others are yours.\n"
)
ORDER = ["id", "directive", "skill", "text", "class", "on", "match", "check", "severity", "evidence", "proof", "by"]
_ID = re.compile(r"[a-z0-9@][a-z0-9._@/-]{0,99}")
_NEEDS = {
    Kind.COMMAND: ("run",),
    Kind.REGEX_DENY: ("pattern",),
    Kind.REGEX_REQUIRE: ("pattern",),
    Kind.PATH_DENY: (),
    Kind.THRESHOLD: ("op", "value"),
    Kind.RECEIPT: ("of",),
    Kind.ORDER: ("before", "after"),
    Kind.JUDGE: ("rubric",),
}


@dataclass(frozen=True, slots=True)
class Authored:
    """What the file holds. `problems` are sentences that name file and entry; such an entry is not in use."""

    checkpoints: tuple[Checkpoint, ...] = ()
    overrides: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    problems: tuple[str, ...] = ()

    @property
    def own(self) -> tuple[Checkpoint, ...]:
        """Those a person wrote."""
        return tuple(each for each in self.checkpoints if each.by != AUDIT)

    def overridden(self, each: Checkpoint) -> Checkpoint:
        """As the person wants it."""
        said = self.overrides.get(each.id, {})
        on = tuple(On(name) for name in said["on"]) if "on" in said else each.on
        paths = tuple(said["paths"]) if "paths" in said else each.match.paths
        severity = Severity(said.get("severity", each.severity))
        evidence = Evidence(said.get("evidence", each.evidence))
        match = replace(each.match, paths=paths)
        return replace(each, on=on, match=match, severity=severity, evidence=evidence)


def _several(value: object) -> object:
    return [value] if isinstance(value, str) else value


Words = Annotated[tuple[str, ...], BeforeValidator(_several)]


class _Closed(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Match(_Closed):
    tool: Words = ()
    paths: Words = ()
    in_use: bool = False


class _Check(_Closed):
    kind: Kind
    run: Words = ()
    timeout_s: float = Field(default=600.0, gt=0, le=3600)
    pattern: str = ""
    ignore_case: bool = False
    measure: str = ""
    op: str = ""
    value: float | None = None
    of: str = ""
    before: str = ""
    after: str = ""
    lane: Literal["", "creative", "analytical"] = ""
    rubric: str = ""

    @model_validator(mode="after")
    def _complete(self) -> _Check:
        for name in _NEEDS[self.kind]:
            if getattr(self, name) in ("", (), None):
                raise ValueError(f"a check of kind {self.kind} needs {name}")
        if self.kind is Kind.THRESHOLD and bool(self.run) == bool(self.measure):
            raise ValueError("a threshold needs either run or measure")
        if self.op and self.op not in OPERATORS:
            raise ValueError(f"op must be one of {' '.join(OPERATORS)}")
        if self.measure and self.measure not in MEASURES:
            raise ValueError(f"measure must be one of {', '.join(MEASURES)}")
        _compiles(self.pattern)
        return self


class _Entry(_Closed):
    id: str
    directive: str = ""
    skill: str = ""
    text: str = ""
    class_: Class = Field(default=Class.MECHANICAL, alias="class")
    on: tuple[On, ...] = Field(min_length=1)
    match: _Match = _Match()
    check: _Check
    severity: Severity = Severity.BLOCK
    evidence: Evidence = Evidence.TREE
    proof: dict[Literal["pass", "fail"], str] = {}
    by: str = ""


class _Override(_Closed):
    severity: Severity | None = None
    evidence: Evidence | None = None
    on: tuple[On, ...] | None = None
    paths: Words | None = None


def read_authored(path: Path) -> Authored:
    """Never raises; a file that is no YAML is one problem, and then nothing of it is in use."""
    try:
        data = resolved(read_text(path.read_text("utf-8"), str(path))) if path.exists() else {}
    except (UsageError, UnicodeDecodeError) as error:
        return Authored(problems=(str(error) if isinstance(error, UsageError) else f"{path} is not UTF-8 text",))
    except OSError as error:
        return Authored(problems=(f"{path} cannot be read: {error.strerror}",))
    if not isinstance(data, Mapping):
        return Authored(problems=() if data is None else (f"{path} must hold keys, of which {KEY} is a list",))
    found = tuple(_entries(data.get(KEY) or [], path))
    overrides = dict(_overrides(data.get("overrides") or {}, path))
    strange = [f"{path}: {key} is not known; use {KEY} or overrides" for key in data if key not in {KEY, "overrides"}]
    problems = [each for each in (*found, *overrides.values()) if isinstance(each, str)]
    return Authored(
        tuple(each for each in found if isinstance(each, Checkpoint)),
        {name: said for name, said in overrides.items() if not isinstance(said, str)},
        (*problems, *_twice(found, path), *strange),
    )


def rewritten(text: str, source: str, entries: Sequence[Checkpoint]) -> str:
    """The file with these as its list; the rest of it, comments and overrides, as it was. Raises: UsageError."""
    listed = _block({KEY: [_as_written(each) for each in entries]})
    lines = (text or HEAD).splitlines(keepends=True)
    place = _place(text, source)
    first, last = place or (len(lines), len(lines))
    before = "".join(lines[:first])
    made = f"{before}{'' if not before or before.endswith(chr(10)) else chr(10)}{listed}{''.join(lines[last:])}"
    read_text(made, source)  # what is written can be read
    return made


def _block(value: Mapping[str, Any]) -> str:
    return yaml.safe_dump(dict(value), sort_keys=False, allow_unicode=True, width=110, default_flow_style=False)


def _place(text: str, source: str) -> tuple[int, int] | None:
    """The lines of the list: from its key to its last one. Raises: UsageError when it does not begin a line."""
    root = yaml.compose(text, Loader=yaml.SafeLoader) if text.strip() else None
    if not isinstance(root, yaml.MappingNode):
        return None
    for key, value in root.value:
        if key.value == KEY:
            if root.flow_style:
                raise UsageError(f"{source} is written in braces; write it with one key a line, and run it again")
            last = value.end_mark.line + (value.end_mark.column > 0)
            return key.start_mark.line, max(last, key.start_mark.line + 1)
    return None


def _as_written(each: Checkpoint) -> dict[str, Any]:
    told = each.to_json()
    match = dict(told.pop("match", {}))
    if "tools" in match:
        match["tool"] = match.pop("tools")
    whole = {**told, **({"match": match} if match else {})}
    return {name: whole[name] for name in ORDER if name in whole}


def _entries(listed: object, path: Path) -> Iterator[Checkpoint | str]:
    if not isinstance(listed, list):
        yield f"{path}: {KEY} must be a list"
        return
    for number, entry in enumerate(listed):
        name = entry.get("id") if isinstance(entry, Mapping) else None
        where = f"{path}: {KEY}[{number}]" + (f" ({name})" if name else "")
        try:
            yield _checkpoint(_Entry.model_validate(entry))
        except ValidationError as error:
            yield _sentence(where, error)


def _checkpoint(entry: _Entry) -> Checkpoint:
    check = entry.check.model_dump()
    return Checkpoint(
        id=entry.id,
        directive=entry.directive,
        skill=entry.skill,
        text=entry.text,
        check=Check(**{**check, "value": check["value"] or 0.0}),
        on=entry.on,
        match=Match(entry.match.tool, entry.match.paths, entry.match.in_use),
        class_=entry.class_,
        severity=entry.severity,
        evidence=entry.evidence,
        proof={str(name): path for name, path in entry.proof.items()},
        by=entry.by,
    )


def _overrides(given: object, path: Path) -> Iterator[tuple[str, Mapping[str, Any] | str]]:
    if not isinstance(given, Mapping):
        yield "", f"{path}: overrides must be a mapping from the id of a checkpoint"
        return
    for name, said in given.items():
        try:
            yield name, _Override.model_validate(said).model_dump(exclude_none=True)
        except ValidationError as error:
            yield name, _sentence(f"{path}: overrides.{name}", error)


def _twice(found: Iterable[Checkpoint | str], path: Path) -> Iterator[str]:
    seen: set[str] = set()
    for each in found:
        if isinstance(each, Checkpoint):
            if not _ID.fullmatch(each.id):
                yield f"{path}: {each.id!r} cannot be an id; write it like deploy/tests-first"
            if each.id in seen:
                yield f"{path}: {each.id} stands there twice; keep one"
            seen.add(each.id)


def _sentence(where: str, error: ValidationError) -> str:
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"])
    what = first["msg"].removeprefix("Value error, ")
    return f"{where}{f'.{place}' if place else ''}: {what[:1].lower()}{what[1:]}; the entry is not in use"


def _compiles(pattern: str) -> None:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"the pattern cannot be read: {error}") from error
