"""Routes and escalation in a real session: who is asked, what is said, and what the ledger and `why` keep of it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from enforcer.cli.forecast import forecast
from enforcer.cli.here import settings_here
from enforcer.config.paths import Paths
from enforcer.core.events import EscalationAnswered, LaneSwitched, Notice, RequestFinished, TurnFinished
from enforcer.core.lanes import Lane, LaneDecision, Source, Task
from enforcer.core.requests import Purpose
from enforcer.lanes.serving import served
from enforcer.session.reasons import why
from enforcer.ui.why import rows_of
from tests.servers.vendor import Reply
from tests.unit.cli.loopback import FIX, LOGIC, MUSE, NOTES, Talk, calls, delegates, services, talk

TEST = "write unit tests for the parser in parser.py"
RISKY = "apply the database migrations and fix the migration that fails"
DONE = Reply(text=("Done.",))
STRONG = "anthropic/claude-opus-4-5"
FAILS = calls("Bash", command="pytest nothing_here.py", description="run the tests")
Config = Callable[[str], None]


@pytest.fixture
def root(tmp_path: Path, home: Path) -> Path:
    root = tmp_path.resolve() / "repo"
    (root / ".git").mkdir(parents=True)
    return root


@pytest.fixture
def config(home: Path) -> Config:
    (home / "config").mkdir()

    def write(text: str) -> None:
        (home / "config" / "config.yaml").write_text(text, "utf-8")

    return write


def events(it: Talk, kind: type[Any]) -> list[Any]:
    return [event for event in it.events if isinstance(event, kind)]


def notices(it: Talk) -> list[str]:
    return [notice.text for notice in events(it, Notice)]


def asked(it: Talk) -> list[str]:
    return [str(event.row.asked) for event in events(it, RequestFinished) if event.row.purpose is Purpose.MAIN]


def test_a_routed_model_serves_that_one_turn_in_the_thread_of_its_lane(
    root: Path, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    config(f"routes: {{test: {STRONG}}}\n")
    with services(monkeypatch, [DONE], [DONE, DONE]) as (muse, logic), talk(root) as it:
        it.says(FIX, TEST, FIX)
    assert asked(it) == [LOGIC, STRONG, LOGIC]
    assert [finished.lane for finished in events(it, TurnFinished)] == [Lane.ANALYTICAL] * 3
    assert f"test: served by {STRONG} (routes.test)" in notices(it)
    assert FIX in str(muse.requests[0].body["messages"])  # it knows what was said before
    assert "unit tests for the parser" in str(logic.requests[1].body["input"])  # and the lane knows of its turn
    assert events(it, LaneSwitched) == []


def test_the_row_and_why_say_which_route_it_was(root: Path, config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    config(f"routes: {{test: {STRONG}}}\n")
    with services(monkeypatch, [DONE], []), talk(root) as it:
        it.says(TEST)
    (row,) = [event.row for event in events(it, RequestFinished)]
    assert row.why.startswith("routes.test; local ")
    assert dict(rows_of(why(it.session.folder)))["route"] == f"routes.test: {STRONG} in the analytical lane"


def test_a_routed_model_that_cannot_answer_gives_the_turn_back_to_the_lane(
    root: Path, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    config(f"routes: {{test: {STRONG}}}\nproviders: {{anthropic: {{tries: 1}}}}\n")
    with services(monkeypatch, [Reply(status=529, body="Overloaded")], [DONE]), talk(root) as it:
        it.says(TEST)
    assert asked(it) == [STRONG, LOGIC]
    assert notices(it)[-1].endswith(f"This turn goes on with {LOGIC}, the model of the lane")


def test_a_lane_as_a_route_asks_as_every_decision_asks(
    root: Path, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    config("routes: {test: creative}\n")
    with services(monkeypatch, [DONE], [DONE, Reply(text=(NOTES,))]), talk(root, ["enter"]) as it:
        it.says(FIX, TEST)
    assert [finished.lane for finished in events(it, TurnFinished)] == [Lane.ANALYTICAL, Lane.CREATIVE]
    assert it.session.conversation.last_decision is not None
    assert it.session.conversation.last_decision.reason.endswith("; routes.test is creative")
    assert it.person.keys == []


def test_the_person_s_own_word_comes_before_the_table(
    root: Path, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    config(f"routes: {{test: {STRONG}}}\n")
    with services(monkeypatch, [], [DONE]), talk(root) as it:
        it.says(f"@analytical {TEST}")
    assert asked(it) == [LOGIC]


def test_one_model_for_all_leaves_the_table_out(root: Path, config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    config(f"routes: {{test: {STRONG}}}\n")
    with services(monkeypatch, [], [DONE]), talk(root, creative=None, analytical=None, model=LOGIC) as it:
        it.says(TEST)
    assert (asked(it), notices(it)) == ([LOGIC], [])


def test_a_session_held_to_one_vendor_leaves_the_others_out_and_says_so(
    root: Path, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    config(f"routes: {{test: {STRONG}}}\nescalate: {{model: {STRONG}}}\n")
    with services(monkeypatch, [], [DONE]) as (muse, _), talk(root, creative=None, one_vendor=True) as it:
        it.says(TEST)
    held = f"{STRONG} is of another vendor, and this session is held to openai (--one-vendor)"
    assert notices(it) == [
        f"routes.test is left out: {held}; the model of the lane serves it",
        f"escalate.model is left out: {held}; nothing is escalated",
    ]
    assert (asked(it), muse.connections) == ([LOGIC], 0)


def test_a_route_without_a_key_is_left_out_with_one_sentence(
    root: Path, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    config("routes: {test: google/gemini-3-pro}\n")
    with services(monkeypatch, [], [DONE]), talk(root) as it:
        it.says(TEST)
    assert notices(it) == [
        "routes.test is left out: google has no key; set one with: enforcer auth set google; "
        "the model of the lane serves it"
    ]
    assert asked(it) == [LOGIC]


def test_a_delegated_step_of_a_routed_kind_goes_to_its_model(
    root: Path, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    config(f"routes: {{test: {STRONG}}}\n")
    step = calls(
        "Delegate",
        lane="analytical",
        rationale="model_fit",
        task="test",
        description="cover the parser",
        prompt="Cover parser.py with tests and report what they say.",
    )
    with services(monkeypatch, [DONE], [step, DONE]), talk(root) as it:
        it.says(FIX)
    (row,) = [row for row in it.session.conversation.meter.rows if row.purpose is Purpose.DELEGATION]
    assert (str(row.asked), row.why) == (STRONG, "delegation 1: model_fit; routes.test")


def test_without_a_kind_of_work_a_delegation_is_the_lane_s(
    root: Path, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    config(f"routes: {{test: {STRONG}}}\n")
    step = delegates("creative", "Find a name for a function that doubles a number.")
    with services(monkeypatch, [DONE], [step, DONE]), talk(root) as it:
        it.says(FIX)
    (row,) = [row for row in it.session.conversation.meter.rows if row.purpose is Purpose.DELEGATION]
    assert (str(row.asked), row.why) == (MUSE, "delegation 1: model_fit")


# Escalation


def test_risky_work_is_offered_to_the_stronger_model_once_in_an_endeavor(
    root: Path, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    config(f"escalate: {{model: {STRONG}}}\n")
    with services(monkeypatch, [DONE, DONE], [DONE]), talk(root, ["enter"]) as it:
        it.says(RISKY, FIX, RISKY)
    assert asked(it) == [STRONG, LOGIC, STRONG]
    (question,) = it.person.asked
    assert question.startswith("high risk (migration: ")
    assert question.endswith(f" · you are on analytical/{LOGIC}: {STRONG} takes this turn")
    told = dict(rows_of(why(it.session.folder, 1)))
    assert told["escalation"].endswith(f": {STRONG} was offered, and you said yes")


def test_a_no_is_remembered_by_the_next_process_too(
    root: Path, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    config(f"escalate: {{model: {STRONG}}}\n")
    with services(monkeypatch, [], [DONE, DONE, DONE]):
        with talk(root, ["n"]) as it:
            it.says(RISKY, RISKY)
        with talk(root, resume=it.session.session_id) as again:
            again.says(RISKY)
    assert len(it.person.asked) == 1
    assert again.person.asked == []


def test_ctrl_c_at_the_question_gives_the_prompt_back(
    root: Path, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    config(f"escalate: {{model: {STRONG}}}\n")
    with services(monkeypatch, [], []), talk(root, ["cancel"]) as it:
        it.says(RISKY)
        assert it.session.conversation.returned_prompt == RISKY
    assert events(it, EscalationAnswered) == []


def test_a_check_that_failed_three_times_is_offered_in_the_middle_of_the_turn(
    root: Path, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    config(f"escalate: {{model: {STRONG}}}\n")
    with services(monkeypatch, [DONE], [FAILS, FAILS, FAILS]), talk(root, ["enter"]) as it:
        it.says(FIX)
    assert asked(it) == [LOGIC, LOGIC, LOGIC, STRONG]
    assert it.person.asked == [
        f"pytest nothing_here.py failed 3 times · you are on analytical/{LOGIC}: {STRONG} takes the rest of the turn"
    ]
    last = events(it, RequestFinished)[-1].row
    assert last.why.startswith("escalate: pytest nothing_here.py failed 3 times; ")


def test_the_number_of_failures_is_the_person_s(root: Path, config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    config(f"escalate: {{model: {STRONG}, after_failures: 1}}\n")
    with services(monkeypatch, [], [FAILS, FAILS, DONE]), talk(root, ["n"]) as it:
        it.says(FIX)
    assert (len(it.person.asked), asked(it)) == (1, [LOGIC] * 3)


def test_a_lane_as_the_stronger_model_means_its_model(
    root: Path, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    config("escalate: {model: creative}\n")
    with services(monkeypatch, [DONE], []), talk(root, ["enter"]) as it:
        it.says(RISKY)
    assert (asked(it), events(it, TurnFinished)[0].lane) == ([MUSE], Lane.ANALYTICAL)


def test_without_the_key_nothing_is_asked(root: Path, config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    config("{}\n")
    with services(monkeypatch, [], [DONE]), talk(root) as it:
        it.says(RISKY)
    assert (it.person.asked, asked(it)) == ([], [LOGIC])


# Who would serve: `enforcer route` and a session say the same

MODELS = st.sampled_from(["null", "openai/gpt-5", "anthropic/claude-sonnet-4-5"])
TARGETS = st.sampled_from(["creative", "analytical", STRONG, "openai/gpt-5-mini", "google/gemini-3-pro"])
DECISIONS = st.builds(
    LaneDecision,
    lane=st.sampled_from([None, *Lane]),
    task=st.sampled_from([Task.TEST, Task.PLAN, Task.WRITE]),
    confidence=st.just(0.9),
    source=st.sampled_from([*Source]),
    reason=st.just("words"),
    abstained=st.booleans(),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    creative=MODELS,
    analytical=st.sampled_from(["openai/gpt-5", "anthropic/claude-sonnet-4-5"]),
    routes=st.dictionaries(st.sampled_from(["test", "plan", "write"]), TARGETS),
    one=st.booleans(),
    decisions=st.lists(DECISIONS, min_size=1, max_size=8),
    active=st.sampled_from([*Lane]),
)
def test_route_names_who_a_session_would_seat(
    creative: str,
    analytical: str,
    routes: dict[str, str],
    one: bool,
    decisions: list[LaneDecision],
    active: Lane,
    root: Path,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    table = ", ".join(f"{task}: {to}" for task, to in routes.items())
    lanes = f"creative: {{model: {creative}}}, analytical: {{model: {analytical}}}, one_vendor: {str(one).lower()}"
    (home / "config").mkdir(exist_ok=True)
    (home / "config" / "config.yaml").write_text(f"lanes: {{{lanes}}}\nroutes: {{{table}}}\n", "utf-8")
    with services(monkeypatch, [], []), talk(root, creative=None, analytical=None) as it:
        paths = Paths.from_env(os.environ)
        seen = forecast(settings_here(root, paths, os.environ), paths, os.environ)
        for decision in decisions:
            seated = it.session.conversation.beyond.decided(decision, active)
            assert served(decision, seen.routes, seen.model, active) == seated
            assert seated.model is not None
