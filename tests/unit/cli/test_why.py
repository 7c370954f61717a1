"""`enforcer why`, over a real session."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from enforcer.cli.main import run
from enforcer.config.paths import Paths
from enforcer.core.events import TurnChecked
from enforcer.core.requests import Check
from enforcer.session.record import Record
from tests.servers.vendor import Reply, Tokens
from tests.unit.cli.loopback import FIX, HAIKU, NOTES, calls, delegates, services, talk
from tests.unit.session.conftest import turn

Said = Callable[..., tuple[int, str, str]]


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path.resolve() / "repo"
    (root / ".git").mkdir(parents=True)
    (root / "app.py").write_text("def double(x): return x + x + x\n", "utf-8")
    monkeypatch.chdir(root)
    return root


@pytest.fixture
def session(root: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Turn 1 edits and delegates, turn 2 switches, turn 3 is refused by the service."""
    app = str(root / "app.py")
    logic = [
        calls("Read", file_path=app),
        calls("Edit", file_path=app, old_string="x + x + x", new_string="x * 2"),
        delegates("creative", "Find a name for a function that doubles a number."),
        Reply(text=("Fixed; it could be called twofold.",), usage=Tokens(1200, 60, 800)),
        Reply(text=(NOTES,)),
    ]
    muse = [Reply(text=("twofold",)), Reply(text=("Rain.",)), Reply(status=401, body="no")]
    with services(monkeypatch, muse, logic), talk(root, ["enter"]) as open_:
        open_.says(FIX)
        open_.session.emit(TurnChecked(open_.session.session_id, 1, Check.PASSED))
        open_.says(HAIKU, "and one about snow")
        return open_.session.session_id


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Said:
    def call(*arguments: str) -> tuple[int, str, str]:
        code = run(["why", *arguments])
        return (code, *capsys.readouterr())

    return call


def told(out: str) -> dict[str, str]:
    """Label and text, without what differs each time."""
    text = re.sub(r"\d+ µs|· [\d.]+s$", "…", out, flags=re.MULTILINE)
    return dict(line.split("\t", 1) for line in text.splitlines()[1:])


def test_a_turn_tells_what_was_decided_who_served_it_and_what_came_of_it(session: str, said: Said) -> None:
    code, out, err = said("1")
    assert (code, err) == (0, "")
    assert told(out) == {
        "turn": f"1 of session {session}",
        "prompt": "fix the failing test in app.py",
        "lane": "analytical · debug, 0.99 sure",
        "decided by": "local: the classifier on this machine",
        "because": "test (…)",
        "runner-up": "creative",
        "endeavor": "1",
        "asked you": "no",
        "model": "asked for openai/gpt-5; served by gpt-5, pin ok; 4 requests",
        "delegated 1": (
            "name the helper (model_fit) → helper 1 on creative · anthropic/claude-sonnet-4-5: "
            "completed, $0.0001 for 1 request"
        ),
        "changed": "app.py",
        "checks": "pass",
        "cost": "$0.0016 · 5 requests · 1.2k in (800 cached), 88 out …",
        "ended": "end",
    }


def test_a_turn_that_was_asked_about_says_what_was_answered(session: str, said: Said) -> None:
    found = told(said("2")[1])
    assert (found["asked you"], found["switch"], found["for handoff"]) == (
        "yes; you answered switch (Enter)",
        "analytical → creative; handoff 01-analytical-to-creative.md",
        "openai/gpt-5, <$0.0001",
    )


def test_without_a_number_it_is_the_last_turn(session: str, said: Said) -> None:
    found = told(said()[1])
    assert (found["turn"], found["decided by"]) == (
        f"3 of session {session}",
        "local: the classifier on this machine",
    )
    assert (found["model"], found["cost"]) == (
        "asked for anthropic/claude-sonnet-4-5; 1 request; error: auth 401",
        "unknown · 1 request · ? in, ? out …",
    )
    assert found["ended"].endswith("(401): check it; the prompt went back to you")


def test_the_same_as_json(session: str, said: Said) -> None:
    found = json.loads(said("1", "--session", session[:6], "--json")[1])
    assert (found["decision"]["id"], found["decision"]["source"]) == (f"{session}:1", "local")
    assert {row["decided"]["id"] for row in found["requests"]} == {f"{session}:1"}
    assert (found["check"], found["changed"], found["delegations"][0]["status"]) == ("pass", ["app.py"], "completed")
    assert json.loads(said("3", "--json")[1])["cost_usd"] is None


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["9"], "session {id} has no turn 9; there are turns 1 to 3"),
        (["0"], "session {id} has no turn 0; there are turns 1 to 3"),
        (["--session", "zzz"], "no session begins with 'zzz'; list those of this project with: enforcer -r"),
        (["first"], "'first' is not the number of a turn; use: enforcer why, or: enforcer why 3"),
    ],
    ids=["too high", "too low", "another session", "no number"],
)
def test_a_turn_that_is_not_there_is_told(session: str, said: Said, arguments: list[str], told: str) -> None:
    assert said(*arguments) == (2, "", f"enforcer: {told.format(id=session)}\n")


def test_a_project_without_sessions_is_told(root: Path, said: Said) -> None:
    assert said() == (2, "", "enforcer: this project has no earlier session; start one with: enforcer\n")


def test_a_record_that_says_nothing_of_decisions_still_tells_a_turn(root: Path, home: Path, said: Said) -> None:
    record = Record.create(Paths(home / "config", home / "data"), root, "old")
    for event in turn(4, "a haiku", "rain"):
        record.write(event)
    record.close()
    assert told(said("4")[1]) == {
        "turn": "4 of session old",
        "prompt": "a haiku",
        "lane": "analytical; nothing was decided",
        "asked you": "no",
        "model": "p/analyst; it was not asked",
        "checks": "none",
        "cost": "no request was made",
        "ended": "end",
    }
    assert said("5")[2] == "enforcer: session old has no turn 5; there is turn 4\n"


def test_what_a_prompt_brings_along_does_not_steer_the_terminal(root: Path, home: Path, said: Said) -> None:
    record = Record.create(Paths(home / "config", home / "data"), root, "s1")
    for event in turn(1, "a haiku\x1b[2J", "rain"):
        record.write(event)
    record.close()
    assert told(said()[1])["prompt"] == "a haiku␛[2J"
