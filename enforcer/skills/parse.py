"""One skill read from its folder: what can be understood is kept, what cannot is named. Runs nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from enforcer.core.lanes import Lane
from enforcer.skills.frontmatter import Unreadable, mapping, parse, read_text, split, where

Declared = Lane | Literal["none"]  # "none" = this skill never asks and never moves the lane

NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
LONGEST_NAME = 64
LANE_KEY = "enforcer-lane"
FUNCTIONS_KEY = "enforcer-functions"
LONG_FORM = "enforcer.yaml"


class Level(StrEnum):
    """Where a skill came from; the first beats the later ones."""

    PROJECT = "project"
    USER = "user"
    SHIPPED = "shipped"


@dataclass(frozen=True, slots=True)
class Skill:
    """`path` is its SKILL.md. `warnings` are clauses about what was odd, for `doctor` and `skill-builder list`."""

    name: str
    description: str
    path: Path
    level: Level
    lane: Declared | None = None
    functions: Mapping[str, Declared] = field(default_factory=dict)
    when_to_use: str = ""
    argument_hint: str = ""
    allowed_tools: tuple[str, ...] = ()
    for_model: bool = True  # disable-model-invocation turned round
    for_person: bool = True  # user-invocable
    warnings: tuple[str, ...] = ()

    @property
    def folder(self) -> Path:
        return self.path.parent

    @property
    def body(self) -> str:
        """The text below the front matter, read now. Raises: Unreadable when the file changed for the worse."""
        return split(read_text(self.path))[1]


@dataclass(frozen=True, slots=True)
class Broken:
    """A skill that cannot be used, and the clause that says why."""

    name: str
    path: Path
    level: Level
    reason: str


def load(path: Path, level: Level) -> Skill | Broken:
    """The skill of a SKILL.md. Never raises for what stands in the file: a bad skill must not stop the others."""
    try:
        return _skill(path, level)
    except Unreadable as error:
        return Broken(_flat(path.parent.name), path, level, str(error))


def lane_of(text: str) -> Declared | None:
    """`creative`, `analytical` or `none`; None when it is something else."""
    word = text.strip().lower()
    if word == "none":
        return "none"
    return Lane(word) if word in set(Lane) else None


def functions_of(text: str) -> dict[str, str]:
    """`draft=creative, check=analytical` as a mapping; a piece without `=` keeps an empty lane."""
    pairs = (piece.partition("=") for piece in text.split(",") if piece.strip())
    return {name.strip(): lane.strip() for name, _, lane in pairs}


def _words(value: object) -> object:
    """A list, or one line split at commas and blanks outside of parentheses: `Bash(git *) Read`."""
    return re.findall(r"(?:\([^)]*\)|[^\s,(])+", value) if isinstance(value, str) else value


class _Fields(BaseModel):
    model_config = ConfigDict(extra="ignore")

    name: str = ""
    description: str = ""
    when_to_use: str = ""
    argument_hint: str = Field("", alias="argument-hint")
    allowed_tools: Annotated[tuple[str, ...], BeforeValidator(_words)] = Field((), alias="allowed-tools")
    disable_model_invocation: bool = Field(False, alias="disable-model-invocation")
    user_invocable: bool = Field(True, alias="user-invocable")
    metadata: dict[str, str] = Field(default_factory=dict)
    lane: str = ""
    lanes: str | dict[str, str] = ""


class _LongForm(BaseModel):
    model_config = ConfigDict(extra="ignore")

    lane: str = ""
    functions: dict[str, str] = Field(default_factory=dict)


KNOWN = frozenset(
    {model_field.alias or name for name, model_field in _Fields.model_fields.items()}
    | {"license", "compatibility", "arguments", "disallowed-tools", "model", "effort"}
    | {"context", "agent", "background", "hooks", "paths", "shell"}
)
Schema = TypeVar("Schema", bound=BaseModel)


def _skill(path: Path, level: Level) -> Skill:
    front = parse(read_text(path), KNOWN)
    warnings = list(front.warnings)
    fields = _checked(_Fields, front.fields, path.name, warnings)
    if not fields.description.strip():
        raise Unreadable("it has no description, so nobody would know when to use it")
    lane, functions = _lanes(path, fields, warnings)
    return Skill(
        name=_name(fields.name, path, warnings),
        description=_flat(fields.description),
        path=path,
        level=level,
        lane=lane,
        functions=functions,
        when_to_use=_flat(fields.when_to_use),
        argument_hint=_flat(fields.argument_hint),
        allowed_tools=fields.allowed_tools,
        for_model=not fields.disable_model_invocation,
        for_person=fields.user_invocable,
        warnings=tuple(warnings),
    )


def _checked(schema: type[Schema], data: Mapping[str, Any], file: str, warnings: list[str]) -> Schema:
    try:
        return schema.model_validate(data)
    except ValidationError as error:
        wrong = sorted({str(problem["loc"][0]) for problem in error.errors()})
    warnings.extend(f"{file}: '{key}' has the wrong type and is left out" for key in wrong)
    return schema.model_validate({key: value for key, value in data.items() if key not in wrong})


def _name(given: str, path: Path, warnings: list[str]) -> str:
    folder = path.parent.name
    name = _flat(given) or _flat(folder)
    if not given:
        warnings.append(f"it has no name; the folder's name {name} is used")
    elif name != folder:
        warnings.append(f"its name {name} differs from its folder {_flat(folder)}")
    if len(name) > LONGEST_NAME or not NAME.fullmatch(name):
        warnings.append(f"the name {name} is not made of lower-case letters, digits and single hyphens (at most 64)")
    return name


def _lanes(path: Path, fields: _Fields, warnings: list[str]) -> tuple[Declared | None, dict[str, Declared]]:
    """The long form beats `metadata`, which beats the top-level keys."""
    long = _long_form(path.with_name(LONG_FORM), warnings)
    short = fields.lanes if isinstance(fields.lanes, str) else ""
    listed = fields.lanes if isinstance(fields.lanes, dict) else functions_of(short) if "=" in short else {}
    alone = "" if "=" in short else short
    lane = long.lane or fields.metadata.get(LANE_KEY) or fields.lane or alone
    functions = long.functions or functions_of(fields.metadata.get(FUNCTIONS_KEY, "")) or listed
    known = {name: lane_of(value) for name, value in functions.items()}
    for name in (name for name, declared in known.items() if declared is None):
        warnings.append(f"the lane of function {_flat(name)} is none of creative, analytical, none")
    declared = lane_of(lane)
    if lane and declared is None:
        warnings.append(f"the lane '{_flat(lane)}' is none of creative, analytical, none")
    return declared, {_flat(name): value for name, value in known.items() if value is not None}


def _long_form(path: Path, warnings: list[str]) -> _LongForm:
    if not path.exists():
        return _LongForm()
    try:
        return _checked(_LongForm, mapping(read_text(path)), path.name, warnings)
    except Unreadable as error:
        warnings.append(f"{path.name} is left out: {error}")
    except yaml.YAMLError as error:
        warnings.append(f"{path.name} is left out: it is not YAML ({where(error, 1)})")
    return _LongForm()


def _flat(text: str) -> str:
    """One line without control characters: it ends up in prompts and on terminals."""
    return "".join(char for char in " ".join(text.split()) if char.isprintable())
