from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from enforcer.core.errors import ToolError
from enforcer.tools.jobs import Jobs
from tests.unit.tools.conftest import Hand
from tests.unit.tools.test_process import ENV, gone

Story = Callable[[Jobs, Callable[[str], Awaitable[str]]], Awaitable[None]]


def tell(story: Story, folder: Path) -> None:
    async def told() -> None:
        jobs = Jobs()
        try:
            await story(jobs, lambda command: jobs.start(command, cwd=folder, env=ENV, outputs=folder / "outputs"))
        finally:
            await jobs.stop_all()

    asyncio.run(told())


def test_a_job_runs_to_its_end_and_tells_how(tmp_path: Path) -> None:
    async def story(jobs: Jobs, start: Callable[[str], Awaitable[str]]) -> None:
        id = await start("echo one; exit 3")
        report = await jobs.output(id, wait_s=30)
        assert (report.id, report.status, report.exit_code, report.text) == ("b1", "ended", 3, "one\n")

    tell(story, tmp_path)


def test_a_running_job_shows_only_what_is_new(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "go")

    async def story(jobs: Jobs, start: Callable[[str], Awaitable[str]]) -> None:
        id = await start("echo one; touch started; cat go; echo three")
        while not (tmp_path / "started").exists():
            await asyncio.sleep(0.01)
        report = await jobs.output(id)
        assert (report.status, report.exit_code, report.text) == ("running", None, "one\n")
        assert jobs.running == ("b1",)
        await asyncio.to_thread((tmp_path / "go").write_text, "two\n")
        assert (await jobs.output(id, wait_s=30)).text == "two\nthree\n"
        assert (await jobs.output(id)).text == ""

    tell(story, tmp_path)


def test_waiting_ends_with_its_time(tmp_path: Path) -> None:
    async def story(jobs: Jobs, start: Callable[[str], Awaitable[str]]) -> None:
        id = await start("sleep 600")
        assert (await jobs.output(id, wait_s=0.01)).status == "running"

    tell(story, tmp_path)


def test_a_stopped_job_is_gone_with_all_it_started(tmp_path: Path) -> None:
    async def story(jobs: Jobs, start: Callable[[str], Awaitable[str]]) -> None:
        id = await start("sleep 600 & echo $! > child; echo ready; wait")
        while not ((tmp_path / "child").exists() and (tmp_path / "child").read_text()):
            await asyncio.sleep(0.01)
        report = await jobs.stop(id)
        assert (report.status, report.exit_code) == ("stopped", None)
        assert gone(int((tmp_path / "child").read_text()))
        assert (await jobs.stop(id)).status == "stopped"

    tell(story, tmp_path)


def test_the_end_of_the_session_leaves_nothing(tmp_path: Path) -> None:
    async def story(jobs: Jobs, start: Callable[[str], Awaitable[str]]) -> None:
        for name in ("a", "b"):
            await start(f"echo $$ > {name}; exec sleep 600")
            while not ((tmp_path / name).exists() and (tmp_path / name).read_text()):
                await asyncio.sleep(0.01)
        await jobs.stop_all()
        assert jobs.running == ()
        assert gone(int((tmp_path / "a").read_text()))
        assert gone(int((tmp_path / "b").read_text()))
        await jobs.stop_all()

    tell(story, tmp_path)


def test_a_job_stopped_before_its_first_breath_is_gone_too(tmp_path: Path) -> None:
    async def story(jobs: Jobs, start: Callable[[str], Awaitable[str]]) -> None:
        id = await start("exec sleep 600")
        report = await jobs.stop(id)
        assert report.status == "stopped"

    tell(story, tmp_path)


def test_an_unknown_job_is_said_with_those_there_are(tmp_path: Path) -> None:
    async def story(jobs: Jobs, start: Callable[[str], Awaitable[str]]) -> None:
        with pytest.raises(ToolError, match="no background task 'b7'; none was started"):
            await jobs.output("b7")
        await start("true")
        with pytest.raises(ToolError, match="no background task 'b7'; there are b1"):
            await jobs.stop("b7")

    tell(story, tmp_path)


def test_the_tools_start_show_and_stop_a_job(hand: Hand) -> None:
    async def story() -> None:
        started = await hand.call("Bash", command="echo hi; exec sleep 600", run_in_background=True)
        assert started.content == (
            "Started in the background as task b1; TaskOutput shows what it prints, TaskStop ends it."
        )
        shown = await hand.call("TaskOutput", task_id="b1", block=False)
        assert shown.content.endswith("(task b1: running)")
        stopped = await hand.call("TaskStop", task_id="b1")
        assert stopped.content.endswith("(task b1: stopped)")

    asyncio.run(story())


def test_the_tool_waits_for_the_end(hand: Hand) -> None:
    async def story() -> None:
        await hand.call("Bash", command="echo hi; exit 2", run_in_background=True)
        shown = await hand.call("TaskOutput", task_id="b1")
        assert shown.content == "hi\n(task b1: ended, exit code 2)"

    asyncio.run(story())
