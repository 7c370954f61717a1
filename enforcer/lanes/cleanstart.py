"""Where a plan is made, and how the lane that builds it begins: clean, with the specification and nothing else."""

from __future__ import annotations

from enforcer.core.errors import UsageError
from enforcer.core.events import CleanStart, LaneSwitched
from enforcer.core.lanes import Lane, Task
from enforcer.lanes.classify import Context
from enforcer.lanes.conversation import Conversation
from enforcer.lanes.planning import BUILD, HOW, Planning
from enforcer.lanes.specification import as_context_block

WHY_PLAN, WHY_BUILD = "/plan", "the approved specification"


async def plan(talk: Conversation, planning: Planning, request: str) -> None:
    """Bring the session to the lane that plans. Raises: UsageError, asyncio.CancelledError."""
    decision = talk.classifier.classify(request, Context(talk.active))
    belongs = talk.active if decision.abstained or decision.lane is None else decision.lane
    lane = planning_lane(talk)
    if lane is not talk.active:
        await talk.switch_to(lane, WHY_PLAN, corrects=False)
    planning.begin(request, belongs)
    talk.bridge.tell(lane, [HOW])


def planning_lane(talk: Conversation) -> Lane:
    """`routes.plan`, by default the analytical lane; where that has no model, the one that has."""
    wanted = talk.beyond.routes.lane(Task.PLAN) or Lane.ANALYTICAL
    return wanted if talk.seats.endpoint(wanted) else wanted.other


def begin(talk: Conversation, planning: Planning) -> str:
    """Empty the thread of the lane that builds, but for the specification; the prompt to run there.

    Raises: UsageError when there is none.
    """
    if planning.specification is None or planning.path is None:
        raise UsageError("there is no specification yet; /plan makes one")
    lane, left = building_lane(talk, planning), talk.active
    talk.steering.go(lane)
    talk.threads[lane].replace(())
    block = as_context_block(planning.specification)
    talk.bridge.begin_clean(lane, block, planning.path)
    planning.build()
    talk.emit(CleanStart(lane, str(planning.path)))
    model = talk.seats.model(lane)
    if left is not lane and model is not None:
        size = len(block.encode())
        talk.emit(LaneSwitched(left, lane, model, WHY_BUILD, str(planning.path), size, size))
    talk.keep_state()
    return BUILD


def building_lane(talk: Conversation, planning: Planning) -> Lane:
    """`routes.implement`, by default where the request belongs; where that has no model, the one that has."""
    wanted = talk.beyond.routes.lane(Task.IMPLEMENT) or planning.lane or talk.active
    return wanted if talk.seats.endpoint(wanted) else wanted.other
