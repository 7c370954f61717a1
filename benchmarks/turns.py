"""Rows of work with tools: the six-step task, the gap between a result and the next request, memory."""

from __future__ import annotations

from statistics import mean, median

from benchmarks import process
from benchmarks.stage import Run, Stage
from benchmarks.table import Bar, Measured, Row

TURNS, MANY = 100, 1000
NO_PROC = "needs /proc, which this system does not have"


def six_steps(stage: Stage, runs: int) -> Measured:
    pairs = [(stage.headless("six"), stage.floor("six")) for _ in range(runs)]
    return Measured([ours.own_s for ours, _ in pairs], [floor.own_s for _, floor in pairs])


def gap(stage: Stage, runs: int) -> Measured:
    pairs = [(stage.headless("tools", TURNS), stage.floor("tools", TURNS)) for _ in range(_few(runs))]
    return Measured(
        [1000 * median(ours.gaps_s) for ours, _ in pairs], [1000 * median(floor.gaps_s) for _, floor in pairs]
    )


def growth(stage: Stage, runs: int) -> Measured:
    return Measured(
        [_growth(stage.headless("tools", TURNS), 90) for _ in range(_few(runs))],
        [_growth(stage.floor("tools", TURNS), 90) for _ in range(_few(runs))],
    )


def long_growth(stage: Stage, runs: int) -> Measured:
    return Measured([_growth(stage.headless("tools", MANY), 900)], [_growth(stage.floor("tools", MANY), 900)])


def hundred(stage: Stage, runs: int) -> Measured:
    pairs = [(stage.headless("tools", TURNS), stage.floor("tools", TURNS)) for _ in range(_few(runs))]
    return Measured([ours.wall_s for ours, _ in pairs], [floor.wall_s for _, floor in pairs])


def prefix(stage: Stage, runs: int) -> Measured:
    log = stage.headless("tools", TURNS).log
    return Measured([100 * mean(bool(noted["kept_prefix"]) for noted in log)])


def side_requests(stage: Stage, runs: int) -> Measured:
    return Measured([len(stage.headless("six").log) - 6])


def memory(stage: Stage, runs: int) -> Measured:
    if not process.AVAILABLE:
        return Measured((), note=NO_PROC)
    pairs = [(stage.headless("six", watched=True), stage.floor("six", watched=True)) for _ in range(_few(runs))]
    shares = [max(pss for _, _, pss in ours.memory) / 1000 for ours, _ in pairs]
    return Measured(
        [_peak_mb(ours) for ours, _ in pairs],
        [_peak_mb(floor) for _, floor in pairs],
        f"resident, the whole tree; its proportional share is {median(shares):.0f} MB",
    )


def memory_growth(stage: Stage, runs: int) -> Measured:
    if not process.AVAILABLE:
        return Measured((), note=NO_PROC)
    return Measured([_grown_mb(stage.headless("tools", TURNS, watched=True)) for _ in range(_few(runs))])


def _few(runs: int) -> int:
    return max(1, runs // 2)


def _growth(run: Run, last: int) -> float:
    """The gap of the last tenth over that of the first, without the very first."""
    return median(run.gaps_s[last:]) / median(run.gaps_s[1 : len(run.gaps_s) // 10])


def _peak_mb(run: Run) -> float:
    return max(rss for _, rss, _ in run.memory) / 1000


def _grown_mb(run: Run) -> float:
    """From the end of the second turn to the last request."""
    begin, end = run.log[1]["answered_s"], run.log[-1]["arrived_s"]
    sizes = [rss for moment, rss, _ in run.memory if begin <= moment <= end]
    return (max(sizes[-5:]) - sizes[0]) / 1000


ROWS = (
    Row("six", "six-step task, wall minus model", "s", Bar(at_most=0.65), six_steps),
    Row("gap", "gap per tool turn", "ms", Bar(at_most=12), gap),
    Row("growth", "gap at turns 91-100 over 1-10", "x", Bar(at_most=1.2), growth),
    Row("growth-1000", "gap at turns 901-1,000 over 1-100", "x", Bar(at_most=1.2), long_growth),
    Row("hundred", "100 tool turns", "s", Bar(at_most=2.5), hundred),
    Row("memory", "memory of the six-step task", "MB", Bar(at_most=110), memory),
    Row("memory-growth", "memory, growth over 100 turns", "MB", Bar(at_most=15), memory_growth),
    Row("prefix", "requests that begin as the one before", "%", Bar(at_least=100), prefix),
    Row("side", "side requests", "", Bar(at_most=0), side_requests),
)
