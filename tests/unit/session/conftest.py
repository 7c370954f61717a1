"""A session's record, made event by event."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from enforcer.config.paths import Paths
from enforcer.core.events import (
    Event,
    MessageAdded,
    PromptSubmitted,
    SessionStarted,
    ToolFinished,
    ToolStarted,
    TurnFinished,
    TurnStarted,
)
from enforcer.core.lanes import Lane, ModelRef
from enforcer.core.messages import Message, ToolCall, ToolResult, Usage, assistant, tool_results, user
from enforcer.session.record import Record

POET, ANALYST = ModelRef("p", "poet"), ModelRef("p", "analyst")
CREATIVE, ANALYTICAL = Lane.CREATIVE, Lane.ANALYTICAL


@dataclass
class Desk:
    """One session of one project."""

    paths: Paths
    root: Path
    record: Record

    @property
    def folder(self) -> Path:
        return self.record.folder

    @property
    def transcript(self) -> Path:
        return self.record.path

    def write(self, *events: Event) -> None:
        for event in events:
            self.record.write(event)

    def written(self, *events: Event) -> Path:
        """Write, close, and hand over the folder."""
        self.write(*events)
        self.record.close()
        return self.folder

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.transcript.read_bytes().splitlines()]


@pytest.fixture
def desk(home: Path, tmp_path: Path) -> Iterator[Desk]:
    root = tmp_path.resolve() / "repo"
    (root / ".git").mkdir(parents=True)
    paths = Paths(home / "config", home / "data")
    desk = Desk(paths, root, Record.create(paths, root, "s1", {"version": "0.0.1"}))
    yield desk
    desk.record.close()


def started(source: str = "startup", active: Lane = ANALYTICAL) -> SessionStarted:
    return SessionStarted("s1", "/repo", "0.0.1", source, POET, ANALYST, active, "default", "default")


def said(message: Message, turn: int = 1, lane: Lane = ANALYTICAL) -> MessageAdded:
    return MessageAdded(lane, message, turn)


def finished(turn: int = 1, lane: Lane = ANALYTICAL) -> TurnFinished:
    return TurnFinished(turn, lane, ANALYST, "end", Usage(), None, 5, 1)


def turn(number: int, prompt: str, answer: str, lane: Lane = ANALYTICAL, model: ModelRef = ANALYST) -> list[Event]:
    return [
        PromptSubmitted(number, prompt),
        TurnStarted(number, lane, model),
        said(user(prompt), number, lane),
        said(assistant(answer, model=model), number, lane),
        finished(number, lane),
    ]


CALL = ToolCall("call_1", "Bash", {"command": "make"})
CALLING = said(assistant("", CALL, model=ANALYST))
RUNNING = ToolStarted(CALL, "make")
RAN = ToolFinished(CALL, "make", "done", False, 3)
RESULT = said(tool_results([ToolResult("call_1", "done")]))
