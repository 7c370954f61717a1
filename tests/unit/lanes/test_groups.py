from __future__ import annotations

import pytest

from enforcer.lanes.features import BUCKETS, bucket, seen, word_mark
from enforcer.lanes.groups import LetterGroups


def table(*columns: dict[str, int]) -> bytes:
    cells = bytearray(BUCKETS * len(columns))
    for number, column in enumerate(columns):
        for word, weight in column.items():
            cells[number * BUCKETS + bucket(word_mark(word))] = weight % 256
    return bytes(cells)


TWO = LetterGroups(table({"poem": 100, "bug": -100}, {"bug": 100}), [0.1, 0.5], [0.0, 1.0])


def test_a_word_speaks_for_its_column() -> None:
    poem, bug = TWO.scores(seen("poem")), TWO.scores(seen("bug"))
    assert poem[0] > 0 > bug[0]
    assert bug[1] > poem[1] == 1.0


def test_nothing_said_is_the_bias() -> None:
    assert TWO.scores(seen("")) == [0.0, 1.0]


def test_how_much_a_word_says_is_told_against_the_others() -> None:
    assert TWO.speaks("bug", 1, [0]) == pytest.approx(100 * 0.5 + 100 * 0.1)
    assert TWO.speaks("poem", 1, [0]) == pytest.approx(-100 * 0.1)


def test_two_words_are_no_word() -> None:
    assert TWO.speaks("bug poem", 1, [0]) == 0.0


@pytest.mark.parametrize(
    ("cells", "scale", "bias"),
    [(BUCKETS * 2, [1.0], [0.0]), (BUCKETS * 2 + 1, [1.0, 1.0], [0.0, 0.0]), (BUCKETS, [1.0], [])],
)
def test_parts_of_two_trainings_do_not_fit(cells: int, scale: list[float], bias: list[float]) -> None:
    with pytest.raises(ValueError, match="not of one training"):
        LetterGroups(bytes(cells), scale, bias)
