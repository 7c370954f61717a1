from __future__ import annotations

import pytest

from enforcer.core.lanes import Lane, ModelRef, Task
from enforcer.core.messages import Usage
from enforcer.core.requests import Check, Decided, PinStatus, Purpose, RequestRow
from enforcer.ledger.report import (
    GROUPINGS,
    Table,
    by,
    by_delegation,
    by_lane,
    cache_line,
    money,
    requests,
    spent,
    trusted,
)
from enforcer.ledger.totals import Spent, total
from tests.unit.ledger.conftest import MakeRow

SOLVER = ModelRef("solver", "s-1")


@pytest.fixture
def rows(row: MakeRow) -> tuple[RequestRow, ...]:
    """A creative session that delegated twice, switched, and asked a classifier."""
    research = {"lane": Lane.ANALYTICAL, "asked": SOLVER, "purpose": Purpose.DELEGATION, "cost_usd": None}
    return (
        row("a"),
        row("b", **research, parent="d1", agent="researcher"),
        row("c", **research, parent="d1", agent="researcher", outcome="error: cut"),
        row("d", **research, parent="d2", usage=Usage(), started="2026-11-21T00:00:00.000+00:00"),
        row("e", purpose=Purpose.HANDOFF, cost_usd=0.005, session="s2"),
        row("f", purpose=Purpose.CLASSIFIER, cost_usd=0.0, latency_ms=60_000),
    )


def cells(table: Table, *wanted: int) -> list[tuple[str, ...]]:
    return [tuple(line[index] for index in wanted) for line in (*table.rows, table.total)]


def test_the_table_by_lane_tells_side_calls_and_delegations_apart(rows: tuple[RequestRow, ...]) -> None:
    table = by_lane(rows)
    assert table.headers == (
        *("lane", "requests", "tokens in", "cached", "tokens out", "cost", "model time", "failed"),
    )
    assert (*table.rows, table.total) == (
        ("analytical · delegation", "3", "2k", "1.6k", "100", "unknown", "4.5s", "1"),
        ("creative", "1", "1k", "800", "50", "$0.02", "1.5s", "0"),
        ("creative · classifier", "1", "1k", "800", "50", "$0.00", "1m 00s", "0"),
        ("creative · handoff", "1", "1k", "800", "50", "$0.005", "1.5s", "0"),
        ("total", "6", "5k", "4k", "250", "≥ $0.025", "1m 08s", "1"),
    )


def test_the_table_by_model(rows: tuple[RequestRow, ...]) -> None:
    assert cells(by("model", rows), 0, 1, 5) == [
        ("muse/muse-1", "3", "$0.025"),
        ("solver/s-1", "3", "unknown"),
        ("total", "6", "≥ $0.025"),
    ]


def test_the_table_by_delegation_has_one_row_each(rows: tuple[RequestRow, ...]) -> None:
    assert cells(by_delegation(rows), 0, 1) == [
        ("researcher on solver/s-1 (d1)", "2"),
        ("agent on solver/s-1 (d2)", "1"),
        ("total", "3"),
    ]


def test_a_delegation_that_fell_back_to_another_model_stays_one_row(row: MakeRow) -> None:
    rows = (row("a", parent="d1", agent="critic"), row("b", parent="d1", agent="critic", asked=SOLVER))
    assert cells(by_delegation(rows), 0, 1) == [("critic on muse/muse-1 (d1)", "2"), ("total", "2")]


def test_the_tables_by_session_and_by_day(rows: tuple[RequestRow, ...]) -> None:
    assert cells(by("session", rows), 0, 1) == [("s1", "5"), ("s2", "1"), ("total", "6")]
    assert cells(by("day", rows), 0, 1) == [("2026-11-20", "5"), ("2026-11-21", "1"), ("total", "6")]


@pytest.mark.parametrize("grouping", GROUPINGS)
def test_every_row_of_every_table_has_a_cell_for_every_header(rows: tuple[RequestRow, ...], grouping: str) -> None:
    table = by(grouping, rows)
    assert {len(line) for line in (*table.rows, table.total)} == {len(table.headers)}


def test_the_table_of_requests_tells_what_was_asked_and_what_served(row: MakeRow) -> None:
    plain = row("a")
    odd = row(
        "b", served=None, pin=PinStatus.UNVERIFIED, outcome="error: retry 529", tries=5, usage=Usage(), cost_usd=None
    )
    table = requests([plain, odd])
    start = "2026-11-20 10:00:00"
    assert table.rows == (
        (start, "creative", "main", "muse/muse-1", "muse-1", "ok", "1k", "50", "$0.02", "ok", "creative work"),
        (
            *(start, "creative", "main", "muse/muse-1", "not named", "unverified", "?", "?", "unknown"),
            *("error: retry 529 (5 tries)", "creative work"),
        ),
    )
    assert table.total == ("total", "", "", "", "", "", "1k", "50", "≥ $0.02", "", "")
    assert len(table.headers) == len(table.total)


def test_the_share_that_came_from_caches_is_told_by_lane(row: MakeRow) -> None:
    quiet = row("c", lane=Lane.ANALYTICAL, usage=Usage(500, 5))
    assert cache_line([row("a"), row("b", usage=Usage(600, 5, 0)), quiet]) == (
        "from the services' caches, of the tokens in: creative 50%"
    )
    assert cache_line([quiet]) == ""


def test_a_change_without_a_check_is_no_trusted_one(row: MakeRow) -> None:
    assert trusted([row("a"), row("b", changed=2)]) == "no checked changes yet"


def test_what_a_trusted_change_cost_has_all_in_it_that_was_spent(row: MakeRow) -> None:
    passed, failed = {"check": Check.PASSED, "changed": 1}, {"check": Check.FAILED, "changed": 3}
    rows = [row("a", **passed), row("b", **passed), row("c", turn=2, **passed), row("d", turn=3, **failed), row("e")]
    assert trusted(rows) == "$0.05 ($0.10 for 2 turns that changed files and passed the checks, 1 turn failed)"
    assert trusted([*rows, row("f", cost_usd=None)]).startswith("≥ $0.05 (≥ $0.10 for 2 turns ")
    assert trusted([row("a", cost_usd=None, **passed)]).startswith("unknown (unknown for 1 turn ")


def test_a_check_of_a_turn_that_changed_nothing_is_no_trusted_change(row: MakeRow) -> None:
    assert trusted([row("a", check=Check.PASSED)]) == "no checked changes yet"
    assert trusted([row("a", check=Check.FAILED, changed=1)]) == "no checked changes yet, 1 turn failed"


def test_the_tables_by_task_and_by_skill(row: MakeRow) -> None:
    rows = [row("a", decided=Decided(task=Task.DEBUG)), row("b", decided=Decided(skill="release-notes")), row("c")]
    assert cells(by("task", rows), 0, 1) == [("debug", "1"), ("no task", "2"), ("total", "3")]
    assert cells(by("skill", rows), 0, 1) == [("no skill", "2"), ("release-notes", "1"), ("total", "3")]


@pytest.mark.parametrize(
    ("costs", "said"),
    [
        pytest.param([], "$0.00", id="nothing"),
        pytest.param([0.04, 0.04], "$0.08", id="all_known"),
        pytest.param([0.08, None], "≥ $0.08", id="some_unknown"),
        pytest.param([None, None], "unknown", id="none_known"),
        pytest.param([0.0, None], "≥ $0.00", id="free_and_unknown"),
    ],
)
def test_a_sum_never_hides_what_is_unknown(row: MakeRow, costs: list[float | None], said: str) -> None:
    assert money(total(row(str(number), cost_usd=cost) for number, cost in enumerate(costs))) == said


@pytest.mark.parametrize(
    ("sums", "made", "words"),
    [
        (Spent(2, 0.08), 2, "$0.08"),
        (Spent(2, 0.08, 1), 2, "≥ $0.08"),
        (Spent(2, 0.08), 5, "≥ $0.08"),
        (Spent(2, 0.0, 2), 2, "unknown"),
        (Spent(), 3, "unknown"),
        (Spent(), 0, "–"),
        (Spent(1, 0.0), 1, "$0.00"),
    ],
)
def test_what_a_session_cost_is_never_less_than_it_was(sums: Spent, made: int, words: str) -> None:
    assert spent(sums.of(made)) == words
