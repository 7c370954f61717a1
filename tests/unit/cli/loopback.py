"""A real session on two lanes, each lane's service on 127.0.0.1, with a person who presses what the test says."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from enforcer.agent.pipeline import Consent
from enforcer.cli.build import Session
from enforcer.cli.opening import open_session
from enforcer.cli.options import Options
from enforcer.core.events import Event
from enforcer.core.messages import ToolCall
from enforcer.lanes.seats import HeldPromptReturned
from tests.servers.vendor import Call, Reply, Script, VendorServer

MUSE, LOGIC = "anthropic/claude-sonnet-4-5", "openai/gpt-5"
FIX, HAIKU = "fix the failing test in app.py", "write a haiku about rain"
NOTES = '{"decisions": ["double doubles now"], "open_questions": []}'


@dataclass
class Person:
    """Presses these keys at lane questions, and allows everything."""

    keys: list[str] = field(default_factory=list)
    offers: list[tuple[str, str]] = field(default_factory=list)  # of a stronger model, with why

    async def permission(
        self, call: ToolCall, *, summary: str, reason: str, suggestions: Sequence[str], agent: str
    ) -> Consent:
        return Consent(True)

    async def lane_question(self, question: str) -> str:
        return self.keys.pop(0)

    async def escalation_question(self, question: str, offer: str) -> str:
        self.offers.append((question, offer))
        return self.keys.pop(0)

    async def edit(self, path: Path) -> None:
        """Leaves it as it is."""

    async def questions(self, questions: Sequence[Mapping[str, Any]]) -> Mapping[str, str]:
        return {}

    async def plan(self, plan: str) -> tuple[bool, str]:
        return True, ""

    async def specification(self, plan: str, problems: Sequence[str]) -> tuple[str, str]:
        self.offers += [(problem, plan) for problem in problems]
        choice = self.keys.pop(0)
        return choice, "smaller" if choice == "plan" else ""


@dataclass
class Talk:
    """What the test says in the session, and what can be looked at."""

    session: Session
    person: Person
    loop: asyncio.AbstractEventLoop
    events: list[Event]

    def says(self, *prompts: str) -> None:
        for prompt in prompts:
            self.wait(self._submit(prompt))

    def wait(self, work: Any) -> Any:
        return self.loop.run_until_complete(work)

    async def _submit(self, prompt: str) -> None:
        try:
            await self.session.conversation.submit(prompt)
        except HeldPromptReturned:
            return


def calls(name: str, **given: str) -> Reply:
    return Reply(calls=(Call(name, (json.dumps(given),)),))


def delegates(lane: str, prompt: str) -> Reply:
    return calls("Delegate", lane=lane, rationale="model_fit", description="name the helper", prompt=prompt)


@contextmanager
def services(env: pytest.MonkeyPatch, creative: Script, analytical: Script) -> Iterator[tuple[VendorServer, ...]]:
    """Both vendors; the environment points to them."""
    with VendorServer(creative) as first, VendorServer(analytical) as second:
        env.setenv("ANTHROPIC_BASE_URL", first.anthropic_url)
        env.setenv("ANTHROPIC_API_KEY", "sk-ant-test-0123456789abcdef")
        env.setenv("OPENAI_BASE_URL", second.openai_url)
        env.setenv("OPENAI_API_KEY", "sk-test-0123456789abcdef")
        yield first, second


@contextmanager
def talk(root: Path, keys: Sequence[str] = (), *, alone: bool = False, **options: Any) -> Iterator[Talk]:
    """A session from its start to its end; `alone`: nobody is there to be asked."""
    loop, person, events = asyncio.new_event_loop(), Person(list(keys)), list[Event]()
    given = {"creative": MUSE, "analytical": LOGIC, "permission_mode": "acceptEdits", **options}
    opening = loop.run_until_complete(open_session(Options(**given), root, None))
    session = opening.wire(None if alone else person, [events.append])
    try:
        loop.run_until_complete(session.start(opening.source))
        yield Talk(session, person, loop, events)
    finally:
        loop.run_until_complete(session.close())
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()
