from __future__ import annotations

import asyncio
from pathlib import Path
from threading import Event

import pytest

from enforcer.core.errors import ToolError
from enforcer.tools.read import Pager
from enforcer.tools.search import Query, search
from enforcer.tools.threads import in_thread


def test_the_result_and_the_failure_of_the_work_come_through() -> None:
    def refuse(stop: Event) -> str:
        raise ToolError("no")

    assert asyncio.run(in_thread(lambda stop: "done")) == "done"
    with pytest.raises(ToolError, match="no"):
        asyncio.run(in_thread(refuse))


def test_cancelling_tells_the_work_to_stop() -> None:
    stops: list[Event] = []
    begun = Event()

    def work(stop: Event) -> None:
        stops.append(stop)
        begun.set()
        stop.wait()

    async def story() -> None:
        task = asyncio.create_task(in_thread(work))
        await asyncio.to_thread(begun.wait)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(story())
    assert stops[0].is_set()


def test_a_search_that_was_told_to_stop_looks_at_no_more_files(tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        (tmp_path / name).write_text("needle\n")
    stop = Event()
    hits = search(Query("needle", str(tmp_path)), stop)
    assert next(hits).path == "a"
    stop.set()
    assert list(hits) == []


def test_a_reader_that_was_told_to_stop_reads_no_further(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x\n" * 1000)
    stop = Event()
    stop.set()
    with (tmp_path / "a").open("rb") as file:
        pager = Pager(file, 500, 10, stop)
        pager.collect()
        assert (pager.count, file.tell()) == (0, 0)
