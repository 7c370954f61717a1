from __future__ import annotations

from pathlib import Path

from enforcer.core.events import Event, Notice, RequestFinished, TextDelta, Within
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
