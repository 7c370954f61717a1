"""The rules: are they read, do they ever match, does another one hide them, do they allow too much."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from enforcer.cli.checks.scene import Scene
from enforcer.config.nearest import nearest
from enforcer.permissions.answers import Answers
from enforcer.permissions.policy import Mode
from enforcer.permissions.rules import DELEGATION, READERS, WRITERS, Rule, RuleSet
from enforcer.tools.registry import TOOLS
from enforcer.ui.findings import Finding, ok, warning

TOOL_NAMES = frozenset({*TOOLS, *DELEGATION, *READERS, *WRITERS, "WebSearch", "Skill", "*"})


def check(scene: Scene) -> Iterator[Finding]:
    permissions = scene.here.settings.permissions
    yield from _mode(scene)
    rules = Answers(scene.paths.project(scene.root) / "answers.json").rules()
    for source in permissions.rules:
        rules += RuleSet.parse(
            allow=source.allow, ask=source.ask, deny=source.deny, origin=source.origin, base=source.base
        )
    for problem in rules.problems:
        yield warning("rule-unreadable", problem, "write it as Tool or Tool(pattern)")
    for rule in (*rules.deny, *rules.ask, *rules.allow):
        yield from _rule(rule)
    for rule in rules.allow:
        yield from _hidden(rule, rules)
        if rule.broad:
            yield warning("rule-broad", f"{rule} allows any program ({rule.origin})", "allow single programs instead")
    for text in permissions.additionalDirectories:
        if not (scene.cwd / Path(text).expanduser()).is_dir():
            where = scene.here.settings.origin("permissions.additionalDirectories")
            yield warning("directory-missing", f"{text} is not a folder ({where})", "make it, or take it out")
    yield ok("rules", f"{len(rules.deny)} deny, {len(rules.ask)} ask, {len(rules.allow)} allow")


def _mode(scene: Scene) -> Iterator[Finding]:
    permissions = scene.here.settings.permissions
    where = scene.here.settings.origin("permissions.defaultMode")
    if Mode(permissions.defaultMode) is Mode.BYPASS:
        text = f"sessions start in bypassPermissions: nothing is asked ({where})"
        yield warning("mode-bypass", text, "enforcer config unset permissions.defaultMode")
        return
    yield ok("mode", f"sessions start in {permissions.defaultMode}, from {where}")


def _rule(rule: Rule) -> Iterator[Finding]:
    """A rule that never matches is a rule a person believes in."""
    if rule.tool not in TOOL_NAMES and not rule.tool.startswith("mcp__"):
        near = nearest(rule.tool, TOOL_NAMES)
        remedy = f"did you mean {near}?" if near else f"the tools are {', '.join(sorted(TOOLS))}"
        yield warning("rule-no-tool", f"{rule}: there is no tool {rule.tool} ({rule.origin})", remedy)
    if problem := _path_problem(rule):
        yield problem


def _path_problem(rule: Rule) -> Finding | None:
    """`Read(/etc/hosts)` means a path below the settings' folder; `//` is the root of the disk."""
    spec = rule.spec or ""
    if rule.tool not in READERS | WRITERS or not spec.startswith("/") or spec.startswith("//") or rule.base is None:
        return None
    fixed = spec.split("*", 1)[0].rstrip("/")
    if not fixed or (rule.base / fixed[1:]).exists() or not Path(fixed).exists():
        return None
    text = f"{rule} means {rule.base}{spec}, which is not there, though {fixed} is ({rule.origin})"
    return warning("rule-path", text, f"write {rule.tool}(/{spec}) for the path from the root of the disk")


def _hidden(rule: Rule, rules: RuleSet) -> Iterator[Finding]:
    for word, group in (("deny", rules.deny), ("ask", rules.ask)):
        above = next((other for other in group if _covers(other, rule)), None)
        if above is not None:
            text = f"allow {rule} ({rule.origin}) never counts: {word} {above} ({above.origin}) comes first"
            yield warning("rule-hidden", text, "take one of them out")
            return


def _covers(above: Rule, rule: Rule) -> bool:
    """Whether everything the lower rule speaks of is the upper one's already, as far as that is plain to see."""
    if not above.covers(rule.tool):
        return False
    if above.spec is None or above.spec == rule.spec:
        return True
    return rule.tool == "Bash" and rule.spec is not None and above.matches_command(rule.spec.split())
