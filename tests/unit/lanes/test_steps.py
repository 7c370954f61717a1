from __future__ import annotations

import pytest

from enforcer.core.lanes import Lane, Step, Task
from enforcer.lanes.local import RuleClassifier
from enforcer.lanes.steps import plan_steps, split_steps


@pytest.mark.parametrize(
    ("request_text", "expected"),
    [
        pytest.param(
            "research heat pumps, then write an article",
            ("research heat pumps", "write an article"),
            id="then",
        ),
        pytest.param(
            "First collect the figures. Then draft the letter.",
            ("collect the figures", "draft the letter"),
            id="first, then",
        ),
        pytest.param("fix the parser and then write a haiku", ("fix the parser", "write a haiku"), id="and then"),
        pytest.param("review the diff and fix the bugs", ("review the diff", "fix the bugs"), id="and"),
        pytest.param(
            "run the numbers, find three surprises, write me a column",
            ("run the numbers", "find three surprises", "write me a column"),
            id="commas",
        ),
        pytest.param(
            "1. Find sources\n2. Summarise them\n3. Write a poem",
            ("Find sources", "Summarise them", "Write a poem"),
            id="a numbered list",
        ),
        pytest.param("- fix the tests\n- write the blog post", ("fix the tests", "write the blog post"), id="bullets"),
        pytest.param(
            "Please check the totals; finally compose a toast",
            ("check the totals", "compose a toast"),
            id="finally",
        ),
    ],
)
def test_a_request_is_taken_apart_at(request_text: str, expected: tuple[str, ...]) -> None:
    assert split_steps(request_text) == expected


@pytest.mark.parametrize(
    "request_text",
    [
        pytest.param("write a fable about salt and bread", id="and between things"),
        pytest.param("when the lights go out then the story begins", id="then in a sentence"),
        pytest.param("write a warm, short, honest toast", id="commas between words"),
        pytest.param("1. flour\n2. sugar", id="a list of things"),
        pytest.param("fix it. thanks a lot", id="a polite ending"),
        pytest.param("fix the test, then " + "x" * 1_300, id="a text too long to be a list of steps"),
    ],
)
def test_one_thing_stays_one_step(request_text: str) -> None:
    assert split_steps(request_text) == (request_text,)


def test_the_last_step_decides_and_every_step_has_its_lane() -> None:
    steps, decides = plan_steps("research heat pumps, then write an article", RuleClassifier().predict)

    assert steps == (
        Step("research heat pumps", Lane.ANALYTICAL, Task.RESEARCH),
        Step("write an article", Lane.CREATIVE, Task.WRITE),
    )
    assert decides is not None
    assert decides.lane is Lane.CREATIVE


def test_the_other_way_round_the_request_is_analytical() -> None:
    steps, decides = plan_steps("write a haiku, then run the tests", RuleClassifier().predict)

    assert [step.lane for step in steps] == [Lane.CREATIVE, Lane.ANALYTICAL]
    assert decides is not None
    assert decides.lane is Lane.ANALYTICAL


def test_a_request_of_one_step_has_no_plan() -> None:
    assert plan_steps("write a haiku", RuleClassifier().predict) == ((), None)
