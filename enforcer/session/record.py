"""The record of a session: every event, appended before anything of it is shown. It is the first reader of events."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from enforcer.config.paths import PRIVATE_FOLDER, Paths, private_folder
from enforcer.core.errors import UsageError
from enforcer.core.events import (
    DelegationFinished,
    DelegationStarted,
    Event,
    PromptSubmitted,
    RequestStarted,
    Retrying,
    TextDelta,
    ThinkingDelta,
    ToolStarted,
    TurnFinished,
    TurnStarted,
    WebSearched,
    Within,
    event_to_json,
)
from enforcer.session.journal import InUse as InUse
from enforcer.session.journal import Journal
from enforcer.session.journal import RecordError as RecordError
from enforcer.session.pictures import put_aside

NAME = "transcript.jsonl"

_PASSING = (TextDelta, ThinkingDelta, WebSearched, RequestStarted, Retrying)  # the messages have it all
_GATES = (PromptSubmitted, TurnStarted, ToolStarted, DelegationStarted)  # nothing begins that cannot be written down
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")

Scrub = Callable[[str], str]


class Record:
    """One writer at a time. `torn`: the last line had been cut off and was moved aside."""

    def __init__(self, folder: Path, journal: Journal, scrub: Scrub) -> None:
        self.folder = folder
        self.session_id = folder.name
        self.path = journal.path
        self.torn = journal.torn
        self._journal = journal
        self._scrub = scrub
        self._children: dict[str, Journal] = {}
        self._told = False

    @classmethod
    def create(
        cls,
        paths: Paths,
        root: Path,
        session_id: str,
        header: Mapping[str, Any] | None = None,
        *,
        scrub: Scrub = str,
    ) -> Record:
        """Start the record of a new session. Raises: UsageError, RecordError."""
        folder = paths.project(root) / checked_id(session_id)
        private_folder(folder)
        folder.chmod(PRIVATE_FOLDER)
        record = cls(folder, Journal(folder / NAME, new=True), scrub)
        record._append(record._journal, {"type": "header", "session": session_id, "root": str(root), **(header or {})})
        return record

    @classmethod
    def open(cls, folder: Path, *, scrub: Scrub = str) -> Record:
        """Go on with a record. Raises: RecordError; InUse when another process writes it."""
        return cls(folder, Journal(folder / NAME), scrub)

    @property
    def outputs(self) -> Path:
        return private_folder(self.folder / "outputs")

    @property
    def handoffs(self) -> Path:
        return private_folder(self.folder / "handoffs")

    @property
    def delegations(self) -> Path:
        return private_folder(self.folder / "delegations")

    def write(self, event: Event) -> None:
        """Keep an event.

        Raises: RecordError at once when the disk refuses, and again whenever something would begin; what comes to
        an end meanwhile is kept in memory and written as soon as there is room.
        """
        try:
            self._write(event)
        except RecordError:
            if not self._told or isinstance(event.event if isinstance(event, Within) else event, _GATES):
                self._told = True
                raise
        else:
            self._told = not self._journal.complete and self._told

    def close(self) -> None:
        """Write what waits and let go of the files. Safe to call twice. Raises: RecordError when lines are lost."""
        for journal in self._children.values():
            journal.close()
        self._children.clear()
        self._journal.close()

    def _write(self, event: Event) -> None:
        if isinstance(event, Within):
            self._write_child(event)
            return
        if not isinstance(event, _PASSING):
            self._append(self._journal, event_to_json(event), sync=wants_disk(event))
        if isinstance(event, DelegationStarted):
            self._child(event.id, event)
        if isinstance(event, DelegationFinished) and event.id in self._children:
            self._children.pop(event.id).close()

    def _write_child(self, event: Within) -> None:
        """What a sub-agent does goes into a file of its own; the main file has its beginning and its end."""
        if not isinstance(event.event, (*_PASSING, Within)):
            sync = wants_disk(event.event)
            self._append(self._child(event.id, None), event_to_json(event.event), sync=sync)

    def _child(self, id: str, started: DelegationStarted | None) -> Journal:
        if id not in self._children:
            path = self.delegations / f"{checked_id(id)}.jsonl"
            journal = self._children[id] = Journal(path, new=not path.exists())
            header = {"type": "header", "session": self.session_id, "delegation": id}
            about = {"lane": started.lane.value, "model": str(started.model)} if started else {}
            self._append(journal, {**header, **about})
        return self._children[id]

    def _append(self, journal: Journal, entry: Mapping[str, Any], *, sync: bool = False) -> None:
        body = {key: self._clean(value) for key, value in entry.items() if key != "id"}
        if "id" in entry:  # the line has an id of its own
            body["delegation"] = entry["id"]
        journal.append(body, sync=sync)

    def _clean(self, value: Any) -> Any:
        """Every text in it without the known secrets, and images beside it."""
        match value:
            case str():
                return self._scrub(value)
            case {"type": "image", "data": str()}:
                return put_aside(self.folder, value)
            case dict():
                return {self._scrub(key): self._clean(item) for key, item in value.items()}
            case list() | tuple():
                return [self._clean(item) for item in value]
        return value


def wants_disk(event: Event) -> bool:
    """On the disk before a side effect, and when a turn is over; the rest may wait for the system to write it."""
    return isinstance(event, TurnFinished) or (isinstance(event, ToolStarted) and event.changes)


def checked_id(id: str) -> str:
    """An id becomes the name of a folder. Raises: UsageError."""
    if not _ID.fullmatch(id):
        raise UsageError(f"'{id}' cannot be the id of a session; use letters, digits and - only, at most 64")
    return id
