from __future__ import annotations

import json
import re

from tests.e2e.screen import Screen

COLOUR = re.compile(r"\x1b\[[0-9;]*m")
MARGIN = 11


def test_on_a_narrow_terminal_every_line_fits_but_for_long_paths(project) -> None:
    with Screen(["doctor"], cwd=project, columns=60) as it:
        assert it.wait_for_end() == 1
        lines = COLOUR.sub("", it.raw.decode()).splitlines()
    assert "  error    no lane has a model yet" in lines
    assert [line for line in lines if len(line) > 60 and " " in line[MARGIN:].strip()] == []


def test_in_a_pipe_it_is_plain_text(run) -> None:
    done = run("doctor")
    assert (done.code, done.err) == (1, "")
    assert "\n  ok       the output is not a terminal: plain text, one line each\n" in done.out
    assert "\x1b" not in done.out


def test_without_home_utf8_or_terminal_it_still_runs_conf_015(run) -> None:
    env = {"HOME": "", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii", "TERM": ""}
    done = run("doctor", "--json", env=env)
    codes = {each["code"]: each["level"] for each in json.loads(done.out)["findings"]}
    assert (done.code, codes["terminal-encoding"]) == (1, "warning")
