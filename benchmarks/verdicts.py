"""Rows of what decides before anything runs: permission verdicts, and the lane of a prompt."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence

from benchmarks.stage import ROOT, Stage
from benchmarks.table import Bar, Measured, Row


def verdict(stage: Stage, runs: int) -> Measured:
    return Measured([_percentile(_times("verdict", stage), 99)], note="p99; parse, rules, places and mode")


def lane(percent: int, stage: Stage, runs: int) -> Measured:
    return Measured([_percentile(_times("lane", stage), percent)])


def _times(what: str, stage: Stage) -> list[float]:
    """Milliseconds of each decision, measured in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.deciding", what, str(stage.play("hello"))]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    times: list[float] = json.loads(done.stdout)
    return times


def _percentile(times: Sequence[float], percent: int) -> float:
    return sorted(times)[min(len(times) - 1, len(times) * percent // 100)]


ROWS = (
    Row("verdict", "permission verdict", "ms", Bar(at_most=2), verdict),
    Row("lane", "lane decision, p50", "ms", Bar(at_most=10), lambda stage, runs: lane(50, stage, runs)),
    Row("lane-p99", "lane decision, p99", "ms", Bar(at_most=30), lambda stage, runs: lane(99, stage, runs)),
)
