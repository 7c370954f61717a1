"""Rows of the person at the prompt: the first key, every key, doing nothing, Enter."""

from __future__ import annotations

import sys
import time

from benchmarks import process
from benchmarks.stage import ENFORCER, Stage
from benchmarks.table import Bar, Measured, Row
from benchmarks.terminal import ENTER, Terminal

LETTERS = b"thequickbrownfx"
UNSEEN = b"QZXKJVWYGHBUPDMC"  # each once, so that no redrawing of another is taken for it
BETWEEN_KEYS_S = 0.03
IDLE_S = 4.0
PROMPT_TOOLKIT = [sys.executable, "-c", "import prompt_toolkit.shortcuts"]


def first_key(stage: Stage, runs: int) -> Measured:
    """A person who types at once, a key every 30 ms; the first one counts when it stands behind the prompt."""
    ours, floor, lost = [], [], 0
    for _ in range(runs):
        with _session(stage) as terminal:
            ours.append(_type_at_once(terminal))
            lost += not _all_there(terminal)
        floor.append(stage.plain(PROMPT_TOOLKIT))
    note = "floor: importing prompt_toolkit" + (
        f"; KEYS WERE LOST in {lost} of {runs} runs" if lost else "; no key lost"
    )
    return Measured(ours, floor, note)


def latency(stage: Stage, runs: int) -> Measured:
    with _session(stage) as terminal:
        terminal.seen("›".encode())
        terminal.rest(2.5)
        return Measured([_one_key(terminal, letter) for letter in UNSEEN])


def idle(stage: Stage, runs: int) -> Measured:
    if not process.AVAILABLE:
        return Measured((), note="needs /proc, which this system does not have")
    with _session(stage) as terminal:
        terminal.seen("›".encode())
        terminal.rest(4.0)
        return Measured([_idle_ms_per_s(terminal) for _ in range(max(1, runs // 2))])


def enter(stage: Stage, runs: int) -> Measured:
    return Measured([_enter_s(stage) for _ in range(runs)])


def _session(stage: Stage) -> Terminal:
    project = stage.play("hello")
    return Terminal([str(ENFORCER), "--lane", "analytical"], cwd=project, env=stage.environment(project))


def _type_at_once(terminal: Terminal) -> float:
    shown = 0.0
    for letter in LETTERS:
        terminal.send(bytes([letter]))
        end = time.monotonic() + BETWEEN_KEYS_S
        while (left := end - time.monotonic()) > 0:
            if terminal.read(left) and not shown and _echoed(terminal):
                shown = time.monotonic()
    return (shown or terminal.until(lambda: _echoed(terminal), "the first key")) - terminal.started_s


def _echoed(terminal: Terminal) -> bool:
    return "› t".encode() in terminal.plain()


def _all_there(terminal: Terminal) -> bool:
    """Behind the prompt, in one piece; what was typed early is drawn at once, what came later key by key."""
    terminal.rest(0.5)
    since = len(terminal.raw)
    terminal.send(b"\x0c")  # Ctrl+L: the whole line anew
    terminal.rest(0.5)
    return LETTERS in terminal.plain(since)


def _one_key(terminal: Terminal, letter: int) -> float:
    since = len(terminal.raw)
    pressed = terminal.send(bytes([letter]))
    shown = terminal.seen(bytes([letter]), since=since) - pressed
    terminal.rest(0.08)
    return shown


def _idle_ms_per_s(terminal: Terminal) -> float:
    before = process.cpu_s(terminal.process.pid)
    terminal.rest(IDLE_S)
    return (process.cpu_s(terminal.process.pid) - before) * 1000 / IDLE_S


def _enter_s(stage: Stage) -> float:
    """The person takes about two seconds to type; everything is loaded by then."""
    with _session(stage) as terminal:
        terminal.seen("›".encode())
        for letter in b"what does app.py do":
            terminal.send(bytes([letter]))
            terminal.rest(0.1)
        pressed = terminal.send(ENTER)
        terminal.seen(b"there.")
        return float(stage.log()[0]["arrived_s"]) - pressed


ROWS = (
    Row("first-key", "interactive: first key echoed", "s", Bar(at_most=0.45), first_key),
    Row("key", "key latency", "s", Bar(at_most=0.015), latency),
    Row("idle", "idle CPU per second", "ms", Bar(at_most=3), idle),
    Row("enter", "Enter to request", "s", Bar(at_most=0.1), enter),
)
