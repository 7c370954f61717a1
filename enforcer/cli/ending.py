"""A signal to end is taken like Ctrl+C: what runs is cancelled and closes in order, at a point where it can."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Coroutine
from typing import Any

from enforcer.core.errors import ExitCode

SIGNALS = (signal.SIGTERM, signal.SIGHUP)  # asked to end, or the terminal was closed


class Left(Exception):
    """The person left before a session began."""


class WatchDemo(Exception):
    """The person wants to see the demo instead of a session."""


def run_to_end(work: Coroutine[Any, Any, int]) -> int:
    """The exit code of `work`, or that of a process that was told to end."""
    before = {number: signal.getsignal(number) for number in SIGNALS}
    try:
        return asyncio.run(_until_told(work))
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


async def _until_told(work: Coroutine[Any, Any, int]) -> int:
    task = asyncio.ensure_future(work)
    told: list[bool] = []

    def end() -> None:
        told.append(True)
        task.cancel()

    loop = asyncio.get_running_loop()
    for number in SIGNALS:
        loop.add_signal_handler(number, end)
    try:
        code = await task
    except asyncio.CancelledError:
        if not told:
            raise
    return int(ExitCode.TERMINATED) if told else code
