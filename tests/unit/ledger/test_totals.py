from __future__ import annotations

import pytest

from enforcer.core.messages import Usage
from enforcer.ledger.totals import Total, total, totals
from tests.unit.ledger.conftest import MakeRow


def test_a_total_sums_everything(row: MakeRow) -> None:
    rows = [row("a"), row("b", usage=Usage(10, 5, 0, 7), cost_usd=0.5, latency_ms=10, tries=3)]
    assert total(rows) == Total("total", 2, Usage(1010, 55, 800, 7), 0.52, 0, 1510, 0, 2)


def test_a_total_of_nothing_is_nothing() -> None:
    assert total([]) == Total("total", 0, Usage(), 0, 0, 0, 0, 0)


def test_an_unknown_cost_is_counted_and_not_added(row: MakeRow) -> None:
    sums = total([row("a"), row("b", cost_usd=None)])
    assert (sums.cost_usd, sums.unpriced, sums.exact) == (0.02, 1, False)


def test_a_free_request_is_known(row: MakeRow) -> None:
    assert total([row("a", cost_usd=0.0)]).exact


def test_unknown_tokens_do_not_hide_known_ones(row: MakeRow) -> None:
    assert total([row("a", usage=Usage()), row("b", usage=Usage(input=5))]).usage == Usage(input=5)


@pytest.mark.parametrize("outcome", ["cancelled", "error: retry 529"])
def test_a_request_without_an_answer_failed(row: MakeRow, outcome: str) -> None:
    assert total([row("a"), row("b", outcome=outcome)]).failed == 1


def test_groups_come_in_the_order_in_which_they_appear(row: MakeRow) -> None:
    rows = [row("a", session="z"), row("b", session="y"), row("c", session="z")]
    assert [(part.label, part.requests) for part in totals(rows, lambda row: row.session)] == [("z", 2), ("y", 1)]
