"""Where the person agreed with a decision and where not: examples in a private file, which only this machine reads."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
import unicodedata
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from enforcer.config.paths import PRIVATE_FILE, private_folder
from enforcer.config.replace import alone_in, replace_text
from enforcer.config.secrets import SECRETS
from enforcer.core.errors import EnforcerError
from enforcer.core.lanes import Lane, LaneDecision

NAME = "lane-examples.jsonl"  # in the user data folder
LONGEST = 200  # characters of a prompt that are kept
LEAST_WORDS = 2  # of a prompt that decides others like it; "again" belongs anywhere
LARGEST = 1_000_000  # bytes; then the oldest examples go
KEPT = 1_000

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Example:
    """What a person said of one decision; `decided` is "abstained" where there was none to say it of."""

    at: str
    key: str  # of the normalised prompt
    text: str  # clipped, without secrets
    said: Lane
    decided: str  # creative, analytical or abstained
    source: str
    confidence: float
    words: tuple[str, ...]  # that decided
    how: str  # question, lane or prefix

    @property
    def agrees(self) -> bool:
        return self.decided == self.said


@dataclass(frozen=True, slots=True)
class Kept:
    """What the file says: the newest word on each prompt, and how many prompts went their way."""

    examples: tuple[Example, ...] = ()
    ran: int = 0

    @property
    def wrong(self) -> tuple[Example, ...]:
        return tuple(example for example in self.examples if not example.agrees)


class Corrections:
    """The examples of one person. What cannot be written is not remembered; no prompt waits for it or fails of it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._number = 0

    @cached_property
    def _latest(self) -> dict[str, list[tuple[int, Example]]]:
        """Read at the first prompt: no start of a session waits for it."""
        return {example.key: [(0, example)] for example in read(self.path).examples}

    def match(self, text: str) -> Example | None:
        """The correction of a prompt with the same words, unless the person has agreed with it since."""
        if not _stands_alone(text):
            return None
        said = self._latest.get(key_of(text))
        return said[-1][1] if said and not said[-1][1].agrees else None

    def ran(self) -> None:
        self._append({"ran": 1})

    def remember(self, prompt: str, said: Lane, decision: LaneDecision, how: str) -> int:
        example = _example(prompt, said, decision, how)
        self._number += 1
        self._latest.setdefault(example.key, []).append((self._number, example))
        self._append(asdict(example))
        return self._number

    def withdraw(self, number: int) -> None:
        for key, said in list(self._latest.items()):
            gone = [example for each, example in said if each == number]
            self._latest[key] = [pair for pair in said if pair[0] != number]
            for example in gone:
                self._append({"withdrawn": example.at, "key": example.key})

    def _append(self, entry: Mapping[str, Any]) -> None:
        line = json.dumps(entry, ensure_ascii=True, separators=(",", ":")).encode() + b"\n"
        try:
            private_folder(self.path.parent)
            handle = os.open(
                self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW, PRIVATE_FILE
            )
            try:
                os.write(handle, line)
                size = os.fstat(handle).st_size
            finally:
                os.close(handle)
            if size > LARGEST:
                _shorten(self.path)
        except (OSError, EnforcerError) as error:
            log.warning("an example could not be kept in %s: %s", self.path, error)


def corrections_in(data: Path, *, kept: bool = True) -> Corrections | None:
    """`data` is the user data folder; None when the person wants nothing kept."""
    return Corrections(data / NAME) if kept else None


def key_of(text: str) -> str:
    """The same for prompts that differ in case, marks and blanks only."""
    return hashlib.sha256(" ".join(_normal(text)).encode()).hexdigest()[:24]


def read(path: Path) -> Kept:
    """What cannot be read is not there: nothing here is worth stopping a session for."""
    try:
        with path.open("rb") as file:
            return _kept(filter(None, map(_decoded, file)))
    except OSError:
        return Kept()


def forget(path: Path) -> int:
    """How many examples went. Raises: EnforcerError."""
    known = len(read(path).examples)
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise EnforcerError(
            f"the examples in {path} could not be removed ({error.strerror}); remove that file"
        ) from error
    return known


def _kept(entries: Iterable[Mapping[str, Any]]) -> Kept:
    said: dict[str, list[Example]] = {}
    ran = 0
    for entry in entries:
        with suppress(KeyError, ValueError, TypeError, AttributeError):  # an entry of another version
            if "ran" in entry:
                ran += int(entry["ran"])
            elif "withdrawn" in entry:
                said[entry["key"]] = [each for each in said.get(entry["key"], ()) if each.at != entry["withdrawn"]]
            else:
                example = _from_json(entry)
                said.setdefault(example.key, []).append(example)
    newest = sorted((each[-1] for each in said.values() if each), key=lambda example: example.at)
    return Kept(tuple(newest), ran)


def _decoded(line: bytes) -> Mapping[str, Any] | None:
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return entry if isinstance(entry, dict) else None


def _from_json(entry: Mapping[str, Any]) -> Example:
    """Raises: KeyError, ValueError, TypeError."""
    return Example(
        str(entry["at"]),
        str(entry["key"]),
        str(entry["text"]),
        Lane(entry["said"]),
        str(entry["decided"]),
        str(entry["source"]),
        float(entry["confidence"]),
        tuple(map(str, entry["words"])),
        str(entry["how"]),
    )


def _example(prompt: str, said: Lane, decision: LaneDecision, how: str) -> Example:
    words = [word.strip() for word in decision.reason.partition(";")[0].split(",")]
    return Example(
        datetime.now(UTC).isoformat(timespec="microseconds"),
        key_of(prompt),
        _clipped(prompt),
        said,
        "abstained" if decision.abstained else str(decision.lane),
        str(decision.source),
        decision.confidence,
        tuple(_clipped(word) for word in words if word and not decision.abstained)[:4],
        how,
    )


def _clipped(text: str) -> str:
    """Scrubbed before it is cut: half a key is no longer known as one."""
    flat = " ".join(SECRETS.scrub(text).split())
    return flat if len(flat) <= LONGEST else f"{flat[: LONGEST - 1]}…"


def _normal(text: str) -> list[str]:
    return re.findall(r"\w+", unicodedata.normalize("NFKC", text).casefold())


def _stands_alone(text: str) -> bool:
    words = _normal(text)
    return len(words) >= LEAST_WORDS or any(not word.isascii() for word in words)


def _shorten(path: Path) -> None:
    """The newest examples, and one line for all the prompts. Raises: OSError."""
    with alone_in(path.parent):
        kept = read(path)
        entries: list[Mapping[str, Any]] = [{"ran": kept.ran}, *map(asdict, kept.examples[-KEPT:])]
        replace_text(path, "".join(f"{json.dumps(entry, separators=(',', ':'))}\n" for entry in entries), PRIVATE_FILE)
