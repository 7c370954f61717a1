"""Rows of a long answer: 20,000 pieces of text, to a pipe and to a terminal."""

from __future__ import annotations

from benchmarks.stage import ENFORCER, MESSAGES, Stage
from benchmarks.table import Bar, Measured, Row
from benchmarks.terminal import END, ENTER, Terminal

DELTAS, FEWER = 20_000, 5_000


def headless(stage: Stage, runs: int) -> Measured:
    pairs = [(stage.headless("stream", DELTAS), stage.floor("stream", DELTAS)) for _ in range(runs)]
    return Measured(
        [ours.wall_s - ours.first_request_s for ours, _ in pairs],
        [floor.wall_s - floor.first_request_s for _, floor in pairs],
    )


def interactive(stage: Stage, runs: int) -> Measured:
    return Measured([_shown_s(stage, DELTAS) for _ in range(max(1, runs // 2))])


def linear(stage: Stage, runs: int) -> Measured:
    """Time per delta of the long answer over that of a short one."""
    return Measured(
        [_shown_s(stage, DELTAS) / _shown_s(stage, FEWER) / (DELTAS / FEWER) for _ in range(max(1, runs // 2))]
    )


def _shown_s(stage: Stage, deltas: int) -> float:
    """From Enter to the prompt behind the answer."""
    project = stage.play("stream", deltas)
    command = [str(ENFORCER), "--lane", "analytical"]
    with Terminal(command, cwd=project, env=stage.environment(project, MESSAGES)) as terminal:
        terminal.seen("›".encode())
        terminal.rest(2.5)  # the client is loaded by then
        terminal.send(b"go")
        terminal.seen(b"go")
        terminal.rest(0.3)
        since = len(terminal.raw)
        started = terminal.send(ENTER)
        terminal.until(lambda: b"finis" in terminal.raw[-4000:], "the end of the answer")
        ended = terminal.until(lambda: "›".encode() in terminal.plain(max(since, len(terminal.raw) - 4000)), "a prompt")
        terminal.send(END)
        return ended - started


ROWS = (
    Row("deltas", "20,000 deltas, first request to exit", "s", Bar(at_most=0.8), headless),
    Row("deltas-shown", "20,000 deltas at the terminal", "s", Bar(), interactive),
    Row("deltas-linear", "per delta, 20,000 over 5,000", "x", Bar(at_most=1.2), linear),
)
