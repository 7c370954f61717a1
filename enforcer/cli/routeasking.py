"""`enforcer route --ask-model`: the second stage without a session; its requests have rows in the ledger."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass

from enforcer.agent.requester import Origin
from enforcer.cli.given import Given
from enforcer.cli.routing import Prompt
from enforcer.cli.secondstage import second_stage
from enforcer.core.errors import UsageError
from enforcer.core.events import Event, RequestFinished
from enforcer.core.lanes import Lane, LaneDecision
from enforcer.lanes.second import Second
from enforcer.ledger.ledger import Ledger

SESSION = "route"  # of the rows in the ledger
OFF = "--ask-model needs lanes.classifier.mode local+model and a lanes.classifier.model; set them, or leave it out"


@dataclass(frozen=True, slots=True)
class Asking:
    runner: asyncio.Runner
    second: Second
    complaints: list[str]  # one sentence each

    def decide(self, decision: LaneDecision, prompt: Prompt, active: Lane) -> LaneDecision:
        origin = Origin(SESSION, 0, active)
        return self.runner.run(self.second.decide(decision, prompt.text, prompt.previous, origin))


@contextmanager
def asking(given: Given) -> Iterator[Asking]:
    """Raises: UsageError when the settings name no model that can be asked."""
    complaints: list[str] = []
    with closing(Ledger(given.paths.data / "ledger.sqlite3")) as ledger, asyncio.Runner() as runner:

        def keep(event: Event) -> None:
            if isinstance(event, RequestFinished) and given.settings.ledger.enabled:
                complaints.extend(filter(None, [ledger.add(event.row)]))

        second, why_not = second_stage(given, keep)
        if second is None:
            raise UsageError(why_not or OFF)
        try:
            yield Asking(runner, second, complaints)
        finally:
            runner.run(second.close())
