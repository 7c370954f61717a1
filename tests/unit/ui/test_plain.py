from __future__ import annotations

import io

import pytest

from enforcer.core.events import (
    DelegationFinished,
    DelegationStarted,
    Event,
    HookRan,
    LaneRolledBack,
    Notice,
    PinChecked,
    Retrying,
    TextDelta,
    TurnFinished,
    Within,
)
from enforcer.core.lanes import Lane
from enforcer.core.messages import Usage
from enforcer.core.requests import PinStatus
from enforcer.ui.plain import Plain
from tests.unit.ui.tty import ANALYTICAL, CREATIVE, tool_done

STEP = DelegationStarted("d1", 1, "find sources", "helper", Lane.ANALYTICAL, ANALYTICAL, "model_fit")


def printed(*events: Event, verbose: bool = False) -> tuple[str, str]:
    out, err = io.StringIO(), io.StringIO()
    plain = Plain(out, err, verbose=verbose)
    for event in events:
        plain(event)
    return out.getvalue(), err.getvalue()


def done(text: str = "", reason: str = "end", error: str = "") -> TurnFinished:
    return TurnFinished(1, Lane.CREATIVE, CREATIVE, reason, Usage(), None, 10, 1, 0, text, error)


def ended(status: str, report: str) -> DelegationFinished:
    return DelegationFinished("d1", 1, status, report, Usage(), None, 10, 1)


def test_only_the_final_text_is_on_stdout() -> None:
    events = (TextDelta("draft "), tool_done("Read a", "x"), Notice("by the way"), done("the answer\n"))
    assert printed(*events) == ("the answer\n", "")


@pytest.mark.parametrize(
    ("events", "said"),
    [
        pytest.param([Notice("careful", "warning")], "careful", id="warning"),
        pytest.param([Retrying(2, 5, 1.0, "cut")], "cut; trying again (2 of 5)", id="retry"),
        pytest.param([Within("d1", Retrying(2, 5, 1.0, "cut"))], "cut; trying again (2 of 5)", id="retry of a child"),
        pytest.param(
            [PinChecked(CREATIVE, "claude-y", PinStatus.MISMATCH)],
            "asked for anthropic/claude-x, served by claude-y",
            id="pin",
        ),
        pytest.param([HookRan("Stop", "x.sh", 1, "error", stderr="oh\n")], "hook Stop error: oh", id="hook"),
        pytest.param(
            [LaneRolledBack(Lane.CREATIVE, Lane.ANALYTICAL, "no key")],
            "back in the analytical lane: no key",
            id="rolled back",
        ),
        pytest.param(
            [STEP, ended("unavailable", "no key")],
            "delegation 1 (find sources) ended as unavailable; it was not done by the analytical lane: no key",
            id="degraded",
        ),
        pytest.param([done("", "error", "openai: no key")], "openai: no key", id="error"),
        pytest.param([done("", "max_turns")], "stopped at the turn limit", id="limit"),
    ],
)
def test_what_a_person_should_know_is_on_stderr(events: list[Event], said: str) -> None:
    assert printed(*events) == ("", f"enforcer: {said}\n")


def test_verbose_adds_what_happened() -> None:
    events = (STEP, tool_done("Read a", "x"), tool_done("Bash b", "x", is_error=True), Notice("info"))
    assert printed(*events)[1] == ""
    assert printed(*events, verbose=True)[1].splitlines() == [
        "enforcer: delegation 1: find sources → analytical · openai/gpt-5",
        "enforcer: Read a",
        "enforcer: failed: Bash b",
        "enforcer: info",
    ]


def test_a_delegation_that_worked_says_nothing() -> None:
    assert printed(STEP, ended("completed", "ok")) == ("", "")


def test_nothing_foreign_steers_the_terminal__TERM_001() -> None:
    out, err = printed(done("a\x1b[2Jb"), Notice("c\x1b]0;x\x07\nd", "warning"))
    assert (out, err) == ("a␛[2Jb\n", "enforcer: c␛]0;x␇␊d\n")
