from __future__ import annotations

import pytest

from enforcer.core.lanes import Lane, ModelRef
from enforcer.core.messages import Usage
from enforcer.core.requests import PinStatus, Purpose, RequestRow
from enforcer.ledger.report import (
    GROUPINGS,
    Table,
    by_day,
    by_delegation,
    by_lane,
    by_model,
    by_session,
    cache_line,
    cost_lines,
    money,
    requests,
    seconds,
    spent,
    tokens,
    usd,
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
        ("analytical · delegation", "3", "2k", "2k", "100", "unknown", "4.5 s", "1"),
        ("creative", "1", "1k", "800", "50", "$0.02", "1.5 s", "0"),
        ("creative · classifier", "1", "1k", "800", "50", "$0.00", "1 min 0 s", "0"),
        ("creative · handoff", "1", "1k", "800", "50", "$0.0050", "1.5 s", "0"),
        ("total", "6", "5k", "4k", "250", "≥ $0.03", "1 min 7 s", "1"),
    )


def test_the_table_by_model(rows: tuple[RequestRow, ...]) -> None:
    assert cells(by_model(rows), 0, 1, 5) == [
        ("muse/muse-1", "3", "$0.03"),
        ("solver/s-1", "3", "unknown"),
        ("total", "6", "≥ $0.03"),
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
    assert cells(by_session(rows), 0, 1) == [("s1", "5"), ("s2", "1"), ("total", "6")]
    assert cells(by_day(rows), 0, 1) == [("2026-11-20", "5"), ("2026-11-21", "1"), ("total", "6")]


@pytest.mark.parametrize("grouping", GROUPINGS)
def test_every_row_of_every_table_has_a_cell_for_every_header(rows: tuple[RequestRow, ...], grouping: str) -> None:
    table = GROUPINGS[grouping](rows)
    assert {len(line) for line in (*table.rows, table.total)} == {len(table.headers)}


def test_the_table_of_requests_tells_what_was_asked_and_what_served(row: MakeRow) -> None:
    plain = row("a")
    odd = row(
        "b", served=None, pin=PinStatus.UNVERIFIED, outcome="error: retry 529", tries=5, usage=Usage(), cost_usd=None
    )
    table = requests([plain, odd])
    start = "2026-11-20T10:00:00.000+00:00"
    assert table.rows == (
        (start, "creative", "main", "muse/muse-1", "muse-1", "ok", "1k", "50", "$0.02", "ok", "creative work"),
        (
            *(start, "creative", "main", "muse/muse-1", "not named", "unverified", "–", "–", "unknown"),
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


def test_cost_lines_tell_the_sum_each_lane_and_what_was_on_the_side(rows: tuple[RequestRow, ...]) -> None:
    assert cost_lines(rows) == (
        "total: ≥ $0.03 · 6 requests · 5k in (4k cached), 250 out · 1 min 7 s",
        "  analytical: unknown · 3 requests · 2k in (2k cached), 100 out · 4.5 s",
        "  creative: $0.03 · 3 requests · 3k in (2k cached), 150 out · 1 min 3 s",
        "  of which delegation: unknown · 3 requests · 2k in (2k cached), 100 out · 4.5 s",
        "  of which handoff: $0.0050 · 1 request · 1k in (800 cached), 50 out · 1.5 s",
        "  of which classifier: $0.00 · 1 request · 1k in (800 cached), 50 out · 1 min 0 s",
        "  no price or no token count for solver/s-1; add a price in models.yaml",
    )


def test_cost_lines_of_a_fresh_session() -> None:
    assert cost_lines([]) == ("no request yet",)


def test_a_failed_request_is_no_reason_to_ask_for_a_price(row: MakeRow) -> None:
    lines = cost_lines([row("a"), row("b", cost_usd=None, outcome="cancelled", usage=Usage())])
    assert lines == (
        "total: ≥ $0.02 · 2 requests · 1k in (800 cached), 50 out · 3.0 s",
        "  creative: ≥ $0.02 · 2 requests · 1k in (800 cached), 50 out · 3.0 s",
    )


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
    ("cost", "said"),
    [(None, "unknown"), (0.0, "$0.00"), (0.00421, "$0.0042"), (0.01, "$0.01"), (1234.5, "$1,234.50")],
)
def test_money_in_words(cost: float | None, said: str) -> None:
    assert usd(cost) == said


@pytest.mark.parametrize(
    ("number", "said"),
    [(None, "–"), (0, "0"), (999, "999"), (1000, "1k"), (41_200, "41k"), (999_499, "999k"), (999_500, "1.0M")],
)
def test_tokens_in_words(number: int | None, said: str) -> None:
    assert tokens(number) == said


@pytest.mark.parametrize(("ms", "said"), [(0, "0.0 s"), (1540, "1.5 s"), (59_940, "59.9 s"), (61_000, "1 min 1 s")])
def test_time_in_words(ms: int, said: str) -> None:
    assert seconds(ms) == said


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
