from __future__ import annotations

import pytest

from enforcer.core import figures


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (None, "?"),
        (0, "0"),
        (340, "340"),
        (1_200, "1.2k"),
        (4_000, "4k"),
        (41_300, "41k"),
        (1_250_000, "1.2M"),
        (999_700, "1M"),
    ],
)
def test_tokens(count: int | None, text: str) -> None:
    assert figures.tokens(count) == text


@pytest.mark.parametrize(
    ("usd", "text"),
    [
        (None, "unknown"),
        (0.0, "$0.00"),
        (0.00001, "<$0.0001"),
        (0.0004, "$0.0004"),
        (0.012, "$0.012"),
        (0.08, "$0.08"),
        (0.1, "$0.10"),
        (1.234, "$1.23"),
        (1157.0, "$1,157.00"),
    ],
)
def test_money(usd: float | None, text: str) -> None:
    assert figures.money(usd) == text


def test_a_cost_says_by_itself_what_is_unknown() -> None:
    assert [figures.cost(None), figures.cost(0.0)] == ["cost unknown", "$0.00"]


@pytest.mark.parametrize(
    ("count", "text"), [(812, "812 B"), (4_100, "4.1 kB"), (41_000, "41 kB"), (2_500_000, "2.5 MB")]
)
def test_sizes(count: int, text: str) -> None:
    assert figures.size(count) == text


@pytest.mark.parametrize(
    ("ms", "text"), [(400, "0.4s"), (4_100, "4.1s"), (59_990, "1m 00s"), (125_000, "2m 05s"), (3_720_000, "1h 02m")]
)
def test_durations(ms: int, text: str) -> None:
    assert figures.duration(ms) == text


@pytest.mark.parametrize(
    ("number", "noun", "text"), [(1, "retry", "1 retry"), (3, "retry", "3 retries"), (2, "more line", "2 more lines")]
)
def test_counts(number: int, noun: str, text: str) -> None:
    assert figures.count(number, noun) == text
