from __future__ import annotations

import math
from collections.abc import Sequence

import pytest

from enforcer.core.lanes import Lane, Task
from enforcer.lanes.features import BUCKETS, bucket, word_mark
from enforcer.lanes.groups import LetterGroups
from enforcer.lanes.learned import LANES, TASKS, Calibration, LearnedClassifier, Mixing, joined, probabilities
from enforcer.lanes.prediction import Prediction

COLUMNS = len(LANES) + len(TASKS)
EVEN = Mixing(share=0.5, temperature=1.0, groups_temperature=1.0)
NEVER_ALONE = Calibration(ask_at=0.8, sure_at=1.01, english=EVEN, other=EVEN)
SOON_ALONE = Calibration(ask_at=0.8, sure_at=0.9, english=EVEN, other=EVEN)


def letter_groups(task: Task | None = None, **words: int) -> LetterGroups:
    """Words that speak for the creative lane, or with a negative number for the analytical one; all for the task."""
    cells = bytearray(BUCKETS * COLUMNS)
    for word, weight in words.items():
        cells[(0 if weight > 0 else BUCKETS) + bucket(word_mark(word))] = abs(weight)
        if task is not None:
            cells[(len(LANES) + TASKS.index(task)) * BUCKETS + bucket(word_mark(word))] = abs(weight)
    return LetterGroups(bytes(cells), [1.0] * COLUMNS, [0.0] * COLUMNS)


class Voice:
    """Says the same of every request, and counts how often it is asked."""

    def __init__(self, *lanes: float, task: Task = Task.WRITE) -> None:
        self.lanes, self.heard = lanes, list[str]()
        self.tasks = [5.0 if each is task else 0.0 for each in TASKS]

    def scores(self, request: str) -> tuple[Sequence[float], Sequence[float]]:
        self.heard.append(request)
        return self.lanes, self.tasks


class Instead:
    ask_at = 0.7

    def predict(self, text: str) -> Prediction:
        return Prediction(Lane.ANALYTICAL, Task.DEBUG, 0.75, "a rule", Lane.CREATIVE)


def classifier(
    voice: Voice | None, calibration: Calibration = NEVER_ALONE, groups: LetterGroups | None = None
) -> LearnedClassifier:
    return LearnedClassifier(groups or letter_groups(poem=90, bug=-90), calibration, lambda: voice, Instead())


def test_both_voices_are_joined() -> None:
    voice = Voice(0.0, 30.0, 0.0)
    found = classifier(voice, groups=letter_groups(poem=2)).predict("a poem about a bug in my house")
    assert (found.lane, found.runner_up) == (Lane.ANALYTICAL, Lane.CREATIVE)
    assert found.confidence > 0.9


def test_where_the_letter_groups_are_sure_nobody_else_is_asked() -> None:
    voice = Voice(0.0, 30.0, 0.0)
    found = classifier(voice, SOON_ALONE, letter_groups(Task.WRITE, poem=90)).predict("a poem")
    assert (found.lane, found.task) == (Lane.CREATIVE, Task.WRITE)
    assert voice.heard == []


def test_where_they_are_sure_of_the_lane_alone_the_encoder_says_the_task() -> None:
    voice = Voice(0.0, 30.0, 0.0, task=Task.EDIT)
    found = classifier(voice, SOON_ALONE, letter_groups(poem=90)).predict("a poem")
    assert (found.lane, found.task) == (Lane.CREATIVE, Task.EDIT)
    assert voice.heard == ["a poem"]


def test_the_encoder_hears_english() -> None:
    voice = Voice(30.0, 0.0, 0.0)
    classifier(voice).predict("schreib ein gedicht")
    assert voice.heard == ["write a poem"]


def test_small_talk_needs_no_voice() -> None:
    voice = Voice(30.0, 0.0, 0.0)
    found = classifier(voice).predict("thanks!")
    assert (found.lane, found.reason, voice.heard) == (None, "small talk", [])


def test_without_an_encoder_the_rules_decide_at_their_own_threshold() -> None:
    alone = classifier(None)
    assert alone.ask_at == 0.8
    assert alone.predict("hm, a poem").reason == "a rule"
    assert alone.ask_at == 0.7


def test_without_an_encoder_the_letter_groups_still_decide_what_is_sure() -> None:
    assert classifier(None, SOON_ALONE).predict("a poem").lane is Lane.CREATIVE


def test_the_words_that_say_most_are_the_reason() -> None:
    groups = letter_groups(poem=90, haiku=80, rain=10, bug=-90)
    assert (
        classifier(Voice(9.0, 0.0, 0.0), groups=groups).predict("a Haiku, no a poem! on rain").reason == "haiku, poem"
    )


def test_where_no_word_speaks_it_was_the_whole() -> None:
    assert classifier(Voice(9.0, 0.0, 0.0)).predict("something else entirely").reason == "the whole of it"


def test_the_task_is_of_both_voices() -> None:
    assert classifier(Voice(9.0, 0.0, 0.0, task=Task.EDIT)).predict("touch this up for me").task is Task.EDIT


def test_nothing_is_ever_surer_than_sure() -> None:
    assert classifier(Voice(900.0, 0.0, 0.0)).predict("a poem").confidence == 0.99


def test_a_higher_temperature_makes_less_sure() -> None:
    assert max(probabilities([3.0, 0.0], 2.0)) < max(probabilities([3.0, 0.0], 1.0))
    assert sum(probabilities([3.0, 0.0, 1.0], 1.3)) == pytest.approx(1.0)


def test_a_share_of_one_is_the_first_alone() -> None:
    assert probabilities(joined([1.0, 0.0], [0.0, 9.0], 1.0), 1.0)[0] == pytest.approx(math.e / (math.e + 1))


def test_foreign_text_has_a_mixing_of_its_own() -> None:
    cooler = Mixing(share=0.5, temperature=3.0, groups_temperature=1.0)
    calibration = Calibration(0.8, 1.01, english=EVEN, other=cooler)
    voice = Voice(4.0, 0.0, 0.0)
    english = classifier(voice, calibration, letter_groups()).predict("write me a poem")
    german = classifier(voice, calibration, letter_groups()).predict("schreib mir ein gedicht")
    assert english.confidence > german.confidence
