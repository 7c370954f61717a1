from __future__ import annotations

import subprocess
import sys

import pytest


def end_of(program: str) -> tuple[int, str]:
    """Exit code and output of a process that leaves as the command does."""
    command = [sys.executable, "-c", f"from enforcer.cli.main import leave\n{program}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout + done.stderr


def test_the_code_is_kept_and_all_output_is_written() -> None:
    code, out = end_of("print('x' * 1_000_000)\nleave(4)")
    assert code == 4
    assert out == "x" * 1_000_000 + "\n"


def test_what_was_registered_for_the_end_is_done() -> None:
    assert end_of("import atexit\natexit.register(print, 'goodbye')\nleave(0)") == (0, "goodbye\n")


def test_a_thread_that_is_at_work_is_waited_for() -> None:
    program = """
import threading
begun, go = threading.Event(), threading.Event()
def work():
    begun.set()
    go.wait()
    print("finished")
threading.Thread(target=work).start()
begun.wait()
threading.Timer(0.01, go.set).start()
leave(0)
"""
    assert end_of(program) == (0, "finished\n")


@pytest.mark.parametrize("watcher", ["settrace", "setprofile"])
def test_a_watched_process_ends_in_the_usual_way(watcher: str) -> None:
    program = f"import sys\ntry:\n    sys.{watcher}(lambda *_: None)\n    leave(3)\nfinally:\n    print('seen')"
    assert end_of(program) == (3, "seen\n")


def test_output_that_nobody_reads_does_not_change_the_code() -> None:
    assert end_of("import sys\nsys.stdout.close()\nleave(5)")[0] == 5
