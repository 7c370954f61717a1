from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from enforcer.core.lanes import Lane, LaneDecision, Source, Step, Task
from enforcer.lanes.classify import Classifier, Context
from enforcer.lanes.learnt import Learnt
from enforcer.lanes.prediction import Prediction

FIRST = Context(Lane.ANALYTICAL)
LATER = Context(Lane.ANALYTICAL, first_turn=False, last_user="write a function", last_assistant="def f(): ...")


def classified(prompt: str, context: Context = FIRST, **settings: Any) -> LaneDecision:
    return replace(Classifier(**settings).classify(prompt, context), us=0)


@dataclass
class Fixed:
    """A local classifier that says what it was told to say."""

    prediction: Prediction
    ask_at: float = 0.7

    def predict(self, text: str) -> Prediction:
        return self.prediction


def creative(confidence: float) -> Fixed:
    return Fixed(Prediction(Lane.CREATIVE, Task.WRITE, confidence, "haiku", Lane.ANALYTICAL))


def test_a_sure_prompt_is_decided_locally() -> None:
    assert classified("anything", local=creative(0.97)) == LaneDecision(
        Lane.CREATIVE,
        Task.WRITE,
        0.97,
        Source.LOCAL,
        "haiku",
        deliverable_lane=Lane.CREATIVE,
        runner_up=Lane.ANALYTICAL,
    )


def test_an_unsure_prompt_abstains_and_keeps_the_best_guess() -> None:
    decision = classified("anything", local=creative(0.69))

    assert (decision.lane, decision.source, decision.abstained) == (Lane.CREATIVE, Source.ABSTAIN, True)
    assert decision.reason == "not sure (haiku)"


def test_the_threshold_is_the_classifier_s_own_unless_it_is_set() -> None:
    assert classified("anything", local=creative(0.75)).abstained is False
    assert classified("anything", local=creative(0.75), ask_at=0.8).abstained is True


@pytest.mark.parametrize(
    ("context", "expected"),
    [
        pytest.param(
            Context(Lane.CREATIVE, Lane.ANALYTICAL, first_turn=True), Lane.ANALYTICAL, id="first turn: default"
        ),
        pytest.param(Context(Lane.CREATIVE, Lane.ANALYTICAL, first_turn=False), Lane.CREATIVE, id="later: active"),
    ],
)
def test_without_any_guess_it_abstains_to(context: Context, expected: Lane) -> None:
    nothing = Fixed(Prediction(None, Task.OTHER, 0.5, "no words that tell"))
    decision = classified("the blue one please, for the hall", context, local=nothing)

    assert (decision.lane, decision.abstained) == (expected, True)


def test_the_decision_says_how_long_it_took() -> None:
    assert Classifier().classify("research the history of sonnets " * 20, FIRST).us > 0


def test_small_talk_is_neutral() -> None:
    decision = classified("thanks")

    assert (decision.lane, decision.source, decision.abstained) == (None, Source.LOCAL, False)


def test_a_prefix_decides_for_sure_and_its_task_is_still_judged() -> None:
    decision = classified("@creative fix the failing test")

    assert (decision.lane, decision.confidence, decision.source) == (Lane.CREATIVE, 1.0, Source.EXPLICIT)
    assert (decision.reason, decision.task) == ("@creative", Task.DEBUG)


SKILL = Context(Lane.ANALYTICAL, skill="study", function="chat", function_lanes={"chat": "creative"})


def test_an_invoked_skill_decides_for_sure() -> None:
    decision = classified("fix the failing test", SKILL)

    assert (decision.lane, decision.confidence, decision.source) == (Lane.CREATIVE, 1.0, Source.DECLARED)
    assert decision.reason == "/study:chat"


def test_the_settings_may_declare_a_skill_s_lane() -> None:
    context = Context(Lane.ANALYTICAL, skill="image")

    assert classified("go", context, skills={"image": "creative"}).lane is Lane.CREATIVE


def test_a_skill_that_declares_nothing_is_neutral_whatever_is_asked() -> None:
    decision = classified("write a haiku", Context(Lane.ANALYTICAL, skill="deploy"))

    assert (decision.lane, decision.deliverable_lane, decision.source) == (None, None, Source.DECLARED)


def test_a_prefix_beats_a_skill() -> None:
    assert classified("@analytical go", SKILL).source is Source.EXPLICIT


@pytest.fixture
def learnt(tmp_path: Path) -> Learnt:
    path = tmp_path / "lanes.yaml"
    path.write_text(
        "- {when: [tagline], lane: analytical}\n"
        "- {when: [it], lane: creative}\n"
        "- {when: [/study:chat], lane: creative}\n",
        "utf-8",
    )
    return Learnt(path)


def test_the_person_s_own_rule_beats_the_classifier(learnt: Learnt) -> None:
    decision = classified("now a tagline", learnt=learnt)

    assert (decision.lane, decision.confidence, decision.source) == (Lane.ANALYTICAL, 1.0, Source.LEARNT)
    assert decision.reason == "tagline"


def test_the_person_s_own_rule_beats_a_follow_up(learnt: Learnt) -> None:
    assert classified("make it shorter", LATER, learnt=learnt).source is Source.LEARNT


def test_a_rule_about_a_skill_moves_without_a_question(learnt: Learnt) -> None:
    assert classified("go", SKILL, learnt=learnt).source is Source.LEARNT


def test_what_k_teaches_is_what_the_next_prompt_of_its_kind_follows(tmp_path: Path) -> None:
    learnt = Learnt(tmp_path / "lanes.yaml")
    learnt.learn(classified("draft an article about tea"), "draft an article about tea")

    again = classified("another long article for the spring issue", learnt=learnt)

    assert (again.lane, again.source, again.reason) == (Lane.CREATIVE, Source.LEARNT, "article")


def test_a_follow_up_stays_in_the_active_lane() -> None:
    decision = classified("make it warmer", LATER)

    assert (decision.lane, decision.source) == (Lane.ANALYTICAL, Source.FOLLOW_UP)
    assert decision.reason == "changes what was just made"


def test_new_work_is_no_follow_up() -> None:
    assert classified("now write the launch email", LATER).lane is Lane.CREATIVE


def test_nothing_follows_up_on_the_first_turn() -> None:
    assert classified("make it warmer", replace(LATER, first_turn=True)).source is not Source.FOLLOW_UP


def test_research_and_then_an_article_is_creative_with_one_analytical_step() -> None:
    decision = classified("research heat pumps, then write an article")

    assert (decision.lane, decision.deliverable_lane, decision.task) == (Lane.CREATIVE, Lane.CREATIVE, Task.WRITE)
    assert decision.steps == (
        Step("research heat pumps", Lane.ANALYTICAL, Task.RESEARCH),
        Step("write an article", Lane.CREATIVE, Task.WRITE),
    )


def test_the_same_prompt_gets_the_same_decision_and_survives_the_record() -> None:
    decision = classified("research heat pumps, then write an article")

    assert classified("research heat pumps, then write an article") == decision
    assert LaneDecision.from_json(decision.to_json()) == decision


@pytest.mark.parametrize("prompt", ["", " ", "\n\n", "```", '"', "?" * 5_000, "a" * 50_000, "\x00", "[" * 500])
def test_no_prompt_is_too_strange_to_be_judged(prompt: str) -> None:
    decision = classified(prompt, LATER)

    assert 0 <= decision.confidence <= 1
