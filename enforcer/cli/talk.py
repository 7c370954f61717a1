"""Makes the conversation of a session: who decides about a prompt, who serves it, and what is remembered."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from enforcer.agent.meter import Meter
from enforcer.agent.turn import Turn
from enforcer.cli.approving import Approver
from enforcer.cli.bus import Bus
from enforcer.cli.routed import Routed
from enforcer.cli.workshop import Inputs, Workshop
from enforcer.config.local import set_local
from enforcer.config.schema import Lanes
from enforcer.core.events import Notice
from enforcer.core.lanes import Lane
from enforcer.lanes import trained
from enforcer.lanes.bridge import Bridge
from enforcer.lanes.classify import Classifier
from enforcer.lanes.cleanstart import planning_lane
from enforcer.lanes.conversation import Conversation
from enforcer.lanes.corrections import Corrections, corrections_in
from enforcer.lanes.handoff import HandoffFacts
from enforcer.lanes.learnt import Learnt
from enforcer.lanes.mentions import Mentions
from enforcer.lanes.planning import HOW, Phase, Planning
from enforcer.lanes.policy import SwitchPolicy
from enforcer.lanes.seats import Seats, Setup
from enforcer.lanes.steering import Nothing
from enforcer.permissions.policy import Mode
from enforcer.session.facts import clipped
from enforcer.session.pictures import pasted
from enforcer.session.record import Record
from enforcer.tools.base import ToolContext

MOST_TOLD = 80  # characters of a request in a notice


@dataclass(frozen=True, slots=True)
class Parts:
    """What a conversation is made of."""

    inputs: Inputs
    workshop: Workshop
    record: Record
    turn: Turn
    meter: Meter
    bus: Bus
    routed: Routed

    @property
    def lanes(self) -> Lanes:
        return self.inputs.loaded.settings.lanes

    @property
    def lane_fixed(self) -> bool:
        """The first lane came from a flag or a resume."""
        return self.inputs.options.lane is not None or self.inputs.resumed is not None


def conversation(parts: Parts, notices: list[str]) -> Conversation:
    """`notices` gets what the person is to know at the start."""
    inputs, workshop, settings = parts.inputs, parts.workshop, parts.lanes
    learnt = Learnt(inputs.paths.config / "lanes.yaml")
    corrections = corrections_in(inputs.paths.data, kept=settings.corrections)
    made = Conversation(
        turn=parts.turn,
        seats=Seats(workshop.endpoints, workshop.agent),
        policy=_policy(parts, learnt),
        classifier=_classifier(parts, learnt, corrections, notices),
        bridge=_bridge(parts),
        hooks=workshop.hooks,
        asker=inputs.person,
        meter=parts.meter,
        emit=parts.bus,
        setup=Setup(
            interactive=inputs.person is not None,
            headless=settings.headless,
            default_lane=settings.default,
            lane_fixed=parts.lane_fixed,
            plan_mode=lambda: workshop.policy.mode is Mode.PLAN,
        ),
        attach=Mentions(workshop.context, pasted(parts.record.folder), workshop.policy.may_read, parts.bus),
        denials=workshop.denials,
        memory=corrections if corrections and inputs.person else Nothing(),
    )
    notices += learnt.problems
    _beyond(made, parts)
    _plans(made, parts)
    _resume(made, parts, notices)
    return made


def _policy(parts: Parts, learnt: Learnt) -> SwitchPolicy:
    inputs, workshop, settings = parts.inputs, parts.workshop, parts.lanes
    lane = inputs.options.lane
    workshop.lane_source = "flag" if lane else "resume" if inputs.resumed else "default"
    start = Lane(lane) if lane else settings.default
    return SwitchPolicy(
        start if workshop.endpoints[start] else start.other,
        policy=settings.ask,
        drift_turns=settings.classifier.drift_turns,
        drift_at=settings.classifier.drift_at,
        lane_fixed=parts.lane_fixed,
        learner=learnt,
        never_here=lambda: _never_here(inputs.loaded.project_root),
    )


def _never_here(root: Path) -> None:
    set_local(root, "lanes.ask", "never")


def _classifier(parts: Parts, learnt: Learnt, corrections: Corrections | None, notices: list[str]) -> Classifier:
    local = trained.local(lambda text: parts.bus(Notice(text, "warning")))
    parts.workshop.read_weights = local.read_ahead
    notices += filter(None, [local.problem])
    return Classifier(
        ask_at=parts.lanes.classifier.ask_at,
        skills=parts.lanes.skills,
        learnt=learnt,
        corrections=corrections,
        local=local.classifier,
        routes=parts.routed.routes,
    )


def _bridge(parts: Parts) -> Bridge:
    handoff = parts.lanes.handoff
    return Bridge(
        root=parts.inputs.loaded.project_root,
        folder=lambda: parts.record.handoffs,
        facts=lambda: _facts(parts.workshop.context),
        emit=parts.bus,
        mode=handoff.mode,
        tail_turns=handoff.tail_turns,
        max_tokens=handoff.max_tokens,
    )


def _beyond(made: Conversation, parts: Parts) -> None:
    """Who serves where that is not the lane's own model."""
    made.beyond.routes = parts.routed.routes
    made.beyond.invite = parts.workshop.guest
    made.beyond.escalation = parts.routed.escalation
    made.beyond.asker = parts.inputs.person
    if parts.routed.escalation:
        parts.bus.readers.append(parts.routed.escalation.attempts)


def _plans(made: Conversation, parts: Parts) -> None:
    """Plan mode without a person makes a specification, too; with one, `/plan` does."""
    policy, inputs = parts.workshop.policy, parts.inputs
    planning = Planning(lambda: parts.record.folder / "specifications", lambda: policy.mode is Mode.PLAN)
    made.beyond.planning = planning
    parts.workshop.context.approve_plan = Approver(inputs.person, policy, parts.turn, parts.bus, planning)
    if inputs.person is None and policy.mode is Mode.PLAN:
        lane = Lane(inputs.options.lane) if inputs.options.lane else planning_lane(made)
        made.policy.start(lane)
        made.setup.lane_fixed = True
        planning.begin(inputs.options.prompt, lane)
        made.bridge.tell(lane, [HOW])


def _resume(made: Conversation, parts: Parts, notices: list[str]) -> None:
    resumed, lane = parts.inputs.resumed, parts.inputs.options.lane
    if resumed is None:
        return
    notices += resumed.notices
    made.restore(resumed.said, resumed.state, resumed.turns)
    planning = made.beyond.planning
    if planning is not None and planning.phase is Phase.PLANNING:
        parts.workshop.policy.mode = Mode.PLAN
        notices.append(f"you were planning: {clipped(planning.request, MOST_TOLD)}; Shift+Tab leaves plan mode")
    elif planning is not None and planning.phase is Phase.APPROVED:
        notices.append("a specification was approved and not begun; /spec build begins, /spec shows it")
    if lane:  # the flag has the last word; that lane is told what it missed
        made.policy.start(Lane(lane))
    parts.workshop.context.tasks.restore(resumed.tasks)


def _facts(context: ToolContext) -> HandoffFacts:
    changes = context.files.changes()
    files = [(_relative(Path(change.path), context), change.sha256, change.added, change.removed) for change in changes]
    return HandoffFacts(files=files, tasks=[task.to_json() for task in context.tasks.all()])


def _relative(path: Path, context: ToolContext) -> str:
    return str(path.relative_to(context.roots[0])) if path.is_relative_to(context.roots[0]) else str(path)
