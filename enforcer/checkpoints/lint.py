"""What is odd about skills and checks, beside the state of the rules: names, size, dead links, contradictions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from pathlib import Path

from enforcer.checkpoints.checkpoint import Checkpoint, Kind
from enforcer.checkpoints.rulebook import Rulebook
from enforcer.skills.find import LONGEST_LISTED
from enforcer.skills.frontmatter import Unreadable, read_text
from enforcer.skills.parse import Skill
from enforcer.skills.validate import validate

MOST_LINES = 500
_LINK = re.compile(r"(?<!!)\[[^\]\n]*\]\((?P<target>[^)\s#]+)(?:#[^)\s]*)?\)")
Said = tuple[str, str, str]  # level, path, text


def lint(rules: Rulebook, skills: Sequence[Skill], checkpoints: Sequence[Checkpoint]) -> Iterator[Said]:
    for skill in skills:
        yield from _skill(rules, skill)
    yield from _contradictions(checkpoints)
    for name, other in _orders(checkpoints):
        yield "error", "", f"{name} and {other} contradict each other: each wants the other's command first"


def _skill(rules: Rulebook, skill: Skill) -> Iterator[Said]:
    path = rules.shown(skill.path)
    for finding in validate(skill.folder):
        yield "warning", rules.shown(finding.path), finding.message
    try:
        text = read_text(skill.path)
    except Unreadable as error:
        yield "error", path, str(error)
        return
    if len(text.splitlines()) > MOST_LINES:
        lines = len(text.splitlines())
        yield "warning", path, f"it has {lines} lines; move what is not always needed into files it names"
    if len(skill.description) + len(skill.when_to_use) > LONGEST_LISTED:
        yield "warning", path, f"its description is longer than the {LONGEST_LISTED} characters a listing shows"
    for target in _dead(text, skill.folder):
        yield "warning", path, f"it links to {target}, and there is no such file"


def _dead(text: str, folder: Path) -> Iterator[str]:
    for target in dict.fromkeys(found["target"] for found in _LINK.finditer(text)):
        local = not re.match(r"[a-z][a-z0-9+.-]*:|/|#|\$|\{|<", target, re.IGNORECASE)
        if local and not (folder / target).exists():
            yield target


def _contradictions(checkpoints: Sequence[Checkpoint]) -> Iterator[Said]:
    """One rule wants a text in files in which another one forbids it."""
    wants = [each for each in checkpoints if each.check.kind is Kind.REGEX_REQUIRE]
    forbids = [each for each in checkpoints if each.check.kind is Kind.REGEX_DENY]
    for want in wants:
        for forbid in forbids:
            same = want.check.pattern.lower() == forbid.check.pattern.lower()
            if same and _overlap(want.match.paths, forbid.match.paths):
                yield "error", "", f"{want.id} and {forbid.id} contradict each other: one wants what the other forbids"


def _overlap(one: Iterable[str], other: Iterable[str]) -> bool:
    one, other = set(one), set(other)
    return not one or not other or bool(one & other)


def _orders(checkpoints: Sequence[Checkpoint]) -> Iterator[tuple[str, str]]:
    orders = [each for each in checkpoints if each.check.kind is Kind.ORDER]
    for one, other in combinations(orders, 2):
        if (one.check.before, one.check.after) == (other.check.after, other.check.before):
            yield one.id, other.id
