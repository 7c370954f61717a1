"""How often Python looks for garbage: not while we start, and later not among what the start has left behind."""

from __future__ import annotations

import gc

START = 200_000  # objects; a start makes half of that, and they all stay
RUNNING = 20_000


def starting() -> None:
    """Looking through all modules again and again took a tenth of the start."""
    gc.set_threshold(START, 20, 20)


def running() -> None:
    """What is there by now is looked at no more."""
    gc.freeze()
    gc.set_threshold(RUNNING, 10, 10)
