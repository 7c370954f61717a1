"""What is taken out of a thread at a switch: its last exchanges as plain text, and the model's own notes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from enforcer.core.messages import Image, Message, Role, Text, ToolCall

OUTGOING_PROMPT = """\
Another model takes over this conversation now. Note what it cannot see from the files.
Answer with one JSON object and nothing else, in at most 400 words, without calling a tool:
{"decisions": ["what was decided, and why, one sentence each"], "open_questions": ["what is still undecided"]}
Leave a list empty when there is nothing to put in it. Do not repeat file contents, tasks or rules."""

NOTES_TOKENS = 600
LONGEST_TEXT = 6_000  # characters of one message in the last exchanges
LONGEST_TARGET = 80
TARGETS = ("file_path", "path", "notebook_path", "pattern", "command", "url", "query", "skill", "description")

_HEADING = re.compile(r"^\s*(?:#+\s*|\*\*)?(decisions|open questions|questions)\b[^:\n]*?:?\s*(?:\*\*)?:?\s*$", re.I)
_BULLET = re.compile(r"^\s*(?:[-*•]|\d+[.)])\s+(.*\S)")
_NOTHING = {"none", "none.", "nothing", "nothing.", "n/a", "-"}

Notes = tuple[str, ...] | None  # None = not available


def flatten_exchanges(messages: Sequence[Message], tail_turns: int) -> str:
    """The last exchanges as plain text; a tool call is `[ran Edit src/app.py]`, its result is left out."""
    starts = [index for index, message in enumerate(messages) if message.role is Role.USER]
    if not starts or tail_turns < 1:
        return ""
    first = starts[-tail_turns:][0]
    lines = [line for message in messages[first:] if (line := _flat(message))]
    return "\n\n".join(["[the last exchanges before this, as plain text]", *lines])


def parse_outgoing(said: str) -> tuple[Notes, Notes]:
    """Decisions and open questions from the model's answer, a JSON object or two headed lists."""
    data = _json_object(said)
    if data is not None:
        questions = data.get("open_questions", data.get("questions"))
        return _within_budget(_strings(data.get("decisions")), _strings(questions))
    found = _headed_lists(said)
    return _within_budget(found.get("decisions"), found.get("questions"))


def _flat(message: Message) -> str:
    if message.role is Role.TOOL:
        return ""
    said = " ".join(filter(None, (_part(part) for part in message.parts)))
    who = "Person" if message.role is Role.USER else "Assistant"
    return f"{who}: {_shorten(said)}" if said else ""


def _part(part: object) -> str:
    match part:
        case Text(text):
            return text.strip()
        case ToolCall(_, name, arguments):
            return f"[ran {name} {_target(arguments)}".rstrip() + "]"
        case Image():
            return "[an image]"
    return ""


def _target(arguments: Mapping[str, Any]) -> str:
    value = next((str(arguments[key]) for key in TARGETS if arguments.get(key)), "")
    return (value.splitlines() or [""])[0][:LONGEST_TARGET]


def _shorten(text: str) -> str:
    if len(text) <= LONGEST_TEXT:
        return text
    head, tail = text[: LONGEST_TEXT * 2 // 3], text[-LONGEST_TEXT // 3 :]
    return f"{head} […{len(text) - len(head) - len(tail)} characters left out…] {tail}"


def _json_object(said: str) -> Mapping[str, Any] | None:
    start, end = said.find("{"), said.rfind("}")
    if start < 0 or end < start:
        return None
    try:
        data = json.loads(said[start : end + 1], strict=False)
    except ValueError:
        return None
    known = isinstance(data, dict) and data.keys() & {"decisions", "open_questions", "questions"}
    return data if known else None


def _strings(value: Any) -> Notes:
    items = [value] if isinstance(value, str) else value
    if not isinstance(items, list):
        return None
    return _clean(item for item in items if isinstance(item, str))


def _headed_lists(said: str) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    current: list[str] | None = None
    for line in said.splitlines():
        if heading := _HEADING.match(line):
            name = "decisions" if heading[1].lower() == "decisions" else "questions"
            current = found.setdefault(name, [])
        elif current is not None and (bullet := _BULLET.match(line)):
            current.append(bullet[1])
        elif current and line.strip():
            current[-1] += f" {line.strip()}"
    return {name: _clean(items) for name, items in found.items()}


def _clean(items: Iterable[str]) -> tuple[str, ...]:
    lines = (" ".join(item.split()) for item in items)
    return tuple(line for line in lines if line and line.lower() not in _NOTHING)


def _within_budget(decisions: Notes, questions: Notes) -> tuple[Notes, Notes]:
    """A model that was asked for 600 tokens may write more; what comes last goes first."""
    left = NOTES_TOKENS * 4
    kept: list[Notes] = []
    for notes in (decisions, questions):
        taken: list[str] = []
        for note in notes or ():
            if left <= 0:
                break
            taken.append(note[:left])
            left -= len(note)
        kept.append(None if notes is None else tuple(taken))
    return kept[0], kept[1]
