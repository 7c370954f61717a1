"""A process that has writers of records killed: for each, how many lines it had been told were kept."""

from __future__ import annotations

import json
import os
import random
import signal
import struct
import sys
from pathlib import Path

from enforcer.config.paths import Paths
from enforcer.core.events import Event, MessageAdded, PromptSubmitted, ToolStarted, TurnFinished
from enforcer.core.lanes import Lane, ModelRef
from enforcer.core.messages import ToolCall, ToolResult, Usage, assistant, tool_results, user
from enforcer.session.record import Record

MODEL = ModelRef("p", "m")
LANE = Lane.ANALYTICAL


def events(chance: random.Random) -> list[Event]:
    """One turn with a tool call; now and then a message is long."""

    def text() -> str:
        return "é" * chance.choice([10, 500, 90_000])

    call = ToolCall("call_0", "Bash", {"command": text()})
    return [
        PromptSubmitted(1, text()),
        MessageAdded(LANE, user(text()), 1),
        MessageAdded(LANE, assistant(text(), call, model=MODEL), 1),
        ToolStarted(call, "make"),
        MessageAdded(LANE, tool_results([ToolResult("call_0", text())]), 1),
        MessageAdded(LANE, assistant(text(), model=MODEL), 1),
        TurnFinished(1, LANE, MODEL, "end", Usage(), None, 1, 2),
    ]


def write_until_killed(paths: Paths, root: Path, name: str, chance: random.Random, told: int) -> None:
    record = Record.create(paths, root, name)
    while True:
        for event in events(chance):
            record.write(event)
            os.write(told, struct.pack("I", 1))


def kill_one(paths: Paths, root: Path, number: int) -> int:
    """Start a writer, kill it somewhere behind its nth acknowledgement; how many it gave."""
    chance = random.Random(number)
    hear, told = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(hear)
        write_until_killed(paths, root, f"s{number}", chance, told)
    os.close(told)
    given = sum(len(os.read(hear, 4)) for _ in range(chance.randint(1, 25)))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    while more := os.read(hear, 65_536):
        given += len(more)
    os.close(hear)
    return given // 4


if __name__ == "__main__":
    data, project, kills = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    where = Paths(data / "config", data)
    sys.stdout.write(json.dumps([kill_one(where, project, number) for number in range(kills)]))
