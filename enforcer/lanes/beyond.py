"""Who serves a turn where that is not its lane's own model: a routed model, or the one a turn is escalated to.

For one turn, in the thread of its lane: nothing of a lane is changed here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from enforcer.agent.guest import OWN, Guest, Shift
from enforcer.agent.turn import Turn
from enforcer.core.events import Emit, EscalationAnswered, Notice
from enforcer.core.lanes import Lane, LaneDecision, ModelRef
from enforcer.core.messages import Message
from enforcer.lanes.escalation import KEY, NO, NOTED, YES, Escalation, EscalationAsker, Trigger
from enforcer.lanes.planning import Phase, Planning
from enforcer.lanes.routes import NO_ROUTES, Routes, key
from enforcer.lanes.seats import HeldPromptReturned, Seats
from enforcer.lanes.serving import serving

Invite = Callable[[Lane, ModelRef, str], Guest]  # the model and the reason, for the ledger


def _nobody(lane: Lane, ref: ModelRef, why: str) -> Guest:
    raise LookupError(f"{ref} is not seated")  # only models that were found at the start are named


@dataclass(frozen=True, slots=True)
class Said:
    """A prompt that is about to run; `quiet`: nothing is asked about it, because something was already."""

    prompt: str
    decision: LaneDecision
    lane: Lane
    endeavor: int
    quiet: bool = False


@dataclass(slots=True)
class Beyond:
    """`asker` None = nobody is there; then an escalation is said once, and not done."""

    turn: Turn
    seats: Seats
    emit: Emit
    routes: Routes = NO_ROUTES
    invite: Invite = _nobody
    escalation: Escalation | None = None
    asker: EscalationAsker | None = None
    planning: Planning | None = None

    def decided(self, decision: LaneDecision, active: Lane) -> LaneDecision:
        """The decision in the lane of its task, with who would serve it."""
        placed = self.routes.placed(self.planning.decided(decision, active) if self.planning else decision)
        return self.routes.named(placed, serving(placed, {lane: self.seats.model(lane) for lane in Lane}, active))

    async def shift(self, said: Said) -> Shift:
        """Who works in this turn. Raises: HeldPromptReturned when the person cancels the question."""
        guest = self._routed(said)
        serving = guest.endpoint.ref if guest else self.seats.model(said.lane)
        escalated = await self._risky(said, serving)
        if guest is not None and escalated is None:
            self.emit(Notice(f"{said.decision.task}: served by {serving} ({guest.why})"))
        shift = Shift(escalated or guest, self._relief(said.lane) if self.escalation else None)
        return OWN if shift == OWN else shift

    @property
    def plans(self) -> bool:
        """Whether something is planned, or waits to be built."""
        return self.planning is not None and self.planning.phase is not Phase.NONE

    # What a session keeps

    def state(self, state: dict[str, Any]) -> dict[str, Any]:
        """The lane state, and what the person answered here."""
        answers = self.escalation.answers if self.escalation else {}
        planned = self.planning.state() if self.planning else {}
        return {**state, **planned, **({KEY: dict(answers)} if answers else {})}

    def restore(self, messages: Iterable[Message], state: Mapping[str, Any] | None) -> None:
        if self.escalation:
            self.escalation.restore(messages, state or {})
        if self.planning and state:
            with suppress(KeyError, ValueError, TypeError):  # of another shape: then nothing is planned
                self.planning.restore(state)

    def clear(self) -> None:
        if self.escalation:
            self.escalation.clear()
        if self.planning:
            self.planning.clear()

    # Choosing

    def _routed(self, said: Said) -> Guest | None:
        own = self.seats.model(said.lane)
        named = self.routes.named(said.decision, own)
        if named.model is None or named.model == own:
            return None
        return self.invite(said.lane, named.model, key(said.decision.task))

    async def _risky(self, said: Said, serving: ModelRef | None) -> Guest | None:
        if self.escalation is None or said.quiet:
            return None
        trigger = self.escalation.of_prompt(said.prompt, said.decision, said.endeavor)
        return await self._escalated(trigger, said.lane, serving, "this turn") if trigger else None

    def _relief(self, lane: Lane) -> Callable[[], Any]:
        async def relief() -> Guest | None:
            trigger = self.escalation.of_checks() if self.escalation else None
            try:
                guest = (
                    await self._escalated(trigger, lane, self.turn.model, "the rest of the turn") if trigger else None
                )
            except HeldPromptReturned as left:
                raise asyncio.CancelledError from left  # Ctrl-C in a turn ends it
            self.turn.model = guest.endpoint.ref if guest else self.turn.model
            return guest

        return relief

    async def _escalated(self, trigger: Trigger, lane: Lane, serving: ModelRef | None, what: str) -> Guest | None:
        """The model that takes over, if it is another one and the person agrees; asked once for each subject."""
        rules, model = self.escalation, self._stronger
        if rules is None or model is None or serving is None or model == serving:
            return None
        answer = rules.answer(trigger, asking=self.asker is not None)
        if answer is None:
            answer = rules.answers[trigger.subject] = await self._asked(trigger, model, f"{lane}/{serving}", what)
        elif answer == YES:
            self.emit(Notice(f"{trigger.why}: {model} takes {what} ({KEY}.model)"))
        return self.invite(lane, model, f"{KEY}: {trigger.why}") if answer == YES else None

    @property
    def _stronger(self) -> ModelRef | None:
        to = self.escalation.to if self.escalation else None
        return self.seats.model(to) if isinstance(to, Lane) else to

    async def _asked(self, trigger: Trigger, model: ModelRef, here: str, what: str) -> str:
        """Raises: HeldPromptReturned."""
        if self.asker is None:
            return self._unasked(trigger, model, here, what)
        pressed = await self.asker.escalation_question(f"{trigger.why} · you are on {here}", f"{model} takes {what}")
        if pressed == "cancel":
            raise HeldPromptReturned("")
        answer = YES if pressed == "enter" else NO
        self.emit(EscalationAnswered(self.turn.number, trigger.why, model, answer, pressed))
        return answer

    def _unasked(self, trigger: Trigger, model: ModelRef, here: str, what: str) -> str:
        if self.escalation and self.escalation.unasked:
            self.emit(Notice(f"{trigger.why}: {model} takes {what} ({KEY}.headless is allow)", "warning"))
            self.emit(EscalationAnswered(self.turn.number, trigger.why, model, YES, "auto"))
            return YES
        text = f"{trigger.why}: {KEY}.model is {model}, but nobody is here to ask, so {here} goes on"
        self.emit(Notice(text, "warning"))
        return NOTED
