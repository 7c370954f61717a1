"""What records say of model requests: enough to make a lost ledger anew. Only such lines are parsed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from enforcer.core.errors import UsageError
from enforcer.core.events import Event, PromptSubmitted, RequestFinished, ToolFinished, TurnChecked
from enforcer.core.messages import ToolCall
from enforcer.core.requests import Check, RequestRow
from enforcer.session.journal import decode
from enforcer.session.record import NAME

_TELLING = (b'"request_finished"', b'"turn_checked"', b'"tool_finished"', b'"prompt_submitted"')
_WITHIN = 160  # bytes from the start of a line
_HEADER = b'"ledger":false'  # the person did not want its requests written down


def requests_of_all(data: Path) -> Iterator[Event]:
    """Of every session in the data folder, one after the other."""
    for record in sorted(data.glob(f"projects/*/*/{NAME}")):
        if not record.parent.name.startswith("."):
            yield from requests_of(record.parent)


def requests_of(folder: Path, *, unwanted: bool = False) -> Iterator[Event]:
    """Requests, checks and changed files of one session, its sub-agents' too, in the order in which they happened.

    What cannot be read, or is of a version that knows more, is passed over; so is a session whose requests were not
    to be in the ledger, but with `unwanted`.
    """
    main = folder / NAME
    if not unwanted and _unwanted(main):
        return
    files = [main, *sorted(folder.glob("delegations/*.jsonl"))]
    entries = [entry for file in files for entry in _telling(file)]
    for entry in sorted(entries, key=lambda entry: str(entry.get("ts", ""))):
        with suppress(KeyError, ValueError, TypeError, AttributeError, UsageError):
            yield _event(entry)


def _telling(file: Path) -> Iterator[dict[str, Any]]:
    with suppress(OSError), file.open("rb") as lines:
        for line in lines:
            start = line[:_WITHIN]
            if any(kind in start for kind in _TELLING) and (entry := decode(line)) is not None:
                yield entry


def _unwanted(main: Path) -> bool:
    with suppress(OSError), main.open("rb") as lines:
        return _HEADER in lines.readline()
    return True


def _event(entry: dict[str, Any]) -> Event:
    """Raises: KeyError, ValueError, TypeError, AttributeError, UsageError."""
    match entry["type"]:
        case "request_finished":
            return RequestFinished(RequestRow.from_json(entry["row"]))
        case "turn_checked":
            return TurnChecked(str(entry["session"]), int(entry["turn"]), Check(entry["outcome"]))
        case "tool_finished":
            call, path = ToolCall("", "", {}), entry.get("path")
            return ToolFinished(call, "", "", bool(entry["is_error"]), 0, path=path if isinstance(path, str) else None)
        case "prompt_submitted":
            return PromptSubmitted(int(entry["turn"]), "")
    raise ValueError(entry["type"])
