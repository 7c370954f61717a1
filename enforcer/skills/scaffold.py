"""A new skill from a template: the same request always gives the same bytes. Asks no model and no git."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from jinja2 import PackageLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from enforcer.core.errors import EnforcerError, UsageError
from enforcer.core.lanes import Lane
from enforcer.skills.parse import LONG_FORM, Declared, lane_of
from enforcer.skills.validate import LONGEST_DESCRIPTION, name_problem


class Template(StrEnum):
    BASIC = "basic"
    WORKFLOW = "workflow"
    DELEGATING = "delegating"


@dataclass(frozen=True, slots=True)
class NewSkill:
    """What is asked for. Raises: UsageError when a name or the description cannot be used."""

    name: str
    description: str = ""
    lane: Declared | None = None
    functions: Mapping[str, Declared] = field(default_factory=dict)
    template: Template = Template.BASIC

    def __post_init__(self) -> None:
        problem = name_problem(self.name)
        if problem:
            shown = self.name if len(self.name) <= 80 else f"{self.name[:79]}…"
            raise UsageError(f"{shown!r} cannot name a skill: {problem}; try a name like release-notes")
        if len(self.description) > LONGEST_DESCRIPTION:
            raise UsageError(f"the description is longer than {LONGEST_DESCRIPTION} characters; shorten it")
        for function in self.functions:
            problem = name_problem(function)
            if problem:
                raise UsageError(f"{function!r} cannot name a function: {problem}; try a name like draft")
        if self.template is Template.DELEGATING and self.lane == "none":
            raise UsageError("the delegating template needs a lane; use --lane creative or --lane analytical")


def parse_functions(pairs: list[str]) -> dict[str, Declared]:
    """`["draft=creative"]` as a mapping. Raises: UsageError."""
    functions: dict[str, Declared] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        lane = lane_of(value)
        if not equals or lane is None:
            raise UsageError(f"'{pair}' is no function; write it as name=creative, name=analytical or name=none")
        if name in functions:
            raise UsageError(f"the function {name} is given twice; name it once")
        functions[name] = lane
    return functions


def render(new: NewSkill) -> dict[str, str]:
    """The files of the skill: path inside its folder, and text."""
    lane = new.lane or (Lane.CREATIVE if new.template is Template.DELEGATING else None)
    other = lane.other if isinstance(lane, Lane) else None
    values = {
        "name": new.name,
        "title": new.name.replace("-", " ").capitalize(),
        "description": " ".join(new.description.split()) or f"Say what {new.name} does and when to use it.",
        "lane": str(lane) if lane else "",
        "functions": {name: str(value) for name, value in new.functions.items()},
        "other": str(other) if other else "",
        "delegating": new.template is Template.DELEGATING,
    }
    templates = {"SKILL.md": f"{new.template}.md.j2", "references/README.md": "references.md.j2"}
    if lane or new.functions:
        templates[LONG_FORM] = "enforcer.yaml.j2"
    environment = _environment()
    return {path: environment.get_template(name).render(values) for path, name in sorted(templates.items())}


def scaffold(new: NewSkill, into: Path, *, force: bool = False) -> tuple[Path, ...]:
    """Write the skill to `into`/name and return the files.

    `force` writes over the files of the template in a folder that exists; it removes nothing.
    Raises: EnforcerError when the folder exists, or is or holds a link that would lead elsewhere.
    """
    folder = into / new.name
    if os.path.lexists(folder) and not force:
        raise EnforcerError(
            f"{folder} exists; look at it with 'skill-builder validate {folder}' or write over it with --force"
        )
    files = {folder / path: text for path, text in render(new).items()}
    for path in (folder, folder / "references", *files):
        if path.is_symlink():
            raise EnforcerError(f"{path} is a link; remove it first, so that nothing elsewhere is written over")
    try:
        for path, text in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise EnforcerError(f"{folder} cannot be written: {error.strerror}; choose another folder by --path") from error
    return tuple(files)


def _environment() -> ImmutableSandboxedEnvironment:
    # Text for Markdown and YAML, no HTML: escaping would change what the person wrote.
    environment = ImmutableSandboxedEnvironment(
        loader=PackageLoader("enforcer.skills"),
        undefined=StrictUndefined,
        autoescape=False,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["quoted"] = _quoted
    return environment


def _quoted(text: str) -> str:
    """A double-quoted YAML scalar: JSON strings are YAML strings."""
    return json.dumps(text, ensure_ascii=False)
