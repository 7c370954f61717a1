"""A real conversation on two scripted models, which answer as they are told, prompt by prompt."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from enforcer.agent.meter import Meter
from enforcer.agent.turn import Turn
from enforcer.core.events import LaneRolledBack, SessionState, TurnFinished
from enforcer.core.lanes import Lane, ModelRef
from enforcer.core.messages import Message, Role, Text
from enforcer.hooks.engine import SILENT, Outcome
from enforcer.hooks.events import LaneProposed, UserPromptSubmit
from enforcer.lanes.bridge import Bridge
from enforcer.lanes.classify import Classifier
from enforcer.lanes.conversation import Conversation
from enforcer.lanes.handoff import HandoffFacts
from enforcer.lanes.policy import SwitchPolicy
from enforcer.lanes.seats import HeldPromptReturned, Seats, Setup
from enforcer.lanes.steering import Memory, Nothing
from enforcer.providers.base import Failure
from enforcer.providers.scripted import Fault, Reply, Scenario, ScriptedProvider
from enforcer.session.resume import Said
from tests.fakes import Bench, endpoint

REFS = {lane: ModelRef("scripted", lane.value) for lane in Lane}
DOWN = Reply(error=Fault(failure=Failure.AUTH, message="the key is wrong; set it", status=401))


@dataclass
class KeyPresser:
    """Answers the lane question with `key`, and counts."""

    key: str = "enter"
    questions: list[str] = field(default_factory=list)

    async def lane_question(self, question: str) -> str:
        self.questions.append(question)
        return self.key

    async def edit(self, path: Path) -> None:
        """The handoff stays as it is."""


@dataclass
class SaidHooks:
    """Hooks without a process: what they answer is set before each prompt."""

    proposed: Outcome = SILENT
    submitted: Outcome = SILENT

    async def fire(self, event: object) -> Outcome:
        if isinstance(event, LaneProposed):
            return self.proposed
        return self.submitted if isinstance(event, UserPromptSubmit) else SILENT


class Talk:
    """`it` is the conversation; `resume` puts a new one in its place, as the next process would."""

    def __init__(
        self, root: Path, policy: Callable[[], SwitchPolicy], classifier: Classifier, memory: Memory | None = None
    ) -> None:
        self._policy, self._classifier = policy, classifier
        self._folder, self._memory = root / "handoffs", memory or Nothing()
        self.bench = Bench(root, root)
        self.asker, self.hooks, self.plan_mode = KeyPresser(), SaidHooks(), False
        self.services = {
            lane: ScriptedProvider.of(Scenario({}, otherwise={lane.value: Reply(text="ok.")})) for lane in Lane
        }
        self.it = self._made()

    def _made(self) -> Conversation:
        seats = {lane: (endpoint(self.services[lane], REFS[lane]),) for lane in Lane}
        agents = {lane: self.bench.agent(provider=self.services[lane]) for lane in Lane}
        for lane, agent in agents.items():
            agent.endpoint = seats[lane][0]
        return Conversation(
            turn=Turn("s1"),
            seats=Seats(seats, agents.__getitem__),
            policy=self._policy(),
            classifier=self._classifier,
            bridge=Bridge(self.bench.root, lambda: self._folder, HandoffFacts, self.bench.emit, mode="full"),
            hooks=self.hooks,
            asker=self.asker,
            meter=Meter(),
            emit=self.bench.emit,
            setup=Setup(interactive=True, plan_mode=lambda: self.plan_mode),
            memory=self._memory,
        )

    def says(self, text: str, *, answer: str = "enter", assistant: str = "", down: Sequence[Lane] = ()) -> bool:
        """Whether a model answered it; when not, it is in the input line."""
        self.asker.key = answer
        for lane, service in self.services.items():
            service.scenario.otherwise[lane.value] = DOWN if lane in down else Reply(text=assistant or "ok.")
        try:
            return asyncio.run(self.it.submit(text)).reason == "end"
        except HeldPromptReturned:
            return False

    def moves_to(self, lane: Lane) -> None:
        asyncio.run(self.it.switch_to(lane))

    def resume(self) -> None:
        state = next((event.state for event in reversed(self.bench.of(SessionState))), None)
        said = [Said(lane, message, 1) for lane, thread in self.it.threads.items() for message in thread.messages]
        turns = self.it.turn.number
        self.it = self._made()
        self.it.restore(said, state, turns)

    def sent(self, text: str) -> int:
        """How many requests ended with this."""
        requests = [request for service in self.services.values() for request in service.requests]
        return [_last(request.messages) for request in requests].count(text)

    def knows(self, text: str) -> bool:
        """Whether a thread has it."""
        return any(_said(message) == text for thread in self.it.threads.values() for message in thread.messages)

    @property
    def rolled_back(self) -> int:
        return len(self.bench.of(LaneRolledBack))

    @property
    def finished(self) -> list[TurnFinished]:
        return self.bench.of(TurnFinished)


def _said(message: Message) -> str:
    texts = [part.text for part in message.parts if isinstance(part, Text)]
    return texts[-1] if texts and message.role is Role.USER else ""


def _last(messages: Sequence[Message]) -> str:
    return _said(messages[-1])
