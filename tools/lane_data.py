"""The labelled prompts of `data/lanes`, and which of them may be learnt from."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from enforcer.lanes.features import Seen, seen
from enforcer.lanes.learned import LANES, TASKS
from enforcer.lanes.smalltalk import is_small_talk

DATA = Path(__file__).resolve().parents[1] / "data" / "lanes"
CALIBRATION = ("calibration",)  # never learnt from: it sets temperatures and thresholds
HELD_OUT = ("heldout", "native-heldout")  # neither learnt from nor calibrated on
UNSURE = ("ambiguous",)  # never learnt from: they show whether the confidence drops
WEAK = ("templates",)  # their task is a default, and of their many rows some will do
MOST_WEAK = 1_500
NO_TASK = -100
SEED = 7


@dataclass(frozen=True, slots=True)
class Row:
    seen: Seen
    small_talk: bool
    lane: int
    task: int  # NO_TASK = not to be learnt from
    source: str
    lang: str
    group: str  # rows of one group stand on one side of a split
    doubtful: bool  # nobody could tell; its lane is the better guess


def rows_of(name: str) -> list[Row]:
    return rows_in(DATA / f"{name}.jsonl", weak=name in WEAK)


def rows_in(path: Path, *, weak: bool = False) -> list[Row]:
    with path.open(encoding="utf-8") as lines:
        return [_row(json.loads(line), path.stem, number, weak=weak) for number, line in enumerate(lines)]


def _row(entry: Mapping[str, Any], name: str, number: int, *, weak: bool) -> Row:
    lanes = [str(lane) if lane else "neutral" for lane in LANES]
    tasks = {task.value: place for place, task in enumerate(TASKS)}
    return Row(
        seen(entry["text"]),
        is_small_talk(entry["text"]),
        lanes.index(entry["lane"]),
        NO_TASK if weak else tasks.get(entry.get("task", ""), NO_TASK),
        str(entry.get("source") or name),
        str(entry.get("lang") or "en"),
        str(entry.get("split_group") or f"{name}:{number}"),
        bool(entry.get("ambiguous")),
    )


def training_slices() -> dict[str, list[Row]]:
    names = sorted(path.stem for path in DATA.glob("*.jsonl"))
    found = {name: rows_of(name) for name in names if name not in (*CALIBRATION, *HELD_OUT, *UNSURE)}
    for name in WEAK:
        found[name] = random.Random(SEED).sample(found[name], min(MOST_WEAK, len(found[name])))
    return found


def hashes(paths: Iterable[Path]) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(paths)}
