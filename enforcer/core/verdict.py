"""May it run? Three answers, and the strictest wins."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum


class Ruling(IntEnum):
    ALLOW = 0
    ASK = 1
    DENY = 2


@dataclass(frozen=True, slots=True)
class Verdict:
    """`by` says who ruled ("rule Bash(git *)", "mode", "hook", …); `firm` = a hook's allow cannot lift it."""

    ruling: Ruling
    reason: str = ""
    by: str = "mode"
    firm: bool = True


ALLOWED = Verdict(Ruling.ALLOW)


def strictest(verdicts: Iterable[Verdict]) -> Verdict:
    """The first of the strictest; ALLOW when there is none. A firm verdict beats a soft one of the same ruling."""
    return max(verdicts, key=lambda verdict: (verdict.ruling, verdict.firm), default=ALLOWED)
