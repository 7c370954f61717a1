"""What becomes of a finished plan: an ordinary one is carried out; a specification is judged, shown and kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from enforcer.agent.turn import Turn
from enforcer.core.errors import ToolError
from enforcer.core.events import Emit, SpecificationMade
from enforcer.lanes.planning import Planning
from enforcer.permissions.policy import Mode, Policy

ALONE = "nobody can approve a plan here; end your turn with the plan as your answer"
KEPT = "The specification is complete and kept. End your turn with one sentence; do not repeat it."
APPROVED = (
    "The person approved the specification. Another model builds it, and begins from it alone: "
    "end your turn now with one sentence, and do not carry it out."
)
DROPPED = "The person dropped the plan. End your turn with one sentence."
NOT_YET = "The person wants to go on planning; mend the plan and call ExitPlanMode again. {remark}"


class Reader(Protocol):
    """The person who is shown a plan."""

    async def plan(self, plan: str) -> tuple[bool, str]: ...

    async def specification(self, plan: str, problems: Sequence[str]) -> tuple[str, str]:
        """`build`, `accept` (build, and edits are not asked about), `plan` with a remark, or `drop`."""
        ...


@dataclass(slots=True)
class Approver:
    """The other end of ExitPlanMode. `person` None = nobody is there."""

    person: Reader | None
    policy: Policy
    turn: Turn
    emit: Emit
    planning: Planning | None = None

    async def __call__(self, plan: str) -> str:
        """What the model is told. Raises: ToolError."""
        if self.planning is not None and self.planning.active:
            return await self._specified(plan, self.planning)
        if self.person is None:
            raise ToolError(ALONE)
        approved, remark = await self.person.plan(plan)
        if not approved:
            return f"The person did not approve the plan; stay in plan mode. {remark}".rstrip()
        if self.policy.mode is Mode.PLAN:
            self.policy.mode = Mode.DEFAULT
        return f"The person approved the plan; carry it out. {remark}".rstrip()

    async def _specified(self, plan: str, planning: Planning) -> str:
        specification, problems = planning.drafted(plan)
        if planning.goes_back(problems):
            raise ToolError(f"this is no specification yet: {'; '.join(problems)}. Mend it and call ExitPlanMode again")
        made = SpecificationMade(self.turn.number, str(planning.path), tuple(problems), specification.to_json())
        self.emit(made)
        if self.person is None:
            return KEPT
        choice, remark = await self.person.specification(specification.render_markdown(), problems)
        return self._chosen(choice, remark, planning)

    def _chosen(self, choice: str, remark: str, planning: Planning) -> str:
        if choice == "plan":
            return NOT_YET.format(remark=remark).rstrip()
        if choice == "drop":
            planning.drop()
            self.policy.mode = Mode.parse(planning.mode)
            return DROPPED
        planning.approve()  # it may only look until its turn has ended
        planning.mode = Mode.ACCEPT_EDITS.value if choice == "accept" else planning.mode
        return APPROVED
