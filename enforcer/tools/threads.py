"""Work on files beside the event loop; when the turn is cancelled the work is told to stop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from threading import Event
from typing import TypeVar

T = TypeVar("T")


async def in_thread(work: Callable[[Event], T]) -> T:
    """`work` looks at the event now and then: a thread cannot be ended from outside, and the program waits for it."""
    stop = Event()
    try:
        return await asyncio.to_thread(work, stop)
    finally:
        stop.set()
