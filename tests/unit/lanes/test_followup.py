from __future__ import annotations

import pytest

from enforcer.lanes.followup import follows_up

CODE = ("write a function that adds", "def add(a, b): return a + b")
QUESTION = ("start a blog", "Sure. Which tone do you want, dry or warm?")


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        pytest.param("yes", "a reply", id="yes"),
        pytest.param("No.", "a reply", id="no"),
        pytest.param("ok please", "a reply", id="ok"),
        pytest.param("continue", "a reply", id="continue"),
        pytest.param("again!", "a reply", id="again"),
        pytest.param("2", "a reply", id="a number"),
        pytest.param("weiter", "a reply", id="German"),
        pytest.param("続けて", "a reply", id="Japanese"),
        pytest.param("src/app.py", "a bare path", id="a file"),
        pytest.param("../notes", "a bare path", id="a folder"),
        pytest.param("make it shorter", "changes what was just made", id="make it shorter"),
        pytest.param("make it warmer", "changes what was just made", id="make it warmer, although it is code"),
        pytest.param("ok, now make it rhyme", "changes what was just made", id="now make it"),
        pytest.param("a bit shorter please", "changes what was just made", id="a comparison"),
        pytest.param("less formal", "changes what was just made", id="less"),
        pytest.param("too long", "a reply", id="too long"),
        pytest.param("try the second one", "changes what was just made", id="a choice"),
        pytest.param("do the same for line 4", "changes what was just made", id="the same"),
        pytest.param("one more like that", "changes what was just made", id="one more"),
        pytest.param("in French", "changes what was just made", id="a variant"),
        pytest.param("the first one was better", "changes what was just made", id="a judgement"),
        pytest.param("mach es kürzer", "changes what was just made", id="German, shorter"),
        pytest.param("Plus court !", "changes what was just made", id="French, shorter"),
        pytest.param("fais-le plus drôle", "changes what was just made", id="French, funnier"),
        pytest.param("hazlo más corto", "changes what was just made", id="Spanish"),
        pytest.param("mais curto", "changes what was just made", id="Portuguese"),
        pytest.param("rendilo più allegro", "changes what was just made", id="Italian"),
        pytest.param("maak het iets korter", "changes what was just made", id="Dutch"),
        pytest.param("skróć to", "changes what was just made", id="Polish"),
        pytest.param("もっと短くして", "changes what was just made", id="Japanese, shorter"),
        pytest.param("再短一点", "changes what was just made", id="Chinese"),
        pytest.param("더 짧게 해줘", "changes what was just made", id="Korean"),
        pytest.param("और छोटा करो", "changes what was just made", id="Hindi"),
    ],
)
def test_a_short_turn_that_needs_what_went_before_follows_up(prompt: str, expected: str) -> None:
    assert follows_up(prompt, *CODE) == expected


@pytest.mark.parametrize(
    "prompt",
    [
        pytest.param("now write the launch email", id="a new deliverable"),
        pytest.param("now a tagline", id="a new deliverable without a verb"),
        pytest.param("name the product", id="name"),
        pytest.param("a haiku for the footer", id="a haiku"),
        pytest.param("fix the failing test", id="a new repair"),
        pytest.param("fix the form, it posts twice", id="it is what the prompt itself names"),
        pytest.param("thanks", id="thanks, which refer to nothing"),
        pytest.param("vielen Dank!", id="German thanks"),
        pytest.param("schreib das Testprotokoll", id="a German article"),
        pytest.param("schreib es mir auf: ein Gedicht über den Herbst und den Regen", id="a German request"),
        pytest.param("更新依赖", id="a Chinese update"),
        pytest.param("太阳系有几颗行星", id="the Chinese sun"),
        pytest.param("더하기 함수 만들어 줘", id="a Korean sum"),
        pytest.param("leg het verschil uit tussen tcp en udp", id="a Dutch question"),
        pytest.param("write a poem about this", id="this is only its topic"),
        pytest.param("give me ten names for it", id="names for it"),
        pytest.param("explain how the scheduler decides which of the queues to drain first", id="too long for it"),
        pytest.param("make it shorter\n\nDear all, we regret", id="it brings its own text"),
    ],
)
def test_a_turn_that_can_stand_alone_does_not(prompt: str) -> None:
    assert follows_up(prompt, *CODE) is None


@pytest.mark.parametrize("prompt", ["dry, I think", "the warm one, for teachers", "Python and postgres"])
def test_an_answer_to_the_model_s_own_question_follows_up(prompt: str) -> None:
    assert follows_up(prompt, *QUESTION) == "answers the question"


@pytest.mark.parametrize("prompt", ["write the launch email", "what does dry mean?"])
def test_new_work_and_a_question_back_are_no_answer(prompt: str) -> None:
    assert follows_up(prompt, *QUESTION) is None


def test_words_that_answer_are_no_answer_when_nothing_was_asked() -> None:
    assert follows_up("dry, I think", *CODE) is None


def test_nothing_follows_up_at_the_beginning() -> None:
    assert follows_up("yes", "", "") is None
