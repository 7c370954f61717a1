"""A write is killed at every line it runs through; the file must be whole old or whole new each time."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

pytestmark = pytest.mark.slow  # it waits for processes to end

KILLER = dedent(
    """
    import os, signal, sys
    from pathlib import Path
    from enforcer.tools.files import FileLedger

    path, new = Path(sys.argv[1]), sys.argv[2].encode() * 20_000
    old = path.read_bytes() if path.exists() else None

    def steps_until(limit):
        count = 0
        def trace(frame, event, argument):
            nonlocal count
            if not frame.f_code.co_filename.endswith(("atomic.py", "files.py", "paths.py")):
                return None
            count += event == "line"
            if count == limit:
                os.kill(os.getpid(), signal.SIGKILL)
            return trace
        ledger = FileLedger((path.parent,))
        if old is not None:
            ledger.note_read(path, old)
        sys.settrace(trace)
        ledger.write(path, new)
        sys.settrace(None)
        return count

    def restore():
        if old is None:
            path.unlink(missing_ok=True)
        else:
            path.write_bytes(old)

    steps = steps_until(-1)
    restore()
    seen = {"old": 0, "new": 0, "torn": 0, "shown": 0}
    for limit in range(1, steps + 1):
        child = os.fork()
        if child == 0:
            steps_until(limit)
            os._exit(0)
        os.waitpid(child, 0)
        now = path.read_bytes() if path.exists() else None
        seen["old" if now == old else "new" if now == new else "torn"] += 1
        others = {name.name for name in path.parent.iterdir()} - {path.name, ".git"}
        seen["shown"] += len(others)
        restore()
    FileLedger((path.parent,)).write(path.with_name("next"), b"x")
    left = [str(name) for name in path.parent.rglob(".enforcer-*")]
    print(steps >= 60, seen["old"] > 30, seen["new"] > 0, seen["torn"], seen["shown"], left)
    """
)


@pytest.mark.parametrize("before", [pytest.param("o", id="an old file"), pytest.param(None, id="a new file")])
def test_edit_009_a_killed_write_leaves_the_file_whole_and_nothing_that_git_shows(
    project: Path, before: str | None
) -> None:
    subprocess.run(["git", "init", "-q", str(project)], check=True)
    if before:
        (project / "a").write_text(before * 20_000)
    done = subprocess.run(
        [sys.executable, "-c", KILLER, str(project / "a"), "n"], capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("True True True 0 0 []\n", "")
