"""Scripted dialogues as people write them: a YAML file, read with one sentence for whatever is wrong in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from enforcer.core.errors import UsageError
from enforcer.core.lanes import Lane, Source

ANSWERS = {
    **{key: key for key in ("enter", "y", "n", "k", "a", "d", "e", "esc", "timeout")},
    "switch": "enter",
    "stay": "n",
    "ctrl-c": "cancel",
}
POLICIES = ("once", "auto", "never")
LANES = tuple(lane.value for lane in Lane)
EXPECTED: Mapping[str, tuple[object, ...]] = {
    "lane": (*LANES, "neutral"),
    "asks": (True, False),
    "to": (*LANES, None),
    "active_after": LANES,
    "source": tuple(source.value for source in Source),
}
FILE_KEYS = ("dialogues",)
DIALOGUE_KEYS = ("id", "active_lane", "fixed", "ask", "rules", "turns")
TURN_KEYS = ("user", "assistant", "answer", "plan", "expect")


@dataclass(frozen=True, slots=True)
class Turn:
    """What is typed; `answer` is the key pressed if there is a question, `expect` what the writer holds true."""

    user: str
    assistant: str = ""
    answer: str = "enter"
    plan: bool = False
    expect: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Dialogue:
    """None stands for what the settings say."""

    id: str
    turns: tuple[Turn, ...]
    active: Lane | None = None
    fixed: bool = False  # the lane was set by a flag
    policy: str | None = None
    rules: tuple[Mapping[str, Any], ...] | None = None  # in place of the person's own


def read(path: Path) -> tuple[Dialogue, ...]:
    """Raises: UsageError naming the file, and where in it."""
    try:
        data = yaml.safe_load(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is no text in UTF-8"
        raise UsageError(f"{path} cannot be read: {why}") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise UsageError(f"{path} cannot be read as YAML: {_place(error)}") from error
    found = _mapping(data, FILE_KEYS, str(path), "a file of dialogues").get("dialogues")
    entries = _some(
        found, f"{path}: 'dialogues' is not a list of dialogues; write 'dialogues: [{{id: …, turns: […]}}]'"
    )
    dialogues = tuple(_dialogue(entry, n, str(path)) for n, entry in enumerate(entries, 1))
    ids = [dialogue.id for dialogue in dialogues]
    if twice := next((each for each in ids if ids.count(each) > 1), None):
        raise UsageError(f"{path}: two dialogues have the id '{twice}'; give each its own")
    return dialogues


def _dialogue(entry: Any, number: int, path: str) -> Dialogue:
    name = entry.get("id", number) if isinstance(entry, Mapping) else number
    where = f"{path}: dialogue " + (f"'{name}'" if isinstance(name, str) else str(name))
    said = _mapping(entry, DIALOGUE_KEYS, where, "a dialogue")
    turns = _some(said.get("turns"), f"{where}: 'turns' is not a list; write 'turns: [{{user: …}}]'")
    lane, policy = said.get("active_lane"), said.get("ask")
    return Dialogue(
        str(name),
        tuple(_turn(turn, f"{where}, turn {n}") for n, turn in enumerate(turns, 1)),
        None if lane is None else Lane(_one_of(lane, LANES, "active_lane", where)),
        _yes_or_no(said.get("fixed", False), "fixed", where),
        None if policy is None else str(_one_of(policy, POLICIES, "ask", where)),
        _rules(said.get("rules"), where),
    )


def _turn(entry: Any, where: str) -> Turn:
    said = _mapping(entry, TURN_KEYS, where, "a turn")
    if not str(_text(said.get("user", ""), "user", where)).strip():
        raise UsageError(f"{where}: 'user' is missing; it is what the person types")
    answer = said.get("answer", "enter")
    if isinstance(answer, bool):  # YAML reads yes and no so
        answer = "y" if answer else "n"
    return Turn(
        str(said["user"]),
        _text(said.get("assistant", ""), "assistant", where),
        ANSWERS[str(_one_of(answer, tuple(ANSWERS), "answer", where))],
        _yes_or_no(said.get("plan", False), "plan", where),
        _expected(said.get("expect", {}), where),
    )


def _expected(value: Any, where: str) -> Mapping[str, Any]:
    said = _mapping(value, tuple(EXPECTED), where, "expect")
    return {key: _one_of(each, EXPECTED[key], f"expect.{key}", where) for key, each in said.items()}


def _rules(value: Any, where: str) -> tuple[Mapping[str, Any], ...] | None:
    if value is None:
        return None
    if not isinstance(value, list) or not all(isinstance(rule, Mapping) for rule in value):
        raise UsageError(f"{where}: 'rules' is not a list of rules; write them as in lanes.yaml")
    return tuple(value)


def _mapping(value: Any, known: Sequence[str], where: str, what: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise UsageError(f"{where}: this is not {what}; its keys are {', '.join(known)}")
    if strange := next((key for key in value if key not in known), None):
        raise UsageError(f"{where}: '{strange}' is not a key of {what}; use {', '.join(known)}")
    return value


def _some(value: Any, otherwise: str) -> Sequence[Any]:
    if not isinstance(value, list) or not value:
        raise UsageError(otherwise)
    return value


def _text(value: Any, key: str, where: str) -> str:
    if not isinstance(value, str):
        raise UsageError(f"{where}: '{key}' is {value!r} and no text; put it in quotes")
    return value


def _yes_or_no(value: Any, key: str, where: str) -> bool:
    return bool(_one_of(value, (True, False), key, where))


def _one_of(value: Any, known: Sequence[object], key: str, where: str) -> Any:
    if not any(value is each or (isinstance(value, str) and value == each) for each in known):
        raise UsageError(f"{where}: '{key}' is {shown(value)}, and must be one of {', '.join(map(shown, known))}")
    return value


def shown(value: object) -> str:
    """As it stands in the file."""
    return "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _place(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    why = getattr(error, "problem", None) or (str(error).splitlines() or ["it is nested too deeply"])[0]
    return f"line {mark.line + 1}, column {mark.column + 1}: {why}" if mark else str(why)
