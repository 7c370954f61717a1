"""Which model a decision leads to: the one of its route or its lane, and where that is off, the one that is there."""

from __future__ import annotations

from enforcer.core.lanes import Lane, LaneDecision
from enforcer.lanes.routes import LaneModel, Routes


def lane_of(decision: LaneDecision, active: Lane) -> Lane:
    """Where the prompt would run if a question about it were answered with yes; who is not sure stays."""
    return active if decision.abstained or decision.lane is None else decision.lane


def served(decision: LaneDecision, routes: Routes, model_of: LaneModel, active: Lane) -> LaneDecision:
    """The decision in the lane of its task, with who would serve it: None while no lane has a model.

    `model_of` says who serves a lane, and where that is off, the other one. A session and `enforcer route` ask here.
    """
    placed = routes.placed(decision)
    return routes.named(placed, model_of(lane_of(placed, active)))
