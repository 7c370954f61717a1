"""Why a turn went as it did: what was decided, asked, switched, requested, delegated and checked, out of the record."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from enforcer.core.errors import UsageError
from enforcer.core.events import RequestFinished, plain
from enforcer.core.lanes import LaneDecision
from enforcer.core.messages import Usage
from enforcer.core.requests import Check, Purpose, RequestRow
from enforcer.session.record import NAME
from enforcer.session.resume import HEADER, read_lines
from enforcer.session.rows import requests_of

Json = dict[str, Any]
Entry = Mapping[str, Any]


@dataclass(slots=True)
class Why:
    """One turn. What its record does not say is None, or empty."""

    turn: int
    session: str = ""
    root: str = ""  # of its project
    started: str = ""
    prompt: str = ""
    decision_id: str = ""
    decision: LaneDecision | None = None
    endeavor: int | None = None
    answer: Json | None = None  # answer, key: of the one question, or of what is done without asking
    lane: str = ""  # where it ran
    model: str = ""  # who was to serve it
    switch: Json | None = None  # from, to, model, reason, handoff; undone
    escalations: list[Json] = field(default_factory=list)  # why, model, answer, key
    requests: list[RequestRow] = field(default_factory=list)
    delegations: list[Json] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    check: Check = Check.NONE
    ended: str = ""  # "" = not yet
    error: str = ""
    returned: bool = False  # no model answered; the person has the prompt back

    @property
    def usage(self) -> Usage:
        return sum((row.usage for row in self.requests), Usage())

    @property
    def unpriced(self) -> int:
        return sum(row.cost_usd is None for row in self.requests)

    @property
    def known_usd(self) -> float:
        return sum(row.cost_usd for row in self.requests if row.cost_usd is not None)

    @property
    def side(self) -> list[RequestRow]:
        """What was neither the turn itself nor a sub-agent."""
        return [row for row in self.requests if row.purpose not in {Purpose.MAIN, Purpose.DELEGATION}]

    def to_json(self) -> Json:
        """Plain JSON; `cost_usd` is null unless the cost of every request is known."""
        decision = {"id": self.decision_id, **plain(self.decision)} if self.decision else None
        return {
            "session": self.session,
            "turn": self.turn,
            "started": self.started,
            "prompt": self.prompt,
            "decision": decision,
            "endeavor": self.endeavor,
            "answer": self.answer,
            "lane": self.lane or None,
            "model": self.model or None,
            "switch": self.switch,
            "escalations": self.escalations,
            "requests": [plain(row) for row in self.requests],
            "delegations": self.delegations,
            "changed": self.changed,
            "check": self.check.value,
            "usage": plain(self.usage),
            "cost_usd": None if self.unpriced else self.known_usd,
            "cost_known_usd": self.known_usd,
            "ended": self.ended or None,
            "error": self.error or None,
            "returned": self.returned,
        }


def why(folder: Path, turn: int | None = None) -> Why:
    """Of one turn, by default the last. Raises: UsageError naming those there are; what `read_lines` does."""
    turns = _turns(folder)
    if not turns:
        raise UsageError(f"nothing has been asked in session {folder.name} yet")
    if turn is None:
        return turns[max(turns)]
    if turn not in turns:
        raise UsageError(f"session {folder.name} has no turn {turn}; there {_named(sorted(turns))}")
    return turns[turn]


def _named(turns: Sequence[int]) -> str:
    """`is turn 1`, `are turns 1 to 4, 6`."""
    runs: list[list[int]] = []
    for turn in turns:
        if runs and runs[-1][-1] == turn - 1:
            runs[-1].append(turn)
        else:
            runs.append([turn])
    parts = [str(run[0]) if len(run) == 1 else f"{run[0]} to {run[-1]}" for run in runs]
    return f"{'are turns' if len(turns) > 1 else 'is turn'} {', '.join(parts)}"


def _turns(folder: Path) -> dict[int, Why]:
    reader = _Reader(folder.name)
    for _, entry in read_lines(folder / NAME):
        if entry is not None:
            reader.take(entry)
    for event in requests_of(folder, unwanted=True):
        if isinstance(event, RequestFinished) and event.row.turn in reader.turns:
            reader.turns[event.row.turn].requests.append(event.row)
    return reader.turns


class _Reader:
    """Takes in one entry after the other; what comes without a number belongs to the turn that is open."""

    def __init__(self, session: str) -> None:
        self.turns: dict[int, Why] = {}
        self._session = session
        self._open: Why | None = None
        self._root = ""

    def take(self, entry: Entry) -> None:
        """An entry that lacks what its type has is passed over."""
        try:
            self._take_numbered(entry)
            if self._open is not None and (read := _IN_A_TURN.get(entry["type"])):
                read(self._open, entry)
        except (KeyError, ValueError, TypeError, AttributeError):
            return

    def _take_numbered(self, entry: Entry) -> None:
        match entry["type"]:
            case kind if kind == HEADER:
                self._root = str(entry.get("root", ""))
            case "prompt_submitted":
                self._open = self._turn(entry)
                self._open.prompt, self._open.started = str(entry["text"]), str(entry.get("ts", ""))
            case "lane_decided":
                told = self._turn(entry)
                told.decision = LaneDecision.from_json(entry["decision"])
                told.decision_id = str(entry.get("decision_id", ""))
            case "turn_started":
                told = self._turn(entry)
                told.lane, told.model = str(entry["lane"]), str(entry["model"])
            case "turn_checked":
                self._turn(entry).check = Check(entry["outcome"])
            case "turn_finished":
                told = self._turn(entry)
                told.ended, told.error = str(entry["reason"]), str(entry.get("error", ""))
                told.lane = told.lane or str(entry["lane"])

    def _turn(self, entry: Entry) -> Why:
        number = int(entry["turn"])
        return self.turns.setdefault(number, Why(number, self._session, root=self._root))


def _answered(told: Why, entry: Entry) -> None:
    told.answer = {key: str(entry[key]) for key in ("answer", "key")}


def _escalated(told: Why, entry: Entry) -> None:
    told.escalations.append({key: str(entry[key]) for key in ("why", "model", "answer", "key")})


def _switched(told: Why, entry: Entry) -> None:
    if told.ended and not told.returned:
        return  # between two turns, by the person's own word
    told.switch = {
        "from": str(entry["from_lane"]),
        "to": str(entry["to_lane"]),
        "model": str(entry.get("model", "")),
        "reason": str(entry.get("reason", "")),
        "handoff": entry.get("handoff_path"),
        "undone": None,
    }


def _rolled_back(told: Why, entry: Entry) -> None:
    if told.switch is not None and (told.returned or not told.ended):
        told.switch["undone"] = str(entry.get("reason", "")) or "undone"


def _state(told: Why, entry: Entry) -> None:
    if not told.ended:
        told.endeavor = int(entry["state"]["endeavor_id"])


def _delegated(told: Why, entry: Entry) -> None:
    kept = ("number", "step", "agent", "lane", "model", "why")
    told.delegations.append({"id": str(entry["delegation"]), **{key: entry[key] for key in kept}, "status": None})


def _reported(told: Why, entry: Entry) -> None:
    for each in told.delegations:
        if each["id"] == str(entry["delegation"]) and each["status"] is None:
            each.update({key: entry.get(key) for key in ("status", "served", "cost_usd", "requests", "ms")})
            return


def _changed(told: Why, entry: Entry) -> None:
    path = entry.get("path")
    if isinstance(path, str) and not entry["is_error"]:
        inside = told.root and Path(path).is_relative_to(told.root)
        name = str(Path(path).relative_to(told.root)) if inside else path
        told.changed += [] if name in told.changed else [name]


def _returned(told: Why, entry: Entry) -> None:
    told.returned = True


_IN_A_TURN: Mapping[str, Callable[[Why, Entry], None]] = {
    "lane_answered": _answered,
    "escalation_answered": _escalated,
    "lane_switched": _switched,
    "lane_rolled_back": _rolled_back,
    "session_state": _state,
    "delegation_started": _delegated,
    "delegation_finished": _reported,
    "tool_finished": _changed,
    "prompt_returned": _returned,
}
