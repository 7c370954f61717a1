from __future__ import annotations

import pytest

from enforcer.lanes.smalltalk import is_small_talk


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("hello", id="greeting"),
        pytest.param("Good morning! Coffee first", id="longer greeting"),
        pytest.param("thanks", id="thanks"),
        pytest.param("great, thank you so much!!", id="warm thanks"),
        pytest.param("yes", id="yes"),
        pytest.param("ok, continue", id="continue"),
        pytest.param("make it shorter", id="a change without an object"),
        pytest.param("src/main.rs", id="a path"),
        pytest.param("https://example.com/page", id="an address"),
        pytest.param("🔥", id="a sign"),
        pytest.param("42", id="a number"),
        pytest.param("which model is this?", id="about the tool"),
        pytest.param("what can you do", id="about its skills"),
        pytest.param("are you still there", id="about its presence"),
        pytest.param("never mind, found it", id="never mind"),
        pytest.param("danke", id="German"),
        pytest.param("gracias", id="Spanish"),
        pytest.param("谢谢", id="Chinese"),
        pytest.param("고마워", id="Korean"),
        pytest.param("dzięki", id="Polish"),
        pytest.param("", id="nothing"),
    ],
)
def test_it_asks_for_no_work(text: str) -> None:
    assert is_small_talk(text)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("write a haiku", id="creative work"),
        pytest.param("fix the tests", id="analytical work"),
        pytest.param("a thank-you note for the nurses", id="thanks as a deliverable"),
        pytest.param("good morning speech for the pupils of year 8, two minutes, some pride in it", id="a speech"),
        pytest.param("how do I exit vim from a script", id="a question about another tool, in a task"),
        pytest.param("rename src/main.rs to src/app.rs", id="a path inside a request"),
        pytest.param("what model of pump is this and how much water does it move?", id="another kind of model"),
    ],
)
def test_it_asks_for_work(text: str) -> None:
    assert not is_small_talk(text)
