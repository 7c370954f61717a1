"""The strict reading of a skill: what the Agent Skills format promises to every client, and our own keys."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from enforcer.skills.frontmatter import FRONT_STARTS, Unreadable, mapping, read_text, split, where
from enforcer.skills.parse import FUNCTIONS_KEY, LANE_KEY, LONG_FORM, LONGEST_NAME, NAME, functions_of, lane_of

KEYS = ("name", "description", "license", "compatibility", "metadata", "allowed-tools")
LONGEST_DESCRIPTION = 1_024
LONGEST_COMPATIBILITY = 500
# A folder of this name cannot exist on every system a skill is shared to.
RESERVED = frozenset({"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))})


@dataclass(frozen=True, slots=True)
class Finding:
    path: Path
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}"


def validate(folder: Path) -> tuple[Finding, ...]:
    """Everything that is wrong with the skill in `folder`, in the order of the file; empty when it is valid."""
    path = next((folder / name for name in ("SKILL.md", "skill.md") if (folder / name).exists()), folder / "SKILL.md")
    if not path.exists():
        return (Finding(path, "there is no SKILL.md in this folder"),)
    try:
        front, body = split(read_text(path))
        fields = mapping(front)
        found = [*_shape(front), *_fields(fields, folder.resolve().name)]
    except Unreadable as error:
        return (Finding(path, str(error)),)
    except yaml.YAMLError as error:
        return (Finding(path, f"the front matter is not YAML ({where(error, FRONT_STARTS)})"),)
    if not body.strip():
        found.append("there is no text below the front matter")
    return (*(Finding(path, message) for message in found), *_long_form(folder / LONG_FORM))


def name_problem(name: str) -> str | None:
    """Why this cannot name a skill, as a clause; None when it can. Names become folders, so this is a guard too."""
    if not name:
        return "it is empty"
    if len(name) > LONGEST_NAME:
        return f"it has {len(name)} characters; at most {LONGEST_NAME} are allowed"
    if unicodedata.normalize("NFKC", name) != name or not NAME.fullmatch(name):
        return "only lower-case letters, digits and single hyphens between them are allowed"
    return "the name is reserved by Windows" if name in RESERVED else None


def _shape(front: str) -> Iterator[str]:
    """What strict readers of the format refuse though YAML allows it."""
    seen: set[str] = set()
    for event in yaml.parse(front, Loader=yaml.SafeLoader):
        line = _line(event.start_mark)
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            yield f"line {line}: anchors and aliases are not allowed"
        elif getattr(event, "flow_style", False):
            yield f"line {line}: lists and mappings in brackets are not allowed; use one line per entry"
        elif getattr(event, "tag", None):
            yield f"line {line}: tags are not allowed"
    node = yaml.compose(front, Loader=yaml.SafeLoader)
    for key, _ in node.value if isinstance(node, yaml.MappingNode) else ():
        if key.value in seen:
            yield f"line {_line(key.start_mark)}: '{key.value}' is given twice"
        seen.add(key.value)


def _line(mark: Any) -> int:
    return int(mark.line) + FRONT_STARTS


def _fields(fields: Mapping[str, Any], folder: str) -> Iterator[str]:
    for key in fields:
        if key not in KEYS:
            yield f"'{key}' is no key of the format; allowed are {', '.join(KEYS)}"
    yield from _name(fields.get("name"), folder)
    yield from _text(fields, "description", LONGEST_DESCRIPTION, required=True)
    yield from _text(fields, "compatibility", LONGEST_COMPATIBILITY)
    yield from _text(fields, "license")
    yield from _text(fields, "allowed-tools")
    yield from _metadata(fields.get("metadata", {}))


def _name(name: object, folder: str) -> Iterator[str]:
    if not isinstance(name, str):
        yield "'name' is missing"
        return
    problem = name_problem(name)
    if problem:
        yield f"'name' is wrong: {problem}"
    if name != folder:
        yield f"'name' is {name} but the folder is {folder}; they must be the same"


def _text(
    fields: Mapping[str, Any], key: str, longest: int = LONGEST_DESCRIPTION, *, required: bool = False
) -> Iterator[str]:
    if key not in fields:
        if required:
            yield f"'{key}' is missing"
        return
    value = fields[key]
    if not isinstance(value, str):
        yield f"'{key}' must be one line of text"
    elif not value.strip():
        yield f"'{key}' is empty"
    elif len(value) > longest:
        yield f"'{key}' has {len(value)} characters; at most {longest} are allowed"


def _metadata(metadata: object) -> Iterator[str]:
    if not isinstance(metadata, dict) or not all(isinstance(value, str) for value in metadata.values()):
        yield "'metadata' must be keys with one line of text each"
        return
    yield from _lane(f"metadata: {LANE_KEY}", metadata.get(LANE_KEY))
    for function, lane in functions_of(metadata.get(FUNCTIONS_KEY, "")).items():
        yield from _lane(f"metadata: {FUNCTIONS_KEY}: {function}", lane)


def _lane(where: str, lane: object) -> Iterator[str]:
    if lane is not None and (not isinstance(lane, str) or lane_of(lane) is None):
        yield f"'{where}' must be creative, analytical or none"


def _long_form(path: Path) -> Iterator[Finding]:
    if not path.exists():
        return
    try:
        data = mapping(read_text(path))
    except Unreadable as error:
        yield Finding(path, str(error))
        return
    except yaml.YAMLError as error:
        yield Finding(path, f"it is not YAML ({where(error, 1)})")
        return
    functions = data.get("functions", {})
    if not isinstance(functions, dict):
        yield Finding(path, "'functions' must be names with a lane each")
        functions = {}
    pairs = [("lane", data.get("lane")), *((f"functions: {name}", lane) for name, lane in functions.items())]
    for place, lane in pairs:
        yield from (Finding(path, message) for message in _lane(place, lane))
