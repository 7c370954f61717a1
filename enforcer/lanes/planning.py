"""Two-phase work: a plan becomes a specification, and another model begins clean from it. The state of both phases."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from enforcer.core.lanes import Lane, LaneDecision, Source, Task
from enforcer.lanes.specification import SECTIONS, Specification, parse, validate

KEY = "planning"
TRIES = 2  # so often an incomplete plan goes back to the model before the person sees it
HOW = (
    "[planning] Only look and think; change nothing. When the plan is done, call ExitPlanMode with it as Markdown, in "
    f"these sections, each with `## ` in front: {', '.join(SECTIONS)}. Build order: a numbered list of steps that can "
    "each be finished and checked. Acceptance checks: a list, with the command where there is one. Another model will "
    "build from this text alone and will not see this conversation: name every file, name, type and decision it needs."
)
BUILD = "build what the specification says"


class Phase(StrEnum):
    NONE = "none"
    PLANNING = "planning"
    APPROVED = "approved"  # and not begun yet
    BUILDING = "building"


@dataclass(slots=True)
class Planning:
    """`plan_mode` says whether the session may only look; a person who leaves it has left the plan."""

    folder: Callable[[], Path]  # <session>/specifications, made on demand
    plan_mode: Callable[[], bool]
    phase: Phase = Phase.NONE
    request: str = ""
    lane: Lane | None = None  # where it is to be built
    mode: str = "default"  # the permission mode it is to be built in
    number: int = 0
    specification: Specification | None = None
    path: Path | None = None
    returned: int = field(default=0, init=False)  # plans that went back to the model as incomplete

    @property
    def active(self) -> bool:
        return self.phase is Phase.PLANNING and self.plan_mode()

    def begin(self, request: str, lane: Lane) -> None:
        """`lane` is where what is planned belongs."""
        self.phase, self.request, self.lane, self.returned = Phase.PLANNING, request, lane, 0
        self.specification = self.path = None

    def drafted(self, plan: str) -> tuple[Specification, list[str]]:
        """The plan as a specification, kept in a file, and what is wrong with it."""
        specification = parse(plan, self.request)
        self.keep(specification)
        return specification, validate(specification)

    def keep(self, specification: Specification) -> None:
        self.number += self.path is None
        self.specification, self.path = specification, specification.save(self.folder(), self.number)

    def reread(self) -> list[str]:
        """Take over what the person changed in the file; what is wrong with it now."""
        if self.path is None:
            return []
        return self.drafted(self.path.read_text("utf-8"))[1]

    def goes_back(self, problems: list[str]) -> bool:
        """Whether the model has to mend it before the person is asked."""
        self.returned += bool(problems)
        return bool(problems) and self.returned < TRIES

    def approve(self) -> None:
        self.phase = Phase.APPROVED

    def build(self) -> None:
        self.phase = Phase.BUILDING

    def drop(self) -> None:
        self.phase = Phase.NONE

    def decided(self, decision: LaneDecision, active: Lane) -> LaneDecision:
        """While it is planned or begun, nothing about the lane is left to decide."""
        if decision.source is Source.EXPLICIT:
            return decision
        if self.active:
            return _declared(decision, active, Task.PLAN, "/plan")
        if self.phase is Phase.BUILDING:
            self.phase = Phase.NONE  # what comes after it is a prompt like any other
            return _declared(decision, active, Task.IMPLEMENT, "the approved specification")
        return decision

    # What a session keeps

    def state(self) -> dict[str, Any]:
        if self.phase is Phase.NONE and self.path is None:
            return {}
        kept = {"phase": self.phase.value, "request": self.request, "number": self.number, "mode": self.mode}
        return {KEY: {**kept, "lane": self.lane.value if self.lane else None, "drafted": self.path is not None}}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take up a recorded session. What cannot be read is left out: then nothing is planned."""
        kept = state.get(KEY)
        if not isinstance(kept, Mapping):
            return
        self.phase, self.request, self.number = Phase(kept["phase"]), str(kept["request"]), int(kept["number"])
        self.lane, self.mode = Lane(kept["lane"]) if kept["lane"] else None, str(kept["mode"])
        path = self.folder() / f"{self.number:02d}.md"
        if kept["drafted"] and path.exists():
            self.path, self.specification = path, parse(path.read_text("utf-8"), self.request)

    def clear(self) -> None:
        self.phase, self.request, self.specification, self.path = Phase.NONE, "", None, None


def _declared(decision: LaneDecision, lane: Lane, task: Task, reason: str) -> LaneDecision:
    return replace(
        decision,
        lane=lane,
        deliverable_lane=lane,
        task=task,
        confidence=1.0,
        source=Source.DECLARED,
        reason=reason,
        abstained=False,
        runner_up=None,
        steps=() if task is Task.PLAN else decision.steps,
    )
