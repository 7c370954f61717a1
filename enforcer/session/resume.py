"""Reads a record back: what was said, in which lane, by whom; forgives what a crash leaves behind, runs nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from enforcer.config.paths import project_root
from enforcer.core.errors import EnforcerError, UsageError
from enforcer.core.lanes import Lane
from enforcer.core.messages import Message, Role, message_from_json, repair
from enforcer.session.journal import VERSION, Journal, entries
from enforcer.session.record import NAME

Said = tuple[Lane, Message]
Lines = list[tuple[int, dict[str, Any] | None]]


@dataclass(frozen=True, slots=True)
class Header:
    """The first line. `root` is None when that line is lost."""

    session_id: str
    root: Path | None = None
    started: str = ""  # ISO 8601, UTC
    version: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """What the session did to one file."""

    path: str
    added: int
    removed: int


@dataclass(frozen=True, slots=True)
class Resumed:
    """`messages` in the order they were said, every call with its result; `notices` are sentences for the person."""

    header: Header
    messages: tuple[Said, ...] = ()
    state: Mapping[str, Any] | None = None
    active: Lane = Lane.ANALYTICAL
    turns: int = 0
    tasks: tuple[Mapping[str, str], ...] = ()
    notices: tuple[str, ...] = ()
    last_handoff: str | None = None
    changes: tuple[Change, ...] = ()
    trimmed: Mapping[Lane, int] = field(default_factory=dict)  # turns a lane's model no longer saw
    title: str = ""  # the first prompt
    moved: bool = False  # it belongs to another folder: ask before any tool runs

    @property
    def empty(self) -> bool:
        return not self.messages


def load(folder: Path, *, root: Path | None = None) -> Resumed:
    """`root` is the project it is resumed in, by default that of the working folder.

    Raises: UsageError when there is no record; EnforcerError when a newer version wrote it, and the file is not
    touched then; InUse when another process writes it.
    """
    path = folder / NAME
    lines = _lines(path)
    _refuse_newer(path, lines)
    with closing(Journal(path)) as journal:  # brings the end of the file in order
        torn = journal.torn
    notices = []
    if torn:
        lines.pop()
        notices.append(f"the last line was cut off when the session ended; it was moved to {path.name}.torn")
    reader = _Reader(Header(folder.name))
    lost = [number for number, entry in lines if entry is None or not reader.take(entry)]
    notices += [f"line {number} of {path} cannot be read and was skipped" for number in lost]
    return reader.result(notices, root or project_root(Path.cwd()))


def _lines(path: Path) -> Lines:
    try:
        return list(entries(path))
    except FileNotFoundError:
        raise UsageError(
            f"there is no record in {path.parent}; list the sessions there are with: enforcer -r"
        ) from None
    except OSError as error:
        raise EnforcerError(f"the record {path} cannot be read ({error.strerror}); mend that, then resume") from error


def _refuse_newer(path: Path, lines: Lines) -> None:
    newest = max((entry["v"] for _, entry in lines if entry and isinstance(entry.get("v"), int)), default=0)
    if newest > VERSION:
        raise EnforcerError(
            f"{path} was written by a newer Enforcer (format {newest}, this one reads {VERSION}); "
            "update Enforcer, then resume. The file was not touched"
        )


class _Reader:
    """Takes in one entry after the other."""

    def __init__(self, header: Header) -> None:
        self._header = header
        self._said: list[Said] = []
        self._state: Mapping[str, Any] | None = None
        self._active: Lane | None = None
        self._turns = 0
        self._open_turn = False
        self._tasks: tuple[Mapping[str, str], ...] = ()
        self._last_handoff: str | None = None
        self._changes: dict[str, Change] = {}
        self._trimmed: dict[Lane, int] = {}
        self._title = ""

    def take(self, entry: Mapping[str, Any]) -> bool:
        """False when the entry lacks what its type has."""
        try:
            self._take_talk(entry)
            self._take_state(entry)
        except (KeyError, ValueError, TypeError, AttributeError, UsageError):
            return False
        return True

    def result(self, notices: Sequence[str], root: Path) -> Resumed:
        runs = list(_runs(self._said))
        if any(_doubles(run) for _, run in runs):
            notices = [*notices, "a tool result was recorded twice; the first one counts"]
        if self._open_turn:
            notices = [*notices, _interrupted(runs[-1][1] if runs else ())]
        return Resumed(
            self._header,
            tuple((lane, message) for lane, run in runs for message in repair(run)),
            self._state,
            self._active or Lane.ANALYTICAL,
            self._turns,
            self._tasks,
            tuple(notices),
            self._last_handoff,
            tuple(self._changes.values()),
            self._trimmed,
            self._title,
            moved=self._header.root is not None and self._header.root != root,
        )

    def _take_talk(self, entry: Mapping[str, Any]) -> None:
        match entry["type"]:
            case "message_added":
                self._said.append((Lane(entry["lane"]), message_from_json(entry["message"])))
            case "prompt_submitted":
                self._turns, self._open_turn = int(entry["turn"]), True
                self._title = self._title or str(entry["text"])
            case "prompt_returned":
                self._take_back(Lane(entry["lane"]))
            case "turn_finished":
                self._turns, self._open_turn = int(entry["turn"]), False
            case "session_started" if entry["source"] == "clear":
                self._forget()

    def _take_state(self, entry: Mapping[str, Any]) -> None:
        match entry["type"]:
            case "header":
                self._header = _header(entry)
            case "session_started":
                self._active = self._active or Lane(entry["active"])
            case "session_state":
                state = dict(entry["state"])
                self._active, self._state = Lane(state["active_lane"]), state
            case "lane_switched":
                self._active = Lane(entry["to_lane"])
                self._last_handoff = entry["handoff_path"] or self._last_handoff
            case "lane_rolled_back":
                self._active = Lane(entry["to_lane"])
            case "context_trimmed":
                lane = Lane(entry["lane"])
                self._trimmed[lane] = self._trimmed.get(lane, 0) + int(entry["turns"])
            case "tasks_changed":
                self._tasks = tuple({str(key): str(text) for key, text in task.items()} for task in entry["tasks"])
            case "tool_finished" if entry["path"] and not entry["is_error"]:
                self._changed(str(entry["path"]), int(entry["added"]), int(entry["removed"]))

    def _changed(self, path: str, added: int, removed: int) -> None:
        before = self._changes.get(path, Change(path, 0, 0))
        self._changes[path] = Change(path, before.added + added, before.removed + removed)

    def _take_back(self, lane: Lane) -> None:
        """No model answered: the prompt is the person's again, as if it had not been said."""
        while True:
            last = next((i for i in reversed(range(len(self._said))) if self._said[i][0] is lane), None)
            if last is None or self._said[last][1].role is not Role.USER:
                return
            self._said.pop(last)

    def _forget(self) -> None:
        """`/clear`: both lanes start anew; the record keeps what was before."""
        self._said.clear()
        self._trimmed.clear()
        self._tasks, self._last_handoff = (), None


def _header(entry: Mapping[str, Any]) -> Header:
    return Header(str(entry["session"]), Path(entry["root"]), str(entry["ts"]), str(entry.get("version", "")))


def _runs(said: Sequence[Said]) -> Iterator[tuple[Lane, list[Message]]]:
    """Messages of one lane that follow each other: a lane is never left between a call and its result."""
    run: list[Message] = []
    for index, (lane, message) in enumerate(said):
        run.append(message)
        if index + 1 == len(said) or said[index + 1][0] is not lane:
            yield lane, run
            run = []


def _doubles(run: Sequence[Message]) -> bool:
    """Whether one call has two results. Ids may come again in a later turn: some servers count from 0 each time."""
    seen: set[str] = set()
    for message in run:
        if message.role is not Role.TOOL:
            seen = set()
        for result in message.results:
            if result.call_id in seen:
                return True
            seen.add(result.call_id)
    return False


def _interrupted(run: Sequence[Message]) -> str:
    """The last turn did not end; names the calls whose effect nobody knows."""
    answered = {result.call_id for message in run if message.role is Role.TOOL for result in message.results}
    last = next((message for message in reversed(run) if message.role is not Role.TOOL), None)
    open_calls = [call.name for call in last.calls if call.id not in answered] if last else []
    if not open_calls:
        return "the last turn was interrupted; say it again, or go on from here"
    names = ", ".join(open_calls)
    return f"the last turn was interrupted while {names} ran; it may have had an effect, and is not run again"
