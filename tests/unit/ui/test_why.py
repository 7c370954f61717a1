from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from enforcer.core.lanes import Lane, LaneDecision, ModelRef, Source, Step, Task
from enforcer.core.messages import Usage
from enforcer.core.requests import PinStatus, Purpose, RequestRow
from enforcer.session.reasons import Why
from enforcer.ui.why import rows_of

DECISION = LaneDecision(Lane.CREATIVE, Task.WRITE, 0.97, Source.LOCAL, "draft, article", us=300)
POET, STAND_IN = ModelRef("p", "poet"), ModelRef("q", "other")


def row(id: str, **changes: Any) -> RequestRow:
    place = (id, "s1", 1, 1, Lane.CREATIVE, Purpose.MAIN, POET, "poet", PinStatus.OK, "why", Usage(10, 5))
    return replace(RequestRow(*place, 0.02, "", "2026-11-20T10:00:00.000+00:00", 500, "ok"), **changes)


def told(**changes: Any) -> dict[str, str]:
    values = {"session": "s1", "prompt": "a haiku", "decision": DECISION, "lane": "creative", "model": "p/poet"}
    return dict(rows_of(Why(1, **{**values, "ended": "end", **changes})))


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (None, "no"),
        ({"answer": "switch", "key": "auto"}, "no; you have it switch without asking"),
        ({"answer": "stay", "key": "timeout"}, "yes; nobody answered in time, so: stay"),
        ({"answer": "stay", "key": "esc"}, "yes; you answered stay (Esc)"),
        ({"answer": "switch", "key": "k"}, "yes; you answered switch (k: always for this kind)"),
        ({"answer": "stay", "key": "d"}, "yes; you answered stay (d: never ask here)"),
    ],
    ids=["no", "auto", "timeout", "Esc", "k", "d"],
)
def test_the_question_and_its_answer(answer: dict[str, str] | None, said: str) -> None:
    assert told(answer=answer)["asked you"] == said


@pytest.mark.parametrize("source", Source)
def test_every_source_has_words_of_its_own(source: Source) -> None:
    assert told(decision=replace(DECISION, source=source))["decided by"].startswith(f"{source}: ")


def test_a_doubtful_decision_and_a_turn_in_another_lane_are_told() -> None:
    doubtful = replace(DECISION, abstained=True, confidence=0.41)
    assert told(decision=doubtful)["lane"] == "creative · write, not sure enough (0.41)"
    assert told(lane="analytical")["lane"] == "creative · write, 0.97 sure; it ran in the analytical lane"
    assert told(decision=replace(DECISION, lane=None), lane="")["lane"] == "neutral · write, 0.97 sure"


def test_steps_are_told_one_by_one() -> None:
    steps = (Step("research tides", Lane.ANALYTICAL, Task.RESEARCH), Step("thank them", None, Task.OTHER))
    found = told(decision=replace(DECISION, steps=steps))
    assert (found["step 1"], found["step 2"]) == ("analytical: research tides", "neutral: thank them")


def test_a_fallback_is_told_beside_the_model_it_stood_in_for() -> None:
    failed = row("a", outcome="error: overloaded 529", tries=3, served=None, pin=PinStatus.UNVERIFIED, cost_usd=None)
    found = told(requests=[failed, row("b", asked=STAND_IN, served="other-2026", why="fallback for p/poet; why")])
    assert found["model"] == "asked for p/poet; 1 request, 2 retries; error: overloaded 529"
    assert found["fallback"] == "asked for q/other; served by other-2026, pin ok; 1 request"
    assert found["cost"] == "≥ $0.02 · 2 requests · 20 in, 10 out · 1.0s"


def test_another_model_than_the_pinned_one_is_told() -> None:
    stranger = row("a", served="poet-mini", pin=PinStatus.MISMATCH, outcome="error: another model answered")
    assert told(requests=[stranger])["model"] == (
        "asked for p/poet; served by poet-mini, pin mismatch; 1 request; error: another model answered"
    )


def test_a_service_that_names_nobody_is_no_known_name() -> None:
    silent = row("a", served=None, pin=PinStatus.UNVERIFIED)
    assert told(requests=[silent])["model"] == "asked for p/poet; served by no name, pin unverified; 1 request"


def test_what_was_asked_on_the_side_has_rows_of_its_own() -> None:
    found = told(requests=[row("a", purpose=Purpose.CLASSIFIER, outcome="cancelled", cost_usd=None)])
    assert found["for classifier"] == "p/poet, unknown, cancelled"
    assert found["model"] == "p/poet; it was not asked"


def test_a_delegation_that_runs_has_no_price_yet() -> None:
    helper = {"number": 1, "step": "look it up", "agent": "helper 1", "lane": "analytical", "model": "p/analyst"}
    found = told(delegations=[{**helper, "why": "model_fit", "status": None}])
    assert found["delegated 1"] == "look it up (model_fit) → helper 1 on analytical · p/analyst: not finished"


def test_a_switch_that_was_undone_says_so() -> None:
    switch = {"from": "analytical", "to": "creative", "handoff": None, "undone": "no key"}
    assert told(switch=switch)["switch"] == "analytical → creative; undone: no key"


def test_many_files_are_not_all_named() -> None:
    assert told(changed=[f"{n}.py" for n in range(10)])["changed"] == (
        "0.py, 1.py, 2.py, 3.py, 4.py, 5.py, 6.py, 7.py and 2 others"
    )


@pytest.mark.parametrize(
    ("ended", "error", "returned", "said"),
    [
        ("end", "", False, "end"),
        ("", "", False, "not yet"),
        ("", "", True, "the prompt went back to you"),
        ("error", "no key", True, "error: no key; the prompt went back to you"),
    ],
    ids=["well", "not yet", "at the question", "badly"],
)
def test_how_it_ended(ended: str, error: str, returned: bool, said: str) -> None:
    assert told(ended=ended, error=error, returned=returned)["ended"] == said
