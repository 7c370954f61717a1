"""`skill-builder directive`: a person's rules, added, changed and retired; each change is seen and agreed to."""

from __future__ import annotations

import difflib
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from enforcer.cli import auditing
from enforcer.cli.place import project_folder
from enforcer.core.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from enforcer.checkpoints.change import Changes
    from enforcer.checkpoints.lock import Standing

Skill = Annotated[str, typer.Argument(metavar="SKILL", help="Its name, or `project` for rules of the whole project.")]
Id = Annotated[str, typer.Argument(metavar="ID", help="As `skill-builder checksum` shows it, e.g. d-7f3a.")]
Text = Annotated[str, typer.Argument(metavar="TEXT", help="The rule, in quotes.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Agree beforehand; a terminal is needed all the same.")]
NOTHING = "nothing was changed"


def add(skill: Skill, text: Text, yes: Yes = False) -> int:
    """Add a rule to a skill and lock it. Example: skill-builder directive add deploy "Never deploy on Fridays" """
    changes = _changes("add")
    if not _agreed("", text, f"add this rule to {skill}", yes=yes):
        return int(ExitCode.RUN_ERROR)
    change = changes.add(skill, text)
    return _done(f"{change.after.id if change.after else ''} added to {skill} and locked", [skill])


def amend(id: Id, text: Text, yes: Yes = False) -> int:
    """Give a rule other words. Example: skill-builder directive amend d-7f3a "Never deploy before the tests pass" """
    changes = _changes("amend")
    standing = _standing(id)
    if not _agreed(standing.text, text, f"change {id} of {standing.skill}", yes=yes):
        return int(ExitCode.RUN_ERROR)
    changes.amend(id, text)
    return _done(f"{id} amended and locked", [standing.skill])


def retire(id: Id, yes: Yes = False) -> int:
    """Take a rule away; the history keeps its words. Example: skill-builder directive retire d-7f3a"""
    changes = _changes("retire")
    standing = _standing(id)
    if not _agreed(standing.text, "", f"retire {id} of {standing.skill}", yes=yes):
        return int(ExitCode.RUN_ERROR)
    changes.retire(id)
    return _done(f"{id} retired", [standing.skill])


def accept(
    what: Annotated[
        str, typer.Argument(metavar="[SKILL|ID]", help="Without it, whatever is not as it was locked.")
    ] = "",
    yes: Yes = False,
) -> int:
    """Lock rules that were written or changed by hand. Example: skill-builder directive accept deploy"""
    from enforcer.checkpoints.lock import State
    from enforcer.checkpoints.rulebook import Rulebook

    changes = _changes("accept")
    rules = Rulebook(project_folder())
    open_ = [each for each in rules.standings if each.state is not State.OK and what in {"", each.id, each.skill}]
    if not open_:
        typer.echo(f"every rule{f' of {what}' if what else ''} is as it was locked; {NOTHING}")
        return int(ExitCode.OK)
    accepted: list[str] = []
    for each in open_:
        before = each.locked.text if each.locked else ""
        after = each.found.text if each.found else ""
        if _agreed(before, after, f"{each.id or 'this rule'} of {each.skill} is {each.state}: lock it so", yes=yes):
            changes.accept(each)
            accepted.append(each.skill)
    return _done(f"{len(accepted)} of {len(open_)} accepted", accepted) if accepted else int(ExitCode.RUN_ERROR)


def _changes(verb: str) -> Changes:
    from enforcer.checkpoints.change import Changes, refuse_agents, today

    terminal = sys.stdin.isatty() and sys.stdout.isatty()
    refuse_agents(os.environ, terminal=terminal, command=f"skill-builder directive {verb} …")
    return Changes(project_folder(), today(os.environ))


def _standing(id: str) -> Standing:
    from enforcer.checkpoints.rulebook import Rulebook

    known = Rulebook(project_folder()).standings
    found = next((each for each in known if each.id == id), None)
    if found is None:
        there = ", ".join(each.id for each in known if each.id) or "none"
        raise UsageError(f"there is no directive {id}; there are: {there}")
    return found


def _agreed(before: str, after: str, what: str, *, yes: bool) -> bool:
    """What changes, as a diff, and a person's yes."""
    from enforcer.ui.sanitize import clean

    for line in difflib.ndiff(before.splitlines(), after.splitlines()):
        if not line.startswith("?"):
            typer.echo(clean(line).rstrip())
    if yes:
        return True
    try:
        agreed = input(f"{what}? [y/N] ").strip().lower() in {"y", "yes"}
    except EOFError:
        agreed = False
    if not agreed:
        typer.echo(NOTHING)
    return agreed


def _done(said: str, skills: Sequence[str]) -> int:
    """Say it, wire what can be proved, and show that."""
    typer.echo(said)
    root = project_folder()
    there = [name for name in dict.fromkeys(skills) if _has_rules(name)]
    rules, found = auditing.audited(root, there)
    for path in auditing.fixed(root, found):
        typer.echo(f"wrote {rules.shown(path)}")
    if there:
        auditing.show_items(found)
    return int(ExitCode.OK)


def _has_rules(name: str) -> bool:
    from enforcer.checkpoints.rulebook import Rulebook

    return any(each.skill == name for each in Rulebook(project_folder()).standings)
