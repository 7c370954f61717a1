"""Rows of the command itself: start, help, the first request, the end."""

from __future__ import annotations

import sys
from functools import partial

from benchmarks.stage import CHAT, ENFORCER, MESSAGES, RESPONSES, Stage
from benchmarks.table import Bar, Measured, Row

PASS = [sys.executable, "-c", "pass"]


def against_pass(option: str, stage: Stage, runs: int) -> Measured:
    ours, floor = [], []
    for _ in range(runs * 2):
        ours.append(stage.plain([str(ENFORCER), option]))
        floor.append(stage.plain(PASS))
    return Measured(ours, floor)


def first_request(path: str, stage: Stage, runs: int) -> Measured:
    ours, floor = [], []
    for _ in range(runs):
        ours.append(stage.headless("hello", path=path).first_request_s)
        floor.append(stage.floor("hello").first_request_s)
    return Measured(ours, floor)


def exit_(stage: Stage, runs: int) -> Measured:
    ours, floor = [], []
    for _ in range(runs):
        ours.append(stage.headless("hello").exit_s)
        floor.append(stage.floor("hello").exit_s)
    return Measured(ours, floor)


def request_size(stage: Stage, runs: int) -> Measured:
    """With every tool and both lanes described; the floor has neither."""
    ours = stage.headless("hello").log[0]["size"] / 1000
    return Measured([ours], [stage.floor("hello").log[0]["size"] / 1000])


WIRES = (("anthropic", MESSAGES), ("openai", RESPONSES), ("compatible", CHAT))
ROWS = (
    Row("version", "--version", "s", Bar(times_floor=2.0), partial(against_pass, "--version")),
    Row("help", "--help", "s", Bar(at_most=0.15), partial(against_pass, "--help")),
    *(
        Row(f"first-{name}", f"-p: first request, {name}", "s", Bar(at_most=0.45), partial(first_request, path))
        for name, path in WIRES
    ),
    Row("exit", "-p: last byte to exit", "s", Bar(at_most=0.05), exit_),
    Row("bytes", "first request, size", "kB", Bar(at_most=12), request_size),
)
