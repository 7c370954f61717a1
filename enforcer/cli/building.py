"""From an approved specification to the turn that builds it."""

from __future__ import annotations

from enforcer.cli.build import Session
from enforcer.core.errors import UsageError
from enforcer.lanes.cleanstart import begin
from enforcer.lanes.planning import Phase, Planning
from enforcer.permissions.policy import Mode
from enforcer.tools.tasks import TaskStatus


def approved(session: Session) -> bool:
    planning = session.conversation.beyond.planning
    return planning is not None and planning.phase is Phase.APPROVED


def building(session: Session) -> str:
    """Leave plan mode, list the steps, empty the thread; the prompt to run. Raises: UsageError."""
    planning = session.conversation.beyond.planning
    if planning is None:
        raise UsageError("there is no specification yet; /plan makes one")
    prompt = begin(session.conversation, planning)
    session.policy.mode = Mode.parse(planning.mode)
    _list_steps(session, planning)
    return prompt


def _list_steps(session: Session, planning: Planning) -> None:
    """The build order in place of what was on the list and open."""
    tasks = session.context.tasks
    for task in tasks.all():
        if task.status is not TaskStatus.COMPLETED:
            tasks.update(task.id, status=TaskStatus.DELETED)
    for step in planning.specification.build_order if planning.specification else ():
        tasks.create(step)
    session.emit(tasks.event())
