from __future__ import annotations

from dataclasses import replace

import pytest

from enforcer.core.lanes import Lane, LaneDecision, Source, Step, Task
from enforcer.lanes.classify import Context
from enforcer.lanes.explain import ORDER, Asked, outcome, sources
from enforcer.lanes.policy import Answering

CREATIVE, ANALYTICAL = Lane.CREATIVE, Lane.ANALYTICAL
DRAFT = LaneDecision(CREATIVE, Task.WRITE, 0.97, Source.LOCAL, "draft, article")
DOUBT = LaneDecision(ANALYTICAL, Task.OTHER, 0.5, Source.ABSTAIN, "not sure (its shape)", abstained=True)
FIRST = Context(ANALYTICAL)
LATER = Context(ANALYTICAL, first_turn=False, last_user="fix the test")
MODELS = ("openai/logic", "anthropic/muse")


def asked(final: LaneDecision, context: Context = FIRST, first: LaneDecision | None = None, **given: object) -> Asked:
    return Asked(first or final, final, context, 0.70, rules=2 if given.get("rules") else 0, second="off")


def does(final: LaneDecision, context: Context = FIRST, ask: str = "once") -> tuple[str, ...]:
    return outcome(asked(final, context), Answering(ask), models=MODELS, headless="pick")


def test_every_source_is_told_in_the_order_in_which_it_is_asked() -> None:
    assert sources(asked(DRAFT)) == (
        ("explicit", "passed: no @creative or @analytical in front"),
        ("declared", "passed: no skill is called"),
        ("learnt", "passed: you have no rules, and you never corrected this prompt"),
        ("follow-up", "passed: nothing was said before it"),
        ("local", "decided: creative, 0.97: draft, article"),
        ("model", "not reached"),
        ("abstain", "not reached"),
    )


def test_an_abstention_says_what_was_missing() -> None:
    *_, follow_up, local, model, abstain = sources(asked(DOUBT, LATER, rules=True))
    assert follow_up == ("follow-up", "passed: it makes sense by itself")
    assert local == ("local", "passed: not sure (its shape), 0.50 where it takes 0.70")
    assert model == ("model", "passed: not asked: off")
    assert abstain == ("abstain", "decided: stays on analytical, and asks nothing")
    assert sources(asked(DOUBT, LATER, rules=True))[2] == (
        "learnt",
        "passed: none of your rules fits, and you never corrected this prompt",
    )


def test_what_a_model_said_is_told_beside_what_was_decided_here() -> None:
    said = replace(DRAFT, source=Source.MODEL, confidence=0.8, reason="so says openai/small")
    told = dict(sources(asked(said, first=DOUBT)))
    assert told["local"] == "passed: not sure (its shape), 0.50 where it takes 0.70"
    assert told["model"] == "decided: creative, 0.80: so says openai/small"
    unsure = replace(DOUBT, reason="not sure (its shape); openai/small was asked: it is not sure either")
    told = dict(sources(replace(asked(unsure, first=DOUBT), second="")))
    assert told["model"] == "passed: openai/small was asked: it is not sure either"


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (Source.EXPLICIT, "decided: creative, 1.00: @creative"),
        (Source.LEARNT, "decided: creative, by your own word: @creative"),
        (Source.FOLLOW_UP, "decided: stays on creative: @creative"),
    ],
)
def test_each_source_has_its_own_words(source: Source, words: str) -> None:
    decision = replace(DRAFT, source=source, confidence=1.0, reason="@creative")
    assert sources(asked(decision))[ORDER.index(source)] == (source.value, words)


@pytest.mark.parametrize(
    ("final", "ask", "words"),
    [
        (DRAFT, "once", "it would ask: creative work (0.97: draft, article) · you are on analytical/openai/logic"),
        (DRAFT, "auto", "it would move to creative without a question: "
            "switched to the creative lane: creative work (0.97: draft, article)"),
        (DRAFT, "never", "it stays on analytical: lanes.ask is never"),
        (DOUBT, "once", "it stays on analytical"),
        (replace(DRAFT, lane=ANALYTICAL), "once", "it stays on analytical"),
        (replace(DRAFT, lane=None), "once", "it stays on analytical"),
        (replace(DRAFT, source=Source.EXPLICIT), "once",
            "it runs this one prompt on creative; the session stays on analytical"),
        (replace(DRAFT, source=Source.LEARNT, reason="article"), "once",
            "it would move to creative without a question: creative lane by your own rule (article)"),
    ],
    ids=["asks", "auto", "never", "doubt", "here", "neutral", "explicit", "learnt"],
)  # fmt: skip
def test_what_a_session_would_do_is_what_its_policy_does(final: LaneDecision, ask: str, words: str) -> None:
    assert does(final, LATER, ask) == (words,)


def test_without_two_models_there_is_no_question() -> None:
    told = outcome(asked(DRAFT, LATER), Answering.ONCE, models=("openai/logic", ""), headless="pick")
    assert told == ("it stays on analytical: a question needs two lanes with different models",)


def test_steps_of_the_other_lane_are_delegated_and_a_first_prompt_has_its_headless_lane() -> None:
    steps = (Step("research tides", ANALYTICAL, Task.RESEARCH), Step("write an article", CREATIVE, Task.WRITE))
    assert does(replace(DRAFT, steps=steps))[1:] == (
        "on creative, step 1 would be delegated to the analytical lane: research tides",
        "with -p it would begin in the creative lane",
    )
