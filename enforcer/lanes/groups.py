"""The letter groups of a prompt, weighed: a linear model of whole numbers, which needs nothing but Python."""

from __future__ import annotations

from collections.abc import Sequence

from enforcer.lanes.features import BUCKETS, Seen, bucket, groups, word_mark, words


class LetterGroups:
    """`table` has one signed byte for each bucket, column after column: the lanes, then the tasks."""

    def __init__(self, table: bytes, scale: Sequence[float], bias: Sequence[float]) -> None:
        """Raises: ValueError when the parts are not of one model."""
        if not len(scale) == len(bias) == len(table) // BUCKETS or len(table) % BUCKETS:
            raise ValueError("the table and the card are not of one training")
        cells = memoryview(table).cast("b")
        self._columns = [cells[start : start + BUCKETS] for start in range(0, len(table), BUCKETS)]
        self._scale, self._bias = scale, bias

    def scores(self, prompt: Seen) -> list[float]:
        """Of each column."""
        found = groups(prompt)
        length = max(len(found), 1) ** 0.5
        sums = (sum(map(column.__getitem__, found)) for column in self._columns)
        return [total / length * scale + bias for total, scale, bias in zip(sums, self._scale, self._bias, strict=True)]

    def speaks(self, word: str, column: int, others: Sequence[int]) -> float:
        """How much more a word says for one column than for any of the others; 0 for what is no single word."""
        said = words(word)
        if len(said) != 1:
            return 0.0
        place = bucket(word_mark(said[0]))
        weights = {each: self._columns[each][place] * self._scale[each] for each in (column, *others)}
        return weights[column] - max(weights[each] for each in others)
