"""What the lane classifier is worth, on prompts it has never seen, against what we want: `python -m benchmarks.lanes`.

Every prompt goes the way it goes in a session's first turn. `--unseen FILE` adds rows of other sources.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from enforcer.core.lanes import Lane, Task
from enforcer.lanes import trained
from enforcer.lanes.local import RuleClassifier
from enforcer.lanes.prediction import LocalClassifier

DATA = Path(__file__).resolve().parents[1] / "data" / "lanes"
HELD_OUT = ("heldout", "native-heldout")
TASKS = frozenset(Task)
BINS = 10


@dataclass(frozen=True, slots=True)
class Case:
    text: str
    lane: Lane | None
    task: str
    source: str
    lang: str


@dataclass(frozen=True, slots=True)
class Outcome:
    case: Case
    lane: Lane | None
    task: str
    confidence: float
    decided: bool
    ms: float  # of CPU

    @property
    def right(self) -> bool:
        return self.lane is self.case.lane

    @property
    def swapped(self) -> bool:
        return not self.right and self.lane is not None and self.case.lane is not None


@dataclass(frozen=True, slots=True)
class Figure:
    name: str
    of: Callable[[Sequence[Outcome]], float]
    wanted: float
    least: bool = True  # or at most

    def met(self, value: float) -> bool:
        return value >= self.wanted if self.least else value <= self.wanted


def share(values: Iterable[bool]) -> float:
    found = list(values)
    return sum(found) / len(found) if found else float("nan")


def calibration_error(outcomes: Sequence[Outcome]) -> float:
    """How far confidence and truth are apart, over ten bins."""
    apart = 0.0
    for number in range(BINS):
        part = [each for each in outcomes if min(int(each.confidence * BINS), BINS - 1) == number]
        apart += abs(sum(each.confidence for each in part) - sum(each.right for each in part))
    return apart / max(len(outcomes), 1)


FIGURES = (
    Figure("right", lambda found: share(each.right for each in found), 0.95),
    Figure("swapped", lambda found: share(each.swapped for each in found), 0.02, least=False),
    Figure("decided", lambda found: share(each.decided for each in found), 0.85),
    Figure("right of decided", lambda found: share(each.right for each in found if each.decided), 0.98),
    Figure("calibration error", calibration_error, 0.03, least=False),
    Figure("task", lambda found: share(each.task == each.case.task for each in found if each.case.task in TASKS), 0.80),
)


def main(arguments: Sequence[str]) -> int:
    options = _arguments(arguments)
    classifier: LocalClassifier = RuleClassifier() if options.rules else _trained()
    outcomes = judged(classifier, [case for name in HELD_OUT for case in cases(DATA / f"{name}.jsonl")])
    parts = {"all held out": outcomes}
    parts |= {f"  {name}": found for name, found in _by(outcomes, lambda each: each.case.source).items()}
    parts |= {f"  {name}": found for name, found in _by(outcomes, lambda each: each.case.lang).items()}
    if options.unseen:
        unseen = judged(classifier, cases(options.unseen))
        parts["unseen"] = unseen
        parts |= {f"  {name}": found for name, found in _by(unseen, lambda each: each.case.source).items()}
        outcomes += unseen
    unsure = judged(classifier, cases(DATA / "ambiguous.jsonl"))
    abstained = share(not each.decided for each in unsure)
    cpu_ms = {"p50": _percentile(outcomes, 50), "p99": _percentile(outcomes, 99)}
    if options.json:
        measured = {name.strip(): _figures(found) for name, found in parts.items()}
        told = {"measured": measured, "ambiguous_abstained": abstained, "cpu_ms": cpu_ms}
        sys.stdout.write(json.dumps(told, indent=1) + "\n")
    else:
        _show(parts, abstained, cpu_ms)
    return 0


def cases(path: Path) -> list[Case]:
    lanes = {"creative": Lane.CREATIVE, "analytical": Lane.ANALYTICAL, "neutral": None}
    with path.open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return [
        Case(row["text"], lanes[row["lane"]], row.get("task", ""), row.get("source", path.stem), row.get("lang", "en"))
        for row in rows
    ]


def judged(classifier: LocalClassifier, found: Iterable[Case]) -> list[Outcome]:
    outcomes = []
    for case in found:
        started = time.process_time_ns()
        said = classifier.predict(case.text)
        ms = (time.process_time_ns() - started) / 1e6
        decided = said.confidence >= classifier.ask_at
        outcomes.append(Outcome(case, said.lane, said.task, said.confidence, decided, ms))
    return outcomes


def _arguments(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.lanes", description=__doc__)
    parser.add_argument("--unseen", metavar="JSONL", type=Path, help="rows of other sources, in the same fields")
    parser.add_argument("--rules", action="store_true", help="the rules that stand in when the weights are broken")
    parser.add_argument("--json", action="store_true", help="figures instead of a table")
    return parser.parse_args(arguments)


def _trained() -> LocalClassifier:
    found = trained.local(lambda text: sys.stderr.write(f"{text}\n"))
    found.read_ahead()
    return found.classifier


def _by(outcomes: Sequence[Outcome], key: Callable[[Outcome], str]) -> dict[str, list[Outcome]]:
    names = sorted({key(each) for each in outcomes})
    return {name: [each for each in outcomes if key(each) == name] for name in names}


def _figures(found: Sequence[Outcome]) -> dict[str, float]:
    return {"rows": len(found)} | {figure.name: round(figure.of(found), 4) for figure in FIGURES}


def _percentile(outcomes: Sequence[Outcome], percent: int) -> float:
    times = sorted(each.ms for each in outcomes)
    return round(times[min(len(times) * percent // 100, len(times) - 1)], 2)


def _show(parts: dict[str, list[Outcome]], abstained: float, cpu_ms: dict[str, float]) -> None:
    table = Table("prompts", "rows", *(figure.name for figure in FIGURES))
    table.add_row("wanted", "", *(f"{'≥' if each.least else '≤'} {each.wanted:.0%}" for each in FIGURES))
    for name, found in parts.items():
        table.add_row(name, str(len(found)), *(_cell(figure, figure.of(found)) for figure in FIGURES))
    console = Console(width=None if sys.stdout.isatty() else 120)
    console.print(table)
    console.print(f"ambiguous prompts left undecided: {abstained:.0%} (wanted ≥ 70%)")
    console.print(f"CPU of one decision: p50 {cpu_ms['p50']} ms (wanted ≤ 10), p99 {cpu_ms['p99']} ms (wanted ≤ 30)")


def _cell(figure: Figure, value: float) -> str:
    if math.isnan(value):  # no row of this part tells
        return ""
    return f"[{'green' if figure.met(value) else 'yellow'}]{value:.1%}[/]"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
