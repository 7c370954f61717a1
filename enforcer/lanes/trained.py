"""The lane classifier with its weights: the small part at once, the encoder in the background or when it is needed."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from enforcer.lanes.learned import ENCODER, FOLDER, LearnedClassifier, Voice
from enforcer.lanes.local import RuleClassifier
from enforcer.lanes.prediction import LocalClassifier

BROKEN = (OSError, ValueError, KeyError, TypeError, IndexError, ImportError)
THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


class LateEncoder:
    """Loads once, and who needs it meanwhile waits. What is wrong is told by the one who asks, never by a thread."""

    def __init__(self, path: Path, tell: Callable[[str], object]) -> None:
        self._path = path
        self._tell = tell
        self._turn = threading.Lock()
        self._tried = False
        self._voice: Voice | None = None
        self._problem = ""

    def __call__(self) -> Voice | None:
        self.load()
        problem, self._problem = self._problem, ""
        if problem:
            self._tell(problem)
        return self._voice

    def load(self) -> None:
        with self._turn:
            if self._tried:
                return
            self._tried = True
            try:
                with one_thread():
                    from enforcer.lanes.encoder import load

                self._voice = load(self._path)
            except BROKEN as error:
                self._problem = unusable(error)


@contextmanager
def one_thread() -> Iterator[None]:
    """numpy is told while it is imported: for a sentence more threads cost more than they bring."""
    before = {name: os.environ.get(name) for name in THREADS}
    os.environ.update(dict.fromkeys(THREADS, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@dataclass(frozen=True, slots=True)
class Trained:
    """The classifier, and what reads the rest of it ahead."""

    classifier: LocalClassifier
    read_ahead: Callable[[], None] = lambda: None
    problem: str = ""  # rules decide instead


def local(tell: Callable[[str], object], folder: Path = FOLDER) -> Trained:
    """`tell` gets a sentence when the encoder is needed and cannot be had."""
    encoder = LateEncoder(folder / ENCODER, tell)
    try:
        return Trained(LearnedClassifier.read(encoder, RuleClassifier(), folder), encoder.load)
    except BROKEN as error:
        return Trained(RuleClassifier(), problem=unusable(error))


def unusable(error: BaseException) -> str:
    said = (str(error).splitlines() or [""])[0] or type(error).__name__
    return f"the trained lane classifier cannot be used, simple rules decide instead; install Enforcer anew: {said}"
