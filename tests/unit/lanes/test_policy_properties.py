from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from enforcer.core.lanes import Lane, LaneDecision, Source, Task
from enforcer.lanes.policy import Ask, State, SwitchPolicy

UNCOUNTED = (Source.FOLLOW_UP, Source.ABSTAIN, Source.EXPLICIT)

confidences = st.floats(0, 1)
lanes = st.sampled_from(list(Lane))
decisions = st.builds(
    lambda lane, confidence, source: LaneDecision(
        lane, Task.OTHER, confidence, source, "", abstained=source is Source.ABSTAIN
    ),
    st.none() | lanes,
    confidences,
    st.sampled_from(list(Source)),
)
uncounted = st.one_of(
    st.builds(lambda c: LaneDecision(None, Task.OTHER, c, Source.LOCAL, ""), confidences),
    st.builds(
        lambda lane, c, source: LaneDecision(lane, Task.OTHER, c, source, "", abstained=source is Source.ABSTAIN),
        lanes,
        confidences,
        st.sampled_from(UNCOUNTED),
    ),
    st.builds(
        lambda lane, c: LaneDecision(lane, Task.OTHER, c, Source.LOCAL, ""),
        lanes,
        st.floats(0, 0.8, exclude_max=True),
    ),
)
keys = st.sampled_from(["enter", "y", "n", "esc", "k", "timeout"])


def answered() -> SwitchPolicy:
    """One question behind it, answered with stay, and one turn of drift."""
    policy = SwitchPolicy(Lane.ANALYTICAL)
    sure = LaneDecision(Lane.CREATIVE, Task.WRITE, 0.95, Source.LOCAL, "")
    policy.consider(sure, interactive=True, both_models=True)
    policy.answer("n")
    policy.consider(sure, interactive=True, both_models=True)
    return policy


@given(st.lists(uncounted, max_size=12))
def test_neutral_follow_up_abstained_and_unsure_turns_neither_count_nor_reset(turns: list[LaneDecision]) -> None:
    policy = answered()
    before = policy.state
    for decision in turns:
        policy.consider(decision, interactive=True, both_models=True)

    assert before.drift_count == 1
    assert policy.state == before


@given(st.floats(0.8, 1))
def test_a_sure_turn_in_the_active_lane_resets(confidence: float) -> None:
    policy = answered()
    here = LaneDecision(Lane.ANALYTICAL, Task.DEBUG, confidence, Source.LOCAL, "")
    policy.consider(here, interactive=True, both_models=True)

    assert policy.state.drift_count == 0


@given(st.lists(st.tuples(decisions, keys), max_size=40))
def test_no_endeavor_is_ever_asked_about_twice(turns: list[tuple[LaneDecision, str]]) -> None:
    policy = SwitchPolicy(Lane.ANALYTICAL)
    asked: list[int] = []
    for decision, key in turns:
        if isinstance(policy.consider(decision, interactive=True, both_models=True), Ask):
            asked.append(policy.state.endeavor_id)
            policy.answer(key)

    assert len(asked) == len(set(asked))
    assert set(asked) == set(policy.state.answers)


@given(st.lists(st.tuples(decisions, keys), max_size=40))
def test_the_drift_count_stays_below_the_number_that_opens_an_endeavor(turns: list[tuple[LaneDecision, str]]) -> None:
    policy = SwitchPolicy(Lane.ANALYTICAL, drift_turns=3)
    for decision, key in turns:
        if isinstance(policy.consider(decision, interactive=True, both_models=True), Ask):
            policy.answer(key)
        assert 0 <= policy.state.drift_count < 3


@given(st.lists(st.tuples(decisions, keys), max_size=20))
def test_every_state_survives_the_record(turns: list[tuple[LaneDecision, str]]) -> None:
    policy = SwitchPolicy(Lane.ANALYTICAL)
    for decision, key in turns:
        if isinstance(policy.consider(decision, interactive=True, both_models=True), Ask):
            policy.answer(key)

    assert State.from_json(policy.state.to_json()) == policy.state


@given(st.lists(decisions, max_size=30))
def test_without_a_person_nothing_is_asked_and_nothing_moves(turns: list[LaneDecision]) -> None:
    policy = SwitchPolicy(Lane.ANALYTICAL)
    moves = [policy.consider(decision, interactive=False, both_models=True) for decision in turns]

    assert {type(move).__name__ for move in moves} <= {"Stay"}
    assert policy.state.active_lane is Lane.ANALYTICAL
