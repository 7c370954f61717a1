"""From a tool call to its result: parse, policy, checkpoints, hooks, the person, run, hooks again."""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from enforcer.core.errors import EnforcerError, ToolError
from enforcer.core.events import Emit, Notice, PermissionAnswered, ToolFinished, ToolJudged, ToolStarted
from enforcer.core.messages import ToolCall, ToolResult
from enforcer.core.requests import Check
from enforcer.core.verdict import Ruling, Verdict, strictest
from enforcer.hooks.engine import HookEngine, Outcome
from enforcer.hooks.events import PostToolUse, PostToolUseFailure, PreToolUse
from enforcer.permissions.policy import Policy
from enforcer.tools.base import Effect, Params, Tool, ToolContext, ToolOutput
from enforcer.tools.registry import Toolbox

if TYPE_CHECKING:
    from enforcer.checkpoints.gate import Stopped


@dataclass(frozen=True, slots=True)
class Consent:
    """What the person said to one call. `rules` are remembered for the session, or for good with scope `always`."""

    allowed: bool
    scope: str = "once"  # once | session | always
    rules: tuple[str, ...] = ()
    feedback: str = ""


class Asker(Protocol):
    """Asks the person whether a call may run; `agent` is "" for the main session."""

    async def permission(
        self, call: ToolCall, *, summary: str, reason: str, suggestions: Sequence[str], agent: str
    ) -> Consent: ...


class Gatekeeper(Protocol):
    """The checks of rules, outside the model; they fail closed."""

    def begin_turn(self) -> None: ...

    @property
    def outcome(self) -> Check:
        """What all checks of the turn said."""
        ...

    async def before(self, call: ToolCall) -> Verdict: ...

    async def begin(self, call: ToolCall) -> None:
        """Right before it runs."""
        ...

    async def end(self, call: ToolCall, *, failed: bool) -> str:
        """What is wrong with what it did, "" when nothing is."""
        ...

    async def stop(self, text: str, *, agent: str) -> Stopped:
        """Whether the model may stop with this answer."""
        ...


class Guard(Protocol):
    """Looks at the world around each run of a tool (branch tips, protected files). A text is an error to report."""

    def before(self, call: ToolCall) -> None: ...

    def after(self, call: ToolCall) -> str | None: ...


class NobodyToAsk:
    """The asker of a session without a person: what would ask is refused."""

    async def permission(
        self, call: ToolCall, *, summary: str, reason: str, suggestions: Sequence[str], agent: str
    ) -> Consent:
        rule = suggestions[0] if suggestions else call.name
        return Consent(False, "headless", feedback=f"nobody can be asked here; allow it with --allowedTools '{rule}'")


@dataclass(frozen=True, slots=True)
class _Ready:
    """A call that was parsed: its tool, its input, and how a person reads it."""

    call: ToolCall
    tool: Tool[Any]
    params: Params
    summary: str


@dataclass(slots=True)
class ToolPipeline:
    """Runs the calls of one message in source order; neighbours that may run together do."""

    toolbox: Toolbox
    policy: Policy
    hooks: HookEngine
    asker: Asker
    context: ToolContext
    emit: Emit
    gate: Gatekeeper | None = None
    guards: Sequence[Guard] = ()
    denials: list[Mapping[str, Any]] | None = None
    keep: Callable[[Sequence[str]], None] | None = None  # writes down what the person allows for good
    stop_reason: str = ""  # set by a hook that said `continue: false`

    async def run(self, calls: Sequence[ToolCall], into: list[ToolResult]) -> None:
        """One result per call, appended to `into` as each is known, so that a cancelled run keeps what it has."""
        for parallel, group in groupby(calls, self._parallel):
            if parallel:
                await self._together(list(group), into)
                continue
            for call in group:
                await self._one(call, into)

    async def _together(self, batch: Sequence[ToolCall], into: list[ToolResult]) -> None:
        done: list[list[ToolResult]] = [[] for _ in batch]
        try:
            async with asyncio.TaskGroup() as tasks:
                for call, results in zip(batch, done, strict=True):
                    tasks.create_task(self._one(call, results))
        except ExceptionGroup as group:
            raise group.exceptions[0] from group  # who waits for us knows the failure by its own name
        finally:
            for results in done:
                into.extend(results)

    def _parallel(self, call: ToolCall) -> bool:
        tool = self.toolbox.tools.get(call.name)
        return bool(tool and tool.parallel and self.hooks.idle)

    async def _one(self, call: ToolCall, into: list[ToolResult]) -> None:
        if self.stop_reason:
            into.append(self._failed(call, f"not run: {self.stop_reason}"))
            return
        try:
            ready = self._parse(call)
            ready, verdict, outcome = await self._judge(ready)
            self.emit(ToolJudged(ready.call, verdict))
            if verdict.ruling is not Ruling.ALLOW and (refusal := await self._ask(ready, verdict)):
                into.append(self._refused(ready, refusal))
                return
        except ToolError as error:
            into.append(self._failed(call, str(error)))
            return
        await self._run(ready, outcome.context, into)

    def _parse(self, call: ToolCall) -> _Ready:
        tool, params = self.toolbox.parse(call)
        params = self.toolbox.absolute(params, self.context.cwd)
        shown = replace(call, input=params.model_dump(by_alias=True, exclude_unset=True, mode="json"))
        return _Ready(shown, tool, params, tool.summary(params, self.context.cwd))

    async def _judge(self, ready: _Ready) -> tuple[_Ready, Verdict, Outcome]:
        verdict = await self._static(ready)
        if verdict.ruling is Ruling.DENY:
            return ready, verdict, Outcome()
        outcome = await self.hooks.fire(PreToolUse(ready.call.name, ready.call.input, ready.call.id))
        if outcome.updated_input is not None:  # what a hook rewrote is judged as if the model had written it
            ready = self._parse(replace(ready.call, input=outcome.updated_input))
            verdict = await self._static(ready)
        if outcome.stop:
            self.stop_reason = outcome.stop_reason or "a hook stopped the session"
            return ready, Verdict(Ruling.DENY, self.stop_reason, "hook"), outcome
        hook = _hook_verdict(outcome)
        if hook is None:
            return ready, verdict, outcome
        if hook.ruling is Ruling.ALLOW:
            lifted = verdict.ruling is Ruling.ASK and not verdict.firm
            return ready, hook if lifted else verdict, outcome
        return ready, strictest((verdict, hook)), outcome

    async def _static(self, ready: _Ready) -> Verdict:
        """What is denied anyway is not checked: a check may take minutes."""
        verdict = self.policy.judge(ready.call, ready.tool.effect)
        if self.gate is None or verdict.ruling is Ruling.DENY:
            return verdict
        return strictest((verdict, await self.gate.before(ready.call)))

    async def _ask(self, ready: _Ready, verdict: Verdict) -> str:
        """The reason it may not run, or "" when the person agreed."""
        if verdict.ruling is Ruling.DENY:
            return verdict.reason or f"{ready.call.name} is denied by {verdict.by}"
        suggestions = self.policy.suggest(ready.call)
        consent = await self.asker.permission(
            ready.call,
            summary=ready.summary,
            reason=verdict.reason,
            suggestions=suggestions,
            agent=self.context.agent,
        )
        how = consent.scope if consent.allowed or consent.scope == "headless" else "no"
        self.emit(PermissionAnswered(ready.call, consent.allowed, how))
        if not consent.allowed:
            said = f": {consent.feedback}" if consent.feedback else ""
            return f"permission refused{said}"
        for rule in consent.rules if consent.scope != "once" else ():
            self.policy.remember(rule)
        if consent.scope == "always" and self.keep is not None:
            self.keep(consent.rules)
        return ""

    async def _run(self, ready: _Ready, context: Sequence[str], into: list[ToolResult]) -> None:
        started = time.monotonic()
        self.emit(ToolStarted(ready.call, ready.summary, ready.tool.effect in {Effect.WRITE, Effect.EXECUTE}))
        for guard in self.guards:
            guard.before(ready.call)
        if self.gate is not None:
            await self.gate.begin(ready.call)
        try:
            done = await ready.tool.run(ready.params, replace(self.context, call_id=ready.call.id))
        except ToolError as error:
            done = ToolOutput(str(error), is_error=True)
        except asyncio.CancelledError:
            stopped = ToolOutput("interrupted by the person", is_error=True)
            self._finish(ready, await self._guarded(ready, stopped), started)
            raise
        except EnforcerError:  # a full disk under the record: the person's matter, and the turn's end
            raise
        except Exception as error:
            why = f"{ready.call.name} broke ({type(error).__name__}); that is a bug of the harness, not of the call"
            done = ToolOutput(f"{why}. Do it another way, and tell the person", is_error=True)
            self.emit(Notice(f"{why}; where it broke is in {_trace(error, self.context.outputs)}", "error"))
        output = await self._guarded(ready, done if isinstance(done, ToolOutput) else ToolOutput(done))
        try:
            output = await self._after(ready, output, int((time.monotonic() - started) * 1000))
        finally:  # what the tool did stays done when the turn is stopped while a hook looks at it
            self._finish(ready, output, started)
            result = ToolResult(ready.call.id, output.content or "(no output)", output.is_error, output.images)
            into.append(_with_context(result, context))

    async def _guarded(self, ready: _Ready, output: ToolOutput) -> ToolOutput:
        problems = [problem for guard in self.guards if (problem := guard.after(ready.call))]
        if self.gate is not None and (found := await self.gate.end(ready.call, failed=output.is_error)):
            problems.append(found)
        if not problems:
            return output
        return replace(output, content="\n".join([*problems, output.content]), is_error=True)

    async def _after(self, ready: _Ready, output: ToolOutput, ms: int) -> ToolOutput:
        call = ready.call
        event = (
            PostToolUseFailure(call.name, call.input, call.id, output.content, False, ms)
            if output.is_error
            else PostToolUse(call.name, call.input, call.id, output.content, ms)
        )
        outcome = await self.hooks.fire(event)
        if outcome.stop:
            self.stop_reason = outcome.stop_reason or "a hook stopped the session"
        content = output.content if outcome.updated_output is None else outcome.updated_output
        notes = ([outcome.reason] if outcome.blocked and outcome.reason else []) + list(outcome.context)
        return replace(output, content="\n".join([content, *(f"[hook] {note}" for note in notes)]))

    def _finish(self, ready: _Ready, output: ToolOutput, started: float) -> None:
        self.emit(
            ToolFinished(
                ready.call,
                ready.summary,
                output.content,
                output.is_error,
                int((time.monotonic() - started) * 1000),
                output.display,
                output.path,
                output.added,
                output.removed,
            )
        )

    def _refused(self, ready: _Ready, reason: str) -> ToolResult:
        if self.denials is not None:
            self.denials.append(
                {"tool_name": ready.call.name, "tool_use_id": ready.call.id, "tool_input": dict(ready.call.input)}
            )
        return self._failed(ready.call, reason, ready.summary)

    def _failed(self, call: ToolCall, reason: str, summary: str = "") -> ToolResult:
        self.emit(ToolFinished(call, summary or call.name, reason, True, 0))
        return ToolResult(call.id, reason, is_error=True)


def _hook_verdict(outcome: Outcome) -> Verdict | None:
    if outcome.blocked:
        return Verdict(Ruling.DENY, outcome.reason or "a hook refused it", "hook")
    if outcome.ruling is None:
        return None
    return Verdict(outcome.ruling, outcome.ruling_reason, "hook")


def _with_context(result: ToolResult, context: Iterable[str]) -> ToolResult:
    notes = [f"[hook] {note}" for note in context]
    return replace(result, content="\n".join([result.content, *notes])) if notes else result


def _trace(error: Exception, folder: Path) -> str:
    """The frames in a private file, without the error's own words: they may quote a prompt or a key."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix="bug-", suffix=".txt", dir=folder)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(f"{type(error).__name__}\n" + "".join(traceback.format_tb(error.__traceback__)))
    return name
