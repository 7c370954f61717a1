"""What a list of sessions shows of each: read out of the record once, then kept beside it. The record is the truth."""

from __future__ import annotations

import os
import tempfile
import zlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from enforcer.session.journal import VERSION, decode

if TYPE_CHECKING:
    from pydantic import TypeAdapter

NAME = "facts.json"  # may be removed at any time: it is made anew
MADE_BY = 1  # the version of that file
LONGEST_TITLE = 60
LONGEST_PROMPT, LONGEST_ANSWER, LONGEST_SEARCH = 300, 600, 4_000

# What a line must have to be worth parsing; the rest of a record is skipped unread.
_TELLING = frozenset(
    (
        b"header",
        b"prompt_submitted",
        b"turn_started",
        b"turn_finished",
        b"session_renamed",
        b"request_finished",
        b"delegation_finished",
    )
)
_TYPE = b'"type":"'
_TYPE_WITHIN = 160  # bytes from the start of a line
_CHUNK = 1_048_576
_SEALED = 256  # bytes before the end of what was read, which must be the same when reading goes on there


@dataclass(frozen=True, slots=True)
class Served:
    """So many turns of a lane were given to this model."""

    lane: str
    model: str
    turns: int


@dataclass(frozen=True, slots=True)
class Facts:
    """Of the first `offset` bytes of a record; `seal` tells whether they are still the same."""

    root: str | None = None
    started: str = ""  # ISO 8601, UTC
    format: int = VERSION
    version: str = ""
    fork_of: str = ""
    forked_at: int = 0  # the id of the last entry that was copied
    name: str = ""  # given by the person
    own_name: bool = True  # not taken over with a fork
    first: str = ""
    last_prompt: str = ""
    last_answer: str = ""
    search: str = ""  # the beginnings of all prompts
    turns: int = 0
    requests: int = 0  # made in this session itself, sub-agents included
    served: tuple[Served, ...] = ()
    offset: int = 0
    seal: int = 0
    made_by: int = MADE_BY

    @property
    def title(self) -> str:
        """On one line; "" when nothing was said yet."""
        title = self.name or clipped(self.first, LONGEST_TITLE)
        return title if self.own_name or not title else f"{title} (fork)"

    @property
    def lanes(self) -> tuple[str, ...]:
        """In the order in which they were first used."""
        return tuple(dict.fromkeys(each.lane for each in self.served))


def facts_of(record: Path) -> Facts:
    """Reads on where the last reader stopped, and keeps what it found. Raises: OSError."""
    kept = record.with_name(NAME)
    before = _kept(kept)
    with record.open("rb", buffering=_CHUNK) as file:
        size = os.fstat(file.fileno()).st_size
        if before.offset > size or _seal(record, before.offset) != before.seal:
            before = Facts()
        if before.offset == size and size:
            return before
        file.seek(before.offset)
        facts, read = before, before.offset
        for line in file:
            if not line.endswith(b"\n"):  # being written, or torn
                break
            read += len(line)
            if _telling(line) and (entry := decode(line)) is not None:
                facts = _told(facts, entry)
    facts = replace(facts, offset=read, seal=_seal(record, read))
    if facts != before:
        _keep(kept, facts)
    return facts


def _telling(line: bytes) -> bool:
    start = line.find(_TYPE, 0, _TYPE_WITHIN) + len(_TYPE)
    return line[start : line.find(b'"', start, start + 40)] in _TELLING


def clipped(text: str, most: int) -> str:
    """On one line, with … when something is left out."""
    line = " ".join(text[: most * 8].split())
    return line if len(line) <= most else line[: most - 1] + "…"


def _told(facts: Facts, entry: Mapping[str, Any]) -> Facts:
    """The facts with what one more entry says; an entry that lacks something says nothing."""
    match entry:
        case {"type": "header", "root": str(root), "ts": str(started)}:
            return replace(facts, root=root, started=started, **_header(entry))
        case {"type": "session_renamed", "title": str(title)}:
            id = entry.get("id")
            own = not isinstance(id, int) or id > facts.forked_at
            return replace(facts, name=clipped(title, LONGEST_TITLE), own_name=own)
        case {"type": "prompt_submitted", "text": str(text)}:
            prompt = clipped(text, LONGEST_PROMPT)
            search = f"{facts.search}\n{prompt}"[:LONGEST_SEARCH].strip()
            return replace(facts, first=facts.first or prompt, last_prompt=prompt, last_answer="", search=search)
        case {"type": "turn_started", "lane": str(lane), "model": str(model)}:
            return replace(facts, served=_one_more(facts.served, lane, model))
        case {"type": "turn_finished"} if entry.get("reason") != "blocked":
            answer = clipped(str(entry.get("text", "")), LONGEST_ANSWER)
            return replace(facts, turns=facts.turns + 1, last_answer=answer)
        case {"type": "request_finished", "id": int(id)} if id > facts.forked_at:
            return replace(facts, requests=facts.requests + 1)
        case {"type": "delegation_finished", "id": int(id), "requests": int(requests)} if id > facts.forked_at:
            return replace(facts, requests=facts.requests + requests)
    return facts


def _header(entry: Mapping[str, Any]) -> dict[str, Any]:
    kinds: dict[str, type] = {"version": str, "fork_of": str, "forked_at": int}
    told = {name: entry[name] for name, kind in kinds.items() if isinstance(entry.get(name), kind)}
    told["own_name"] = "fork_of" not in told
    return told | ({"format": entry["v"]} if isinstance(entry.get("v"), int) else {})


def _one_more(served: tuple[Served, ...], lane: str, model: str) -> tuple[Served, ...]:
    if not any((each.lane, each.model) == (lane, model) for each in served):
        return (*served, Served(lane, model, 1))
    return tuple(
        replace(each, turns=each.turns + 1) if (each.lane, each.model) == (lane, model) else each for each in served
    )


def _kept(path: Path) -> Facts:
    """Nothing when there is none, or another version made it."""
    try:
        facts = _adapter().validate_json(path.read_bytes())
    except (OSError, ValueError):
        return Facts()
    return facts if facts.made_by == MADE_BY else Facts()


def _keep(path: Path, facts: Facts) -> None:
    """Whole or not at all; a folder that cannot be written to only costs the time to read the record again."""
    with suppress(OSError, ValueError):  # half a character, as names of folders can have, is no JSON of pydantic's
        text = _adapter().dump_json(facts)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".facts-")  # 0600
        with os.fdopen(handle, "wb") as file:
            file.write(text)
        os.replace(temporary, path)


def _seal(record: Path, offset: int) -> int:
    with record.open("rb") as file:
        start = max(0, offset - _SEALED)
        file.seek(start)
        return zlib.crc32(file.read(offset - start))


@cache
def _adapter() -> TypeAdapter[Facts]:
    from pydantic import TypeAdapter  # costs time that a session which lists no other need not spend

    return TypeAdapter(Facts)
