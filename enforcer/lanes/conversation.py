"""One session on two lanes: where each prompt runs, the one question, and the switch as a transaction."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from enforcer.agent.endpoint import Endpoint, PinViolation
from enforcer.agent.guest import OWN, Shift
from enforcer.agent.loop import TurnResult
from enforcer.agent.meter import Meter
from enforcer.agent.requester import Origin
from enforcer.agent.thread import Thread
from enforcer.agent.turn import Turn
from enforcer.core.errors import EnforcerError, UsageError
from enforcer.core.events import (
    Emit,
    LaneAnswered,
    LaneDecided,
    LaneRolledBack,
    LaneSwitched,
    Notice,
    PromptReturned,
    PromptSubmitted,
    SessionState,
    TurnFinished,
    TurnStarted,
)
from enforcer.core.lanes import Lane, LaneDecision, ModelRef, Source
from enforcer.core.messages import Image, Message, Role, Text
from enforcer.core.requests import UNDECIDED, Decided
from enforcer.hooks.engine import HookEngine
from enforcer.hooks.events import LaneProposed, UserPromptSubmit
from enforcer.hooks.events import LaneSwitched as LaneSwitchedHook
from enforcer.lanes.beyond import Beyond
from enforcer.lanes.beyond import Said as Asked
from enforcer.lanes.bridge import Bridge, Carried
from enforcer.lanes.classify import Classifier, strip_prefix
from enforcer.lanes.mentions import NOTHING, Attach, Typed
from enforcer.lanes.policy import Ask, Move, Stay, Switch, SwitchPolicy, headless_start
from enforcer.lanes.seats import HeldPromptReturned, LaneAsker, Seats, Setup
from enforcer.lanes.second import Second
from enforcer.lanes.steering import EDIT, Around, Heard, Memory, Nothing, Steersman
from enforcer.session.resume import Said


@dataclass(slots=True)
class Conversation:
    """Owns the threads and the lane state; everything it does is an event."""

    turn: Turn
    seats: Seats
    policy: SwitchPolicy
    classifier: Classifier
    bridge: Bridge
    hooks: HookEngine
    asker: LaneAsker | None
    meter: Meter
    emit: Emit
    setup: Setup
    attach: Attach | None = None  # reads what a prompt mentions
    second: Second | None = None  # asked where the classifier abstains
    memory: Memory = field(default_factory=Nothing)  # of where the person agreed, and where not
    threads: dict[Lane, Thread] = field(default_factory=lambda: {lane: Thread(lane) for lane in Lane})
    last_decision: LaneDecision | None = None
    last_asked: str = ""  # the last question, for /why
    stranger: tuple[Endpoint, str] | None = None  # who answered in place of the pinned model, at the last pin stop
    wants_to_edit: bool = False  # the person answered `e`: the handoff is shown before it is sent
    returned_prompt: str = ""  # goes back into the input line: nothing typed is lost
    denials: list[Mapping[str, Any]] = field(default_factory=list)
    steering: Steersman = field(init=False)
    beyond: Beyond = field(init=False)  # who serves where that is not the lane's own model
    _shift: Shift = field(default=OWN, init=False)

    def __post_init__(self) -> None:
        self.steering = Steersman(self.classifier, self.policy, self.setup.default_lane, self.memory)
        self.beyond = Beyond(self.turn, self.seats, self.emit)

    @property
    def active(self) -> Lane:
        return self.policy.state.active_lane

    async def submit(self, text: str, *, images: Sequence[Image] = (), typed: str | None = None) -> TurnFinished:
        """Run one prompt to its end, in the lane it belongs to.

        `typed` is what of the text the person wrote by hand, all of it by default: only there files are mentioned.
        Raises: HeldPromptReturned; UsageError when an image cannot be sent; asyncio.CancelledError once the turn is
        cleaned up.
        """
        self.returned_prompt, self.wants_to_edit = "", False
        with self._held(text):
            attached = await self.attach(text if typed is None else typed) if self.attach else NOTHING
        self.turn.number += 1
        self.turn.delegations, self.turn.decided = 0, UNDECIDED
        with self._held(text):
            submitted = await self.hooks.fire(UserPromptSubmit(text))
        if submitted.blocked or submitted.stop:
            self.returned_prompt = text
            return self._blocked(submitted.reason or submitted.stop_reason)
        self.emit(PromptSubmitted(self.turn.number, text))
        excursion, prompt = strip_prefix(text)
        with self._held(text, PromptReturned(self.active, self.turn.number)):
            decision = await self._decide(text)
        said = Typed(text, prompt, submitted.context, replace(attached, images=(*images, *attached.images)))
        if excursion is not None:
            self.steering.visit(text, self._heard())
            return await self._excursion(excursion, said, decision)
        before = self.policy.state.to_json()
        with self._held(text, PromptReturned(self.active, self.turn.number)):
            switched = await self._place(decision, prompt)
        finished = await self._run(self.active, said, decision)
        said_no = self.policy.state.to_json()["answers"] != before["answers"]
        if self.returned_prompt and (switched or not said_no):
            self._undo_switch(before, finished.error)  # it will be typed again, and counts then
        return finished

    async def switch_to(self, lane: Lane, reason: str = "you asked", *, corrects: bool = True) -> None:
        """`/lane`: sticky from now on; the handoff is built now, and read with the next prompt."""
        if self.seats.endpoint(lane) is None:
            raise UsageError(self.seats.missing(lane))
        before, from_lane = self.policy.state.to_json(), self.active
        (self.steering.take if corrects else self.steering.go)(lane)
        self.turn.decided = Decided(source=Source.EXPLICIT, confidence=1.0, endeavor=self.policy.state.endeavor_id)
        try:
            await self._switch(from_lane, lane, reason, "")
        except asyncio.CancelledError:
            self._undo_switch(before, "interrupted")
            raise
        self.keep_state()

    def accept_stranger(self) -> str:
        """The person says that the model which answered last is the pinned one; its name. Raises: UsageError."""
        if self.stranger is None or not self.stranger[1]:
            raise UsageError("no other model has answered, so there is nothing to accept")
        endpoint, served = self.stranger
        endpoint.guard.accept(served)
        self.stranger = None
        return served

    def clear(self) -> None:
        """Forget both threads; the record keeps them."""
        for thread in self.threads.values():
            thread.replace(())
        self.bridge.clear()
        self.steering.clear()
        self.beyond.clear()
        self.last_decision = None
        self.keep_state()

    def restore(self, said: Sequence[Said], state: Mapping[str, Any] | None, turns: int) -> None:
        """Take up a recorded session: the threads are rebuilt from its transcript, in the order it was said."""
        for each in said:
            self.threads[each.lane].add(each.message)
        self.bridge.restore(said)
        self.beyond.restore([each.message for each in said], state)
        if state is not None:
            with suppress(KeyError, ValueError, TypeError, AttributeError):  # of another shape: the lanes begin anew
                self.policy.restore(state)
        self.turn.number = turns

    # Deciding

    @contextmanager
    def _held(self, text: str, returned: PromptReturned | None = None) -> Iterator[None]:
        """Until a model has it, a prompt is the person's; `returned` is said of one that had been submitted."""
        try:
            yield
        except (asyncio.CancelledError, HeldPromptReturned, UsageError):
            self.returned_prompt = text
            if returned is not None:
                self.emit(returned)
            raise

    async def _place(self, decision: LaneDecision, prompt: str) -> bool:
        """Bring the session where this prompt is to run; whether that was a switch."""
        before, from_lane, switched = self.policy.state.to_json(), self.active, False
        try:
            move = await self._settle(decision, prompt)
            self._carry(decision, self.turn.decided.answer)  # the prompt may have opened an endeavor
            if not isinstance(move, Ask) and move.note:
                self.emit(Notice(move.note))
            if isinstance(move, Switch):
                switched = await self._switch(from_lane, move.to, decision.reason, prompt)
            self._shift = await self._staffed(self.active, prompt, decision)
        except (asyncio.CancelledError, HeldPromptReturned):
            self._undo_switch(before, "interrupted")
            raise
        self.keep_state()
        return switched

    async def _staffed(self, lane: Lane, prompt: str, decision: LaneDecision) -> Shift:
        """Who works in the turn; nothing is asked in plan mode, nor behind a lane question."""
        quiet = bool(self.turn.decided.answer) or self.setup.plan_mode()
        return await self.beyond.shift(Asked(prompt, decision, lane, self.policy.state.endeavor_id, quiet))

    async def _decide(self, text: str) -> LaneDecision:
        decision = self.steering.decide(text, self._heard())
        self._carry(decision)
        if self.second is not None and self.seats.two:
            decision = await self.second.decide(decision, text, self.bridge.last_user, self._origin(self.active))
        self.last_decision = decision = self.beyond.decided(decision, self.active)
        self._carry(decision)
        self.emit(LaneDecided(self.turn.number, decision, self.turn.decided.id))
        return decision

    def _carry(self, decision: LaneDecision, answer: str = "") -> None:
        """What the rows of all requests of this turn say from here on."""
        id = f"{self.turn.session}:{self.turn.number}"
        self.turn.decided = replace(Decided.of(decision, id, self.policy.state.endeavor_id), answer=answer)

    def _heard(self) -> Heard:
        nothing = not any(len(thread) for thread in self.threads.values())
        return Heard(self.bridge.last_user, self.bridge.last_assistant, nothing)

    async def _settle(self, decision: LaneDecision, prompt: str) -> Move:
        """Bring the active lane where this prompt is to run."""
        if not self.setup.interactive:
            return self._settle_headless(decision)
        lane, blocked = await self._proposed(decision, prompt)
        around = Around(self.asker is not None, self.seats.two, self.setup.plan_mode(), lane, blocked)
        move = self.steering.place(decision, prompt, around)
        if isinstance(move, Switch) and decision.source is not Source.LEARNT:
            self.emit(LaneAnswered(self.policy.state.endeavor_id, "switch", "auto"))
        return await self._ask(move, self.asker) if isinstance(move, Ask) and self.asker else move

    def _settle_headless(self, decision: LaneDecision) -> Move:
        if self._heard().nothing and not self.setup.lane_fixed:
            lane = headless_start(decision, self.setup.headless, self.setup.default_lane)
            if self.seats.endpoint(lane) is not None:
                self.policy.start(lane)
        return Stay()

    async def _proposed(self, decision: LaneDecision, prompt: str) -> tuple[Lane | None, bool]:
        """What a LaneProposed hook says: another lane, or that this one holds."""
        if decision.lane is None or decision.lane is self.active or decision.abstained or not self.seats.two:
            return None, False
        outcome = await self.hooks.fire(
            LaneProposed(
                str(self.active), str(decision.lane), round(decision.confidence, 2), str(decision.source), prompt
            )
        )
        return outcome.lane, outcome.blocked

    async def _ask(self, ask: Ask, asker: LaneAsker) -> Move:
        model = self.seats.model(self.active)
        question = ask.question(str(model))
        self.last_asked = question
        key = await asker.lane_question(question)
        move = self.steering.answer(ask, key)
        if move is None:
            raise HeldPromptReturned(ask.prompt)
        self.wants_to_edit = key == EDIT
        answer = "switch" if isinstance(move, Switch) else "stay"
        self.turn.decided = replace(self.turn.decided, answer=answer)
        self.emit(LaneAnswered(self.policy.state.endeavor_id, answer, key))
        return move

    # Switching

    async def _switch(self, from_lane: Lane, to_lane: Lane, reason: str, prompt: str) -> bool:
        """Steps 1 to 4 of the switch; the held prompt then runs in the target. False when there is none."""
        endpoint = self.seats.endpoint(to_lane)
        if from_lane is to_lane or endpoint is None:
            return False
        outgoing = self.seats.agent(from_lane) if len(self.threads[from_lane]) else None
        carried = await self.bridge.carry(from_lane, to_lane, self.threads, outgoing, self._origin(from_lane), prompt)
        if self.wants_to_edit and self.asker is not None and carried.path is not None:
            carried = await self._edited(self.asker, to_lane, carried.path)
        self.wants_to_edit = False
        path = str(carried.path) if carried.path else None
        self.emit(LaneSwitched(from_lane, to_lane, endpoint.ref, reason, path, carried.bytes, carried.full_bytes))
        await self.hooks.fire(LaneSwitchedHook(str(from_lane), str(to_lane), path or ""))
        return True

    async def _edited(self, asker: LaneAsker, lane: Lane, path: Path) -> Carried:
        """Until the person leaves a handoff that holds together; the lane is told what it says then."""
        while True:
            await asker.edit(path)
            carried, problems = self.bridge.reread(lane)
            if not problems:
                return carried
            for problem in problems:
                self.emit(Notice(f"handoff: {problem}; mend it in the editor", "warning"))

    def _give_back(self, lane: Lane, text: str) -> None:
        """No model answered: the thread forgets the prompt, and the person gets it back."""
        self.threads[lane].take_back()
        self.bridge.give_back(lane)
        self.emit(PromptReturned(lane, self.turn.number))
        self.returned_prompt = text

    def _undo_switch(self, before: Mapping[str, Any], why: str) -> None:
        left, holds = self.active, Lane(before["active_lane"])
        self.policy.restore(before)
        self.keep_state()
        if left is not holds:
            self.bridge.undo(left, self.threads[left])
            self.emit(LaneRolledBack(left, holds, why))

    def keep_state(self) -> None:
        self.emit(SessionState(self.beyond.state(self.policy.state.to_json())))

    # Running

    async def _excursion(self, lane: Lane, said: Typed, decision: LaneDecision) -> TurnFinished:
        """`@creative …`: this one turn runs there; nothing sticky changes."""
        with self._held(said.text, PromptReturned(self.active, self.turn.number)):
            self._shift = await self._staffed(lane, said.request, decision)
        visits = lane is not self.active and self.seats.endpoint(lane) is not None
        if visits:
            await self.bridge.carry(self.active, lane, self.threads, None, self._origin(self.active), said.request)
        try:
            return await self._run(lane, said, decision)
        finally:
            if visits and self.returned_prompt:
                self.bridge.undo(lane, self.threads[lane])

    async def _run(self, lane: Lane, said: Typed, decision: LaneDecision) -> TurnFinished:
        """The turn; what was typed goes back to the person when the model says nothing in it."""
        endpoint = self.seats.endpoint(lane)
        if endpoint is None:
            self.returned_prompt = said.text
            return self._failed(lane, self.seats.missing(lane), "error")
        self.turn.lane, self.turn.model = lane, self._shift.serves(endpoint.ref)
        thread, mark, started = self.threads[lane], self.meter.mark(), time.monotonic()
        self.emit(TurnStarted(self.turn.number, lane, self.turn.model))
        message = self._message(lane, said, decision)
        before = len(thread)
        reason, error, result = "interrupted", "", TurnResult("interrupted", "", 0)
        try:
            result = await self.seats.agent(lane).turn(thread, message, self._origin(lane, decision), self._shift)
            reason = result.reason
        except PinViolation as violation:
            self.stranger = (self.seats.agent(lane).serving, violation.served or "")
            ways = self._ways_out(lane, violation.served) if self.asker else ""
            reason, error = "pin", f"{violation}{ways}"
        except EnforcerError as failure:
            reason, error = "error", str(failure)
        finally:
            self.bridge.heard(lane, said.request, thread)
            finished = self._finish(lane, self.seats.agent(lane).serving.ref, reason, error, result, (mark, started))
            answered = any(message.role is Role.ASSISTANT for message in thread.messages[before:])
            # A script that was interrupted has no input line: its prompt stays, and `-c` goes on from there.
            if not answered and (reason in {"error", "pin"} or (reason == "interrupted" and self.asker)):
                self._give_back(lane, said.text)
        if self._shift.relief or self.beyond.plans:
            self.keep_state()  # what was answered in the turn
        return finished

    def _ways_out(self, lane: Lane, served: str | None) -> str:
        accept = f", /model accept takes {served} for it" if served else ""
        return f". Enter tries again, /lane {lane.other} asks the other model{accept}"

    def _message(self, lane: Lane, said: Typed, decision: LaneDecision) -> Message:
        carried: Carried | None = self.bridge.take(lane)
        planned = self.beyond.routes.planned(decision, lane, self.turn.model, two=self.seats.two)
        before = [*(carried.blocks if carried else ()), *said.context, *planned, *said.attached.blocks]
        return Message(Role.USER, (*map(Text, before), Text(said.request), *said.attached.images))

    def _origin(self, lane: Lane, decision: LaneDecision | None = None) -> Origin:
        why = f"{decision.source} {decision.confidence:.2f}: {decision.reason}" if decision else ""
        return Origin(self.turn.session, self.turn.number, lane, why=why, decided=self.turn.decided)

    def _finish(
        self, lane: Lane, model: ModelRef, reason: str, error: str, result: TurnResult, since: tuple[int, float]
    ) -> TurnFinished:
        mark, started = since
        total = self.meter.since(mark)
        finished = TurnFinished(
            self.turn.number,
            lane,
            model,
            reason,
            total.usage,
            total.cost_usd,
            int((time.monotonic() - started) * 1000),
            total.requests,
            self.turn.delegations,
            result.text,
            error,
            total.api_ms,
            tuple(self.denials),
        )
        self.denials.clear()
        self.emit(finished)
        return finished

    def _failed(self, lane: Lane, error: str, reason: str) -> TurnFinished:
        model = self.seats.model(lane) or ModelRef("none", "none")
        since = (self.meter.mark(), time.monotonic())
        return self._finish(lane, model, reason, error, TurnResult(reason, "", 0), since)

    def _blocked(self, reason: str) -> TurnFinished:
        self.emit(Notice(reason or "a UserPromptSubmit hook blocked the prompt", "warning"))
        return self._failed(self.active, reason, "blocked")
