"""Which model a decision leads to: the one of its lane, and where that is off, the one that is there."""

from __future__ import annotations

from collections.abc import Mapping

from enforcer.core.lanes import Lane, LaneDecision, ModelRef, Source


def lane_of(decision: LaneDecision, active: Lane) -> Lane:
    """Where the prompt would run if a question about it were answered with yes; who is not sure stays."""
    return active if decision.abstained or decision.lane is None else decision.lane


def serving(decision: LaneDecision, models: Mapping[Lane, ModelRef | None], active: Lane) -> ModelRef | None:
    """Who would serve it, as its lane goes; None where nobody does. A lane that is named outright has no stand-in."""
    lane = lane_of(decision, active)
    if decision.source is Source.EXPLICIT:
        return models.get(lane)
    return models.get(lane) or models.get(lane.other)
