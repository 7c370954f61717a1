"""Proves a check now: it must fail on the failing example, pass on the passing one; else it is not used."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from enforcer.checkpoints.calls import MatchesRule, is_meant
from enforcer.checkpoints.checkpoint import Check, Kind, Match
from enforcer.checkpoints.evaluate import OF_TEXT, Outcome, Status, covers, of_command, of_text, with_programs
from enforcer.checkpoints.propose import Example
from enforcer.core.errors import EnforcerError
from enforcer.core.messages import ToolCall

AT_ONCE = 4  # commands
PROOF_TIMEOUT_S = 60.0  # an example is small


@dataclass(frozen=True, slots=True)
class Proof:
    """`problem` is "" when it is proved, else a clause."""

    problem: str = ""

    @property
    def ok(self) -> bool:
        return not self.problem


@dataclass(slots=True)
class Prover:
    """Runs examples in folders of their own. Equal ones run once."""

    root: Path
    env: Mapping[str, str]
    matches_rule: MatchesRule
    _ran: dict[tuple[tuple[str, ...], tuple[tuple[str, str], ...]], asyncio.Task[Outcome]] = field(default_factory=dict)
    _slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    async def prove(self, check: Check, match: Match, failing: Example, passing: Example) -> Proof:
        """Raises nothing of its own: what goes wrong is the problem."""
        if check.kind in {Kind.JUDGE, Kind.RECEIPT}:
            return Proof("only a run can show it")
        for example, wanted in ((failing, Status.FAILED), (passing, Status.PASSED)):
            try:
                outcome = await self._outcome(check, match, example)
            except (EnforcerError, OSError) as error:
                outcome = Outcome(Status.ERROR, str(error))
            if outcome.status is not wanted:
                return Proof(_said(wanted, outcome))
        return Proof()

    async def _outcome(self, check: Check, match: Match, example: Example) -> Outcome:
        if example.call and match.tools and not self._is_meant(match, example.call):
            return Outcome(Status.ERROR, f"the example {_shown(example.call)} is no call it speaks of")
        if check.kind is Kind.PATH_DENY:
            return _of_path(match, example.call)
        if check.kind is Kind.ORDER:
            met = "before" in example.files and self._runs(check.before, example.files["before"])
            return Outcome(Status.PASSED if met else Status.FAILED)
        if check.run:
            return await self._in_a_folder(check, example)
        if check.kind in OF_TEXT:
            return _of_files(check, example)
        return Outcome(Status.ERROR, f"a check of kind {check.kind} has no example that could show it")

    def _is_meant(self, match: Match, call: Mapping[str, str]) -> bool:
        made = ToolCall("", call["tool"], {name: value for name, value in call.items() if name != "tool"})
        return is_meant(match.tools, made, self.matches_rule)

    def _runs(self, rule: str, command: str) -> bool:
        return self.matches_rule(rule, ToolCall("", "Bash", {"command": command}))

    async def _in_a_folder(self, check: Check, example: Example) -> Outcome:
        key = (check.run, tuple(sorted(example.files.items())))
        if key not in self._ran:
            self._ran[key] = asyncio.create_task(self._run(check, example))
        return await self._ran[key]

    async def _run(self, check: Check, example: Example) -> Outcome:
        async with self._slots:
            with tempfile.TemporaryDirectory(prefix="enforcer-proof-") as name:
                folder = _laid_out(example, Path(name, "example"))
                short = Check(check.kind, run=check.run, timeout_s=min(check.timeout_s, PROOF_TIMEOUT_S))
                return await of_command(short, folder, self._environment(), Path(name, "outputs"))

    def _environment(self) -> dict[str, str]:
        return {**with_programs(self.env, self.root), "PYTHONDONTWRITEBYTECODE": "1"}


def _laid_out(example: Example, folder: Path) -> Path:
    folder.mkdir()
    for path, text in example.files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    return folder


def _of_files(check: Check, example: Example) -> Outcome:
    outcomes = [of_text(check, text, where=name) for name, text in example.files.items()]
    return next((outcome for outcome in outcomes if not outcome.ok), Outcome(Status.PASSED))


def _of_path(match: Match, call: Mapping[str, str]) -> Outcome:
    path = call.get("file_path", "")
    return Outcome(Status.FAILED if match.paths and covers(match.paths, path) else Status.PASSED)


def _said(wanted: Status, outcome: Outcome) -> str:
    example = "failing" if wanted is Status.FAILED else "passing"
    why = f": {outcome.reason}" if outcome.reason else ""
    return f"on the {example} example it says {outcome.status}{why}"


def _shown(call: Mapping[str, str]) -> str:
    return call.get("command") or call.get("file_path") or call["tool"]
