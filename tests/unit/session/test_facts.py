"""What a list shows of a session, and that it is never older than the record."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

from enforcer.core.events import DelegationFinished, RequestFinished, SessionRenamed
from enforcer.core.lanes import Lane, ModelRef
from enforcer.core.messages import Usage
from enforcer.core.requests import PinStatus, Purpose, RequestRow
from enforcer.session.facts import Facts, Served, facts_of
from enforcer.session.record import Record
from tests.unit.session.conftest import CREATIVE, POET, Desk, turn

ROW = RequestRow(
    "r1",
    "s1",
    1,
    1,
    Lane.CREATIVE,
    Purpose.MAIN,
    ModelRef("p", "poet"),
    "poet",
    PinStatus.OK,
    "why",
    Usage(),
    None,
    "",
    "2026-11-20T10:00:00.000+00:00",
    5,
    "ok",
)
HELPED = DelegationFinished("d1", 1, "completed", "rain", Usage(), None, 5, 3)


def sidecar(desk: Desk) -> Path:
    return desk.folder / "facts.json"


def test_a_list_knows_who_served_which_lane_and_what_was_said_last(desk: Desk) -> None:
    desk.written(*turn(1, "fix  the\nkettle", "done"), *turn(2, "a haiku", "rain", CREATIVE, POET))
    facts = facts_of(desk.transcript)
    assert facts.served == (Served("analytical", "p/analyst", 1), Served("creative", "p/poet", 1))
    assert (facts.first, facts.last_prompt, facts.search) == ("fix the kettle", "a haiku", "fix the kettle\na haiku")
    assert (facts.turns, facts.lanes, facts.root) == (2, ("analytical", "creative"), str(desk.root))


def test_requests_of_sub_agents_count(desk: Desk) -> None:
    desk.written(RequestFinished(ROW), HELPED)
    assert facts_of(desk.transcript).requests == 4


def test_a_name_wins_over_the_first_prompt(desk: Desk) -> None:
    desk.written(*turn(1, "fix", "done"), SessionRenamed("kettle"))
    assert facts_of(desk.transcript).title == "kettle"


def test_what_was_read_is_kept_privately_and_read_on_from_there(desk: Desk) -> None:
    desk.write(*turn(1, "one", "1"))
    first = facts_of(desk.transcript)
    assert stat.S_IMODE(sidecar(desk).stat().st_mode) == 0o600
    kept = json.loads(sidecar(desk).read_bytes())
    sidecar(desk).write_text(json.dumps(kept | {"first": "planted"}), encoding="utf-8")
    desk.write(*turn(2, "two", "2"))
    assert (first.turns, facts_of(desk.transcript).turns, facts_of(desk.transcript).first) == (1, 2, "planted")


@pytest.mark.parametrize(
    "kept", [b"", b"{", b"[]", b'{"turns": "many"}', b'{"turns": 9, "offset": 99999999}', b'{"made_by": 99}']
)
def test_a_kept_file_that_is_not_ours_is_made_anew(desk: Desk, kept: bytes) -> None:
    desk.written(*turn(1, "one", "1"))
    sidecar(desk).write_bytes(kept)
    assert (facts_of(desk.transcript).turns, facts_of(desk.transcript).first) == (1, "one")


def test_a_record_that_was_changed_by_hand_is_read_again(desk: Desk) -> None:
    desk.written(*turn(1, "one", "1"))
    facts_of(desk.transcript)
    desk.transcript.write_bytes(
        desk.transcript.read_bytes().replace(b'"turn":1,"text":"one"', b'"turn":1,"text":"six"')
    )
    lines = desk.transcript.read_bytes()
    desk.transcript.write_bytes(lines + lines.splitlines(keepends=True)[-1].replace(b'"ms":5', b'"ms":6'))
    os.remove(sidecar(desk))
    assert facts_of(desk.transcript).first == "six"


def test_a_line_that_is_being_written_waits_for_its_end(desk: Desk) -> None:
    desk.written(*turn(1, "one", "1"))
    line = b'{"v":1,"id":9,"type":"prompt_submitted","turn":2,"text":"two"}\n'
    with desk.transcript.open("ab") as file:
        file.write(line[:30])
    assert facts_of(desk.transcript).last_prompt == "one"
    with desk.transcript.open("ab") as file:
        file.write(line[30:])
    assert facts_of(desk.transcript).last_prompt == "two"


def test_a_folder_that_cannot_be_written_to_is_read_all_the_same(desk: Desk) -> None:
    desk.written(*turn(1, "one", "1"))
    sidecar(desk).mkdir()
    assert facts_of(desk.transcript).first == "one"


def test_an_entry_that_lacks_something_says_nothing(desk: Desk) -> None:
    record = desk.transcript
    desk.record.close()
    record.write_bytes(b'{"type":"prompt_submitted"}\n{"type":"turn_started","lane":7}\n{"type":"header","v":"x"}\n')
    assert facts_of(record) == Facts(offset=record.stat().st_size, seal=facts_of(record).seal)


def test_a_resumed_session_goes_on_counting(desk: Desk) -> None:
    desk.written(*turn(1, "one", "1"))
    facts_of(desk.transcript)
    desk.record = Record.open(desk.folder)
    desk.written(*turn(2, "two", "2"))
    assert (facts_of(desk.transcript).turns, facts_of(desk.transcript).title) == (2, "one")


def test_half_a_character_in_a_name_does_not_hide_a_session(desk: Desk) -> None:
    desk.written(*turn(1, "one", "1"), SessionRenamed("half \ud800"))
    assert facts_of(desk.transcript).name == "half \ud800"


def test_a_name_whose_entry_has_a_strange_number_counts(desk: Desk) -> None:
    desk.written(*turn(1, "one", "1"))
    with desk.transcript.open("a") as file:
        file.write('{"type":"session_renamed","id":"x","title":"the book"}\n')
    assert facts_of(desk.transcript).title == "the book"
