"""The committed weights: made of the committed data, small enough, and worth what the card says."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from enforcer.core.lanes import Lane
from enforcer.lanes import trained
from enforcer.lanes.learned import CARD, ENCODER, FOLDER, TABLE
from enforcer.lanes.prediction import Prediction
from tests.unit.guards.source import ROOT

DATA = ROOT / "data" / "lanes"
WORDS = ROOT / "enforcer" / "lanes" / "words"
CARD_NOW: dict[str, Any] = json.loads((FOLDER / CARD).read_text(encoding="utf-8"))
MOST_BYTES = 12_000_000  # packed, as in a wheel
SAMPLE = 5  # every so many rows are judged anew
LOCAL = trained.local(lambda text: None).classifier


def hashes(paths: Iterable[Path]) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


def judged(name: str) -> list[tuple[str | None, Prediction]]:
    with (DATA / f"{name}.jsonl").open(encoding="utf-8") as lines:
        rows = [json.loads(line) for number, line in enumerate(lines) if number % SAMPLE == 0]
    lanes = {"creative": Lane.CREATIVE, "analytical": Lane.ANALYTICAL, "neutral": None}
    return [(lanes[row["lane"]], LOCAL.predict(row["text"])) for row in rows]


def test_the_weights_are_those_of_the_card() -> None:
    assert hashes([FOLDER / ENCODER, FOLDER / TABLE]) == CARD_NOW["weights_sha256"]


def test_the_card_knows_the_data_that_is_here() -> None:
    assert hashes(DATA.glob("*.jsonl")) == CARD_NOW["data_sha256"]


def test_the_card_knows_the_word_lists_that_are_here() -> None:
    assert hashes(WORDS.glob("*.txt")) == CARD_NOW["words_sha256"]


def test_the_weights_are_small_in_a_wheel() -> None:
    packed = sum(len(zlib.compress((FOLDER / name).read_bytes())) for name in (ENCODER, TABLE, CARD))
    assert packed <= MOST_BYTES


@pytest.mark.parametrize("name", ["heldout", "native-heldout"])
def test_what_was_never_learnt_is_judged_as_well_as_the_card_says(name: str) -> None:
    found = judged(name)
    right = sum(prediction.lane is lane for lane, prediction in found) / len(found)
    sources = CARD_NOW["measured"]["held_out"]["by_source"]
    told = next(found["right"] for source, found in sources.items() if source.endswith(name))
    assert right >= told - 0.06  # a fifth of the rows is a smaller sample


def test_what_is_decided_is_hardly_ever_wrong() -> None:
    found = [*judged("heldout"), *judged("native-heldout")]
    decided = [(lane, each) for lane, each in found if each.confidence >= LOCAL.ask_at]
    assert sum(each.lane is lane for lane, each in decided) / len(decided) >= 0.95


def test_an_ambiguous_prompt_is_mostly_left_undecided() -> None:
    found = judged("ambiguous")
    assert sum(each.confidence < LOCAL.ask_at for _, each in found) / len(found) >= 0.5


def test_the_trainer_judges_as_a_session_does() -> None:
    """One feature module, and two ways to add up: numpy over all rows, and Python over one."""
    from enforcer.lanes import encoder
    from enforcer.lanes.groups import LetterGroups
    from enforcer.lanes.learned import LANES, Calibration
    from tools.lane_data import rows_of
    from tools.lane_worth import hear, judge

    rows = rows_of("heldout")[::SAMPLE]
    part = CARD_NOW["groups"]
    letter_groups = LetterGroups((FOLDER / TABLE).read_bytes(), part["scale"], part["bias"])
    told = judge(
        hear(rows, letter_groups, encoder.load(FOLDER / ENCODER)), Calibration.from_json(CARD_NOW["calibration"])
    )
    said = judged("heldout")
    assert [LANES[lane] for lane in told.lane] == [prediction.lane for _, prediction in said]
    assert [round(min(float(each), 0.99), 3) for each in told.confidence] == pytest.approx(
        [prediction.confidence for _, prediction in said], abs=0.002
    )
