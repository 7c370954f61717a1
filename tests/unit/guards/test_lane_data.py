"""The labelled prompts: every row is well formed, and no prompt stands on two sides of a split."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from pathlib import Path

import pytest

from enforcer.core.lanes import Task
from tests.unit.guards.source import ROOT

DATA = ROOT / "data" / "lanes"
SLICES = sorted(path.stem for path in DATA.glob("*.jsonl"))
NEVER_LEARNT = {"heldout", "native-heldout", "calibration", "ambiguous"}
WEAK = "templates"  # its tasks have other names and it knows no groups
FIELDS = {"text", "lane", "task", "source", "lang", "kind", "split_group", "ambiguous"}


def rows(name: str) -> list[dict[str, object]]:
    with (DATA / f"{name}.jsonl").open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def plain(text: object) -> str:
    return re.sub(r"[\W_]+", " ", str(text).lower()).strip() or str(text)


def test_there_is_something_to_look_at() -> None:
    assert len(SLICES) > 15
    assert set(SLICES) > NEVER_LEARNT


@pytest.mark.parametrize("name", SLICES)
def test_every_row_is_well_formed(name: str) -> None:
    for number, row in enumerate(rows(name), 1):
        at = f"{name}.jsonl:{number}"
        assert set(row) <= FIELDS, at
        assert str(row["text"]).strip(), at
        assert row["lane"] in {"creative", "analytical", "neutral"}, at
        if name != WEAK:
            assert row["task"] in set(Task), at
            assert row["kind"] in {"prompt", "step"}, at
            assert re.fullmatch(r"[a-z]{2}", str(row["lang"])), at


@pytest.mark.parametrize("name", sorted(NEVER_LEARNT))
def test_no_prompt_that_judges_is_learnt_from_or_judges_twice(name: str) -> None:
    others = {plain(row["text"]) for other in SLICES if other != name for row in rows(other)}
    assert [row["text"] for row in rows(name) if plain(row["text"]) in others] == []


@pytest.mark.parametrize("name", sorted(set(SLICES) - {WEAK, "authored"}))
def test_a_slice_says_nothing_twice(name: str) -> None:
    seen: dict[str, int] = defaultdict(int)
    for row in rows(name):
        seen[plain(row["text"])] += 1
    assert [text for text, count in seen.items() if count > 1] == []


def test_every_slice_stands_in_the_readme() -> None:
    told = (DATA / "README.md").read_text(encoding="utf-8")
    assert [name for name in SLICES if f"`{name}.jsonl`" not in told] == []


def test_the_data_is_not_in_the_package() -> None:
    assert not list(Path(ROOT, "enforcer").rglob("*.jsonl"))
