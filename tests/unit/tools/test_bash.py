from __future__ import annotations

from pathlib import Path

import pytest

from enforcer.tools.bash import one_line
from tests.unit.tools.conftest import Hand


def test_a_command_runs_in_the_folder_of_the_session(hand: Hand, project: Path) -> None:
    output = hand("Bash", command="pwd")
    assert (output.content, output.is_error) == (str(project), False)


@pytest.mark.parametrize(
    ("command", "content"),
    [
        pytest.param("echo out; exit 3", "out\n(exit code 3)", id="exit code"),
        pytest.param("kill -9 $$", "(killed by SIGKILL)", id="signal"),
    ],
)
def test_a_command_that_fails_is_an_error_and_says_how(hand: Hand, command: str, content: str) -> None:
    output = hand("Bash", command=command)
    assert (output.content, output.is_error) == (content, True)


def test_a_silent_success_is_empty(hand: Hand) -> None:
    assert hand("Bash", command="true").content == ""


def test_running_out_of_time_is_an_error_with_what_came_before(hand: Hand) -> None:
    output = hand("Bash", command="echo before; sleep 600", timeout=1000)
    assert output.is_error
    assert output.content == (
        "before\n(ran out of time after 1 s and was ended; give a longer timeout or run_in_background)"
    )


def test_what_it_leaves_running_is_ended_and_told(hand: Hand) -> None:
    output = hand("Bash", command="sleep 600 & echo started")
    assert not output.is_error
    assert output.content == (
        "started\n(processes it left running were ended; use run_in_background for what must go on)"
    )


def test_long_output_is_cut_and_its_whole_kept(hand: Hand) -> None:
    output = hand("Bash", command="seq 1 20000")
    (file,) = hand.context.outputs.iterdir()
    assert len(output.content) < 31_000
    assert output.content.startswith("1\n2\n")
    assert output.content.endswith("\n19999\n20000")
    assert str(file) in output.content
    assert file.read_text().splitlines()[10_000] == "10001"


@pytest.mark.parametrize(
    ("command", "line"),
    [
        pytest.param("python -m unittest", "python -m unittest", id="one line"),
        pytest.param("cd a\nmake\n", "cd a ⏎ make", id="several lines"),
        pytest.param("x" * 200, "x" * 160 + "…", id="long"),
    ],
)
def test_the_summary_is_one_line(command: str, line: str) -> None:
    assert one_line(command) == line
