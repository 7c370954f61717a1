"""Which model a decision leads to: the one of its lane, and where that is off, the one that is there."""

from __future__ import annotations

from enforcer.config.settings import Settings
from enforcer.core.lanes import Lane, LaneDecision, ModelRef


def lane_of(decision: LaneDecision, active: Lane) -> Lane:
    """Where the prompt would run if a question about it were answered with yes; who is not sure stays."""
    return active if decision.abstained or decision.lane is None else decision.lane


def serving(decision: LaneDecision, settings: Settings, active: Lane) -> ModelRef | None:
    """Who would serve it; None while no lane has a model."""
    models = {Lane.CREATIVE: settings.lanes.creative.model, Lane.ANALYTICAL: settings.lanes.analytical.model}
    lane = lane_of(decision, active)
    return models[lane] or models[lane.other]
