"""A model that serves one turn in place of the lane's own: a routed one, or one that a turn is escalated to."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from enforcer.agent.endpoint import Endpoint
from enforcer.core.lanes import ModelRef
from enforcer.providers.base import ServerTool


@dataclass(frozen=True, slots=True)
class Guest:
    """`why` is for the ledger, e.g. `routes.test`; `server_tools` are those of its own service."""

    endpoint: Endpoint
    why: str
    server_tools: tuple[ServerTool, ...] = ()


Relief = Callable[[], Awaitable[Guest | None]]


@dataclass(frozen=True, slots=True)
class Shift:
    """Who works in a turn; `relief` is asked between two steps, and whom it names serves the rest of the turn."""

    guest: Guest | None = None
    relief: Relief | None = None

    def serves(self, own: ModelRef) -> ModelRef:
        """Who answers first; `own` is the lane's model."""
        return self.guest.endpoint.ref if self.guest else own


OWN = Shift()  # the lane's own model, from the first step to the last
