"""`skill-builder audit` and `checksum`: what of the rules is enforced, what is not, and what would make it so."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from enforcer.cli.place import project_folder
from enforcer.core.errors import ExitCode, UsageError
from enforcer.core.figures import count

if TYPE_CHECKING:
    from enforcer.checkpoints.audit import Audit, Item
    from enforcer.checkpoints.rulebook import Rulebook

Json = Annotated[bool, typer.Option("--json", help="One JSON object instead of text.")]
Names = Annotated[list[str] | None, typer.Argument(metavar="[SKILL]…", help="Skills; without one, all of the project.")]
SAID = {
    "enforced": "enforced",
    "judged": "judged  ",
    "guidance": "guidance",
    "unproved": "UNPROVED",
    "open": "UNPROVED",
    "not locked": "UNLOCKED",
}


def audit(
    skills: Names = None,
    fix: Annotated[bool, typer.Option("--fix", help="Write ids and the checkpoints of the plan.")] = False,
    as_json: Json = False,
) -> int:
    """What of the rules is enforced, and by what. Each check is proved now, on an example that breaks the rule.

    Ends with 0 when there is nothing to mend, 1 when there is. Example: skill-builder audit deploy --fix
    """
    from enforcer.checkpoints.change import AGENT

    root, names = project_folder(), skills or []
    numbered = _numbered(root, names) if fix and not os.environ.get(AGENT) else []
    rules, found = audited(root, names)
    written = [*numbered, *fixed(root, found)] if fix and not os.environ.get(AGENT) else []
    if written:
        found = replace(found, findings=tuple(each for each in found.findings if not each.stale))
    _show(rules, found, written, fix=fix, as_json=as_json)
    return int(ExitCode.RUN_ERROR if found.errors or (found.pending and not fix) else ExitCode.OK)


def checksum(skills: Names = None, as_json: Json = False) -> int:
    """How the rules stand against their lock. Ends with 0 when every one is as it was locked.

    Example: skill-builder checksum deploy
    """
    from enforcer.checkpoints.lock import HOLDS
    from enforcer.checkpoints.rulebook import Rulebook

    rules = Rulebook(project_folder())
    _known(rules, skills or [])
    found = [each for each in rules.standings if not skills or each.skill in skills]
    if as_json:
        rows = [{"id": each.id, "skill": each.skill, "path": each.path, "state": str(each.state)} for each in found]
        _print_json({"directives": rows, "problems": rules.problems})
    else:
        for each in found:
            typer.echo(_visible(f"{each.id or '-':<8}  {each.state:<8}  {each.skill}  {_one_line(each.text)}"))
        for problem in rules.problems:
            typer.echo(_visible(problem))
        if not found:
            typer.echo('There are no rules yet; add one with: skill-builder directive add SKILL "…"')
    return int(ExitCode.OK if not rules.problems and all(each.state in HOLDS for each in found) else ExitCode.RUN_ERROR)


def audited(root: Path, names: Sequence[str]) -> tuple[Rulebook, Audit]:
    """Raises: UsageError when there is no such skill."""
    from enforcer.checkpoints.audit import audit as run
    from enforcer.checkpoints.proof import Prover
    from enforcer.checkpoints.rulebook import Rulebook
    from enforcer.permissions.policy import Policy
    from enforcer.tools.process import child_environment

    rules = Rulebook(root)
    _known(rules, names)
    policy = Policy(cwd=root, roots=(root,))

    async def proved() -> Audit:
        return await run(rules, Prover(root, child_environment(os.environ), policy.matches_rule), names)

    return rules, asyncio.run(proved())


def fixed(root: Path, found: Audit) -> list[Path]:
    from enforcer.checkpoints.change import Changes, today

    return list(Changes(root, today(os.environ)).fix(found))


def show_items(found: Audit) -> None:
    """By skill: each rule with what enforces it."""
    skill = ""
    for item in found.items:
        if item.standing.skill != skill:
            skill = item.standing.skill
            typer.echo(_visible(skill))
        typer.echo(_visible(f"  {item.standing.id or 'no id':<8}  {SAID[item.how]}  {_one_line(item.standing.text)}"))
        for line in _about(item):
            typer.echo(_visible(f"            {line}"))


def _about(item: Item) -> Iterator[str]:
    if item.checkpoint is not None:
        softer = f" · {item.checkpoint.severity} only" if item.checkpoint.severity != "block" else ""
        yield f"{item.checkpoint.id}: {_check_said(item)} · {', '.join(item.checkpoint.on)}{softer}"
    elif item.why:
        yield item.why
    elif item.how == "guidance":
        yield "it is said to the model, and nothing checks it"


def _check_said(item: Item) -> str:
    from enforcer.checkpoints.say import check_said

    return check_said(item.checkpoint) if item.checkpoint else ""


def _show(rules: Rulebook, found: Audit, written: Sequence[Path], *, fix: bool, as_json: bool) -> None:
    if as_json:
        return _print_json(_as_json(rules, found, written))
    show_items(found)
    for finding in found.findings:
        typer.echo(_visible(f"{finding.level}: {finding}"))
    for path in dict.fromkeys(written):
        typer.echo(f"wrote {rules.shown(path)}")
    if found.pending and not written:
        plan = f"{len(found.added)} to add, {len(found.changed)} to change, {len(found.removed)} to remove"
        hint = "a person applies it with" if fix else "apply it with"
        typer.echo(f"plan: {plan}; {hint}: skill-builder audit --fix")
    rows = count(len(found.items), "rule")
    return typer.echo(f"{count(found.checked, 'skill')} and {rows} looked at, {count(len(found.findings), 'finding')}")


def _as_json(rules: Rulebook, found: Audit, written: Sequence[Path]) -> dict[str, Any]:
    return {
        "directives": [
            {
                "id": item.standing.id,
                "skill": item.standing.skill,
                "path": item.standing.path,
                "text": item.standing.text,
                "state": str(item.standing.state),
                "how": str(item.how),
                "checkpoint": item.checkpoint.to_json() if item.checkpoint else None,
                "why": item.why,
            }
            for item in found.items
        ],
        "findings": [{"level": str(each.level), "path": each.path, "text": each.text} for each in found.findings],
        "plan": {
            "add": [each.id for each in found.added],
            "change": [each.id for each in found.changed],
            "remove": [each.id for each in found.removed],
        },
        "written": [rules.shown(path) for path in dict.fromkeys(written)],
    }


def _numbered(root: Path, names: Sequence[str]) -> list[Path]:
    from enforcer.checkpoints.change import Changes, today
    from enforcer.checkpoints.rulebook import Rulebook

    rules = Rulebook(root)
    _known(rules, names)
    meant = [each for each in rules.standings if not names or each.skill in names]
    return list(Changes(root, today(os.environ)).number(meant))


def _known(rules: Rulebook, names: Sequence[str]) -> None:
    from enforcer.checkpoints.lock import PROJECT

    there = {skill.name for skill in rules.skills} | {each.skill for each in rules.lock} | {PROJECT}
    for name in names:
        if name not in there:
            raise UsageError(f"there is no skill {name} in {rules.root}; see them all with: skill-builder list")


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _print_json(value: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def _visible(text: str) -> str:
    from enforcer.ui.sanitize import line

    return line(text) if text.strip() else text
