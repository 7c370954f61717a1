from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import pytest

from enforcer.cli.main import run
from enforcer.core.lanes import Lane, ModelRef
from enforcer.core.messages import Usage
from enforcer.core.requests import Check, PinStatus, Purpose, RequestRow
from enforcer.ledger.ledger import Ledger

EMPTY = "no request is in the ledger yet; it fills as you work, or see one in: enforcer demo\n"


def row(id: str, session: str, lane: Lane, started: str, parent: str | None = None) -> RequestRow:
    purpose = Purpose.DELEGATION if parent else Purpose.MAIN
    return RequestRow(
        id,
        session,
        1,
        1,
        lane,
        purpose,
        ModelRef("muse", "m"),
        "m",
        PinStatus.OK,
        "lane",
        Usage(input=100, output=20),
        0.5,
        "",
        started,
        1200,
        "ok",
        parent=parent,
    )


@pytest.fixture
def filled(home: Path) -> Path:
    path = home / "data" / "ledger.sqlite3"
    path.parent.mkdir()
    with closing(Ledger(path)) as ledger:
        ledger.add(row("a", "first", Lane.CREATIVE, "2020-01-01T00:00:00.000000Z"))
        ledger.add(row("b", "second", Lane.ANALYTICAL, "2999-01-01T00:00:00.000000Z"))
        ledger.add(row("c", "second", Lane.ANALYTICAL, "2999-01-01T00:00:01.000000Z", parent="helper-1"))
    return path


def rows(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return [json.loads(line)["id"] for line in capsys.readouterr().out.splitlines()]


def test_an_empty_ledger_says_how_it_fills_and_is_not_made(capsys: pytest.CaptureFixture[str], home: Path) -> None:
    assert run(["ledger"]) == 0
    assert capsys.readouterr().out == EMPTY
    assert not (home / "data").exists()


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize(
    ("arguments", "ids"),
    [
        ([], ["a", "b", "c"]),
        (["--session", "fir"], ["a"]),
        (["--session", "third"], []),
        (["--days", "1"], ["b", "c"]),
        (["--since", "2w"], ["b", "c"]),
        (["--since", "2999-01-01T00:00:00+00:00"], ["b", "c"]),
        (["--since", "2020-01-01", "--session", "first"], ["a"]),
    ],
    ids=["all", "the beginning of an id", "another id", "days", "weeks", "a time", "a day and a session"],
)
def test_rows_can_be_chosen(arguments: list[str], ids: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["ledger", "--json", *arguments]) == 0
    assert rows(capsys) == ids


@pytest.mark.usefixtures("filled")
def test_by_lane_is_what_is_shown_and_delegations_are_added(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["ledger"]) == 0
    cells = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    assert cells[0][0] == "lane"
    assert "delegation" in [cell[0] for cell in cells]
    assert {"creative", "analytical", "total"} <= {cell[0] for cell in cells}


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize(
    ("by", "names"),
    [("model", {"muse/m"}), ("session", {"first", "second"}), ("day", {"2020-01-01", "2999-01-01"})],
)
def test_sums_can_be_made_by_something_else(by: str, names: set[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["ledger", "--by", by]) == 0
    assert names <= {line.split("\t")[0] for line in capsys.readouterr().out.splitlines()}


@pytest.mark.usefixtures("filled")
def test_every_request_can_be_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["ledger", "--requests", "--session", "second"]) == 0
    assert len([line for line in capsys.readouterr().out.splitlines() if "muse/m" in line]) == 2


@pytest.mark.usefixtures("filled")
def test_an_unknown_sum_names_the_known_ones(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["ledger", "--by", "week"]) == 2
    assert (
        capsys.readouterr().err
        == "enforcer: --by week: use one of lane, model, task, day, skill, session, delegation\n"
    )


@pytest.mark.usefixtures("filled")
def test_a_choice_that_fits_nothing_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["ledger", "--session", "third"]) == 0
    assert capsys.readouterr().out == "no request of that kind is in the ledger\n"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--json", "--csv"], "--json and --csv are two forms of the same; use one of them"),
        (["--days", "3", "--since", "3d"], "--since and --days say the same in two ways; use one of them"),
        (
            ["--since", "yesterday"],
            "--since yesterday: write a day (2026-11-20), a time (2026-11-20T10:00), or 12h, 7d, 2w",
        ),
    ],
    ids=["two forms", "two times", "no time"],
)
def test_what_cannot_be_meant_is_told(arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["ledger", *arguments]) == 2
    assert capsys.readouterr().err == f"enforcer: {told}\n"


@pytest.mark.usefixtures("filled")
def test_the_last_line_is_the_number_that_counts(capsys: pytest.CaptureFixture[str]) -> None:
    run(["ledger"])
    assert capsys.readouterr().out.splitlines()[-1] == "cost per trusted change\tno checked changes yet"


def test_a_change_that_passed_its_checks_has_a_price(filled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with closing(Ledger(filled)) as ledger:
        ledger.checked("second", 1, Check.PASSED, 2)
    run(["ledger", "--session", "second"])
    assert capsys.readouterr().out.splitlines()[-1] == (
        "cost per trusted change\t$1.00 ($1.00 for 1 turn that changed files and passed the checks)"
    )


@pytest.mark.usefixtures("filled")
def test_sums_are_json_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["ledger", "--by", "task", "--json"]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    sums = json.loads(line)
    assert (sums["task"], sums["requests"], sums["cost_usd"], sums["input"]) == ("no task", 3, 1.5, 300)


@pytest.mark.usefixtures("filled")
def test_rows_are_csv_with_line_ends_of_the_standard(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["ledger", "--csv", "--session", "first"]) == 0
    lines = capsys.readouterr().out.split("\r\n")
    assert (lines[0][:17], lines[1][:12], lines[2]) == ("id,session,turn,s", "a,first,1,1,", "")
