"""The list of steps an agent keeps for itself and shows to the person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from enforcer.core.errors import ToolError
from enforcer.core.events import TasksChanged


class TaskStatus(StrEnum):
    PENDING = "pending"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class TaskItem:
    id: str
    subject: str
    status: TaskStatus = TaskStatus.PENDING
    description: str = ""
    active_form: str = ""  # "Running the tests", shown while it is in progress

    def to_json(self) -> dict[str, str]:
        return {
            "id": self.id,
            "subject": self.subject,
            "status": self.status.value,
            "activeForm": self.active_form,
            "description": self.description,
        }


class TaskList:
    """Ids are 1, 2, … and never used twice, also not after a resume."""

    def __init__(self) -> None:
        self._items: dict[str, TaskItem] = {}
        self._last = 0

    def create(self, subject: str, description: str = "", active_form: str = "") -> TaskItem:
        self._last += 1
        item = TaskItem(str(self._last), subject, TaskStatus.PENDING, description, active_form)
        self._items[item.id] = item
        return item

    def update(
        self,
        id: str,
        *,
        status: TaskStatus | None = None,
        subject: str | None = None,
        description: str | None = None,
        active_form: str | None = None,
    ) -> TaskItem:
        """Fields left None stay. A deleted task leaves the list. Raises: ToolError for an unknown id."""
        if id not in self._items:
            raise ToolError(f"no task '{id}'; TaskList shows the ids")
        old = self._items[id]
        item = replace(
            old,
            status=old.status if status is None else status,
            subject=old.subject if subject is None else subject,
            description=old.description if description is None else description,
            active_form=old.active_form if active_form is None else active_form,
        )
        self._items[id] = item
        if item.status is TaskStatus.DELETED:
            del self._items[id]
        return item

    def all(self) -> tuple[TaskItem, ...]:
        return tuple(self._items.values())

    def open(self) -> tuple[Mapping[str, str], ...]:
        """What is not completed, in the form of the record and of a handoff."""
        return tuple(item.to_json() for item in self.all() if item.status is not TaskStatus.COMPLETED)

    def event(self) -> TasksChanged:
        return TasksChanged(tuple(item.to_json() for item in self.all()))

    def restore(self, tasks: Iterable[Mapping[str, str]]) -> None:
        """From the last TasksChanged of a record."""
        self._items = {
            task["id"]: TaskItem(
                task["id"],
                task["subject"],
                TaskStatus(task["status"]),
                task.get("description", ""),
                task.get("activeForm", ""),
            )
            for task in tasks
        }
        self._last = max((int(id) for id in self._items if id.isdigit()), default=0)
