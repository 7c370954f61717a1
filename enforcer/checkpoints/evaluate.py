"""What a check says of a text, a path or a command. The same code proves a check, and runs it in a session."""

from __future__ import annotations

import operator
import os
import re
import shlex
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

from pathspec import GitIgnoreSpec

from enforcer.checkpoints.checkpoint import Check, Kind
from enforcer.core.errors import EnforcerError
from enforcer.tools.process import run_command

LONGEST_LINE = 160
TAIL_LINES = 3  # of what a command said last
PROGRAMS = (".venv/bin", "venv/bin", "node_modules/.bin")  # of the project, looked in before the PATH
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_LINK = re.compile(r"https?://[^\s)>\]\"']+")
_COMPARE: Mapping[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
    ">=": operator.ge,
    ">": operator.gt,
}


class Status(StrEnum):
    PASSED = "pass"
    FAILED = "fail"
    ERROR = "error"  # it could not be evaluated, which holds up as a failure does
    UNAVAILABLE = "unavailable"  # there is nobody to judge


@dataclass(frozen=True, slots=True)
class Outcome:
    """`reason` is a clause that says what was found and where, "" for a pass."""

    status: Status
    reason: str = ""

    @property
    def ok(self) -> bool:
        return self.status is Status.PASSED


PASSED = Outcome(Status.PASSED)
OF_TEXT = frozenset({Kind.REGEX_DENY, Kind.REGEX_REQUIRE, Kind.THRESHOLD})


def of_text(check: Check, text: str, before: str = "", where: str = "") -> Outcome:
    """A check on a text. What broke a rule `before` is not held against who changes something else."""
    match check.kind:
        case Kind.REGEX_DENY:
            new = next(_broken(check, text, before), None)
            return PASSED if new is None else Outcome(Status.FAILED, f"{_at(where)}line {new[0]}: {_short(new[1])}")
        case Kind.REGEX_REQUIRE:
            found = _compiled(check).search(text)
            return PASSED if found else Outcome(Status.FAILED, f"{where or 'the text'} has nothing that says it")
        case _:
            return compared(check, measured(check.measure, text), f"{where or 'the text'} has", check.measure)


def measured(measure: str, text: str) -> float:
    """Words, lines, characters, or the different addresses a text names."""
    match measure:
        case "words":
            return len(text.split())
        case "lines":
            return len(text.splitlines())
        case "characters":
            return len(text)
    return len(set(_LINK.findall(text)))


def compared(check: Check, found: float, who: str, what: str = "") -> Outcome:
    if _COMPARE[check.op](found, check.value):
        return PASSED
    unit = f" {what}" if what else ""
    return Outcome(Status.FAILED, f"{who} {found:g}{unit}, and {check.op} {check.value:g} is wanted")


async def of_command(check: Check, cwd: Path, env: Mapping[str, str], outputs: Path) -> Outcome:
    """A command that must end with 0; for a threshold, the last number it prints."""
    shown = shlex.join(check.run)
    ran = await run_command(
        shown, cwd=cwd, env=with_programs(env, cwd), outputs=outputs, timeout_s=min(check.timeout_s, 3600)
    )
    if ran.exit_code is None:
        return Outcome(Status.ERROR, f"{shown} did not end within {check.timeout_s:g} s")
    if ran.exit_code in {126, 127}:
        return Outcome(Status.ERROR, f"{shown} could not be run: {_tail(ran.text)}")
    if check.kind is Kind.COMMAND:
        return PASSED if ran.ok else Outcome(Status.FAILED, f"{shown} ended with {ran.exit_code}: {_tail(ran.text)}")
    numbers = _NUMBER.findall(ran.text)
    if not ran.ok or not numbers:
        return Outcome(Status.ERROR, f"{shown} gave no number: {_tail(ran.text)}")
    return compared(check, float(numbers[-1]), f"{shown} says")


def with_programs(env: Mapping[str, str], root: Path) -> dict[str, str]:
    """The environment in which a project's own programs are found first."""
    own = [str(root / place) for place in PROGRAMS if (root / place).is_dir()]
    return {**env, "PATH": os.pathsep.join([*own, env.get("PATH", os.defpath)])}


def covers(globs: tuple[str, ...], path: str) -> bool:
    """Whether a path, relative to the project, is meant; without globs every one is."""
    return not globs or _spec(globs).match_file(path)


@lru_cache(maxsize=512)
def _spec(globs: tuple[str, ...]) -> GitIgnoreSpec:
    return GitIgnoreSpec.from_lines(globs)


def _broken(check: Check, text: str, before: str) -> Iterator[tuple[int, str]]:
    """Lines that match and did not stand there before, with their numbers."""
    pattern = _compiled(check)
    old = Counter(line for line in before.splitlines() if pattern.search(line))
    for number, line in enumerate(text.splitlines(), 1):
        if pattern.search(line):
            if old[line]:
                old[line] -= 1
            else:
                yield number, line


@lru_cache(maxsize=512)
def _pattern(pattern: str, flags: int) -> re.Pattern[str]:
    return re.compile(pattern, flags)


def _compiled(check: Check) -> re.Pattern[str]:
    """Raises: EnforcerError; the compiled file may have been written by hand."""
    try:
        return _pattern(check.pattern, re.IGNORECASE if check.ignore_case else 0)
    except re.error as error:
        raise EnforcerError(f"the pattern {check.pattern!r} cannot be read: {error}") from error


def _at(where: str) -> str:
    return f"{where}, " if where else ""


def _short(text: str) -> str:
    one = " ".join(text.split())
    return one if len(one) <= LONGEST_LINE else f"{one[: LONGEST_LINE - 1]}…"


def _tail(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return _short(" | ".join(lines[-TAIL_LINES:])) or "it said nothing"
