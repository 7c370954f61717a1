"""What a lane classifier is worth: both voices heard once for each row, then joined and judged as often as needed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from enforcer.lanes.encoder import Encoder
from enforcer.lanes.groups import LetterGroups
from enforcer.lanes.learned import LANES, SURE_OF_ALL, SURE_OF_TASK, Calibration, Mixing
from enforcer.lanes.tongues import ENGLISH
from tools.lane_data import NO_TASK, Row

Array = np.ndarray[Any, Any]
ASK_PRECISION = 0.98  # of what is decided
SURE_PRECISION = 0.99  # of what the letter groups decide alone
LEAST_ASK = 0.94  # what a few hundred rows give moves by .03 from training to training; the careful end of it
LEAST_SURE = 0.98  # of them alone: below it they feel no doubt, and are worse at tasks
FEWEST = 40  # rows that show a precision
NEVER = 1.01
TEMPERATURES = tuple(round(0.5 + 0.05 * step, 2) for step in range(41))
SHARES = tuple(round(0.3 + 0.05 * step, 2) for step in range(15))
BINS = 10


@dataclass(frozen=True, slots=True)
class Heard:
    """Of each row: what both voices say as logarithms of probabilities, and what is right."""

    groups: Array  # (rows, lanes)
    encoder: Array
    groups_task: Array  # (rows, tasks)
    encoder_task: Array
    english: Array  # whether it is
    small_talk: Array  # whether it is, and neither voice is heard
    lane: Array
    task: Array

    def part(self, chosen: Array) -> Heard:
        fields = {name: getattr(self, name)[chosen] for name in self.__slots__}
        return Heard(**fields)


@dataclass(frozen=True, slots=True)
class Judged:
    """Of each row: the lane that is said, how surely, and whether the encoder was not asked."""

    lane: Array
    confidence: Array
    decided: Array
    alone: Array
    tasks: Array  # (rows, 2), the two likeliest


def hear(rows: Sequence[Row], groups: LetterGroups, encoder: Encoder) -> Heard:
    heard = np.array([groups.scores(row.seen) for row in rows])
    said = [encoder.scores(row.seen.english) for row in rows]
    cut = len(LANES)
    return Heard(
        logs(heard[:, :cut]),
        logs(np.array([lanes for lanes, _ in said])),
        logs(heard[:, cut:]),
        logs(np.array([tasks for _, tasks in said])),
        np.array([row.seen.language == ENGLISH for row in rows]),
        np.array([row.small_talk for row in rows]),
        np.array([row.lane for row in rows]),
        np.array([row.task for row in rows]),
    )


def logs(scores: Array) -> Array:
    shifted = scores - scores.max(-1, keepdims=True)
    out: Array = shifted - np.log(np.exp(shifted).sum(-1, keepdims=True))
    return out


def joined(heard: Heard, mixing: Mixing) -> Array:
    both = mixing.share * heard.encoder + (1 - mixing.share) * heard.groups
    return logs(both / mixing.temperature)


def judge(heard: Heard, found: Calibration) -> Judged:
    alone, both = _said(heard, found)
    sure = (alone.max(1) >= found.sure_at) | heard.small_talk
    said = np.where(sure[:, None], alone, both)
    said[heard.small_talk] = np.array([0.0, 0.0, SURE_OF_ALL])
    shares = np.where(heard.english, found.english.share, found.other.share)
    heard_alone = heard.small_talk | (sure & (np.exp(heard.groups_task).max(1) >= SURE_OF_TASK))
    share = np.where(heard_alone, 0.0, shares)[:, None]
    tasks = share * heard.encoder_task + (1 - share) * heard.groups_task
    return Judged(said.argmax(1), said.max(1), said.max(1) >= found.ask_at, heard_alone, np.argsort(-tasks, 1)[:, :2])


def _said(heard: Heard, found: Calibration) -> tuple[Array, Array]:
    """Probabilities of the lanes: what the letter groups say alone, and what both say."""
    english = heard.english[:, None]
    mixed = [joined(heard, mixing) for mixing in (found.english, found.other)]
    heats = np.where(english, found.english.groups_temperature, found.other.groups_temperature)
    return np.exp(logs(heard.groups / heats)), np.exp(np.where(english, *mixed))


def calibrated(heard: Heard) -> Calibration:
    """Temperatures and shares that surprise least; then the lowest thresholds that are precise enough."""
    heard = heard.part(~heard.small_talk)
    found = Calibration(NEVER, NEVER, mixing(heard.part(heard.english)), mixing(heard.part(~heard.english)))
    alone, _ = _said(heard, found)
    sure_at = threshold(alone.max(1), alone.argmax(1) == heard.lane, SURE_PRECISION)
    found = replace(found, sure_at=sure_at)
    judged = judge(heard, found)
    ask_at = threshold(judged.confidence, judged.lane == heard.lane, ASK_PRECISION)
    return replace(found, ask_at=min(max(ask_at, LEAST_ASK), 0.99), sure_at=max(sure_at, ask_at, LEAST_SURE))


def mixing(heard: Heard) -> Mixing:
    tried = [Mixing(share, heat, 1.0) for share in SHARES for heat in TEMPERATURES]
    best = min(tried, key=lambda each: surprise(joined(heard, each), heard.lane))
    heat = min(TEMPERATURES, key=lambda each: surprise(logs(heard.groups / each), heard.lane))
    return replace(best, groups_temperature=heat)


def surprise(said: Array, lane: Array) -> float:
    return float(-said[np.arange(len(lane)), lane].mean())


def threshold(confidence: Array, right: Array, precision: float) -> float:
    """The lowest confidence from which on so many are right."""
    order = np.argsort(-confidence, kind="stable")
    share = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    enough = [place for place in np.nonzero(share >= precision)[0] if place + 1 >= FEWEST]
    return math.ceil(float(confidence[order][enough[-1]]) * 1000) / 1000 if enough else NEVER


def figures(heard: Heard, judged: Judged) -> dict[str, float]:
    right, decided = judged.lane == heard.lane, judged.decided
    told = heard.task != NO_TASK
    first, either = judged.tasks[:, 0] == heard.task, (judged.tasks == heard.task[:, None]).any(1)
    swapped = ~right & (judged.lane < 2) & (heard.lane < 2)
    return {
        "rows": len(right),
        "right": share(right),
        "swapped": share(swapped),
        "decided": share(decided),
        "right_of_decided": share(right[decided]),
        "decided_by_letter_groups": share(judged.alone),
        "calibration_error": calibration_error(judged.confidence, right),
        "task": share(first[told]),
        "task_top2": share(either[told]),
    }


def calibration_error(confidence: Array, right: Array) -> float:
    """How far confidence and truth are apart, over bins of the same width."""
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    parts = [(bins == number) for number in range(BINS)]
    apart = sum(abs(confidence[part].sum() - right[part].sum()) for part in parts if part.any())
    return round(float(apart / max(len(right), 1)), 4)


def by(names: Sequence[str], heard: Heard, judged: Judged) -> dict[str, Mapping[str, float]]:
    """Figures of the rows of each name."""
    every = np.array(names)
    out: dict[str, Mapping[str, float]] = {}
    for name in sorted(set(names)):
        chosen = every == name
        part = Judged(**{field: getattr(judged, field)[chosen] for field in Judged.__slots__})
        out[name] = figures(heard.part(chosen), part)
    return out


def share(values: Array) -> float:
    return round(float(np.mean(values)), 4) if len(values) else 0.0
