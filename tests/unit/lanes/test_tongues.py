from __future__ import annotations

import pytest

from enforcer.lanes.gloss import plain_words
from enforcer.lanes.tongues import english_hits, is_filler, languages_of


def likely(text: str) -> tuple[str, ...]:
    return languages_of(text, plain_words(text))


@pytest.mark.parametrize(
    ("prompt", "language"),
    [
        ("wie spät ist es", "de"),
        ("qu'est-ce que c'est que ça", "fr"),
        ("cuál es el problema con los tests", "es"),
        ("qual é o problema com os testes", "pt"),
        ("qual è il problema con i test", "it"),
        ("wat is het probleem met de tests", "nl"),
        ("jaki jest problem z tym testem", "pl"),
        ("mujhe ek kahani likh do", "hi"),
        ("this is fine", "en"),
    ],
)
def test_small_words_tell_the_language(prompt: str, language: str) -> None:
    assert language in likely(prompt)


@pytest.mark.parametrize(
    ("prompt", "language"),
    [
        ("テストを直して", "ja"),
        ("修复测试", "zh"),
        ("테스트 고쳐줘", "ko"),
        ("कविता लिखो", "hi"),
        ("напиши стих", "ru"),
        ("اكتب قصيدة", "ar"),
    ],
)
def test_a_script_tells_the_language_at_once(prompt: str, language: str) -> None:
    assert likely(prompt) == (language,)


def test_one_sign_of_another_script_does_not() -> None:
    assert likely("write a haiku about 桜") == ("en",)


def test_kana_makes_it_japanese_whatever_else_is_there() -> None:
    assert likely("修复テスト") == ("ja",)


def test_where_no_small_word_is_said_every_language_is_likely() -> None:
    assert {"en", "de", "fr", "pl"} <= set(likely("gedicht regen bremen"))


def test_words_that_ask_for_work_are_known_to_be_english() -> None:
    assert english_hits(["refactor", "poem", "zzyzx"]) == 2


def test_a_small_word_that_asks_is_no_filler() -> None:
    assert [word for word in ["why", "is", "the", "test", "in", "red"] if not is_filler(word, "en")] == [
        "why",
        "test",
        "red",
    ]
    assert is_filler("der", "de") is True
    assert is_filler("der", "en") is False
