"""The rules of this project: whether they are as they were locked, and whether what runs is what was proved."""

from __future__ import annotations

from collections.abc import Iterator

from enforcer.checkpoints.lock import HOLDS, MEANING, BadLock
from enforcer.checkpoints.rulebook import BadCompiled, Rulebook, read_compiled, stale
from enforcer.cli.checks.scene import Scene
from enforcer.core.figures import count
from enforcer.ui.findings import Finding, error, ok, warning

MOST_TOKENS = 4_000  # of rules in every request
FIX = "skill-builder audit --fix"
ACCEPT = "skill-builder directive accept"


def check(scene: Scene) -> Iterator[Finding]:
    rules = Rulebook(scene.root)
    try:
        standings, compiled = rules.standings, read_compiled(rules.compiled_path)
    except (BadLock, BadCompiled) as failed:
        yield error("rules-broken", str(failed), "git checkout -- .enforcer, or look at the file")
        return
    for each in standings:
        if each.state not in HOLDS:
            text = f"{each.id or 'a rule'} of {each.skill} is {each.state}: {MEANING[each.state]} ({each.path})"
            yield warning("rule-not-locked", text, f"{ACCEPT} {each.skill}")
    for problem in rules.problems:
        yield warning("rule-unread", problem, "mend the file")
    if stale(compiled, scene.root):
        yield error("checkpoints-stale", "checkpoints.yaml was changed and not compiled", FIX)
    tokens = sum(len(entry.text) for entry in rules.lock) // 4
    if tokens > MOST_TOKENS:
        text = f"the rules take about {tokens:,} tokens when all are in use; {MOST_TOKENS:,} are meant for them"
        yield error("rules-long", text, "shorten or retire some: skill-builder directive retire ID")
    held = len({each.directive for each in compiled.checkpoints if each.directive})
    yield ok("rules", f"{count(len(rules.lock), 'rule')} locked, {held} of them with a checkpoint")
