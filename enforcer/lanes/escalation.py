"""When a turn should go to a stronger model: a check that keeps failing, or work that is hard to take back.

Says why, and keeps what the person answered; who asks and who serves is not its business.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from enforcer.core.figures import count
from enforcer.core.lanes import Lane, LaneDecision, ModelRef
from enforcer.core.messages import Message
from enforcer.lanes.checkruns import Attempts
from enforcer.lanes.risk import risk_of

KEY = "escalate"
YES, NO, NOTED = "yes", "no", "noted"  # noted: nobody was there to ask, and that was said


class EscalationAsker(Protocol):
    """Puts the question; `enter`, `n`, `timeout`, or `cancel` (Ctrl-C)."""

    async def escalation_question(self, question: str, offer: str) -> str: ...


@dataclass(frozen=True, slots=True)
class Trigger:
    """`subject` is what an answer holds for; `why` is a clause for the person."""

    subject: str
    why: str


@dataclass(slots=True)
class Escalation:
    """The rules of `escalate:`, with what happened so far in this session.

    `to` is a model, or the lane whose model it is; `unasked`: where nobody can be asked, that counts as a yes.
    """

    to: Lane | ModelRef
    after_failures: int = 3
    high_risk: bool = True
    unasked: bool = False
    attempts: Attempts = field(default_factory=Attempts)
    answers: dict[str, str] = field(default_factory=dict)

    def of_prompt(self, prompt: str, decision: LaneDecision, endeavor: int) -> Trigger | None:
        """Whether the prompt asks for risky work; an answer holds for the endeavor."""
        if not self.high_risk:
            return None
        lane = None if decision.abstained else decision.lane
        risk = risk_of(prompt, lane, decision.task)
        return Trigger(f"risk {endeavor}", f"high risk ({risk})") if risk else None

    def of_checks(self) -> Trigger | None:
        """Whether the check that failed just now has failed too often; an answer holds for that check."""
        check = self.attempts.take()
        failed = self.attempts.failed.get(check, 0)
        if failed < self.after_failures:
            return None
        return Trigger(f"check {check}", f"{check} failed {count(failed, 'time')}")

    def answer(self, trigger: Trigger, *, asking: bool) -> str | None:
        """What was answered, None when that is still to be asked: a note is no answer of a person."""
        said = self.answers.get(trigger.subject)
        return None if said == NOTED and asking else said

    def restore(self, messages: Iterable[Message], state: Mapping[str, Any]) -> None:
        """Take up a recorded session."""
        self.attempts.restore(messages)
        kept = state.get(KEY)
        self.answers = {str(on): str(said) for on, said in kept.items()} if isinstance(kept, Mapping) else {}

    def clear(self) -> None:
        """`/clear`: nothing has been tried yet."""
        self.attempts.failed.clear()
        self.attempts.latest = ""
        self.answers.clear()
