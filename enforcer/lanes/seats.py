"""Who serves each lane, who is asked, and how a session behaves: what a conversation is given."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from enforcer.agent.endpoint import Endpoint
from enforcer.agent.loop import Agent
from enforcer.core.lanes import Lane, ModelRef

NO_MODEL = "the {lane} lane has no model; set lanes.{lane}.model in the config or pass --{lane}"


class LaneAsker(Protocol):
    """Puts the one question; the key that was pressed, or "cancel" (Ctrl-C: the prompt goes back)."""

    async def lane_question(self, question: str) -> str: ...

    async def edit(self, path: Path) -> None:
        """Let the person change a file, and wait."""
        ...


class HeldPromptReturned(Exception):
    """The person cancelled at the question; `prompt` goes back into the input line."""

    def __init__(self, prompt: str) -> None:
        super().__init__(prompt)
        self.prompt = prompt


@dataclass(slots=True)
class Seats:
    """Who serves each lane, and the agent that works there; either lane may be empty."""

    endpoints: Mapping[Lane, tuple[Endpoint, ...]]
    agent: Callable[[Lane], Agent]  # built at the first use of the lane, then kept
    absent: Mapping[Lane, str] = field(default_factory=dict)  # why a lane has no model, where it is set to one

    def missing(self, lane: Lane) -> str:
        """Why nobody serves a lane, as a sentence."""
        return self.absent.get(lane) or NO_MODEL.format(lane=lane)

    def endpoint(self, lane: Lane) -> Endpoint | None:
        return self.endpoints[lane][0] if self.endpoints[lane] else None

    def model(self, lane: Lane) -> ModelRef | None:
        endpoint = self.endpoint(lane)
        return endpoint.ref if endpoint else None

    @property
    def two(self) -> bool:
        """Both lanes have a model, and not the same one."""
        creative, analytical = self.model(Lane.CREATIVE), self.model(Lane.ANALYTICAL)
        return creative is not None and analytical is not None and creative != analytical


@dataclass(slots=True)
class Setup:
    """How this session behaves; from settings and flags."""

    interactive: bool
    headless: str = "pick"  # pick | stay | delegate-only
    default_lane: Lane = Lane.ANALYTICAL
    lane_fixed: bool = False  # the first lane came from a flag or a resume
    plan_mode: Callable[[], bool] = lambda: False
