from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from enforcer.core.errors import EnforcerError
from enforcer.core.lanes import Lane, LaneDecision, Source, Task
from enforcer.lanes.policy import Ask, Move, State, Stay, Switch, SwitchPolicy, headless_start

MODEL = "scripted/analyst"


def decided(lane: Lane | None, confidence: float, source: Source = Source.LOCAL, reason: str = "draft") -> LaneDecision:
    abstained = source is Source.ABSTAIN
    return LaneDecision(lane, Task.WRITE, confidence, source, reason, abstained=abstained)


def creative(confidence: float = 0.95, source: Source = Source.LOCAL) -> LaneDecision:
    return decided(Lane.CREATIVE, confidence, source)


def analytical(confidence: float = 0.95, source: Source = Source.LOCAL) -> LaneDecision:
    return decided(Lane.ANALYTICAL, confidence, source)


def considered(policy: SwitchPolicy, decision: LaneDecision, **conditions: bool) -> Move:
    return policy.consider(decision, **{"interactive": True, "both_models": True, **conditions})


def fresh(**settings: Any) -> SwitchPolicy:
    return SwitchPolicy(Lane.ANALYTICAL, **settings)


def test_the_question_names_the_work_its_reason_and_where_the_session_is() -> None:
    move = considered(fresh(), decided(Lane.CREATIVE, 0.97, reason="draft, article"))

    assert isinstance(move, Ask)
    assert move.question(MODEL) == "creative work (0.97: draft, article) · you are on analytical/scripted/analyst"


def test_the_worked_example_turn_by_turn() -> None:
    policy = fresh()
    follow_up = analytical(1.0, Source.FOLLOW_UP)
    turns: list[tuple[str, LaneDecision, str]] = [
        ("write the launch email", creative(0.93), "n"),
        ("make it warmer", follow_up, ""),
        ("now a tagline", creative(0.91), ""),
        ("fix the failing test", analytical(0.97), ""),
        ("name the product", creative(0.88), ""),
        ("thanks", decided(None, 0.99), ""),
        ("a haiku for the footer", creative(0.95), ""),
        ("draft the press release", creative(0.94), "enter"),
        ("count the words", analytical(0.96), ""),
    ]
    seen = []
    for prompt, decision, key in turns:
        asked = isinstance(considered(policy, decision), Ask)
        drift = policy.state.drift_count
        if asked:
            policy.answer(key)
        seen.append((prompt, asked, drift, policy.state.endeavor_id, policy.state.active_lane.value))

    assert seen == [
        ("write the launch email", True, 0, 1, "analytical"),
        ("make it warmer", False, 0, 1, "analytical"),
        ("now a tagline", False, 1, 1, "analytical"),
        ("fix the failing test", False, 0, 1, "analytical"),
        ("name the product", False, 1, 1, "analytical"),
        ("thanks", False, 1, 1, "analytical"),
        ("a haiku for the footer", False, 2, 1, "analytical"),
        ("draft the press release", True, 0, 2, "creative"),
        ("count the words", False, 1, 2, "creative"),
    ]


@pytest.mark.parametrize(
    "conditions",
    [
        pytest.param({"interactive": False}, id="nobody is there"),
        pytest.param({"both_models": False}, id="CONF-015 one model, or the same in both lanes"),
        pytest.param({"plan_mode": True}, id="plan mode"),
        pytest.param({"hook_blocked": True}, id="a LaneProposed hook said no"),
    ],
)
def test_nothing_is_asked_when(conditions: dict[str, bool]) -> None:
    assert considered(fresh(), creative(), **conditions) == Stay()


@pytest.mark.parametrize(
    "decision",
    [
        pytest.param(analytical(), id="the active lane"),
        pytest.param(decided(None, 0.99), id="neutral"),
        pytest.param(creative(0.6, Source.ABSTAIN), id="abstained"),
        pytest.param(creative(1.0, Source.FOLLOW_UP), id="a follow-up"),
        pytest.param(creative(1.0, Source.EXPLICIT), id="a one-turn prefix"),
        pytest.param(replace(creative(), abstained=True), id="abstained, whatever its source says"),
    ],
)
def test_nothing_is_asked_about(decision: LaneDecision) -> None:
    assert considered(fresh(), decision) == Stay()


@pytest.mark.parametrize("source", [Source.DECLARED, Source.LOCAL, Source.MODEL])
def test_a_decision_from_these_sources_asks(source: Source) -> None:
    assert isinstance(considered(fresh(), creative(source=source)), Ask)


def test_a_decision_below_the_drift_threshold_may_still_ask() -> None:
    assert isinstance(considered(fresh(), creative(0.72)), Ask)


def test_a_first_turn_whose_lane_was_set_by_a_flag_or_a_resume_asks_nothing() -> None:
    policy = fresh(lane_fixed=True)

    assert considered(policy, creative()) == Stay()
    assert isinstance(considered(policy, creative()), Ask)


@pytest.mark.parametrize("key", ["enter", "y", "Enter", "Y"])
def test_enter_switches_and_the_lane_holds(key: str) -> None:
    policy = fresh()
    considered(policy, creative())

    assert policy.answer(key) == Switch(Lane.CREATIVE)
    assert policy.state == State(Lane.CREATIVE, sticky=True, endeavor_id=1, answers={1: "switch"})


@pytest.mark.parametrize("key", ["n", "esc", "timeout"])
def test_n_stays_and_says_once_what_happens_to_the_steps_of_the_other_lane(key: str) -> None:
    policy = fresh()
    considered(policy, creative())

    assert policy.answer(key) == Stay("staying on analytical; creative steps are still delegated")
    assert policy.state.answers == {1: "stay"}
    assert considered(policy, creative()) == Stay()


def test_an_endeavor_is_asked_about_once_although_the_lane_changes_back() -> None:
    policy = fresh()
    considered(policy, creative())
    policy.answer("enter")

    assert considered(policy, analytical()) == Stay()
    assert policy.state.active_lane is Lane.CREATIVE


def test_a_switches_and_from_then_on_the_session_moves_without_asking() -> None:
    policy = fresh()
    considered(policy, creative())

    assert isinstance(policy.answer("a"), Switch)
    assert policy.state.policy == "auto"

    policy.clear()
    assert considered(policy, analytical()) == Switch(
        Lane.ANALYTICAL, "switched to the analytical lane: analytical work (0.95: draft)"
    )
    assert policy.state.active_lane is Lane.ANALYTICAL


def test_auto_moves_at_most_once_per_endeavor() -> None:
    policy = fresh(policy="auto")

    assert isinstance(considered(policy, creative()), Switch)
    assert considered(policy, analytical()) == Stay()


def test_d_stays_saves_the_setting_and_nothing_is_asked_any_more() -> None:
    saved: list[str] = []
    policy = fresh(never_here=lambda: saved.append("never"))
    considered(policy, creative())

    assert policy.answer("d") == Stay(
        "staying on analytical, and not asking here again; creative steps are still delegated"
    )
    assert saved == ["never"]
    policy.clear()
    assert considered(policy, creative()) == Stay()


class Teacher:
    def __init__(self, says: str = "learnt", error: str = "") -> None:
        self.says, self.error = says, error
        self.taught: list[LaneDecision] = []

    def learn(self, decision: LaneDecision, prompt: str) -> str:
        if self.error:
            raise EnforcerError(self.error)
        self.taught.append(decision)
        return self.says


def test_k_switches_and_writes_a_rule() -> None:
    teacher = Teacher("learnt: draft")
    policy = fresh(learner=teacher)
    considered(policy, creative())

    assert policy.answer("k") == Switch(Lane.CREATIVE, "learnt: draft")
    assert teacher.taught == [creative()]


def test_k_switches_although_the_rule_cannot_be_written() -> None:
    policy = fresh(learner=Teacher(error="the disk is full"))
    considered(policy, creative())

    assert policy.answer("k") == Switch(Lane.CREATIVE, "the disk is full")
    assert policy.state.active_lane is Lane.CREATIVE


def test_an_unknown_key_answers_nothing_and_the_question_stays_open() -> None:
    policy = fresh()
    considered(policy, creative())

    with pytest.raises(ValueError, match="'x' answers no lane question"):
        policy.answer("x")
    assert isinstance(policy.answer("y"), Switch)


def test_a_question_is_answered_once() -> None:
    policy = fresh()
    considered(policy, creative())
    policy.answer("n")

    with pytest.raises(ValueError, match="no lane question is open"):
        policy.answer("y")


def test_a_cancelled_question_leaves_no_trace_so_the_same_prompt_asks_again() -> None:
    policy = fresh()
    before = policy.state
    considered(policy, creative())
    policy.withdraw()

    assert policy.state == before
    assert isinstance(considered(policy, creative()), Ask)


def test_a_cancelled_question_at_the_third_counted_turn_takes_its_count_back() -> None:
    policy = fresh()
    considered(policy, creative())
    policy.answer("n")
    considered(policy, creative())
    considered(policy, creative())
    assert isinstance(considered(policy, creative()), Ask)

    policy.withdraw()

    assert (policy.state.endeavor_id, policy.state.drift_count) == (1, 2)


def test_a_declared_skill_of_the_other_lane_opens_an_endeavor_and_asks_again() -> None:
    policy = fresh()
    considered(policy, creative())
    policy.answer("n")

    assert isinstance(considered(policy, creative(1.0, Source.DECLARED)), Ask)
    assert policy.state.endeavor_id == 2


def test_a_declared_skill_without_a_lane_neither_asks_nor_counts() -> None:
    policy = fresh()

    assert considered(policy, decided(None, 1.0, Source.DECLARED)) == Stay()
    assert policy.state == State(Lane.ANALYTICAL)


def test_a_learnt_rule_moves_without_a_question_and_says_so_in_one_line() -> None:
    policy = fresh()

    assert considered(policy, creative(1.0, Source.LEARNT)) == Switch(
        Lane.CREATIVE, "creative lane by your own rule (draft)"
    )
    assert policy.state == State(Lane.CREATIVE, sticky=True)


@pytest.mark.parametrize(
    ("setting", "conditions"),
    [
        pytest.param("never", {}, id="policy never"),
        pytest.param("once", {"both_models": False}, id="no second model"),
        pytest.param("once", {"interactive": False}, id="headless"),
        pytest.param("once", {"plan_mode": True}, id="plan mode"),
        pytest.param("once", {"hook_blocked": True}, id="a hook said no"),
    ],
)
def test_a_learnt_rule_does_not_move_under(setting: str, conditions: dict[str, bool]) -> None:
    policy = fresh(policy=setting)

    assert considered(policy, creative(1.0, Source.LEARNT), **conditions) == Stay()
    assert policy.state.active_lane is Lane.ANALYTICAL


def test_lane_by_hand_opens_an_endeavor_that_is_answered_and_holds() -> None:
    policy = fresh()
    policy.explicit(Lane.CREATIVE)

    assert policy.state == State(Lane.CREATIVE, sticky=True, endeavor_id=2, answers={2: "switch"})
    assert considered(policy, analytical()) == Stay()


def test_clear_opens_an_endeavor_in_the_same_lane() -> None:
    policy = fresh()
    considered(policy, creative())
    policy.answer("enter")
    policy.clear()

    assert policy.state == State(Lane.CREATIVE, sticky=True, endeavor_id=2, answers={1: "switch"})


def test_the_first_lane_of_a_session_is_no_switch() -> None:
    policy = fresh()
    policy.start(Lane.CREATIVE)

    assert policy.state == State(Lane.CREATIVE)


def test_a_resumed_session_does_not_ask_again() -> None:
    first = fresh()
    considered(first, creative())
    first.answer("n")

    second = SwitchPolicy(Lane.CREATIVE)
    second.restore(first.state.to_json())

    assert second.state == first.state
    assert considered(second, creative()) == Stay()


def test_a_switch_that_failed_is_taken_back_with_its_answer() -> None:
    policy = fresh()
    before = policy.state.to_json()
    considered(policy, creative())
    policy.answer("enter")
    policy.restore(before)

    assert policy.state == State(Lane.ANALYTICAL)


def test_the_number_of_drifting_turns_and_their_threshold_are_settings() -> None:
    policy = fresh(drift_turns=1, drift_at=0.9)
    considered(policy, creative())
    policy.answer("n")

    assert considered(policy, creative(0.89)) == Stay()
    assert isinstance(considered(policy, creative(0.9)), Ask)


@pytest.mark.parametrize(
    ("setting", "decision", "expected"),
    [
        pytest.param("pick", creative(0.9), Lane.CREATIVE, id="pick takes the decided lane"),
        pytest.param("pick", creative(0.6, Source.ABSTAIN), Lane.ANALYTICAL, id="pick takes the default when unsure"),
        pytest.param("pick", decided(None, 0.9), Lane.ANALYTICAL, id="pick takes the default when neutral"),
        pytest.param("stay", creative(0.9), Lane.ANALYTICAL, id="stay"),
        pytest.param("delegate-only", creative(0.9), Lane.ANALYTICAL, id="delegate-only"),
    ],
)
def test_the_first_headless_turn_starts_in(setting: str, decision: LaneDecision, expected: Lane) -> None:
    assert headless_start(decision, setting, Lane.ANALYTICAL) is expected
