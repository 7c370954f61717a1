"""`routes:` of the settings: the lane or the model a kind of task goes to. A lookup that can be read in a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from enforcer.core.lanes import Lane, LaneDecision, ModelRef, Source, Step, Task

KEY = "routes"
JUDGED = frozenset({Source.LOCAL, Source.MODEL})  # whose lane a route may change: nobody's own word
NAMED = JUDGED | {Source.LEARNT, Source.DECLARED}  # these say where, and leave open who
Table = Mapping[Task, Lane | ModelRef]


@dataclass(frozen=True, slots=True)
class Routes:
    """`absent` says of a model why it cannot be had; then the lane's own serves."""

    table: Table = field(default_factory=dict)
    absent: Mapping[ModelRef, str] = field(default_factory=dict)

    def lane(self, task: Task) -> Lane | None:
        """The lane a task was given."""
        to = self.table.get(task)
        return to if isinstance(to, Lane) else None

    def model(self, task: Task) -> ModelRef | None:
        """The model a task was given, where it can be had."""
        to = self.table.get(task)
        return to if isinstance(to, ModelRef) and to not in self.absent else None

    def placed(self, decision: LaneDecision) -> LaneDecision:
        """The decision in the lane of its task. What is doubted, or was said by the person, stays as it is."""
        if decision.abstained or decision.lane is None or decision.source not in JUDGED:
            return decision
        lane = self.lane(decision.task)
        if lane is None or lane is decision.lane:
            return decision
        return replace(
            decision,
            lane=lane,
            deliverable_lane=lane,
            runner_up=decision.lane,
            reason=f"{decision.reason}; {key(decision.task)} is {lane}",
            route=key(decision.task),
        )

    def named(self, decision: LaneDecision, own: ModelRef | None) -> LaneDecision:
        """The decision with who would serve it; `own` is the model of the lane it leads to."""
        model = None if decision.abstained or decision.lane is None else self.model(decision.task)
        if model is None or model == own or decision.source not in NAMED:
            return replace(decision, model=own)
        return replace(decision, model=model, route=key(decision.task))

    def steps(self, steps: Sequence[Step]) -> tuple[Step, ...]:
        """Each in the lane of its task; a step of doubt stays one."""
        return tuple(replace(step, lane=step.lane and (self.lane(step.task) or step.lane)) for step in steps)

    def planned(self, decision: LaneDecision, lane: Lane, model: ModelRef | None, *, two: bool) -> list[str]:
        """Steps that are of the other lane, or of another model than the one that serves: the model delegates them."""
        if len(decision.steps) < 2:
            return []
        told = (self._told(step, lane, model, two=two) for step in decision.steps)
        return [
            f'[plan] step {n} ("{step.text}") {say}'
            for n, (step, say) in enumerate(zip(decision.steps, told, strict=True), 1)
            if say
        ]

    def _told(self, step: Step, lane: Lane, model: ModelRef | None, *, two: bool) -> str:
        named = self.model(step.task) if step.lane else None
        if step.lane and named and named != model:
            return f"goes to {named} ({key(step.task)}): use Delegate with lane {step.lane} and task {step.task}"
        return f"is {step.lane}: use Delegate" if two and step.lane is lane.other else ""


def key(task: Task) -> str:
    """As in the settings: `routes.test`."""
    return f"{KEY}.{task}"


NO_ROUTES = Routes()
