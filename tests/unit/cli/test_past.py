from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from enforcer.cli.past import outputs_before, recap, spent_before
from enforcer.config.paths import Paths
from enforcer.core.events import RequestFinished
from enforcer.core.lanes import Lane, ModelRef
from enforcer.core.messages import Message, Role, Text, assistant, user
from enforcer.lanes.seats import Seats
from enforcer.ledger.ledger import Ledger
from enforcer.ledger.totals import Spent
from enforcer.session.record import Record
from enforcer.session.resume import Header, Resumed, Said
from tests.fakes import endpoint, scripted
from tests.unit.cli.test_sessions import request

POET, ANALYST = ModelRef("p", "poet"), ModelRef("p", "analyst")
CREATIVE, ANALYTICAL = Lane.CREATIVE, Lane.ANALYTICAL


def seats(creative: ModelRef = POET, analytical: ModelRef = ANALYST) -> Seats:
    here = {CREATIVE: (endpoint(scripted(), creative),), ANALYTICAL: (endpoint(scripted(), analytical),)}
    return Seats(here, lambda lane: pytest.fail("no agent is needed"))


def talk(*said: Said, origins: tuple[str, ...] = ()) -> Resumed:
    return Resumed(Header("s1", origins=origins), said, turns=2, title="kettle")


ASKED = Said(CREATIVE, Message(Role.USER, (Text("[handoff]"), Text("a poem"))), 2)
ANSWERED = Said(CREATIVE, assistant("Rain.\nTaps.", model=POET), 2)


def test_where_one_left_off_is_told_under_the_name_of_who_wrote_it() -> None:
    assert recap(talk(ASKED, ANSWERED), seats()) == [
        ("dim", "kettle · 2 turns"),
        ("dim", "› a poem"),
        ("creative", "creative · p/poet"),
        ("", "  Rain."),
        ("", "  Taps."),
    ]


def test_another_model_in_the_lane_does_not_take_over_what_was_written() -> None:
    rows = recap(talk(ASKED, ANSWERED), seats(creative=ModelRef("q", "bard")))
    assert ("creative", "creative · p/poet") in rows
    assert rows[-1] == ("yellow", "creative is now q/bard; p/poet keeps what it wrote")


def test_what_was_replayed_belongs_to_the_lane_it_was_said_in() -> None:
    replayed = [
        Said(CREATIVE, user("fix"), replayed=True),
        Said(CREATIVE, assistant("x", model=ANALYST), replayed=True),
    ]
    rows = recap(talk(ASKED, ANSWERED, *replayed), seats())
    assert [text for style, text in rows if style in {"yellow", "creative"}] == ["creative · p/poet"]


def test_a_fork_says_what_it_comes_from_and_a_long_answer_is_cut() -> None:
    long = Said(CREATIVE, assistant("\n".join("abcdefgh"), model=POET), 2)
    rows = recap(talk(ASKED, long, origins=("s0", "r9")), seats())
    assert rows[0] == ("dim", "kettle · 2 turns · forked from s0")
    assert rows[-2:] == [("", "  d"), ("dim", "  …")]


def test_an_interrupted_beginning_has_no_answer_to_tell() -> None:
    assert recap(talk(ASKED), seats()) == [("dim", "kettle · 2 turns")]


@pytest.mark.parametrize(
    ("known", "spent"),
    [(True, Spent(1, 0.5, 0)), (False, Spent(1, 0.0, 1))],
    ids=["in the ledger", "not in the ledger"],
)
def test_what_it_cost_before_is_never_less_than_the_record_says(home: Path, known: bool, spent: Spent) -> None:
    record = Record.create(Paths(home / "config", home / "data"), home / "repo", "s1")
    record.write(RequestFinished(request("s1", "r1", 0.5)))
    record.close()
    with closing(Ledger(home / "data" / "ledger.sqlite3")) as ledger:
        if known:
            ledger.add(request("s1", "r1", 0.5))
        assert spent_before(record.folder, ledger) == spent


def test_a_new_session_has_cost_nothing(home: Path) -> None:
    assert spent_before(None, Ledger(home / "none")) == Spent()


def test_a_ledger_that_cannot_be_read_makes_the_cost_unknown(home: Path) -> None:
    record = Record.create(Paths(home / "config", home / "data"), home / "repo", "s1")
    record.write(RequestFinished(request("s1", "r1", 0.5)))
    record.close()
    broken = home / "data" / "ledger.sqlite3"
    broken.write_bytes(b"not a database" * 100)
    with closing(Ledger(broken)) as ledger:
        assert spent_before(record.folder, ledger) == Spent(1, 0.0, 1)


def test_outputs_of_the_sessions_a_fork_comes_from_may_be_read(tmp_path: Path) -> None:
    assert outputs_before(tmp_path / "s2", talk(origins=("s1",))) == (tmp_path / "s1" / "outputs",)
    assert outputs_before(tmp_path / "s2", None) == ()
