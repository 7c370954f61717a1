"""Reads a record back: what was said, in which lane, and the lane state; forgives what a crash leaves behind."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from enforcer.core.errors import EnforcerError, UsageError
from enforcer.core.lanes import Lane
from enforcer.core.messages import Message, Role, ToolResult, message_from_json, repair
from enforcer.session.record import NAME, SCHEMA


@dataclass(slots=True)
class Resumed:
    """`messages` in the order they were said, each in its lane, every call answered; `notices` are for the person."""

    root: Path
    session_id: str
    messages: tuple[tuple[Lane, Message], ...] = ()
    state: Mapping[str, Any] | None = None
    turns: int = 0
    tasks: tuple[Mapping[str, str], ...] = ()
    notices: list[str] = field(default_factory=list)
    title: str = ""


def load(folder: Path) -> Resumed:
    """Raises: UsageError when there is no record, EnforcerError when a newer version wrote it."""
    path = folder / NAME
    notices: list[str] = []
    reader = _Reader()
    for number, line in enumerate(_lines(path, notices), 1):
        entry = _parse(line)
        if entry is None:
            notices.append(f"line {number} of the record cannot be read and was skipped")
            continue
        if not reader.take(entry):
            notices.append(f"line {number} of the record is not complete and was skipped")
    return reader.result(folder, notices)


def _lines(path: Path, notices: list[str]) -> Iterator[bytes]:
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise UsageError(f"there is no record in {path.parent}; enforcer -r lists the sessions there are") from None
    except OSError as error:
        raise EnforcerError(f"the record {path} cannot be read ({error.strerror})") from error
    *lines, tail = data.split(b"\n")
    if tail:
        _move_aside(path, data, tail)
        notices.append(f"the last line was cut off when the session ended; it is kept as {path.name}.torn")
    yield from filter(None, lines)


def _move_aside(path: Path, data: bytes, tail: bytes) -> None:
    """A torn end would glue itself to the next line that is written."""
    torn = path.with_name(f"{path.name}.torn")
    with torn.open("ab") as file:
        file.write(tail + b"\n")
    torn.chmod(0o600)
    with path.open("r+b") as file:
        file.truncate(len(data) - len(tail))


def _parse(line: bytes) -> dict[str, Any] | None:
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    return entry if isinstance(entry, dict) and isinstance(entry.get("type"), str) else None


class _Reader:
    def __init__(self) -> None:
        self._said: list[tuple[Lane, Message]] = []
        self._header: Mapping[str, Any] = {}
        self._state: Mapping[str, Any] | None = None
        self._turns = 0
        self._tasks: tuple[Mapping[str, str], ...] = ()
        self._title = ""
        self._open_turn = False

    def take(self, entry: Mapping[str, Any]) -> bool:
        """Take one line in; False when it lacks something."""
        try:
            self._take(entry)
        except (KeyError, ValueError, TypeError, UsageError):
            return False
        return True

    def _take(self, entry: Mapping[str, Any]) -> None:
        match entry["type"]:
            case "header":
                self._check(entry)
            case "message_added":
                self._said.append((Lane(entry["lane"]), message_from_json(entry["message"])))
            case "session_state":
                self._state = dict(entry["state"])
            case "prompt_submitted":
                self._turns, self._open_turn = int(entry["turn"]), True
                self._title = self._title or str(entry["text"])
            case "turn_finished":
                self._open_turn = False
            case "prompt_returned":
                self._take_back(Lane(entry["lane"]))
            case "tasks_changed":
                self._tasks = tuple(dict(task) for task in entry["tasks"])
            case "session_started" if entry["source"] == "clear":
                self._said.clear()
                self._tasks = ()

    def result(self, folder: Path, notices: list[str]) -> Resumed:
        if self._open_turn:
            notices.append(
                "the last turn did not end; what it had begun is answered as interrupted, nothing runs again"
            )
        return Resumed(
            root=Path(self._header.get("root", "")),
            session_id=folder.name,
            messages=tuple(self._whole(notices)),
            state=self._state,
            turns=self._turns,
            tasks=self._tasks,
            notices=notices,
            title=self._title,
        )

    def _check(self, entry: Mapping[str, Any]) -> None:
        schema = int(entry["schema"])
        if schema > SCHEMA:
            raise EnforcerError(
                f"this session was written by a newer Enforcer (format {schema}, this one reads {SCHEMA}); "
                "update, then resume it. The record was not touched"
            )
        self._header = entry

    def _take_back(self, lane: Lane) -> None:
        """A prompt no model answered went back to the person."""
        while True:
            last = next((i for i in reversed(range(len(self._said))) if self._said[i][0] is lane), None)
            if last is None or self._said[last][1].role is not Role.USER:
                return
            self._said.pop(last)

    def _whole(self, notices: list[str]) -> Iterator[tuple[Lane, Message]]:
        """Every call has one result behind it: a crash leaves calls without, a double write leaves two."""
        for lane, run in _runs(self._said):
            results = [result for message in run for result in message.results]
            if len({result.call_id for result in results}) < len(results):
                notices.append("a tool result was recorded twice; the first one counts")
            for message in repair(run):
                if any(_made_up(result, results) for result in message.results):
                    notices.append("a tool call had no result; the model is told that it was interrupted")
                yield lane, message


def _runs(said: list[tuple[Lane, Message]]) -> Iterator[tuple[Lane, list[Message]]]:
    """Messages of one lane that follow each other: a lane is left only between turns."""
    run: list[Message] = []
    for index, (lane, message) in enumerate(said):
        run.append(message)
        if index + 1 == len(said) or said[index + 1][0] is not lane:
            yield lane, run
            run = []


def _made_up(result: ToolResult, recorded: list[ToolResult]) -> bool:
    return all(result.call_id != other.call_id for other in recorded)
