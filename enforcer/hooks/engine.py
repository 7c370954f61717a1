"""Fires an event at the person's own commands and weighs their answers. Knows neither rules nor tools."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

from enforcer.core.events import Emit, HookRan, Notice
from enforcer.core.lanes import Lane
from enforcer.core.messages import ToolCall
from enforcer.core.verdict import Ruling
from enforcer.hooks.answers import Answer, read_answer
from enforcer.hooks.config import Handler
from enforcer.hooks.events import HookEvent, ToolEvent
from enforcer.hooks.process import Ran, run_process, shell_argv

OUTPUT_CAP = 10_000  # characters of one text that reach a model or a person
PROJECT_VARIABLES = ("CLAUDE_PROJECT_DIR", "ENFORCER_PROJECT_DIR")

MatchesRule = Callable[[str, ToolCall], bool]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What all handlers of one event said together."""

    blocked: bool = False
    reason: str = ""  # why it is blocked
    context: tuple[str, ...] = ()  # for the model
    ruling: Ruling | None = None  # PreToolUse: deny before defer before ask before allow
    ruling_reason: str = ""
    updated_input: Mapping[str, Any] | None = None  # the whole input; to be judged again
    updated_output: str | None = None
    lane: Lane | None = None
    stop: bool = False  # `continue: false`: everything ends
    stop_reason: str = ""
    messages: tuple[str, ...] = ()  # for the person
    initial_user_message: str = ""
    session_title: str = ""


SILENT = Outcome()


def _every_rule(rule: str, call: ToolCall) -> bool:
    return True


class HookEngine:
    """`common` gives the fields every payload has, as they are now; `env` is the scrubbed environment."""

    def __init__(
        self,
        handlers: Sequence[Handler] = (),
        *,
        cwd: Path,
        common: Callable[[], Mapping[str, Any]],
        env: Mapping[str, str],
        outputs: Path,
        emit: Emit,
        matches_rule: MatchesRule = _every_rule,
    ) -> None:
        self._by_event: dict[str, list[Handler]] = {}
        for handler in handlers:
            self._by_event.setdefault(handler.event, []).append(handler)
        self._cwd = cwd
        self._common = common
        self._env = dict(env)
        self.project = cwd
        self._outputs = outputs
        self._emit = emit
        self._matches_rule = matches_rule
        self._background: set[asyncio.Task[Answer]] = set()

    @property
    def project(self) -> Path:
        """What hooks know as CLAUDE_PROJECT_DIR; they run in `cwd`, which may lie below it."""
        return self._project

    @project.setter
    def project(self, root: Path) -> None:
        self._project = root
        self._env.update(dict.fromkeys(PROJECT_VARIABLES, str(root)))

    @property
    def idle(self) -> bool:
        """No handler at all: nothing can be held up."""
        return not self._by_event

    async def fire(self, event: HookEvent) -> Outcome:
        """Every matching handler, in parallel; returns when all but the `async` ones have answered."""
        if event.event_name() not in self._by_event:
            return SILENT
        handlers = self._matching(event)
        if not handlers:
            return SILENT
        payload = self._payload(event)
        for handler in (h for h in handlers if h.background):
            task = asyncio.create_task(self._run(handler, event, payload))
            self._background.add(task)
            task.add_done_callback(self._background.discard)
        waited = [handler for handler in handlers if not handler.background]
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(self._run(handler, event, payload)) for handler in waited]
        except ExceptionGroup as failed:
            raise failed.exceptions[0] from failed  # e.g. the record is full: a sentence, not a bug
        outcome = weigh([task.result() for task in tasks])
        for message in outcome.messages:
            self._emit(Notice(message))
        return outcome

    async def close(self) -> None:
        """End what was started with `async: true` and is still running."""
        running = tuple(self._background)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    def _matching(self, event: HookEvent) -> list[Handler]:
        found = [handler for handler in self._by_event[event.event_name()] if handler.matches(event)]
        if isinstance(event, ToolEvent):
            call = event.call
            found = [h for h in found if not h.condition or self._matches_rule(h.condition, call)]
        return list(dict.fromkeys(found))

    def _payload(self, event: HookEvent) -> str:
        data = {**self._common(), "hook_event_name": event.event_name(), **event.payload()}
        return json.dumps(data, ensure_ascii=False)

    async def _run(self, handler: Handler, event: HookEvent, payload: str) -> Answer:
        wanted_s = event.default_timeout_s if handler.timeout_s is None else handler.timeout_s
        timeout_s = wanted_s if event.timeout_cap_s is None else min(wanted_s, event.timeout_cap_s)
        ran = await run_process(self._argv(handler), stdin=payload, cwd=self._cwd, env=self._env, timeout_s=timeout_s)
        answer = read_answer(handler, event, ran, self._cap)
        self._emit(_record(handler, event, ran, answer))
        return answer

    def _argv(self, handler: Handler) -> Sequence[str]:
        if handler.args is None:
            return shell_argv(handler.command)  # the shell fills the placeholders in, they are variables to it
        return [self._filled(word) for word in (handler.command, *handler.args)]

    def _filled(self, word: str) -> str:
        for name in PROJECT_VARIABLES:
            word = word.replace(f"${{{name}}}", str(self._project))
        return word

    def _cap(self, text: str) -> str:
        if len(text) <= OUTPUT_CAP:
            return text
        path = self._outputs / f"hook-{uuid4().hex[:12]}.txt"
        self._outputs.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
        note = f"\n… cut at {OUTPUT_CAP} of {len(text)} characters; all of it is in {path}"
        return text[: OUTPUT_CAP - len(note)] + note


def weigh(answers: Sequence[Answer]) -> Outcome:
    """One block blocks; of the rulings the strictest counts; later rewrites win over earlier ones."""
    ruling = max(answers, key=lambda answer: answer.rank, default=Answer())
    return Outcome(
        blocked=any(answer.blocked for answer in answers),
        reason="\n".join(answer.reason for answer in answers if answer.blocked and answer.reason),
        context=tuple(answer.context for answer in answers if answer.context),
        ruling=ruling.ruling,
        ruling_reason=ruling.permission_reason,
        updated_input=_last(answer.updated_input for answer in answers),
        updated_output=_last(answer.updated_output for answer in answers),
        lane=_last(answer.lane for answer in answers),
        stop=any(answer.stop for answer in answers),
        stop_reason=next((answer.stop_reason for answer in answers if answer.stop_reason), ""),
        messages=tuple(answer.message for answer in answers if answer.message),
        initial_user_message=_last(answer.initial_user_message or None for answer in answers) or "",
        session_title=_last(answer.session_title or None for answer in answers) or "",
    )


def _last(values: Iterable[T | None]) -> T | None:
    found = None
    for value in values:
        found = found if value is None else value
    return found


def _record(handler: Handler, event: HookEvent, ran: Ran, answer: Answer) -> HookRan:
    denied = answer.ruling is Ruling.DENY
    outcome = "error" if answer.failure else "blocked" if answer.blocked or denied else "ok"
    return HookRan(
        event.event_name(),
        handler.command,
        ran.exit_code,
        outcome,
        ran.stdout[:OUTPUT_CAP],
        (ran.stderr or ran.failure)[:OUTPUT_CAP],
    )
