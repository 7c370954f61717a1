"""The request in a long prompt, wherever it stands."""

from __future__ import annotations

import pytest

from enforcer.lanes.longask import LONG, long_request

LETTER = (
    "Dear all, the roof over the reading room has been leaking since March and the buckets are no longer enough. "
    "The carpenter came on Tuesday and said the beams are sound. The insurance wants three offers. "
) * 4
FACTS = "".join(f"- part {number}: {number * 12} g of oak, oiled twice, delivered flat\n" for number in range(1, 20))


def test_a_short_prompt_is_read_whole() -> None:
    assert long_request("fix the test. " * 3) == ""


def test_a_text_that_asks_for_nothing_has_no_request() -> None:
    assert len(LETTER) > LONG
    assert long_request(LETTER) == ""


@pytest.mark.parametrize(
    "request_",
    [
        "Write a poem about that roof.",
        "Could you turn this into a list of tasks with dates?",
        "What does the insurance still need from us?",
        "We need a short note for the door of the reading room.",
        "Bitte schreib daraus einen Aushang für die Tür.",
        "Peux-tu en faire une affiche ?",
        "¿Puedes resumirlo en tres frases?",
        "请根据以上内容写一则通知。",
        "これを掲示用に短くしてください。",
        "이걸 안내문으로 써 주세요.",
    ],
)
def test_the_one_line_that_asks_is_found_before_or_behind_a_letter(request_: str) -> None:
    assert long_request(f"{LETTER}\n\n{request_}") == request_
    assert long_request(f"{request_}\n\n{LETTER}") == request_


def test_a_request_in_the_line_of_the_paste_is_found() -> None:
    assert long_request(f"{LETTER} [14]Please help me plan the repair.") == "Please help me plan the repair."


def test_what_is_said_of_a_request_in_its_paragraph_goes_along() -> None:
    prompt = f"Write a leaflet for the shelf.\nRequirements: 90 words, warm.\n\n{FACTS}"

    assert long_request(prompt) == "Write a leaflet for the shelf.\nRequirements: 90 words, warm."


@pytest.mark.parametrize(
    "wish", ["Please output the result only.", "Make sure it is short.", "Word count: 800", "No emojis, please."]
)
def test_a_wish_about_the_form_is_no_request(wish: str) -> None:
    assert long_request(f"Draft a speech for the opening.\n\n{FACTS}\n{wish}") == "Draft a speech for the opening."


def test_who_the_model_is_to_be_goes_along() -> None:
    prompt = f"You are a fire inspector.\n{FACTS}\nWhich of these parts would you forbid?"

    assert long_request(prompt) == "You are a fire inspector.\nWhich of these parts would you forbid?"


def test_a_question_at_each_end_is_heard_twice() -> None:
    prompt = f"Why does the shelf wobble?\n\n{FACTS}\nAnd which screw is missing?"

    assert long_request(prompt) == "Why does the shelf wobble?\nAnd which screw is missing?"


def test_a_million_characters_are_no_trouble() -> None:
    assert long_request("a b. " * 200_000) == ""
