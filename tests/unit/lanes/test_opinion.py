from __future__ import annotations

import json

import pytest

from enforcer.agent.shape import Shape
from enforcer.core.lanes import Lane, Task
from enforcer.lanes.opinion import SCHEMA, UNSURE, Opinion, opinion_of, request_for

DRAFT = Opinion(Lane.CREATIVE, Task.WRITE, 0.9)


@pytest.mark.parametrize(
    "text",
    [
        '{"lane": "creative", "task": "write", "confidence": 0.9}',
        ' ```json\n{"lane": "creative", "task": "write", "confidence": 0.9}\n```',
        'Sure! Here it is: {"lane": "creative", "task": "write", "confidence": 0.9}. {"lane": "analytical"}',
        'Given {previous}, I say {"lane": " Creative", "task": "WRITE", "confidence": "0.9"}',
        '{"lane": "creative", "task": "write", "confidence": "90 %"}',
        '{"confidence": 90, "task": "write", "lane": "creative", "because": "a\nreason"}',
    ],
    ids=["plain", "fenced", "talked-around", "loose", "percent", "in-hundred"],
)
def test_an_answer_is_found_in_what_a_model_says(text: str) -> None:
    assert opinion_of(text) == DRAFT


def test_neutral_is_an_opinion_and_a_task_nobody_knows_is_left_open() -> None:
    assert opinion_of('{"lane": "neutral", "task": "chatting", "confidence": 1}') == Opinion(None, None, 1.0)


@pytest.mark.parametrize(
    "text",
    ['{"lane": "unsure", "task": "write", "confidence": 0.9}', '{"lane": "Unsure"}'],
)
def test_unsure_needs_no_number(text: str) -> None:
    assert opinion_of(text) == UNSURE


@pytest.mark.parametrize(
    "text",
    [
        "",
        "creative",
        "{",
        "[" * 100_000,
        '{"lane": ' * 50_000,
        '{"lane": "blue", "task": "write", "confidence": 0.9}',
        '{"lane": "creative", "task": "write"}',
        '{"lane": "creative", "task": "write", "confidence": true}',
        '{"lane": "creative", "task": "write", "confidence": NaN}',
        '{"lane": "creative", "task": "write", "confidence": -0.2}',
        '{"lane": "creative", "task": "write", "confidence": 101}',
        '{"lane": "creative", "task": "write", "confidence": "high"}',
        '{"lane": ["creative"], "task": {}, "confidence": 0.9}',
    ],
    ids=[
        "nothing", "a-word", "torn", "deep-list", "deep", "another-lane", "no-number", "yes", "nan", "below", "above",
        "high", "lists",
    ],
)  # fmt: skip
def test_what_says_no_lane_and_no_number_is_nothing(text: str) -> None:
    assert opinion_of(text) == ""


def test_the_model_sees_the_two_prompts_and_nothing_else() -> None:
    request = request_for("m", "and now the other one", "name the product", decides=False)
    (message,) = request.messages
    assert json.loads(message.text) == {"previous": "name the product", "prompt": "and now the other one"}
    assert (request.tools, request.server_tools, request.questions) == ((), (), ())


def test_a_first_prompt_has_no_previous_one() -> None:
    (message,) = request_for("m", "hm", " ", decides=False).messages
    assert message.text == '{"prompt": "hm"}'


def test_what_was_pasted_beside_the_words_that_ask_is_not_sent() -> None:
    log = "\n".join(f"2026-11-24 10:00:{second:02} ERROR pool exhausted" for second in range(60))
    (message,) = request_for("m", f"what do you make of it?\n\n```\n{log}\n```", log, decides=False).messages
    said = json.loads(message.text)
    assert said["prompt"] == "what do you make of it?"
    assert len(said["previous"]) <= 500


def test_a_long_request_keeps_its_beginning_and_its_end() -> None:
    prose = " ".join(f"thought {number}" for number in range(900))
    (message,) = request_for("m", f"Begin here: {prose} end there.", "", decides=False).messages
    prompt = json.loads(message.text)["prompt"]
    assert prompt.startswith("Begin here: thought 0")
    assert prompt.endswith("end there.")
    assert len(prompt) <= 1_500


def test_half_a_character_does_no_harm() -> None:
    (message,) = request_for("m", "a \ud83d b", "", decides=False).messages
    assert json.loads(message.text)["prompt"] == "a \ud83d b"


def test_the_schema_is_one_that_can_be_checked_and_the_example_fits_it() -> None:
    shape = Shape.of(SCHEMA, "the schema of an opinion")
    assert shape.problem('{"lane": "unsure", "task": "routine", "confidence": 0.5}') == ""
    assert shape.problem('{"lane": "blue", "task": "routine", "confidence": 0.5}').startswith("$.lane must be one of")


def test_the_closed_questions_are_asked_only_where_they_can_be() -> None:
    assert [question.name for question in request_for("m", "hm", "", decides=True).questions] == ["lane", "task"]
