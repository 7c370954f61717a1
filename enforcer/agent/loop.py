"""The loop: ask the model, run what it calls, hand back the results, until it stops."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace

from enforcer.agent.endpoint import Endpoint
from enforcer.agent.guest import OWN, Guest, Shift
from enforcer.agent.pipeline import ToolPipeline
from enforcer.agent.requester import Interrupted, Origin, Requester
from enforcer.agent.shape import Shape
from enforcer.agent.thread import Thread
from enforcer.core.events import ContextTrimmed, Emit, MessageAdded, Notice, TurnChecked
from enforcer.core.lanes import ModelRef
from enforcer.core.messages import Message, Role, Text, ToolCall, ToolResult, tool_results, user
from enforcer.core.requests import Check
from enforcer.hooks.events import Stop, SubagentStop
from enforcer.providers.base import Completed, Failure, ProviderError, Request, ServerTool, StopReason

MAX_BROKEN = 3  # steps in a row in which no call could be read
MAX_PAUSES = 8  # times in a row the service may stop in the middle of its own tools
MAX_MISFITS = 3  # answers of the wrong shape that are sent back
MAX_STOP_BLOCKS = 8  # times in a row a hook may send the model back to work
FALLBACK = "{error}. This turn goes on with {ref}, a fallback of the lane; /model {lane}={ref} keeps it"
HANDED_BACK = "{error}. This turn goes on with {ref}, the model of the lane"
BLIND = "{ref} is not known to see images: it is told where one was left out; images: true in models.yaml shows them"


@dataclass(frozen=True, slots=True)
class TurnResult:
    """How a turn ended: `reason` is end, max_turns, refusal, cut, empty, broken, misfit, blocked or checkpoint."""

    reason: str
    text: str
    steps: int


@dataclass(slots=True)
class Agent:
    """One model at work with its tools. The main session has one per lane; a delegation makes a fresh one."""

    endpoint: Endpoint
    pipeline: ToolPipeline
    requester: Requester
    emit: Emit
    system: str
    max_steps: int | None = None
    name: str = ""  # "" = the main session
    server_tools: tuple[ServerTool, ...] = ()
    _broken: int = field(default=0, init=False)
    _pauses: int = field(default=0, init=False)
    _stop_blocks: int = field(default=0, init=False)
    _misfits: int = field(default=0, init=False)
    _blind: set[ModelRef] = field(default_factory=set, init=False)  # of whom the person knows it
    shape: Shape | None = None  # what the last message of a turn is to be
    fallbacks: tuple[Endpoint, ...] = ()  # who takes over when the endpoint cannot answer, for one turn
    _at: int = field(default=0, init=False)  # 0 = the endpoint itself, then its fallbacks
    _stands_in: str = field(default="", init=False)  # for the ledger
    _guest: Guest | None = field(default=None, init=False)  # who stands before the endpoint, for one turn

    @property
    def serving(self) -> Endpoint:
        """Who answers in this turn."""
        return self._chain[self._at]

    @property
    def _chain(self) -> tuple[Endpoint, ...]:
        own = (self.endpoint, *self.fallbacks)
        if self._guest is None:
            return own
        first = self._guest.endpoint
        return first, *(each for each in own if each.ref != first.ref)

    async def turn(self, thread: Thread, prompt: Message, origin: Origin, shift: Shift = OWN) -> TurnResult:
        """Runs until the model stops. On any exception the thread is left in a state every service accepts.

        Raises: ProviderError, PinViolation, ContextTooSmall, asyncio.CancelledError, and what `shift.relief` does.
        """
        self._broken = self._pauses = self._stop_blocks = self._misfits = 0
        self.pipeline.stop_reason = ""
        self._seat(shift.guest)
        gate = None if self.name else self.pipeline.gate  # what a sub-agent does belongs to the turn
        if gate is not None:
            gate.begin_turn()
        try:
            return await self._steps(thread, prompt, origin, shift)
        finally:
            if gate is not None and gate.outcome is not Check.NONE:
                self.emit(TurnChecked(origin.session, origin.turn, gate.outcome))

    async def _steps(self, thread: Thread, prompt: Message, origin: Origin, shift: Shift) -> TurnResult:
        self._add(thread, prompt, origin)
        steps = 0
        while self.max_steps is None or steps < self.max_steps:
            if steps and shift.relief and (relief := await shift.relief()):
                self._seat(relief)
                self._tell_what_is_unseen(*thread.visible)
            steps += 1
            completed = await self._step(thread, origin, steps)
            reason = await self._act(thread, completed, origin)
            if reason:
                return TurnResult(reason, completed.message.text, steps)
        return TurnResult("max_turns", "", steps)

    def _seat(self, guest: Guest | None) -> None:
        self._guest, self._at = guest, 0
        self._stands_in = f"{guest.why}; " if guest else ""

    async def _step(self, thread: Thread, origin: Origin, step: int) -> Completed:
        self._hid(thread, thread.fit(self.serving.input_budget))
        try:
            completed = await self._answer(thread, replace(origin, why=f"{self._stands_in}{origin.why}"), step)
        except ProviderError as error:
            if self._falls_back(error, origin):
                self._tell_what_is_unseen(*thread.visible)
                return await self._step(thread, origin, step)
            self._keep(thread, error.partial, origin)
            raise
        except Interrupted as stop:
            self._keep(thread, stop.partial, origin)
            raise asyncio.CancelledError from stop  # asyncio.timeout knows no subclass of it before Python 3.13
        if completed.message.parts:
            self._add(thread, completed.message, origin, completed)
        return completed

    async def _answer(self, thread: Thread, origin: Origin, step: int) -> Completed:
        try:
            return await self._request(thread, origin, step)
        except ProviderError as error:
            # The service counts better than our estimate does: leave out half of it, once.
            hidden = thread.halve() if error.failure is Failure.CONTEXT else 0
            if not hidden:
                raise
            self._hid(thread, hidden)
        return await self._request(thread, origin, step)

    def _falls_back(self, error: ProviderError, origin: Origin) -> bool:
        """Whether another model of the lane takes over; it is said each time, and holds for this turn only."""
        if not error.elsewhere or self._at + 1 >= len(self._chain):
            return False
        away, self._at = self.serving.ref, self._at + 1
        self._stands_in = f"fallback for {away}; "
        said = HANDED_BACK if self.serving is self.endpoint else FALLBACK
        self.emit(Notice(said.format(error=error, ref=self.serving.ref, lane=origin.lane), "warning"))
        return True

    async def _request(self, thread: Thread, origin: Origin, step: int) -> Completed:
        request = Request(
            model=self.serving.ref.model,
            system=f"{self.system}\n{self.shape.instruction}\n" if self.shape else self.system,
            messages=self.serving.render(thread),
            tools=self.pipeline.toolbox.specs(),
            max_tokens=self.serving.facts.max_output,
            effort=self.serving.effort,
            cache_key=origin.cache_key,
            schema=self.shape.schema if self.shape else None,
            thinking=self.serving.facts.thinking,
            thinking_tokens=self.serving.thinking_tokens,
            server_tools=self._offered,
        )
        completed = await self.requester.ask(self.serving, request, origin, step=step)
        message = Message(Role.ASSISTANT, completed.message.parts, self.serving.ref, completed.served)
        return Completed(message, completed.usage, completed.stop, completed.served)

    @property
    def _offered(self) -> tuple[ServerTool, ...]:
        """What runs at the service of whoever answers; a fallback's is not known."""
        if self._guest and not self._at:
            return self._guest.server_tools
        return self.server_tools if self.serving is self.endpoint else ()

    async def _act(self, thread: Thread, completed: Completed, origin: Origin) -> str:
        """Why the turn is over, or "" when the model goes on."""
        calls = completed.message.calls
        if completed.stop is not StopReason.PAUSE:
            self._pauses = 0
        if not calls:
            return await self._stop(thread, completed, origin)
        await self._run(thread, calls, origin)
        self._broken = self._broken + 1 if all(call.broken is not None for call in calls) else 0
        if self.pipeline.stop_reason:
            self.emit(Notice(self.pipeline.stop_reason, "warning"))
            return "blocked"
        return "broken" if self._broken >= MAX_BROKEN else ""

    async def _run(self, thread: Thread, calls: tuple[ToolCall, ...], origin: Origin) -> None:
        results: list[ToolResult] = []
        try:
            await self.pipeline.run(calls, results)
        finally:  # services reject a call without a result, so a cancelled run answers every call too
            answered = {result.call_id for result in results}
            missing = [ToolResult(c.id, f"interrupted: {c.name} did not finish", True) for c in calls]
            results.extend(result for result in missing if result.call_id not in answered)
            order = {call.id: number for number, call in enumerate(calls)}
            results.sort(key=lambda result: order[result.call_id])
            self._add(thread, tool_results(results), origin)

    async def _stop(self, thread: Thread, completed: Completed, origin: Origin) -> str:
        if self.shape and completed.stop in {StopReason.END, StopReason.LENGTH}:
            return await self._shaped(self.shape, thread, completed, origin)
        match completed.stop:
            case StopReason.PAUSE if completed.message.parts and self._pauses < MAX_PAUSES:
                self._pauses += 1  # its own tools take long; asked again, it goes on
                return ""
            case StopReason.LENGTH:
                self.emit(Notice("the answer was cut at the model's output limit; say 'continue' to go on", "warning"))
                return "cut"
            case StopReason.REFUSAL:
                hint = f"/lane {origin.lane.other} asks the other model"
                self.emit(Notice(f"{self.serving.ref} declined to answer; {hint}", "warning"))
                return "refusal"
        if not completed.message.text.strip():
            self.emit(Notice(f"{self.serving.ref} answered with nothing", "warning"))
            return "empty"
        return await self._ended(thread, completed.message.text, origin)

    async def _ended(self, thread: Thread, text: str, origin: Origin) -> str:
        """Rules first, then the person's hooks: "" while one of them wants more."""
        if self.pipeline.gate is not None:
            stopped = await self.pipeline.gate.stop(text, agent=self.name)
            if stopped.failed:
                self.emit(Notice(f"the turn ends with a failed checkpoint: {stopped.reason}", "warning"))
                return "checkpoint"
            if stopped.reason:
                self._add(thread, user(f"[checkpoint] {stopped.reason}\nMend it, then finish."), origin)
                return ""
        return "" if await self._sent_back(thread, text, origin) else "end"

    async def _shaped(self, shape: Shape, thread: Thread, completed: Completed, origin: Origin) -> str:
        """An answer that does not fit goes back with what is wrong with it, a few times."""
        problem = shape.problem(completed.message.text)
        if not problem:
            return await self._ended(thread, completed.message.text, origin)
        self._misfits += 1
        self.emit(Notice(f"the answer does not fit the JSON Schema: {problem}", "warning"))
        if self._misfits > MAX_MISFITS:
            return "misfit"
        self._add(
            thread, user(f"[harness] this does not fit the JSON Schema: {problem}. Send the JSON value anew"), origin
        )
        return ""

    async def _sent_back(self, thread: Thread, text: str, origin: Origin) -> bool:
        active = self._stop_blocks > 0
        agent_id = origin.parent or ""
        event = SubagentStop(active, agent_id, self.name, text) if self.name else Stop(active, text)
        outcome = await self.pipeline.hooks.fire(event)
        if not outcome.blocked or outcome.stop:
            return False
        self._stop_blocks += 1
        if self._stop_blocks > MAX_STOP_BLOCKS:
            self.emit(Notice(f"a Stop hook blocked {MAX_STOP_BLOCKS} times in a row; the turn ends here", "warning"))
            return False
        self._add(thread, user(f"[hook] {outcome.reason or 'not done yet'}"), origin)
        return True

    def _hid(self, thread: Thread, hidden: int) -> None:
        if hidden:
            self.emit(ContextTrimmed(thread.lane, hidden))

    def _keep(self, thread: Thread, partial: Message | None, origin: Origin) -> None:
        if partial is not None and partial.text.strip():
            note = partial.note or "cut"
            self._add(thread, Message(Role.ASSISTANT, (Text(partial.text),), self.serving.ref, note=note), origin)

    def _add(self, thread: Thread, message: Message, origin: Origin, completed: Completed | None = None) -> None:
        # Written to the record first: if that fails, the model must not see what nobody will remember.
        self.emit(MessageAdded(origin.lane, message, origin.turn, completed.usage if completed else None))
        thread.add(message)
        self._tell_what_is_unseen(message)

    def _tell_what_is_unseen(self, *messages: Message) -> None:
        ref = self.serving.ref
        if not self.serving.facts.images and ref not in self._blind and any(message.images for message in messages):
            self._blind.add(ref)
            self.emit(Notice(BLIND.format(ref=ref), "warning"))


async def settle(task: asyncio.Task[TurnResult]) -> None:
    """Cancel a turn and wait until it has cleaned up behind itself."""
    task.cancel()
    await asyncio.wait({task})
