"""Which model answered, compared with the one that was asked for; what the model says of itself plays no part."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from enforcer.core.lanes import ModelRef
from enforcer.core.requests import PinStatus

Mode = Literal["strict", "warn"]
Aliases = Mapping[str, Sequence[str]]  # by `provider/model`: other ids that serve it

NO_ALIASES: Aliases = MappingProxyType({})
COMPATIBLE = "openai-compatible"

_DAY = r"(?:19|20)\d\d{0}(?:0[1-9]|1[0-2]){0}(?:0[1-9]|[12]\d|3[01])"
_DATED = re.compile(rf"(?:-{_DAY.format('')}|-{_DAY.format('-')}|@{_DAY.format('')}|@{_DAY.format('-')})\Z")
_NUMBERED = re.compile(r"-\d{3}\Z")  # google's revisions: gemini-2.0-flash-001


def check(pinned: ModelRef, served: str | None, aliases: Aliases = NO_ALIASES) -> PinStatus:
    """OK when `served` is the pinned id, a dated form of it, or listed as its alias."""
    if not served or pinned.provider == "acp" or pinned.provider.startswith("acp:"):
        return PinStatus.UNVERIFIED
    asked, got = _bare(pinned.model), _bare(served)
    listed = {_bare(alias) for alias in aliases.get(str(pinned), ())}
    if got == asked or got in listed or undated(got, pinned.provider) == asked:
        return PinStatus.OK
    return PinStatus.MISMATCH


def undated(model: str, provider: str) -> str:
    """The id without the suffix that only tells a revision; unchanged when it has none."""
    cut = _DATED.sub("", model)
    if cut == model and provider == "google":
        return _NUMBERED.sub("", model)
    return cut


def mode_for(pinned: ModelRef, setting: Mode | None) -> Mode:
    """`lanes.pin` as it applies to this model: unset is strict, but warn for compatible servers."""
    return setting or ("warn" if _compatible(pinned) else "strict")


@dataclass(frozen=True, slots=True)
class PinJudgement:
    """`stop`: the answer must not be used."""

    status: PinStatus
    stop: bool


class PinGuard:
    """Judges every answer of one pinned model.

    strict: another model stops. warn: it is reported, never stopped; but a compatible server, which may name its
    model as it likes, is held to the first name it gave: that name is reported once, and a later change stops.
    """

    def __init__(self, pinned: ModelRef, *, mode: Mode = "strict", aliases: Aliases = NO_ALIASES) -> None:
        self.pinned = pinned
        self.mode = mode
        self._aliases = aliases
        self._accepted: set[str] = set()
        self._last: str | None = None  # the name that answered last

    def judge(self, served: str | None) -> PinJudgement:
        judgement = self._judge(served)
        if served and not judgement.stop:  # a name that was stopped is not learnt
            self._last = served
        return judgement

    def _judge(self, served: str | None) -> PinJudgement:
        status = check(self.pinned, served, self._aliases)
        if served in self._accepted:
            return PinJudgement(PinStatus.OK, stop=False)
        if status is not PinStatus.MISMATCH or self.mode == "strict":
            return PinJudgement(status, stop=status is PinStatus.MISMATCH)
        if not _compatible(self.pinned):
            return PinJudgement(status, stop=False)
        if served == self._last:
            return PinJudgement(PinStatus.OK, stop=False)
        return PinJudgement(status, stop=self._last is not None)

    def accept(self, served: str) -> None:
        """A person said that this name is the pinned model; nobody else may."""
        self._accepted.add(served)


def _compatible(pinned: ModelRef) -> bool:
    return pinned.provider.partition(":")[0] == COMPATIBLE


def _bare(model: str) -> str:
    return model.removeprefix("models/")
