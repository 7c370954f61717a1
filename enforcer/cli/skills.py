"""`skill-builder`, which is also `enforcer skill`: make, list, show and validate skills."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from enforcer.cli import auditing, directives, newrules
from enforcer.cli.place import project_folder
from enforcer.core.errors import EnforcerError, ExitCode, UsageError

if TYPE_CHECKING:
    from enforcer.skills.find import Catalogue
    from enforcer.skills.parse import Skill

app = typer.Typer(
    help="Make, list, show and validate skills.",
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

rules = typer.Typer(
    help="The rules of skills, word for word: add, change, retire and accept them.",
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    rich_markup_mode=None,
    no_args_is_help=True,
)
for verb in (directives.add, directives.amend, directives.retire, directives.accept):
    rules.command()(verb)
app.add_typer(rules, name="directive")
app.command()(auditing.audit)
app.command()(auditing.checksum)

Json = Annotated[bool, typer.Option("--json", help="One JSON object instead of text.")]


@app.command()
def new(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="Lower-case letters, digits and hyphens; also the folder's name.")
    ],
    description: Annotated[str, typer.Option(metavar="TEXT", help="What it does and when to use it.")] = "",
    lane: Annotated[str | None, typer.Option(metavar="LANE", help="creative, analytical or none.")] = None,
    function: Annotated[
        list[str] | None, typer.Option(metavar="NAME=LANE", help="A function and its lane; repeatable.")
    ] = None,
    template: Annotated[str, typer.Option(metavar="TEMPLATE", help="basic, workflow or delegating.")] = "basic",
    path: Annotated[Path, typer.Option(metavar="FOLDER", help="The folder that will hold the skill's folder.")] = Path(
        ".enforcer/skills"
    ),
    force: Annotated[bool, typer.Option("--force", help="Write over the files of a skill that exists.")] = False,
    directive: Annotated[
        list[str] | None, typer.Option(metavar="TEXT", help="A rule, word for word; repeatable.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Make a skill from a template, lock its rules, and wire the checks that can be proved.

    Example: skill-builder new deploy --directive "Never deploy before the tests pass"
    """
    from enforcer.skills.scaffold import NewSkill, Template, parse_functions, scaffold

    if template not in set(Template):
        raise UsageError(f"'{template}' is no template; choose one of {', '.join(Template)}")
    wanted = NewSkill(name, description, _lane(lane), parse_functions(function or []), Template(template))
    files = scaffold(wanted, path, force=force)
    ruled = newrules.wire(name, path / name / "SKILL.md", directive or [])
    if as_json:
        made = {"name": name, "path": str(path / name), "files": [str(file) for file in (*files, *ruled.files)]}
        return _print_json({**made, **({"directives": ruled.as_json()} if directive else {})})
    for file in (*files, *ruled.files):
        typer.echo(f"wrote {file}")
    ruled.show()
    return typer.echo(f"Write down there how the work is done, then: skill-builder validate {path / name}")


@app.command("list")
def list_(as_json: Json = False) -> None:
    """Every skill that is found from here.

    The broken and the shadowed ones, too.
    """
    catalogue = _catalogue()
    if as_json:
        return _print_json(
            {
                "skills": [_brief(skill) for skill in catalogue.skills],
                "broken": [{"name": bad.name, "path": str(bad.path), "reason": bad.reason} for bad in catalogue.broken],
                "shadowed": [{**_brief(lost.skill), "by": str(lost.by.path)} for lost in catalogue.shadowed],
            }
        )
    width = max((len(skill.name) for skill in catalogue.skills), default=0)
    for skill in catalogue.skills:
        typer.echo(_visible(f"{skill.name:<{width}}  {skill.lane or '-':<10}  {skill.level:<7}  {skill.description}"))
        for warning in skill.warnings:
            typer.echo(_visible(f"  warning: {warning}"))
    for bad in catalogue.broken:
        typer.echo(_visible(f"{bad.name}  broken: {bad.reason} ({bad.path})"))
    for lost in catalogue.shadowed:
        typer.echo(_visible(f"{lost.skill.name}  shadowed: {lost.skill.path} is not used, {lost.by.path} is"))
    if not (catalogue.skills or catalogue.broken):
        typer.echo("No skills here; make one with: skill-builder new <name>")
    return None


@app.command()
def show(
    name: Annotated[str, typer.Argument(metavar="NAME", help="As in `skill-builder list`.")], as_json: Json = False
) -> None:
    """One skill: where it is, what was understood of it, and its text."""
    skill = _named(name)
    body = skill.body
    if as_json:
        return _print_json({**_brief(skill), "allowed_tools": list(skill.allowed_tools), "body": body})
    functions = ", ".join(f"{function}={lane}" for function, lane in skill.functions.items())
    rows = {
        "name": skill.name,
        "description": skill.description,
        "path": str(skill.path),
        "level": str(skill.level),
        "lane": str(skill.lane or "not declared"),
        "functions": functions,
        "warnings": "; ".join(skill.warnings),
    }
    for key, value in rows.items():
        if value:
            typer.echo(_visible(f"{key}: {value}"))
    return typer.echo("\n" + _visible(body))


@app.command()
def validate(
    skills: Annotated[
        list[str], typer.Argument(metavar="SKILLS", help="Folders of skills, folders that hold some, or names.")
    ],
    as_json: Json = False,
) -> None:
    """Hold skills against the Agent Skills format. Ends with 0 when they are clean and 1 when something was found."""
    from enforcer.skills.validate import validate as check

    folders = [folder for given in skills for folder in _skill_folders(given)]
    findings = [finding for folder in folders for finding in check(folder)]
    if as_json:
        found = [{"path": str(finding.path), "message": finding.message} for finding in findings]
        _print_json({"checked": [str(folder) for folder in folders], "findings": found})
    else:
        for finding in findings:
            typer.echo(_visible(str(finding)))
        typer.echo(f"{_count(len(folders), 'skill')} checked, {_count(len(findings), 'problem')} found")
    raise typer.Exit(ExitCode.RUN_ERROR if findings else ExitCode.OK)


def _lane(text: str | None) -> Any:
    from enforcer.skills.parse import lane_of

    if text is None:
        return None
    lane = lane_of(text)
    if lane is None:
        raise UsageError(f"'{text}' is no lane; choose creative, analytical or none")
    return lane


def _catalogue() -> Catalogue:
    from enforcer.skills.find import find, roots
    from enforcer.skills.shipped import shipped

    return find(roots(project_folder(), Path.home(), _config_folder(), shipped("skills")))


def _config_folder() -> Path:
    from enforcer.config.paths import Paths

    return Paths.from_env(os.environ).config


def _named(name: str) -> Skill:
    catalogue = _catalogue()
    skill = catalogue.get(name)
    if skill:
        return skill
    bad = next((bad for bad in catalogue.broken if bad.name == name), None)
    if bad:
        raise EnforcerError(f"{bad.path} cannot be used: {bad.reason}")
    raise EnforcerError(f"there is no skill {name}; see them all with: skill-builder list")


def _skill_folders(given: str) -> list[Path]:
    from enforcer.skills.find import skill_files

    path = Path(given)
    if path.is_file():
        return [path.parent]
    if not path.is_dir():
        return [_named(given).folder] if path.name == given else _missing(given)
    inside = [file.parent for file in skill_files(path)]
    return inside if inside and not (path / "SKILL.md").exists() else [path]


def _missing(given: str) -> list[Path]:
    raise UsageError(f"there is no folder {given}; name the folder of a skill, or a skill of 'skill-builder list'")


def _brief(skill: Skill) -> dict[str, Any]:
    return {
        "name": skill.name,
        "description": skill.description,
        "path": str(skill.path),
        "level": str(skill.level),
        "lane": str(skill.lane) if skill.lane else None,
        "functions": {function: str(lane) for function, lane in skill.functions.items()},
        "warnings": list(skill.warnings),
    }


def _print_json(value: dict[str, Any]) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))


def _visible(text: str) -> str:
    """What a file said, with control characters shown instead of obeyed by the terminal."""
    return "".join(
        char if char.isprintable() or char in "\n\t" else char.encode("unicode_escape").decode() for char in text
    )


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
