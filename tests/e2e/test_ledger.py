"""What a session cost and why it went as it did, asked in the session, after it, and when the ledger is gone."""

from __future__ import annotations

import csv
import os
import subprocess
from io import StringIO
from pathlib import Path

from tests.e2e.screen import CTRL_D, ENFORCER, ENTER, Screen
from tests.servers.vendor import Reply

FIX, HAIKU = "fix the failing test", "write a haiku about rain"
NOTES = '{"decisions": [], "open_questions": []}'
TRUSTED = "cost per trusted change: no checked changes yet"


def test_why_and_cost_in_a_session_tell_the_same_as_the_commands_behind_it(services, run, project: Path) -> None:
    services([Reply(text=["Rain taps."])], [Reply(text=["Fixed."]), Reply(text=[NOTES])])
    with Screen([], cwd=project) as it:
        it.wait_for("ask for something")
        it.type(FIX)
        it.wait_for("Fixed.")
        it.type(HAIKU)
        it.wait_for("creative work (")
        it.send(ENTER)
        it.wait_for("Rain taps.")
        it.type("/why")
        it.wait_for("asked you yes; you answered switch (Enter)")
        it.wait_for("switch analytical → creative; handoff 01-analytical-to-creative.md")
        it.type("/why 1")
        it.wait_for("model asked for openai/gpt-5; served by gpt-5, pin ok; 1 request")
        it.type("/why 7")
        it.wait_for("has no turn 7; there are turns 1 to 2")
        it.type("/why me")
        it.wait_for("'me' is not the number of a turn; use /why, or /why 3")
        it.type("/cost")
        it.wait_for("total 3 33 21")
        it.send(CTRL_D)
        assert it.wait_for_end() == 0
    assert "asked you\tyes; you answered switch (Enter)\n" in run("why").out
    assert [line.split("\t")[0] for line in run("ledger", "--by", "task").out.splitlines()] == [
        *("task", "debug", "write", "total", "cost per trusted change")
    ]
    rows = list(csv.DictReader(StringIO(run("ledger", "--csv").out, newline="")))
    assert [(row["purpose"], row["answer"], row["task"]) for row in rows] == [
        ("main", "", "debug"),
        ("handoff", "switch", "write"),
        ("main", "switch", "write"),
    ]


def test_a_ledger_that_is_gone_comes_back_with_one_line(services, run, project: Path, home: Path) -> None:
    services([Reply(text=["Rain taps."])], [])
    assert run("-p", HAIKU).code == 0
    before = run("ledger", "--json").out
    for file in home.glob("data/ledger.sqlite3*"):
        file.unlink()
    done = run("ledger", "--json")
    assert (done.out, done.err) == (
        before,
        "enforcer: 1 request missing in the ledger came back from the session records\n",
    )


def test_cost_brings_a_lost_ledger_back_while_the_session_runs(services, run, project: Path, home: Path) -> None:
    services([], [Reply(text=["Fixed."]), Reply(text=["Again."])])
    with Screen([], cwd=project) as it:
        it.wait_for("ask for something")
        it.type(FIX)
        it.wait_for("Fixed.")
        for file in home.glob("data/ledger.sqlite3*"):
            file.unlink()
        it.type("/cost")
        it.wait_for("1 request missing in the ledger came back from the session records")
        it.wait_for("total 1 11 7")
        it.type(FIX)
        it.wait_for("Again.")
        it.send(CTRL_D)
        assert it.wait_for_end() == 0
    assert len(run("ledger", "--json").out.splitlines()) == 2


def test_two_that_find_the_ledger_damaged_at_once_mend_it_once(services, run, project: Path, home: Path) -> None:
    services([Reply(text=["Rain taps."])], [])
    assert run("-p", HAIKU).code == 0
    before = run("ledger", "--json").out
    (home / "data" / "ledger.sqlite3").write_bytes(b"no database" * 1000)
    both = [
        subprocess.Popen(
            [*ENFORCER, "ledger", "--json"],
            cwd=project,
            env=dict(os.environ),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    assert [(each.communicate()[0], each.returncode) for each in both] == [(before, 0), (before, 0)]
    assert len(list(home.glob("data/ledger.sqlite3.damaged-*"))) == 1


def test_the_ledger_fits_into_half_a_screen(services, run, project: Path) -> None:
    services([Reply(text=["Rain taps."])], [])
    assert run("-p", HAIKU).code == 0
    with Screen(["ledger"], cwd=project, columns=44, env={"COLUMNS": "44"}) as it:
        it.wait_for("lane cost")
        it.wait_for("creative $0.0001")
        it.wait_for(TRUSTED)
        assert it.wait_for_end() == 0
    with Screen(["ledger", "--requests"], cwd=project) as it:
        it.wait_for("started, UTC for asked cost outcome")
        assert it.wait_for_end() == 0


def test_one_vendor_starts_without_a_key_of_the_other(services, run, monkeypatch) -> None:
    creative, _ = services([], [Reply(text=["No rain here."])])
    monkeypatch.delenv("ANTHROPIC_API_KEY")
    done = run("-p", HAIKU, "--one-vendor")
    assert (done.code, done.out, creative.connections) == (0, "No rain here.\n", 0)
    assert done.err == (
        "enforcer: the creative lane counts as having no model: anthropic/claude-sonnet-4-5 is of another vendor, "
        "and this session is held to openai (--one-vendor)\n"
    )
