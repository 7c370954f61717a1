from __future__ import annotations

import pytest

from enforcer.core.errors import ToolError
from enforcer.core.events import TasksChanged
from enforcer.tools.tasks import TaskList
from tests.unit.tools.conftest import Hand

TESTS = {"id": "1", "subject": "run the tests", "status": "pending", "activeForm": "Running", "description": "all"}


def test_a_task_is_created_and_everybody_hears_of_it(hand: Hand) -> None:
    output = hand("TaskCreate", subject="run the tests", description="all", activeForm="Running")
    assert output.content == "Task 1 created: run the tests"
    assert hand.events == [TasksChanged((TESTS,))]


def test_a_task_goes_through_its_states(hand: Hand) -> None:
    hand("TaskCreate", subject="a", description="")
    assert hand("TaskUpdate", taskId="1", status="in_progress").content == "Task 1 in_progress: a"
    assert hand("TaskUpdate", taskId="1", status="completed", subject="b").content == "Task 1 completed: b"
    assert hand("TaskList").content == "1. [completed] b"


def test_a_deleted_task_leaves_the_list_and_its_number_is_not_used_again(hand: Hand) -> None:
    hand("TaskCreate", subject="a", description="")
    hand("TaskUpdate", taskId="1", status="deleted")
    assert hand("TaskList").content == "(no tasks)"
    assert hand("TaskCreate", subject="b", description="").content == "Task 2 created: b"


def test_an_unknown_task_is_said(hand: Hand) -> None:
    with pytest.raises(ToolError, match="no task '9'; TaskList shows the ids"):
        hand("TaskUpdate", taskId="9", status="completed")


def test_fields_that_are_not_named_stay() -> None:
    tasks = TaskList()
    tasks.create("run the tests", "all", "Running")
    tasks.update("1", description="most")
    assert tasks.event() == TasksChanged(({**TESTS, "description": "most"},))


def test_a_resumed_list_goes_on_where_it_was() -> None:
    tasks = TaskList()
    tasks.restore([{"id": "4", "subject": "a", "status": "completed", "activeForm": ""}, {**TESTS, "id": "7"}])
    assert [task["id"] for task in tasks.open()] == ["7"]
    assert [task.id for task in tasks.all()] == ["4", "7"]
    assert tasks.create("b").id == "8"
