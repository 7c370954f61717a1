"""What the person's own examples say of the classifier: a confusion matrix, and the words that led it astray."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from enforcer.core.lanes import Lane
from enforcer.lanes.corrections import Example, Kept

ABSTAINED = "abstained"
COLUMNS = (*(lane.value for lane in Lane), ABSTAINED)
MOST_WORDS = 8
MOST_EXAMPLES = 5


@dataclass(frozen=True, slots=True)
class Confusion:
    """Rows are what the person said, columns what was decided."""

    ran: int
    matrix: dict[str, dict[str, int]]
    words: tuple[tuple[str, int], ...]
    newest: tuple[Example, ...]  # of those that were wrong

    @property
    def corrected(self) -> int:
        return sum(count for said, row in self.matrix.items() for decided, count in row.items() if said != decided)

    def to_json(self) -> dict[str, Any]:
        return {
            "ran": self.ran,
            "uncorrected": uncorrected(self),
            "matrix": self.matrix,
            "words": [{"word": word, "times": times} for word, times in self.words],
            "newest": [
                {"said": example.said.value, "decided": example.decided, "text": example.text, "at": example.at}
                for example in self.newest
            ],
        }


def confusion(kept: Kept) -> Confusion:
    wrong = kept.wrong
    return Confusion(
        kept.ran,
        {lane.value: _row(lane, kept.examples) for lane in Lane},
        tuple(Counter(word for example in wrong for word in example.words).most_common(MOST_WORDS)),
        tuple(reversed(wrong[-MOST_EXAMPLES:])),
    )


def uncorrected(found: Confusion) -> int:
    """Prompts that went where the person left them."""
    return max(found.ran - found.corrected, 0)


def _row(lane: Lane, examples: Sequence[Example]) -> dict[str, int]:
    said = [example.decided for example in examples if example.said is lane]
    return {column: said.count(column) for column in COLUMNS}
