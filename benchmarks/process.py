"""What /proc says of a process and its children: memory and time on a CPU."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from pathlib import Path

EVERY_S = 0.02
GONE = (FileNotFoundError, ProcessLookupError, PermissionError)
AVAILABLE = Path("/proc/self/smaps_rollup").exists()


def tree(pid: int) -> list[int]:
    """The process and all below it; empty when it is gone."""
    found = [pid]
    with suppress(*GONE):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                found += tree(int(child))
    return found


def tree_kb(pid: int) -> tuple[int, int]:
    """Resident and proportional size of the whole tree."""
    rss = pss = 0
    for each in tree(pid):
        with suppress(*GONE):
            for line in Path(f"/proc/{each}/smaps_rollup").read_text().splitlines():
                rss += int(line.split()[1]) if line.startswith("Rss:") else 0
                pss += int(line.split()[1]) if line.startswith("Pss:") else 0
    return rss, pss


def cpu_s(pid: int) -> float:
    """Seconds that all its threads were on a CPU."""
    total = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        with suppress(*GONE):
            total += int((task / "schedstat").read_text().split()[0])
    return total / 1e9


class MemoryWatch:
    """Looks at a process tree until it is gone; `samples` are (time, rss_kb, pss_kb)."""

    def __init__(self, pid: int) -> None:
        self.samples: list[tuple[float, int, int]] = []
        self._pid = pid
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> MemoryWatch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(EVERY_S):
            rss, pss = tree_kb(self._pid)
            if rss:
                self.samples.append((time.monotonic(), rss, pss))
