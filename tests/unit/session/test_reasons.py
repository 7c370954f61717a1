"""What a record says of one turn."""

from __future__ import annotations

import pytest

from enforcer.core.errors import EnforcerError, UsageError
from enforcer.core.events import (
    DelegationFinished,
    DelegationStarted,
    Event,
    LaneAnswered,
    LaneDecided,
    LaneRolledBack,
    LaneSwitched,
    PromptReturned,
    PromptSubmitted,
    RequestFinished,
    SessionState,
    ToolFinished,
    TurnChecked,
    TurnFinished,
    Within,
)
from enforcer.core.lanes import LaneDecision, ModelRef, Source, Task
from enforcer.core.messages import ToolCall, Usage
from enforcer.core.requests import Check, PinStatus, Purpose, RequestRow
from enforcer.session.reasons import why
from tests.unit.session.conftest import ANALYST, ANALYTICAL, CREATIVE, POET, Desk, finished, turn

DECIDED = LaneDecided(1, LaneDecision(CREATIVE, Task.WRITE, 0.97, Source.LOCAL, "haiku", runner_up=ANALYTICAL), "s1:1")
SWITCHED = LaneSwitched(ANALYTICAL, CREATIVE, POET, "haiku", "/data/handoffs/01-analytical-to-creative.md")
STARTED = DelegationStarted("d1", 1, "look it up", "helper 1", ANALYTICAL, ANALYST, "model_fit")


def row(id: str, number: int = 1, parent: str | None = None, cost: float | None = 0.02) -> RequestRow:
    purpose = Purpose.DELEGATION if parent else Purpose.MAIN
    place = (id, "s1", number, 1, CREATIVE, purpose, POET, "poet", PinStatus.OK, "why", Usage(10, 5))
    return RequestRow(*place, cost, "", "2026-11-20T10:00:00.000+00:00", 5, "ok", parent=parent)


def edited(path: str, *, is_error: bool = False) -> ToolFinished:
    return ToolFinished(ToolCall("c", "Edit", {}), "Edit", "done", is_error, 1, path=path)


def state(endeavor: int) -> SessionState:
    return SessionState({"active_lane": "creative", "endeavor_id": endeavor})


def test_all_that_happened_in_a_turn_is_told_of_that_turn(desk: Desk) -> None:
    begun, started, _, said, ended = turn(1, "a haiku", "rain", CREATIVE, POET)
    folder = desk.written(
        *(begun, DECIDED, LaneAnswered(2, "switch", "k"), SWITCHED, state(2), started, said, RequestFinished(row("a"))),
        *(STARTED, Within("d1", RequestFinished(row("b", parent="d1", cost=None)))),
        DelegationFinished("d1", 1, "completed", "rain", Usage(), None, 5, 1),
        *(edited(f"{desk.root}/app.py"), edited(f"{desk.root}/app.py"), edited("/etc/hosts", is_error=True)),
        TurnChecked("s1", 1, Check.FAILED),
        TurnChecked("s1", 1, Check.PASSED),
        ended,
        *turn(2, "and now", "snow"),
    )
    told = why(folder, 1)
    assert (told.decision_id, told.decision, told.endeavor) == ("s1:1", DECIDED.decision, 2)
    assert told.answer == {"answer": "switch", "key": "k"}
    assert told.switch is not None
    assert (told.switch["to"], told.switch["undone"]) == ("creative", None)
    assert [each.id for each in told.requests] == ["a", "b"]
    assert (told.known_usd, told.unpriced, told.usage) == (0.02, 1, Usage(20, 10))
    assert [(each["agent"], each["status"]) for each in told.delegations] == [("helper 1", "completed")]
    assert (told.changed, told.check, told.ended) == (["app.py"], Check.PASSED, "end")
    assert why(folder).turn == 2
    assert why(folder).requests == []


def test_a_switch_that_was_undone_says_why(desk: Desk) -> None:
    failed = TurnFinished(1, CREATIVE, POET, "error", Usage(), None, 5, 1, error="no key")
    folder = desk.written(
        PromptSubmitted(1, "a haiku"),
        *(DECIDED, SWITCHED, failed, PromptReturned(CREATIVE, 1), LaneRolledBack(CREATIVE, ANALYTICAL, "no key")),
    )
    told = why(folder)
    assert told.switch is not None
    assert (told.switch["undone"], told.returned, told.error) == ("no key", True, "no key")


def test_what_the_person_did_between_two_turns_belongs_to_neither(desk: Desk) -> None:
    folder = desk.written(*turn(1, "fix", "done"), SWITCHED, state(2), LaneRolledBack(CREATIVE, ANALYTICAL, "stopped"))
    assert (why(folder).switch, why(folder).endeavor) == (None, None)


def test_a_turn_that_runs_has_not_ended(desk: Desk) -> None:
    desk.write(PromptSubmitted(1, "a haiku"), DECIDED)
    assert (why(desk.folder).ended, why(desk.folder).lane) == ("", "")


def test_a_turn_a_hook_blocked_is_there_without_a_decision(desk: Desk) -> None:
    blocked = TurnFinished(1, ANALYTICAL, ANALYST, "blocked", Usage(), None, 0, 0, error="not today")
    told = why(desk.written(blocked))
    assert (told.prompt, told.decision, told.lane, told.ended, told.error) == (
        *("", None, "analytical", "blocked", "not today"),
    )


@pytest.mark.parametrize(
    ("numbers", "named"),
    [([1], "is turn 1"), ([1, 2, 3], "are turns 1 to 3"), ([1, 2, 4, 6, 7], "are turns 1 to 2, 4, 6 to 7")],
    ids=["one", "a run", "gaps"],
)
def test_a_turn_that_is_not_there_names_those_that_are(desk: Desk, numbers: list[int], named: str) -> None:
    folder = desk.written(*(event for number in numbers for event in turn(number, "fix", "done")))
    with pytest.raises(UsageError) as told:
        why(folder, 9)
    assert str(told.value) == f"session s1 has no turn 9; there {named}"


def test_a_session_without_a_word_is_told(desk: Desk) -> None:
    with pytest.raises(UsageError, match=r"^nothing has been asked in session s1 yet$"):
        why(desk.written())


def test_what_is_broken_is_passed_over(desk: Desk) -> None:
    folder = desk.written(*turn(1, "fix", "done"))
    with desk.transcript.open("a", encoding="utf-8") as record:
        record.write('{"type":"lane_decided","turn":1,"decision":{"lane":"green"}}\n{"type":"turn_checked"}\nrubbish\n')
        record.write('{"type":"lane_answered"}\n{"type":"request_finished","row":{"id":"x"}}\n{"type":"mood"}\n')
    assert (why(folder).decision, why(folder).ended, why(folder).requests) == (None, "end", [])


def test_a_record_of_a_newer_version_is_one_sentence(desk: Desk) -> None:
    folder = desk.written(finished())
    desk.transcript.write_text(desk.transcript.read_text("utf-8").replace('"v":1', '"v":9'), "utf-8")
    with pytest.raises(EnforcerError, match="was written by a newer Enforcer"):
        why(folder)


def test_json_has_null_for_what_is_not_known(desk: Desk) -> None:
    events: list[Event] = [*turn(1, "a haiku", "rain"), RequestFinished(row("a", cost=None))]
    told = why(desk.written(*events)).to_json()
    assert (told["cost_usd"], told["cost_known_usd"], told["decision"], told["switch"]) == (None, 0, None, None)
    assert told["requests"][0]["asked"] == str(ModelRef("p", "poet"))
