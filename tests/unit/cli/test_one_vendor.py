"""`--one-vendor`: whatever happens in a session, the other vendor hears nothing of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from enforcer.cli.vendors import held
from enforcer.core.errors import UsageError
from enforcer.core.events import LaneSwitched, Notice, ToolFinished, TurnFinished
from enforcer.core.lanes import Lane, ModelRef
from enforcer.core.requests import Purpose
from enforcer.core.vendors import Vendors
from tests.servers.vendor import Reply, VendorServer
from tests.unit.cli.loopback import FIX, HAIKU, MUSE, Talk, delegates, services, talk

CREATIVE, ANALYTICAL = Lane.CREATIVE, Lane.ANALYTICAL
HELD = f"{MUSE} is of another vendor, and this session is held to openai (--one-vendor)"
ASKED_NOBODY = (
    "no model is asked about lanes (lanes.classifier.model): anthropic/claude-haiku-4-5 is of another vendor, "
    "and this session is held to openai (--one-vendor)"
)
EVERYTHING = """
lanes:
  analytical: {fallback: [anthropic/claude-haiku-4-5, openai/gpt-5-mini]}
  creative: {fallback: [openai/gpt-5-mini]}
  classifier: {mode: local+model, model: anthropic/claude-haiku-4-5, ask_at: ASK_AT}
  handoff: {mode: MODE}
providers: {openai: {tries: 1}, anthropic: {tries: 1}}
"""
ENDS = ']}" '  # of a JSON text
HELP, AWAY = "fix the failing test with a helper", "fix the test while the service is away"
PROMPTS = (FIX, HAIKU, "hm", f"@creative {HAIKU}", HELP, AWAY, "/lane creative")


def written(mode: str = "artifact", ask_at: str = "null") -> str:
    return EVERYTHING.replace("MODE", mode).replace("ASK_AT", ask_at)


def answer(body: Any) -> Reply:
    """Whoever is asked does what the last prompt says; a model that was asked for help just answers."""
    said = json.dumps(body.get("input") or body.get("messages"))
    if said.rstrip(ENDS).endswith(AWAY) and body["model"] == "gpt-5":
        return Reply(status=529, body="Overloaded")
    if said.rstrip(']}" ').endswith(HELP):
        return delegates("creative", "Find a name for a function that doubles a number.")
    return Reply(text=("Done.",))


@pytest.fixture
def root(tmp_path: Path, home: Path) -> Path:
    root = tmp_path.resolve() / "repo"
    (root / ".git").mkdir(parents=True)
    (home / "config").mkdir()
    (home / "config" / "config.yaml").write_text(written(), "utf-8")
    return root


def does(session: Talk, action: str) -> None:
    if not action.startswith("/lane"):
        session.says(action)
        return
    try:
        session.wait(session.session.conversation.switch_to(CREATIVE))
    except UsageError:
        return


def everything(env: pytest.MonkeyPatch, root: Path, actions: list[str], **options: Any) -> tuple[VendorServer, Talk]:
    with services(env, answer, answer) as (muse, _), talk(root, ["enter"] * 9, **options) as session:
        for action in actions:
            does(session, action)
    return muse, session


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    actions=st.lists(st.sampled_from(PROMPTS), min_size=1, max_size=6),
    mode=st.sampled_from(["artifact", "full"]),
    ask_at=st.sampled_from(["null", "1"]),
    creative=st.sampled_from([MUSE, "openai/gpt-5-nano"]),
)
@example(actions=[*PROMPTS], mode="artifact", ask_at="1", creative=MUSE)
@example(actions=[*PROMPTS], mode="full", ask_at="null", creative="openai/gpt-5-nano")
def test_no_request_of_any_purpose_leaves_for_a_second_vendor(
    actions: list[str],
    mode: str,
    ask_at: str,
    creative: str,
    root: Path,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (home / "config" / "config.yaml").write_text(written(mode, ask_at), "utf-8")
    muse, session = everything(monkeypatch, root, actions, creative=creative, one_vendor=True)
    assert (muse.requests, muse.listings, muse.connections) == ([], [], 0)
    assert {row.asked.provider for row in session.session.conversation.meter.rows} <= {"openai"}


def test_without_the_flag_the_same_session_asks_both_for_everything(
    root: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "config" / "config.yaml").write_text(written(ask_at="1"), "utf-8")
    muse, session = everything(monkeypatch, root, [HELP, AWAY, HAIKU])
    assert {row.purpose for row in session.session.conversation.meter.rows if row.asked.provider == "anthropic"} == {
        Purpose.DELEGATION,
        Purpose.MAIN,
        Purpose.CLASSIFIER,
    }
    assert muse.connections > 0


def test_the_lane_of_the_other_vendor_counts_as_having_no_model_and_that_is_said(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, session = everything(monkeypatch, root, [HAIKU], one_vendor=True)
    assert [notice.text for notice in events(session, Notice)] == [
        f"the creative lane counts as having no model: {HELD}",
        "a fallback is left out: anthropic/claude-haiku-4-5 is of another vendor, and this session is held to openai "
        "(--one-vendor)",
        ASKED_NOBODY,
    ]
    assert [finished.lane for finished in events(session, TurnFinished)] == [ANALYTICAL]
    assert (session.person.keys, events(session, LaneSwitched)) == (["enter"] * 9, [])


def test_a_delegation_to_it_is_refused_with_one_sentence(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _, session = everything(monkeypatch, root, [HELP], one_vendor=True)
    (result,) = events(session, ToolFinished)
    assert (result.is_error, json.loads(result.content)) == (
        True,
        {
            "status": "unavailable",
            "reason": f"the creative lane counts as having no model: {HELD}; do the step yourself",
        },
    )


def test_lane_and_model_say_why_they_cannot(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with services(monkeypatch, [], []), talk(root, one_vendor=True) as session:
        with pytest.raises(UsageError) as lane:
            session.wait(session.session.conversation.switch_to(CREATIVE))
        with pytest.raises(UsageError) as model:
            session.session.workshop.seat(CREATIVE, (ModelRef.parse(MUSE),))
    assert str(lane.value) == f"the creative lane counts as having no model: {HELD}"
    assert str(model.value) == f"{HELD}; start a session without it to use both"


def test_a_prompt_that_names_the_lane_goes_back_to_the_person(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _, session = everything(monkeypatch, root, [f"@creative {HAIKU}"], one_vendor=True)
    assert [finished.error for finished in events(session, TurnFinished)] == [
        f"the creative lane counts as having no model: {HELD}"
    ]
    assert session.session.conversation.returned_prompt == f"@creative {HAIKU}"


def test_a_model_of_the_same_vendor_may_serve_the_other_lane(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with services(monkeypatch, [], [Reply(text=("Rain.",))]), talk(root, ["enter"], one_vendor=True) as session:
        session.session.workshop.seat(CREATIVE, (ModelRef("openai", "gpt-5-mini"),))
        session.says(HAIKU)
    assert [str(finished.model) for finished in events(session, TurnFinished)] == ["openai/gpt-5-mini"]


def test_the_model_behind_the_classifier_is_not_asked_and_that_is_said(
    root: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "config" / "config.yaml").write_text(written(ask_at="1"), "utf-8")
    with (
        services(monkeypatch, [], [Reply(text=("Hm.",))]) as (muse, _),
        talk(root, creative="openai/gpt-5-mini", one_vendor=True) as it,
    ):
        it.says(HAIKU)
    assert [notice.text for notice in events(it, Notice)][-1] == ASKED_NOBODY
    assert muse.connections == 0


def test_the_vendor_is_that_of_the_lane_the_session_starts_in(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with services(monkeypatch, [Reply(text=("Rain.",))], []) as (_, logic):
        with talk(root, lane="creative", one_vendor=True) as session:
            session.says(HAIKU)
            id = session.session.session_id
        with talk(root, resume=id, one_vendor=True) as again:
            assert again.session.workshop.vendors == Vendors("anthropic")
    assert logic.connections == 0


def test_the_settings_can_say_it_for_every_session(root: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "config" / "config.yaml").write_text("lanes: {one_vendor: true}\n", "utf-8")
    with services(monkeypatch, [], []), talk(root) as session:
        assert session.session.workshop.vendors == Vendors("openai")


CHAINS = {
    CREATIVE: (ModelRef("a", "1"), ModelRef("b", "1")),
    ANALYTICAL: (ModelRef("b", "2"), ModelRef("a", "2"), ModelRef("b", "3")),
}


def test_what_is_left_of_the_lanes() -> None:
    found = held(CHAINS, ANALYTICAL, one=True)
    assert found.chains == {CREATIVE: (), ANALYTICAL: (ModelRef("b", "2"), ModelRef("b", "3"))}
    assert found.said == (
        "the creative lane counts as having no model: a/1 is of another vendor, and this session is held to b "
        "(--one-vendor)",
        "a fallback is left out: a/2 is of another vendor, and this session is held to b (--one-vendor)",
    )


def test_a_start_in_a_lane_without_a_model_takes_the_vendor_of_the_other() -> None:
    found = held({CREATIVE: CHAINS[CREATIVE], ANALYTICAL: ()}, ANALYTICAL, one=True)
    assert (found.vendors, found.chains[CREATIVE]) == (Vendors("a"), (ModelRef("a", "1"),))


def test_without_it_everything_stays() -> None:
    assert (held(CHAINS, ANALYTICAL, one=False).chains, held(CHAINS, CREATIVE, one=False).said) == (CHAINS, ())


def events(session: Talk, kind: type) -> list[Any]:
    return [event for event in session.events if isinstance(event, kind)]
