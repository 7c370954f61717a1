"""A row of the table: what was measured, what the same machine cannot go below, and the bar."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median

HEADS = ("row", "ours", "best", "floor", "ratio", "bar", "met")


@dataclass(frozen=True)
class Measured:
    ours: Sequence[float]
    floor: Sequence[float] = ()
    note: str = ""


@dataclass(frozen=True)
class Bar:
    """At most one of them; the first and the last are in the row's unit."""

    at_most: float | None = None
    times_floor: float | None = None
    at_least: float | None = None

    def met(self, ours: float, floor: float | None) -> bool | None:
        if self.at_least is not None:
            return ours >= self.at_least
        if self.at_most is not None:
            return ours <= self.at_most
        return None if self.times_floor is None or floor is None else ours <= floor * self.times_floor

    def text(self, unit: str) -> str:
        if self.at_most is not None:
            return f"≤ {shown(self.at_most, unit)}"
        if self.at_least is not None:
            return f"≥ {shown(self.at_least, unit)}"
        return "" if self.times_floor is None else f"≤ {self.times_floor:g} × floor"


@dataclass(frozen=True)
class Result:
    """`ours` is the median; `None` when this machine cannot measure the row, and `note` says why."""

    key: str
    name: str
    unit: str
    bar: Bar
    measured: Measured = field(default_factory=lambda: Measured(()))

    @property
    def ours(self) -> float | None:
        return median(self.measured.ours) if self.measured.ours else None

    @property
    def best(self) -> float | None:
        chosen = max if self.bar.at_least is not None else min
        return chosen(self.measured.ours) if self.measured.ours else None

    @property
    def floor(self) -> float | None:
        return median(self.measured.floor) if self.measured.floor else None

    @property
    def met(self) -> bool | None:
        return None if self.ours is None else self.bar.met(self.ours, self.floor)

    def cells(self) -> tuple[str, ...]:
        ratio = f"{self.ours / self.floor:.1f}" if self.ours is not None and self.floor else ""
        met = {None: "-", True: "yes", False: "no"}[self.met]
        numbers = [shown(number, self.unit) for number in (self.ours, self.best, self.floor)]
        return (self.name, *numbers, ratio, self.bar.text(self.unit), met)

    def to_json(self) -> dict[str, object]:
        facts = {"key": self.key, "row": self.name, "unit": self.unit, "ours": self.ours, "best": self.best}
        bar = {"floor": self.floor, "bar": self.bar.text(self.unit), "met": self.met}
        return {**facts, **bar, "runs": list(self.measured.ours), "note": self.measured.note}


def shown(number: float | None, unit: str) -> str:
    """Seconds are shown as people say them; the rest with its unit."""
    if number is None:
        return ""
    if unit == "s":
        return f"{number:.2f} s" if number >= 0.2 else f"{number * 1000:.1f} ms"
    digits = "" if unit == "x" else " "
    return f"{number:,.0f}{digits}{unit}" if abs(number) >= 100 else f"{number:.3g}{digits}{unit}"


def text(results: Sequence[Result]) -> str:
    rows = [HEADS, *(result.cells() for result in results)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADS))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    lines.insert(1, "  ".join("-" * width for width in widths))
    notes = [f"{result.name}: {result.measured.note}" for result in results if result.measured.note]
    return "\n".join([*lines, *([""] if notes else []), *notes])


def as_json(results: Sequence[Result]) -> str:
    return json.dumps([result.to_json() for result in results], indent=1)


@dataclass(frozen=True)
class Row:
    """`measure` gets the stage and how often to run."""

    key: str
    name: str
    unit: str
    bar: Bar
    measure: Callable[..., Measured]
