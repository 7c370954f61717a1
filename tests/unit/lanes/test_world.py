from __future__ import annotations

import pytest

from enforcer.core.lanes import Lane
from enforcer.lanes.local import RuleClassifier
from enforcer.lanes.world import is_foreign, world_cues

LOCAL = RuleClassifier()


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("schreib mir ein Gedicht über den Herbst für meine Mutter", id="German"),
        pytest.param("écris un poème pour le mariage de ma sœur", id="French"),
        pytest.param("escribe un cuento para mi hija sobre una estrella", id="Spanish"),
        pytest.param("scrivi una poesia per il compleanno di mio nonno", id="Italian"),
        pytest.param("escreve uma canção para a minha avó", id="Portuguese"),
        pytest.param("schrijf een gedicht voor mijn oma over het strand", id="Dutch"),
        pytest.param("napisz wiersz dla babci na urodziny, z humorem się pożegnaj", id="Polish"),
        pytest.param("雨についての短い詩を書いてください", id="Japanese"),
        pytest.param("写一首关于秋天的诗", id="Chinese"),
        pytest.param("가을에 대한 짧은 시를 써 주세요", id="Korean"),
    ],
)
def test_a_poem_or_a_story_is_creative_in(text: str) -> None:
    assert LOCAL.predict(text).lane is Lane.CREATIVE


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("warum stürzt die App ab? finde den Fehler und behebe ihn für mich", id="German"),
        pytest.param("calcule la moyenne par mois pour le tableau des ventes", id="French"),
        pytest.param("compara los dos proveedores y explica la diferencia para el informe", id="Spanish"),
        pytest.param("calcola la media per mese e spiega il perché", id="Italian"),
        pytest.param("calcula a média por mês da planilha e explica o erro", id="Portuguese"),
        pytest.param("vergelijk het verschil en bereken het gemiddeld verbruik van de maand", id="Dutch"),
        pytest.param("oblicz średnią z tabeli i wyjaśnij różnicę się między nimi", id="Polish"),
        pytest.param("このエラーの原因を調べて修正して", id="Japanese"),
        pytest.param("修复这个报错并解释原因", id="Chinese"),
        pytest.param("이 오류의 원인을 설명해줘", id="Korean"),
    ],
)
def test_repairing_counting_and_comparing_are_analytical_in(text: str) -> None:
    assert LOCAL.predict(text).lane is Lane.ANALYTICAL


@pytest.mark.parametrize(
    ("text", "foreign"),
    [
        pytest.param("schreib mir ein gedicht und eine rede", True, id="German"),
        pytest.param("写一首诗", True, id="Chinese"),
        pytest.param("write a romance about a couplet", False, id="English with words others use too"),
        pytest.param("book a table at the café", False, id="one accent"),
    ],
)
def test_a_text_is_foreign_when_two_signs_say_so(text: str, foreign: bool) -> None:
    assert is_foreign(text) is foreign


def test_an_english_text_gets_no_cues_of_other_languages() -> None:
    assert list(world_cues("write a romance about a server")) == []
