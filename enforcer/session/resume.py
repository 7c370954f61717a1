"""Reads a record back: what was said, in which lane, by whom; forgives what a crash leaves behind, runs nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from itertools import groupby
from pathlib import Path
from typing import Any

from enforcer.config.paths import project_root
from enforcer.core.errors import EnforcerError, UsageError
from enforcer.core.events import EVENT_TYPES, event_type
from enforcer.core.lanes import Lane
from enforcer.core.messages import Message, Role, message_from_json, repair
from enforcer.session.journal import VERSION, Journal, entries
from enforcer.session.pictures import brought_back
from enforcer.session.record import NAME

Lines = list[tuple[int, dict[str, Any] | None]]

HEADER = "header"
_KNOWN = {HEADER, *map(event_type, EVENT_TYPES)}
_TASK = ("id", "subject", "status")  # what each task has
_NAMED = 3  # so many line numbers and kinds are named in a notice


@dataclass(frozen=True, slots=True)
class Said:
    """A message of a lane's thread. The first user message of a turn is the prompt; later ones came from the harness.

    `replayed`: it was said in the other lane, and carried over word for word.
    """

    lane: Lane
    message: Message
    turn: int = 0
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class Header:
    """The first line. `root` is None when that line is lost."""

    session_id: str
    root: Path | None = None
    started: str = ""  # ISO 8601, UTC
    version: str = ""
    origins: tuple[str, ...] = ()  # the sessions it was forked from, the nearest first


@dataclass(frozen=True, slots=True)
class Change:
    """What the session did to one file."""

    path: str
    added: int
    removed: int


@dataclass(frozen=True, slots=True)
class Resumed:
    """`said` in the order it was said, every call with its result; `notices` are sentences for the person."""

    header: Header
    said: tuple[Said, ...] = ()
    state: Mapping[str, Any] | None = None
    active: Lane = Lane.ANALYTICAL
    turns: int = 0
    tasks: tuple[Mapping[str, str], ...] = ()
    notices: tuple[str, ...] = ()
    last_handoff: str | None = None
    changes: tuple[Change, ...] = ()
    trimmed: Mapping[Lane, int] = field(default_factory=dict)  # turns a lane's model no longer saw
    title: str = ""  # the name the person gave it, or the first prompt
    moved: bool = False  # it belongs to another folder: ask before any tool runs

    @property
    def messages(self) -> tuple[tuple[Lane, Message], ...]:
        return tuple((each.lane, each.message) for each in self.said)

    @property
    def empty(self) -> bool:
        return not self.said


def load(folder: Path, *, root: Path | None = None) -> Resumed:
    """`root` is the project it is resumed in, by default that of the working folder.

    Raises: UsageError when there is no record; EnforcerError when a newer version wrote it, and the file is not
    touched then; InUse when another process writes it.
    """
    path = folder / NAME
    lines = read_lines(path)
    with closing(Journal(path)) as journal:  # brings the end of the file in order
        torn = journal.torn
    notices = []
    if torn:
        lines.pop()
        notices.append(f"the last line was cut off when the session ended; it was moved to {path.name}.torn")
    reader = _Reader(Header(folder.name))
    lost = [number for number, entry in lines if entry is None or not reader.take(brought_back(folder, entry))]
    notices += _skipped(path, lost) + _unknown(path, lines)
    return reader.result(notices, root or project_root(Path.cwd()))


def read_lines(path: Path) -> Lines:
    """Number and entry of every line, the record untouched.

    Raises: UsageError when there is no record; EnforcerError when it cannot be read, or a newer version wrote it.
    """
    try:
        lines = list(entries(path))
    except FileNotFoundError:
        raise UsageError(
            f"there is no record in {path.parent}; list the sessions there are with: enforcer -r"
        ) from None
    except OSError as error:
        raise EnforcerError(f"the record {path} cannot be read ({error.strerror}); mend that, then resume") from error
    _refuse_newer(path, lines)
    return lines


def _refuse_newer(path: Path, lines: Lines) -> None:
    newest = max((entry["v"] for _, entry in lines if entry and isinstance(entry.get("v"), int)), default=0)
    if newest > VERSION:
        raise EnforcerError(
            f"{path} was written by a newer Enforcer (format {newest}, this one reads {VERSION}); "
            "update Enforcer, then resume. The file was not touched"
        )


def _skipped(path: Path, lost: Sequence[int]) -> list[str]:
    if not lost:
        return []
    if len(lost) == 1:
        return [f"line {lost[0]} of {path} cannot be read and was skipped"]
    return [f"lines {_some(lost)} of {path} cannot be read and were skipped"]


def _unknown(path: Path, lines: Lines) -> list[str]:
    kinds = [entry["type"] for _, entry in lines if entry and entry["type"] not in _KNOWN]
    if not kinds:
        return []
    named = _some(sorted({kind[:40] for kind in kinds}))
    return [f"this version does not know every entry of {path}; what it does not know was passed over ({named})"]


def _some(items: Sequence[object]) -> str:
    more = f" and {len(items) - _NAMED} more" if len(items) > _NAMED else ""
    return ", ".join(map(str, items[:_NAMED])) + more


class _Reader:
    """Takes in one entry after the other."""

    def __init__(self, header: Header) -> None:
        self._header = header
        self._said: list[Said] = []
        self._prompted = 0  # how much had been said when the last prompt came
        self._replay: tuple[Lane, int] | None = None  # the last one that a failed switch would undo, and its start
        self._state: Mapping[str, Any] | None = None
        self._active: Lane | None = None
        self._turns = 0
        self._open_turn = False
        self._tasks: tuple[Mapping[str, str], ...] = ()
        self._last_handoff: str | None = None
        self._changes: dict[str, Change] = {}
        self._trimmed: dict[Lane, int] = {}
        self._title = self._name = ""

    def take(self, entry: Mapping[str, Any]) -> bool:
        """False when the entry lacks what its type has."""
        try:
            self._take_talk(entry)
            self._take_state(entry)
        except (KeyError, ValueError, TypeError, AttributeError, OverflowError, UsageError):
            return False
        return True

    def result(self, notices: Sequence[str], root: Path) -> Resumed:
        runs = list(_runs(self._said))
        if any(_doubles(_messages(run)) for run in runs):
            notices = [*notices, "a tool result was recorded twice; the first one counts"]
        if self._open_turn:
            notices = [*notices, _interrupted(_messages(runs[-1]) if runs else ())]
        return Resumed(
            self._header,
            tuple(replace(run[0], message=message) for run in runs for message in repair(_messages(run))),
            self._state,
            self._active or Lane.ANALYTICAL,
            self._turns,
            self._tasks,
            tuple(notices),
            self._last_handoff,
            tuple(self._changes.values()),
            self._trimmed,
            self._name or self._title,
            moved=self._header.root is not None and self._header.root != root,
        )

    def _take_talk(self, entry: Mapping[str, Any]) -> None:
        match entry["type"]:
            case "message_added":
                message = message_from_json(entry["message"])
                self._said.append(Said(Lane(entry["lane"]), message, int(entry.get("turn", 0))))
            case "history_replayed":
                lane, messages = Lane(entry["lane"]), [message_from_json(each) for each in entry["messages"]]
                self._replay = (lane, len(self._said))
                self._said += [Said(lane, each, replayed=True) for each in messages]
            case "prompt_submitted":
                self._turns, self._open_turn = int(entry["turn"]), True
                self._prompted, self._replay = len(self._said), None
                self._title = self._title or str(entry["text"])
            case "prompt_returned":
                self._open_turn = False
                self._take_back(Lane(entry["lane"]))
            case "turn_finished":
                self._turns, self._open_turn = int(entry["turn"]), False
            case "session_renamed":
                self._name = str(entry["title"])
            case "session_started" if entry["source"] == "clear":
                self._forget()
            case "clean_start":
                self._begin_clean(Lane(entry["lane"]))

    def _take_state(self, entry: Mapping[str, Any]) -> None:
        match entry["type"]:
            case kind if kind == HEADER:
                self._header = _header(entry)
            case "session_started":
                self._active = self._active or Lane(entry["active"])
            case "session_state":
                state = dict(entry["state"])
                self._active, self._state = Lane(state["active_lane"]), state
            case "lane_switched":
                self._active = Lane(entry["to_lane"])
                self._replay = self._replay if self._replay and self._replay[0] is self._active else None
                self._last_handoff = entry.get("handoff_path") or self._last_handoff
            case "lane_rolled_back":
                self._active = Lane(entry["to_lane"])
                self._undo_replay(Lane(entry["from_lane"]))
            case "context_trimmed":
                lane = Lane(entry["lane"])
                self._trimmed[lane] = self._trimmed.get(lane, 0) + int(entry["turns"])
            case "tasks_changed":
                self._tasks = tuple(_task(task) for task in entry["tasks"])
            case "tool_finished" if entry.get("path") and not entry.get("is_error"):
                self._changed(str(entry["path"]), int(entry.get("added", 0)), int(entry.get("removed", 0)))

    def _changed(self, path: str, added: int, removed: int) -> None:
        before = self._changes.get(path, Change(path, 0, 0))
        self._changes[path] = Change(path, before.added + added, before.removed + removed)

    def _take_back(self, lane: Lane) -> None:
        """No model answered: the prompt is the person's again, as if it had not been said, nor what led to it."""
        before, since = self._said[: self._prompted], self._said[self._prompted :]
        if any(each.lane is lane and each.message.role is Role.ASSISTANT and not each.replayed for each in since):
            return
        self._said, self._replay = before + [each for each in since if each.lane is not lane], None

    def _undo_replay(self, lane: Lane) -> None:
        """The switch to `lane` did not happen after all: what was carried there leaves its thread again."""
        if self._replay and self._replay[0] is lane:
            start = self._replay[1]
            self._said[start:] = [each for each in self._said[start:] if not (each.lane is lane and each.replayed)]
        self._replay = None

    def _begin_clean(self, lane: Lane) -> None:
        """A lane begins anew from a specification."""
        self._said = [each for each in self._said if each.lane is not lane]
        self._prompted, self._replay = len(self._said), None
        self._trimmed.pop(lane, None)

    def _forget(self) -> None:
        """`/clear`: both lanes start anew; the record keeps what was before."""
        self._said.clear()
        self._prompted, self._replay = 0, None
        self._trimmed.clear()
        self._tasks, self._last_handoff = (), None


def _header(entry: Mapping[str, Any]) -> Header:
    return Header(
        str(entry["session"]),
        Path(entry["root"]),
        str(entry.get("ts", "")),
        str(entry.get("version", "")),
        tuple(map(str, entry.get("origins", ()))),
    )


def _task(task: Mapping[str, Any]) -> Mapping[str, str]:
    return {**{str(key): str(text) for key, text in task.items()}, **{key: str(task[key]) for key in _TASK}}


def _runs(said: Sequence[Said]) -> list[list[Said]]:
    """What follows each other in one turn of one lane: neither is left between a call and its result."""
    groups = groupby(said, lambda each: (each.lane, each.turn, each.replayed))
    return [list(group) for _, group in groups]


def _messages(run: Sequence[Said]) -> list[Message]:
    return [each.message for each in run]


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
