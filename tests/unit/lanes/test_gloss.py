from __future__ import annotations

import pytest

from enforcer.lanes.gloss import FOLDER, Glossary, glossary_of, in_english, parse, plain_words

GERMAN = parse(
    [
        "# verbs",
        "write: schreib* verfass*",
        "poem: gedicht*",
        "press: presse*",
        "message: mitteil*",
        "a: ein eine",
        "press release: presse_erklärung",
        "about: über",
        ": halt",
    ]
)


def test_a_word_is_found_by_its_stem() -> None:
    assert GERMAN.spaced(plain_words("Schreiben Sie ein Gedicht")) == "write sie a poem"


def test_an_exact_form_beats_a_stem() -> None:
    assert parse(["log: log*", "logic: logik"]).word("logik") == "logic"


def test_the_longest_stem_wins() -> None:
    assert parse(["over: uber*", "translate: ubersetz*"]).word("ubersetzung") == "translate"


def test_both_parts_of_a_compound_are_said() -> None:
    assert GERMAN.word("pressemitteilung") == "press message"


def test_a_letter_may_link_the_parts_of_a_compound() -> None:
    assert parse(["work: arbeit*", "plan: plan*"]).word("arbeitsplan") == "work plan"


def test_a_phrase_beats_its_words() -> None:
    assert GERMAN.spaced(plain_words("eine Presse Erklärung")) == "a press release"


def test_accents_may_be_left_out() -> None:
    assert GERMAN.word(*plain_words("uber")) == GERMAN.word(*plain_words("Über")) == "about"


def test_a_word_that_says_nothing_vanishes() -> None:
    assert GERMAN.spaced(["schreib", "halt", "ein", "gedicht"]) == "write a poem"


def test_a_word_nobody_knows_stays() -> None:
    assert GERMAN.spaced(["schreib", "fizzbuzz"]) == "write fizzbuzz"


def test_without_spaces_the_longest_form_is_taken_first() -> None:
    japanese = parse(["write: 書いて", "poem: 詩", "poet: 詩人", ": を"], spaces=False)
    assert japanese.unspaced("詩人を書いて") == "poet write"


def test_other_signs_in_a_text_without_spaces_stay() -> None:
    chinese = parse(["fix: 修复", "error: 错误"], spaces=False)
    assert chinese.unspaced("修复 parse_date 错误") == "fix parse_date error"


def test_a_line_without_a_colon_is_no_entry() -> None:
    with pytest.raises(ValueError, match="no entry of a word list: schreib"):
        parse(["schreib"])


def test_a_language_without_a_list_knows_no_word() -> None:
    assert glossary_of("xx") == Glossary()


def test_english_stays_as_it_is() -> None:
    assert in_english("Write a haiku about die casting") == ("Write a haiku about die casting", "en")


@pytest.mark.parametrize(
    ("prompt", "language", "words"),
    [
        ("schreib mir ein gedicht über regen", "de", {"write", "poem", "rain"}),
        ("écris-moi un poème sur la pluie", "fr", {"write", "poem", "rain"}),
        ("escribe un poema sobre la lluvia", "es", {"write", "poem", "rain"}),
        ("escreve um poema sobre a chuva", "pt", {"write", "poem", "rain"}),
        ("scrivi una poesia sulla pioggia", "it", {"write", "poem", "rain"}),
        ("schrijf een gedicht over regen", "nl", {"write", "poem", "rain"}),
        ("napisz wiersz o deszczu", "pl", {"write", "poem", "rain"}),
        ("雨についての詩を書いて", "ja", {"write", "poem", "rain"}),
        ("写一首关于雨的诗", "zh", {"write", "poem", "rain"}),
        ("비에 대한 시를 써 줘", "ko", {"write", "poem", "rain"}),
        ("बारिश पर एक कविता लिखो", "hi", {"write", "poem", "rain"}),
        ("baarish par ek kavita likho", "hi", {"write", "poem", "rain"}),
    ],
)
def test_a_poem_about_rain_is_one_in_every_language(prompt: str, language: str, words: set[str]) -> None:
    english, found = in_english(prompt)
    assert found == language
    assert words <= set(english.split())


@pytest.mark.parametrize(
    "prompt", ["fix the die roll", "brief the team", "plan a gift list", "note to self", "lint it"]
)
def test_an_english_word_that_another_language_has_too_stays_english(prompt: str) -> None:
    assert in_english(prompt) == (prompt, "en")


def test_every_word_list_can_be_read_and_no_form_stands_in_it_twice() -> None:
    for path in sorted(FOLDER.glob("*.txt")):
        forms = [
            form for line in path.read_text(encoding="utf-8").splitlines() for form in line.partition(":")[2].split()
        ]
        twice = sorted({form for form in forms if forms.count(form) > 1})
        assert (path.name, twice) == (path.name, [])
        assert len(forms) > 800
