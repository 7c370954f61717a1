"""May this call run? Rules, protected places and the mode, in this order; asks nobody and runs nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from fnmatch import fnmatchcase
from pathlib import Path

from enforcer.core.errors import UsageError
from enforcer.core.messages import ToolCall
from enforcer.core.verdict import ALLOWED, Ruling, Verdict, strictest
from enforcer.permissions.bash import Rules, ShellJudge
from enforcer.permissions.filepolicy import FilePolicy
from enforcer.permissions.guards import Ground
from enforcer.permissions.paths import Protected
from enforcer.permissions.rules import DELEGATION, READERS, WRITERS, BadRule, Rule, RuleSet, ruled, tools_of
from enforcer.permissions.suggestions import command_rules, file_rule, kept
from enforcer.permissions.web import PRIVATE, fetch_rule, fetching, note
from enforcer.tools.base import Effect
from enforcer.tools.web.state import Web

_PATH_KEYS = ("file_path", "notebook_path", "path")
_ALIASES = {"accept-edits": "acceptEdits", "yolo": "bypassPermissions", "bypass": "bypassPermissions"}
_CLIMBS = re.compile(r"(?:^|/)\.\.(?:/|$)|^[/~]")


class Mode(StrEnum):
    """What happens to a call that no rule speaks of."""

    DEFAULT = "default"
    ACCEPT_EDITS = "acceptEdits"
    PLAN = "plan"
    BYPASS = "bypassPermissions"
    DONT_ASK = "dontAsk"

    @classmethod
    def parse(cls, text: str) -> Mode:
        """Raises: UsageError."""
        try:
            return cls(_ALIASES.get(text, text))
        except ValueError as error:
            raise UsageError(f"'{text}' is not a permission mode; use one of {', '.join(cls)}") from error


@dataclass(slots=True)
class _Shared:
    """What a session and its sub-agents have in common, so that an answer counts for both."""

    mode: Mode
    remembered: list[Rule] = field(default_factory=list)
    web: Web = field(default_factory=Web)


class Policy:
    """One per session; sub-agents get a `child`, which can only be narrower."""

    def __init__(
        self,
        *,
        mode: Mode = Mode.DEFAULT,
        rules: RuleSet | None = None,
        cwd: Path,
        roots: Sequence[Path],
        protected: Protected | None = None,
        readable: Sequence[Path] = (),
    ) -> None:
        self._shared = _Shared(mode)
        self._rules = rules or RuleSet()
        self._cwd = cwd.resolve()
        self._roots = tuple(root.resolve() for root in roots)
        self._protected = protected or Protected()
        self._readable = tuple(folder.resolve() for folder in readable)

    @property
    def mode(self) -> Mode:
        return self._shared.mode

    @mode.setter
    def mode(self, mode: Mode) -> None:
        self._shared.mode = mode

    @property
    def allows_everything(self) -> bool:
        return self.mode is Mode.BYPASS

    @property
    def rules(self) -> RuleSet:
        """All that was configured and answered."""
        return self._ruleset()

    @property
    def remembered(self) -> tuple[Rule, ...]:
        return tuple(self._shared.remembered)

    @property
    def web(self) -> Web:
        """What the tools of this session know of the web."""
        return self._shared.web

    def judge(self, call: ToolCall, effect: Effect) -> Verdict:
        """`call.input` has absolute paths, `..` and links left as they were written."""
        planned = self.mode is Mode.PLAN and call.name != "WebFetch"  # what may be read, a plan may read
        verdict = self._planned(call, effect) if planned else self._by_mode(self._judged(call, effect, self._ruleset()))
        if call.name == "WebFetch":
            note(call, verdict, self.web)
        return verdict

    def remember(self, rule_text: str) -> Rule:
        """For this session and its sub-agents. Raises: BadRule."""
        rule = Rule.parse(rule_text, "this session", self._cwd)
        if rule not in self._shared.remembered:
            self._shared.remembered.append(rule)
        return rule

    def suggest(self, call: ToolCall) -> tuple[str, ...]:
        """Rules that, once remembered, answer this question for good."""
        return kept(self._offers(call), lambda rule: self._would_help(call, rule))

    def child(self, deny: Iterable[str] = ()) -> Policy:
        """For a sub-agent: the same rules, answers and mode, and these tools less."""
        narrower = Policy(
            rules=self._rules + RuleSet.parse(deny=deny, origin="sub-agent"),
            cwd=self._cwd,
            roots=self._roots,
            protected=self._protected,
            readable=self._readable,
        )
        narrower._shared = self._shared
        return narrower

    def hidden_tools(self) -> frozenset[str]:
        """Denied as a whole, so the model is not told of them."""
        return frozenset(name for rule in self._rules.deny if rule.spec is None for name in tools_of(rule.tool))

    def hides(self, tool: str) -> bool:
        return any(rule.spec is None and rule.covers(tool) for rule in self._rules.deny)

    def matches_rule(self, rule_text: str, call: ToolCall) -> bool:
        """For a hook's `if`: any part of the call counts, and an unreadable rule lets the hook run."""
        try:
            rule = Rule.parse(rule_text, "if", self._cwd)
        except BadRule:
            return True
        return rule.covers(call.name) and self._restricts(call, RuleSet(deny=(rule,)))

    def denied_read(self, path: Path) -> bool:
        """For tools that walk folders: what they must leave out of their results."""
        return self._files(self._ruleset()).read(path).ruling is Ruling.DENY

    def may_read(self, path: Path) -> Ruling:
        """What the Read tool would be told of this file."""
        return self.judge(ToolCall("", "Read", {"file_path": str(path)}), Effect.READ).ruling

    def _ruleset(self) -> RuleSet:
        return replace(self._rules, allow=(*self._rules.allow, *self._shared.remembered))

    # The mode

    def _by_mode(self, verdict: Verdict) -> Verdict:
        if verdict.ruling is not Ruling.ASK:
            return verdict
        if self.mode is Mode.BYPASS and not verdict.by.startswith("rule ") and verdict.by != PRIVATE:
            return Verdict(Ruling.ALLOW, by="mode")
        if self.mode is Mode.DONT_ASK:
            reason = f"nobody is asked in dontAsk mode; {verdict.reason or 'no rule allows this'}"
            return Verdict(Ruling.DENY, reason, "mode")
        return verdict

    def _planned(self, call: ToolCall, effect: Effect) -> Verdict:
        """Only what reads; no allow rule and no answer widens a plan."""
        verdict = self._judged(call, effect, replace(self._rules, allow=()))
        changes = effect is Effect.WRITE or (effect is Effect.EXECUTE and verdict.ruling is Ruling.ASK)
        if verdict.ruling is Ruling.DENY or not changes:
            return verdict
        return Verdict(Ruling.DENY, "plan mode: nothing is changed or run until the plan is approved", "mode")

    # The call

    def _judged(self, call: ToolCall, effect: Effect, rules: RuleSet) -> Verdict:
        if rule := _of_parameters(rules.deny, call):
            return ruled(Ruling.DENY, rule)
        verdict = self._by_tool(call, effect, rules)
        if verdict.ruling is not Ruling.DENY and (rule := _of_parameters(rules.ask, call)):
            return ruled(Ruling.ASK, rule)
        return verdict

    def _by_tool(self, call: ToolCall, effect: Effect, rules: RuleSet) -> Verdict:
        match call.name:
            case "Bash":
                return self._shell(rules).judge(str(call.input.get("command", "")))
            case "WebFetch":
                return fetching(call, rules, self.web)
            case name if effect in {Effect.READ, Effect.WRITE} and (paths := self._paths(call)):
                return self._on_files(name, paths, effect, call, rules)
        return _generic(call, effect, rules)

    def _on_files(self, tool: str, paths: Sequence[Path], effect: Effect, call: ToolCall, rules: RuleSet) -> Verdict:
        if tool == "Glob" and _CLIMBS.search(str(call.input.get("pattern", ""))):
            return Verdict(Ruling.DENY, "the pattern leaves its folder; give the folder as path instead", "workspace")
        files = self._files(rules)
        if effect is Effect.WRITE:
            return strictest(files.write(path, tool=tool) for path in paths)
        return strictest(files.read(path, tool=tool) for path in paths)

    def _paths(self, call: ToolCall) -> list[Path]:
        found = [str(call.input[key]) for key in _PATH_KEYS if call.input.get(key)]
        if not found and call.name in READERS:
            return [self._cwd]
        return [self._cwd / path for path in found]

    def _files(self, rules: RuleSet) -> FilePolicy:
        accept = self.mode is Mode.ACCEPT_EDITS
        return FilePolicy(rules, self._cwd, self._roots, self._protected, self._readable, accept)

    def _shell(self, rules: RuleSet) -> ShellJudge:
        mine = Rules(*(tuple(r for r in group if r.covers("Bash")) for group in (rules.allow, rules.ask, rules.deny)))
        ground = Ground(self._protected.home, self._roots)
        return ShellJudge(mine, self._cwd, ground, self._files(rules))

    def _restricts(self, call: ToolCall, rules: RuleSet) -> bool:
        """Whether the deny rules of `rules`, taken alone, stop this call."""
        effect = Effect.WRITE if call.name in WRITERS else Effect.READ if call.name in READERS else Effect.EXECUTE
        verdict = self._judged(call, effect, rules)
        return verdict.ruling is Ruling.DENY and verdict.by.startswith("rule ")

    # Suggestions

    def _offers(self, call: ToolCall) -> Iterator[str]:
        if call.name == "Bash":
            text = str(call.input.get("command", ""))
            yield from command_rules(self._shell(self._ruleset()).parts(text))
        elif call.name in READERS | WRITERS:
            reads = call.name in READERS
            for path in self._paths(call):
                real = path.resolve()
                yield file_rule(call.name, real.parent if reads and not real.is_dir() else real, folder=reads)
        else:
            yield fetch_rule(call, self.web) if call.name == "WebFetch" else call.name

    def _would_help(self, call: ToolCall, text: str) -> bool:
        try:
            rule = Rule.parse(text, "this session", self._cwd)
        except BadRule:
            return False
        rules = self._ruleset()
        wider = replace(rules, allow=(*rules.allow, rule))
        if call.name == "Bash":
            parts = [self._shell(r).parts(str(call.input.get("command", ""))) for r in (rules, wider)]
            return any(
                a.ruling is Ruling.ASK and b.ruling is Ruling.ALLOW for (_, a), (_, b) in zip(*parts, strict=True)
            )
        effect = Effect.WRITE if call.name in WRITERS else Effect.READ if call.name in READERS else Effect.EXECUTE
        return self._judged(call, effect, wider).ruling is Ruling.ALLOW


def _of_parameters(rules: Iterable[Rule], call: ToolCall) -> Rule | None:
    return next((r for r in rules if r.spec and r.covers(call.name) and r.matches_parameter(call.input)), None)


def _generic(call: ToolCall, effect: Effect, rules: RuleSet) -> Verdict:
    for ruling, group in ((Ruling.DENY, rules.deny), (Ruling.ASK, rules.ask)):
        if rule := next((r for r in group if _matches(r, call)), None):
            return ruled(ruling, rule)
    if effect in {Effect.NONE, Effect.READ}:
        return ALLOWED
    if rule := next((r for r in rules.allow if _matches(r, call)), None):
        return Verdict(Ruling.ALLOW, by=f"rule {rule}")
    return Verdict(Ruling.ASK, "", firm=False)


def _matches(rule: Rule, call: ToolCall) -> bool:
    if not rule.covers(call.name):
        return False
    if rule.spec is None:
        return True
    if call.name in DELEGATION:
        return rule.matches_agent(call.input)
    return call.name == "Skill" and fnmatchcase(str(call.input.get("skill", "")), rule.spec)
