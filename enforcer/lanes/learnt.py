"""The person's own lane rules: a short YAML list that `k` adds to and anybody may edit."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from enforcer.core.lanes import Lane, LaneDecision, Task
from enforcer.lanes import rulebook
from enforcer.lanes.kinds import kind_of

HOW = 'write one with: enforcer lanes set "the words" creative'


@dataclass(frozen=True, slots=True)
class LearntRule:
    """Prompts of one kind: every word of `when` occurs in it, and the task type is this one (None = any)."""

    when: tuple[str, ...]
    lane: Lane
    task: Task | None = None
    learnt: str = ""  # a date

    def fits(self, text: str, task: Task) -> bool:
        if self.task not in {None, task}:
            return False
        return all(_occurs(word, text) for word in self.when)

    def covers(self, other: LearntRule) -> bool:
        """Where this one comes first, the other is never reached."""
        if self.task not in {None, other.task}:
            return False
        return all(any(_occurs(word, theirs) for theirs in other.when) for word in self.when)

    def __str__(self) -> str:
        """`"release notes" with "launch" (write) is creative`."""
        words = " with ".join(f'"{word}"' for word in self.when)
        return f"{words}{f' ({self.task})' if self.task else ''} is {self.lane}"

    def to_yaml(self) -> dict[str, Any]:
        told: dict[str, Any] = {"when": list(self.when), "lane": str(self.lane)}
        if self.task:
            told["task"] = str(self.task)
        return told | ({"learnt": date.fromisoformat(self.learnt)} if self.learnt else {})


@dataclass(frozen=True, slots=True)
class Line:
    """One entry of the file; `problem` says why it is no rule."""

    number: int
    rule: LearntRule | None
    problem: str = ""


class Learnt:
    """The rules of the user's `lanes.yaml`. The first that fits a prompt decides it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._read()

    @property
    def rules(self) -> tuple[LearntRule, ...]:
        return tuple(line.rule for line in self.lines if line.rule)

    def match(self, text: str, task: Task) -> LearntRule | None:
        return next((rule for rule in self.rules if rule.fits(text, task)), None)

    def number_of(self, rule: LearntRule) -> int:
        return next(line.number for line in self.lines if line.rule == rule)

    def learn(self, decision: LaneDecision, prompt: str, today: date | None = None) -> str:
        """Write one rule for prompts of this kind and say what holds from now on.

        Raises: EnforcerError when the file cannot be written or is broken.
        """
        kind = kind_of(decision, prompt)
        if decision.lane is None or kind is None:
            return f"no rule was written: nothing in this prompt tells its kind; {HOW}"
        rule = LearntRule(kind.words, decision.lane, kind.task, (today or date.today()).isoformat())
        return f"from now on: {rule}; enforcer lanes forget {self.put(rule)} undoes it"

    def put(self, rule: LearntRule) -> int:
        """One line in the file, in the place of a rule for the same prompts; its number. Raises: EnforcerError."""
        same = next((line.number for line in self.lines if line.rule and _key(line.rule) == _key(rule)), None)
        number = rulebook.add(self.path, rule.to_yaml(), same)
        self._read()
        return number

    def forget(self, number: int) -> str:
        """The lines that were taken out. Raises: EnforcerError."""
        gone = rulebook.drop(self.path, number)
        self._read()
        return gone

    def shadow(self, rule: LearntRule) -> Line | None:
        """A rule above that decides all prompts of this one."""
        above = [line for line in self.lines if line.rule]
        before = above[: next((n for n, line in enumerate(above) if line.rule == rule), len(above))]
        return next((line for line in before if line.rule and line.rule.covers(rule)), None)

    def _read(self) -> None:
        book = rulebook.read(self.path)
        self.lines = tuple(_line(entry) for entry in book.entries)
        broken = [f"{self.path}: rule {line.number} is skipped: {line.problem}" for line in self.lines if line.problem]
        self.problems: tuple[str, ...] = (book.problem,) if book.problem else tuple(broken)


def words_of(text: str) -> tuple[str, ...]:
    """`release notes, launch` is two phrases, each of which has to occur."""
    return tuple(word for part in text.split(",") if (word := " ".join(part.lower().split())))


def _key(rule: LearntRule) -> tuple[frozenset[str], Task | None]:
    return frozenset(rule.when), rule.task


def _line(entry: rulebook.Entry) -> Line:
    if entry.problem:
        return Line(entry.number, None, entry.problem)
    try:
        return Line(entry.number, _rule(entry.value))
    except ValueError as error:
        return Line(entry.number, None, str(error))


def _occurs(word: str, text: str) -> bool:
    """Whole words, and their plurals; scripts without spaces match anywhere."""
    if not word.isascii():
        return word.casefold() in text.casefold()
    return _pattern(word).search(text) is not None


@cache
def _pattern(word: str) -> re.Pattern[str]:
    spaced = r"\s+".join(map(re.escape, word.split()))
    return re.compile(rf"(?<!\w){spaced}(?:s|es)?(?!\w)", re.IGNORECASE)


def _rule(entry: Any) -> LearntRule:
    """Raises: ValueError naming the key that is wrong."""
    if not isinstance(entry, Mapping):
        raise ValueError("it is not a mapping with when and lane")
    return LearntRule(
        _when(entry.get("when")),
        Lane(_one_of("lane", entry.get("lane"), [lane.value for lane in Lane])),
        _task(entry.get("task")),
        str(entry.get("learnt", "")),
    )


def _when(value: Any) -> tuple[str, ...]:
    words = [value] if isinstance(value, str) else value
    if not isinstance(words, list) or not words:
        raise ValueError("'when' must be a list of words")
    if not all(isinstance(word, str) and word.strip() for word in words):
        raise ValueError("'when' holds something that is not a word; put it in quotes")
    return tuple(word.strip().lower() for word in words)


def _task(value: Any) -> Task | None:
    return None if value is None else Task(_one_of("task", value, [task.value for task in Task]))


def _one_of(key: str, value: Any, known: Sequence[str]) -> str:
    if value not in known:
        raise ValueError(f"'{key}' is {value!r}, and must be one of {', '.join(known)}")
    return str(value)
