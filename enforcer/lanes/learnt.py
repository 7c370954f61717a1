"""The person's own lane rules: a short YAML list that `k` adds to and anybody may edit."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml
from filelock import FileLock, Timeout

from enforcer.core.errors import EnforcerError
from enforcer.core.lanes import Lane, LaneDecision, Source, Task

MOST_WORDS = 4
LOCK_S = 5
_HEAD = "# Rules Enforcer learnt from your answers; edit or delete them as you like.\n"


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


class Learnt:
    """Rules of the user's `lanes.yaml`, and of the project's where there is one; the project's come first."""

    def __init__(self, path: Path, project: Path | None = None) -> None:
        self.path = path
        self.rules: tuple[LearntRule, ...] = ()
        self.problems: tuple[str, ...] = ()  # one sentence per entry that was skipped
        for file in filter(None, (project, path)):
            rules, problems = _read(file)
            self.rules += rules
            self.problems += problems

    def match(self, text: str, task: Task) -> LearntRule | None:
        return next((rule for rule in self.rules if rule.fits(text, task)), None)

    def learn(self, decision: LaneDecision, prompt: str = "", today: date | None = None) -> str:
        """Write one rule for prompts of this kind and say so.

        Raises: EnforcerError when the file cannot be written or is broken.
        """
        words = kind_of(decision)
        if decision.lane is None or not words:
            return "no rule was written: nothing in this prompt tells its kind"
        task = None if decision.task is Task.OTHER else decision.task
        rule = LearntRule(words, decision.lane, task, (today or date.today()).isoformat())
        _append(self.path, rule)
        self.rules += (rule,)
        return f"learnt: {', '.join(words)} is {rule.lane} work; the rule is in {self.path}"


def kind_of(decision: LaneDecision) -> tuple[str, ...]:
    """The words of a decision that name its kind: what is to be made, not how it was put."""
    if decision.source is Source.MODEL:
        return ()  # a model names no words
    words = [word.strip() for word in decision.reason.partition(";")[0].split(",")]
    return tuple(word.lower() for word in words[-1:] if word)


def _occurs(word: str, text: str) -> bool:
    """Whole words, and their plurals; scripts without spaces match anywhere."""
    if not word.isascii():
        return word.casefold() in text.casefold()
    return re.search(rf"(?<![\w]){re.escape(word)}(?:s|es)?(?!\w)", text, re.IGNORECASE) is not None


def _read(path: Path) -> tuple[tuple[LearntRule, ...], tuple[str, ...]]:
    try:
        entries = _entries(path.read_text("utf-8"))
    except FileNotFoundError:
        return (), ()
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        return (), (f"{path} cannot be read, so its lane rules are not used: {_first_line(error)}",)
    if entries is None:
        return (), (f"{path} is not a list of rules; write entries like '- {{when: [haiku], lane: creative}}'",)
    rules: list[LearntRule] = []
    problems: list[str] = []
    for number, entry in enumerate(entries, 1):
        try:
            rules.append(_rule(entry))
        except ValueError as error:
            problems.append(f"{path}: rule {number} is skipped: {error}")
    return tuple(rules), tuple(problems)


def _entries(text: str) -> Sequence[Any] | None:
    """None when the text is YAML but no list."""
    data = yaml.safe_load(text)
    if data is None:
        return ()
    return data if isinstance(data, list) else None


def _rule(entry: Any) -> LearntRule:
    """Raises: ValueError naming the key that is wrong."""
    if not isinstance(entry, dict):
        raise ValueError("it is not a mapping with when and lane")
    return LearntRule(
        _words(entry.get("when")),
        Lane(_one_of("lane", entry.get("lane"), [lane.value for lane in Lane])),
        _task(entry.get("task")),
        str(entry.get("learnt", "")),
    )


def _append(path: Path, rule: LearntRule) -> None:
    """The file keeps its comments: the rule goes behind what is there, and the whole is replaced at once."""
    path = path.resolve()  # a link to a file kept elsewhere stays a link
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with FileLock(f"{path}.lock", timeout=LOCK_S):
            before = path.read_text("utf-8") if path.exists() else _HEAD
            _replace(path, _with(before, rule, path))
    except (OSError, UnicodeDecodeError, Timeout) as error:
        raise EnforcerError(f"the rule could not be written to {path}: {_first_line(error)}") from error


def _with(before: str, rule: LearntRule, path: Path) -> str:
    try:
        entries = _entries(before)
    except yaml.YAMLError:
        entries = None
    if entries is None:
        raise EnforcerError(f"no rule was added: {path} is not a list of rules; mend it or move it away")
    text = f"{before.rstrip()}\n{_entry(rule)}" if before.strip() else _HEAD + _entry(rule)
    if _count(text) == len(entries) + 1:
        return text
    return _HEAD + yaml.safe_dump([*entries, *yaml.safe_load(_entry(rule))], allow_unicode=True, sort_keys=False)


def _count(text: str) -> int:
    try:
        return len(_entries(text) or ())
    except yaml.YAMLError:
        return -1  # written in the [flow style], which cannot be added to at the end


def _entry(rule: LearntRule) -> str:
    when = yaml.safe_dump(list(rule.when), allow_unicode=True, default_flow_style=True, width=1_000).strip()
    lines = [f"- when: {when}", f"  lane: {rule.lane}"]
    lines += [f"  task: {rule.task}"] if rule.task else []
    return "\n".join([*lines, f"  learnt: {rule.learnt}", ""])


def _replace(path: Path, text: str) -> None:
    handle, name = tempfile.mkstemp(prefix=".lanes-", dir=path.parent)  # 0600
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]


def _words(value: Any) -> tuple[str, ...]:
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
