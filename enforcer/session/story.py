"""A record as a story: turns with what was said, done and decided in them, each part under the model that made it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import NoneType
from typing import Any

from enforcer.core.messages import (
    Image,
    Message,
    Role,
    Search,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
    message_from_json,
)
from enforcer.session.facts import clipped
from enforcer.session.pictures import brought_back
from enforcer.session.record import NAME
from enforcer.session.resume import HEADER, read_lines

FORMAT, FORMAT_VERSION = "enforcer-session", 1
LONGEST_TITLE = 120

_ENDED: dict[str, type | tuple[type, ...]] = {"reason": str, "cost_usd": (int, float, NoneType), "ms": (int, float)}
_ENDED |= {"requests": int, "usage": dict}

Json = dict[str, Any]
Scrub = Callable[[str], str]


def story_of(folder: Path, *, scrub: Scrub = str) -> Json:
    """Plain JSON: `session` and `turns`, each with its `items`; every text goes through `scrub` once more.

    Raises: what `read_lines` does.
    """
    teller = _Teller(folder.name)
    for _, entry in read_lines(folder / NAME):
        if entry is None or not teller.take(brought_back(folder, entry)):
            teller.lost += 1
    told: Json = scrubbed(teller.story(), scrub)
    return told


def scrubbed(value: Any, scrub: Scrub) -> Any:
    """The same JSON with every text, keys included, scrubbed."""
    match value:
        case str():
            return scrub(value)
        case Mapping():
            return {scrub(key): scrubbed(item, scrub) for key, item in value.items()}
        case list() | tuple():
            return [scrubbed(item, scrub) for item in value]
    return value


class _Teller:
    """Takes in one entry after the other."""

    def __init__(self, id: str) -> None:
        self.lost = 0  # entries that could not be read
        self._session: Json = {"id": id}
        self._turns: list[Json] = []
        self._calls: dict[str, Json] = {}  # of this turn, by id
        self._delegations: dict[str, Json] = {}
        self._name = ""

    def take(self, entry: Mapping[str, Any]) -> bool:
        """False when the entry lacks what its type has."""
        try:
            self._take_frame(entry)
            self._take_item(entry)
        except (KeyError, ValueError, TypeError, AttributeError, OverflowError):
            return False
        return True

    def story(self) -> Json:
        first = next((turn["prompt"] for turn in self._turns if turn["prompt"]), "")
        title = self._name or clipped(first, LONGEST_TITLE)
        session = {**self._session, "title": title, "entries_lost": self.lost}
        return {"format": FORMAT, "version": FORMAT_VERSION, "session": session, "turns": self._turns}

    def _take_frame(self, entry: Mapping[str, Any]) -> None:
        match entry["type"]:
            case kind if kind == HEADER:
                told = {"root": "root", "ts": "started", "version": "enforcer"}
                self._session |= {ours: str(entry[theirs]) for theirs, ours in told.items() if entry.get(theirs)}
                if entry.get("origins"):
                    self._session["forked_from"] = [str(origin) for origin in entry["origins"]]
            case "session_renamed":
                self._name = str(entry["title"])
            case "session_started" if entry.get("source") == "clear":
                self._add({"type": "clear"})
            case "prompt_submitted":
                self._begin(int(entry["turn"]), str(entry.get("ts", "")), str(entry["text"]))
            case "turn_started":
                turn = self._turn(int(entry["turn"]))
                turn |= {"lane": str(entry["lane"]), "model": str(entry["model"])}
            case "turn_finished":
                self._finish(entry)
            case "prompt_returned":
                self._turn(int(entry["turn"]))["returned"] = True

    def _take_item(self, entry: Mapping[str, Any]) -> None:
        match entry["type"]:
            case "message_added":
                turn = self._turn(int(entry.get("turn", 0)))
                self._say(turn, str(entry["lane"]), message_from_json(entry["message"]))
            case "lane_switched":
                told = {"from": entry["from_lane"], "to": entry["to_lane"], "model": entry.get("model")}
                self._add({"type": "switch", **told, "reason": str(entry.get("reason", ""))})
            case "lane_rolled_back":
                told = {"from": entry["from_lane"], "to": entry["to_lane"], "reason": str(entry.get("reason", ""))}
                self._add({"type": "switch_undone", **told})
            case "specification_made":
                self._add({"type": "specification", "path": str(entry["path"]), **entry["specification"]})
            case "clean_start":
                self._add({"type": "clean_start", "lane": entry["lane"]})
            case "history_replayed":
                self._add({"type": "replay", "lane": entry["lane"], "messages": len(entry["messages"])})
            case "delegation_started":
                self._delegate(entry)
            case "delegation_finished":
                self._report(entry)
            case "notice" if entry.get("level") in {"warning", "error"}:
                self._add({"type": "notice", "text": str(entry["text"])})

    def _begin(self, number: int, started: str, prompt: str) -> Json:
        self._calls.clear()
        self._turns.append({"turn": number, "started": started, "prompt": prompt, "lane": None, "model": None})
        self._turns[-1]["items"] = []
        return self._turns[-1]

    def _turn(self, number: int) -> Json:
        """The turn of this number, which is the last one; an entry without its prompt opens it."""
        if self._turns and (number in (0, self._turns[-1]["turn"])):
            return self._turns[-1]
        return self._begin(number, "", "")

    def _add(self, item: Json) -> None:
        self._turn(0)["items"].append(item)

    def _finish(self, entry: Mapping[str, Any]) -> None:
        turn = self._turn(int(entry["turn"]))
        turn |= {key: entry[key] for key, kinds in _ENDED.items() if key in entry and isinstance(entry[key], kinds)}
        if entry.get("error"):
            turn["error"] = str(entry["error"])

    def _say(self, turn: Json, lane: str, message: Message) -> None:
        match message.role:
            case Role.ASSISTANT:
                by: Json = {"lane": lane, "model": str(message.model) if message.model else None}
                by |= {"served": message.served} if message.served else {}
                turn["items"] += [self._said(part, by) for part in message.parts]
                if message.note:
                    turn["items"].append({"type": "ended_early", **by, "why": message.note})
            case Role.TOOL:
                for result in message.results:
                    self._result(result)
            case Role.USER:
                self._told(turn, lane, message.parts)

    def _said(self, part: object, by: Json) -> Json:
        match part:
            case Text(text):
                return {"type": "text", **by, "text": text}
            case Thinking(text):
                return {"type": "thinking", **by, "text": text}
            case ToolCall():
                item = {"type": "tool", **by, "name": part.name, "input": dict(part.input), "result": None}
                self._calls[part.id] = item
                return item
            case Search():
                sources = [{"url": source.url, "title": source.title} for source in part.sources]
                return {"type": "search", **by, "query": part.query, "sources": sources}
        return {"type": type(part).__name__.lower(), **by}

    def _result(self, result: ToolResult) -> None:
        if result.call_id in self._calls:
            item = self._calls[result.call_id]
            item |= {"result": result.content, "is_error": result.is_error}
            item |= {"images": [_image(image) for image in result.images]} if result.images else {}

    def _told(self, turn: Json, lane: str, parts: Sequence[object]) -> None:
        """What a model read besides the prompt: handoffs, words of hooks, images."""
        own = turn["prompt"].strip()
        for part in parts:
            if isinstance(part, Text) and part.text.strip() != own and not own.endswith(f" {part.text.strip()}"):
                turn["items"].append({"type": "context", "lane": lane, "text": part.text})
            if isinstance(part, Image):
                turn["items"].append({"type": "image", "lane": lane, **_image(part)})

    def _delegate(self, entry: Mapping[str, Any]) -> None:
        kept = ("agent", "lane", "model", "step", "why")
        item = {"type": "delegation", **{key: entry.get(key) for key in kept}, "status": None, "report": None}
        self._delegations[str(entry["delegation"])] = item
        self._add(item)

    def _report(self, entry: Mapping[str, Any]) -> None:
        item = self._delegations.pop(str(entry["delegation"]), None)
        if item is not None:
            item |= {key: entry.get(key) for key in ("status", "report", "served", "cost_usd", "requests", "ms")}


def _image(image: Image) -> Json:
    return {"media_type": image.media_type, "bytes": len(image.data) * 3 // 4}
