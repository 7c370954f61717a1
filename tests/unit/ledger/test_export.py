from __future__ import annotations

import csv
from io import StringIO

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from enforcer.core.lanes import Lane, Source, Task
from enforcer.core.messages import Usage
from enforcer.core.requests import Check, Decided
from enforcer.ledger.export import rows_as_csv, sums_as_csv, sums_of
from enforcer.ledger.schema import COLUMNS
from tests.unit.ledger.conftest import MakeRow


def read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(text, newline="")))


def test_every_column_of_the_ledger_is_in_the_csv(row: MakeRow) -> None:
    decided = Decided("s1:1", Source.LOCAL, 0.97, Lane.ANALYTICAL, "switch", 2, Task.WRITE, "release-notes")
    (line,) = read("".join(rows_as_csv([row("a", decided=decided, check=Check.PASSED, changed=1)])))
    assert tuple(line) == COLUMNS
    told = ("decision", "source", "confidence", "runner_up", "answer", "endeavor", "task", "skill", "check_outcome")
    assert [line[name] for name in told] == [
        *("s1:1", "local", "0.97", "analytical", "switch", "2", "write", "release-notes", "pass")
    ]


def test_what_nobody_knows_is_never_an_empty_number(row: MakeRow) -> None:
    (line,) = read("".join(rows_as_csv([row("a", cost_usd=None, usage=Usage())])))
    assert (line["cost_usd"], line["input"], line["parent"]) == ("unknown", "unknown", "")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_a_text_that_a_spreadsheet_would_run_is_text(start: str, row: MakeRow) -> None:
    (line,) = read("".join(rows_as_csv([row("a", why=f'{start}HYPERLINK("http://x")')])))
    assert line["why"] == f'\'{start}HYPERLINK("http://x")'


def test_quotes_commas_and_line_ends_stay_inside_of_their_cell(row: MakeRow) -> None:
    lines = list(rows_as_csv([row("a", why='he said "no", then\nleft')]))
    assert len(lines) == 2
    assert '"he said ""no"", then\nleft"' in lines[1]
    assert all(line.endswith("\r\n") for line in lines)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text())
def test_every_text_comes_back_out_of_its_cell(text: str, row: MakeRow) -> None:
    (line,) = read("".join(rows_as_csv([row("a", why=text)])))
    assert line["why"].removeprefix("'") == text.removeprefix("'")
    assert not line["why"].startswith(("=", "+", "-", "@", "\t", "\r", "\n"))


def test_a_number_is_no_formula(row: MakeRow) -> None:
    (line,) = read("".join(rows_as_csv([row("a", latency_ms=-1)])))
    assert line["latency_ms"] == "-1"


def test_a_sum_is_known_only_when_all_of_it_is(row: MakeRow) -> None:
    rows = [row("a"), row("b", cost_usd=None), row("c", lane=Lane.ANALYTICAL)]
    analytical, creative = sums_of("lane", rows)
    assert (analytical["lane"], analytical["cost_usd"], analytical["unpriced"]) == ("analytical", 0.02, 0)
    assert (creative["cost_usd"], creative["cost_known_usd"], creative["unpriced"]) == (None, 0.02, 1)
    assert [line["cost_usd"] for line in read("".join(sums_as_csv("lane", rows)))] == ["0.02", "unknown"]
