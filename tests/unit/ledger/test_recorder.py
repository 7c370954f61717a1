from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from enforcer.core.events import (
    Event,
    Notice,
    PromptSubmitted,
    RequestFinished,
    TextDelta,
    ToolFinished,
    TurnChecked,
    Within,
)
from enforcer.core.messages import ToolCall
from enforcer.core.requests import Check, Decided
from enforcer.ledger.ledger import Ledger
from enforcer.ledger.recorder import Recorder
from tests.unit.ledger.conftest import MakeRow


def test_requests_of_the_session_and_of_its_sub_agents_are_written(ledger: Ledger, row: MakeRow) -> None:
    heard: list[Event] = []
    recorder = Recorder(ledger, heard.append)
    recorder(TextDelta("rain"))
    recorder(RequestFinished(row("a")))
    recorder(Within("d1", RequestFinished(row("b", parent="d1"))))
    assert [found.id for found in ledger.rows()] == ["a", "b"]
    assert heard == []


def test_a_ledger_that_cannot_be_written_is_told_as_one_notice(path: Path, ledger: Ledger, row: MakeRow) -> None:
    path.mkdir(parents=True)
    heard: list[Event] = []
    recorder = Recorder(ledger, heard.append)
    recorder(RequestFinished(row("a")))
    recorder(RequestFinished(row("b")))
    assert [type(event) for event in heard] == [Notice]


def edited(path: str, *, is_error: bool = False) -> ToolFinished:
    return ToolFinished(ToolCall("c", "Edit", {}), "Edit", "done", is_error, 1, path=path)


def test_a_check_is_written_with_how_many_files_the_turn_had_changed(ledger: Ledger, row: MakeRow) -> None:
    recorder = Recorder(ledger, [].append)
    for event in (
        PromptSubmitted(1, "fix"),
        RequestFinished(row("a")),
        edited("app.py"),
        edited("app.py"),
        edited("locked.py", is_error=True),
        Within("d1", edited("test.py")),
        TurnChecked("s1", 1, Check.FAILED),
        RequestFinished(row("b")),
        TurnChecked("s1", 1, Check.PASSED),
        PromptSubmitted(2, "and now"),
        RequestFinished(row("c", turn=2)),
        TurnChecked("s1", 2, Check.PASSED),
    ):
        recorder(event)
    assert [(found.id, found.check, found.changed) for found in ledger.rows()] == [
        ("a", Check.PASSED, 2),
        ("b", Check.PASSED, 2),
        ("c", Check.PASSED, 0),
    ]


def test_a_key_that_got_into_the_words_of_a_row_is_not_kept(ledger: Ledger, row: MakeRow) -> None:
    recorder = Recorder(ledger, [].append, lambda text: text.replace("sk-secret", "[redacted]"))
    said = row("a", why="local 0.97: sk-secret", outcome="error: sk-secret", served="sk-secret")
    recorder(RequestFinished(replace(said, decided=Decided(skill="sk-secret"))))
    assert "sk-secret" not in str(ledger.rows())
    assert ledger.rows()[0].why == "local 0.97: [redacted]"
