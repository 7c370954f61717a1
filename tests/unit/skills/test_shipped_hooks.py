"""The shipped hook scripts, run the way the hook engine runs them: JSON in, exit code and stderr out."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from enforcer.skills.shipped import shipped


def fire(script: str, event: dict[str, Any] | str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-I", str(shipped("hooks") / script), *arguments],
        input=event if isinstance(event, str) else json.dumps(event),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def bash(command: str) -> subprocess.CompletedProcess[str]:
    event = {"hook_event_name": "PreToolUse", "tool_name": "Bash", "tool_input": {"command": command}}
    return fire("refuse_force_push.py", event)


@pytest.mark.parametrize(
    ("command", "named"),
    [
        ("git push --force", "--force"),
        ("git push -f origin main", "-f"),
        ("git push -uf origin main", "-uf"),
        ("git push origin +main", "+main"),
        ("git push origin :old", ":old"),
        ("git push --delete origin old", "--delete"),
        ("git push --mirror", "--mirror"),
        ("git -C sub -c user.name=x --no-pager push --force", "--force"),
        ("/usr/bin/git push --force", "--force"),
        ("make test && git push --force", "--force"),
        ("cd sub;git push --force", "--force"),
        ("(git push --force)", "--force"),
        ("echo $(git push --force)", "--force"),
        ("true\ngit push --force", "--force"),
        ("SKIP=1 git push --force", "--force"),
        ("git push '--force'", "--force"),
        ("git push --force 'open", "--force"),
    ],
)
def test_a_push_that_overwrites_is_refused_with_the_reason(command: str, named: str) -> None:
    done = bash(command)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        f"git push {named} would overwrite or delete shared history; "
        "pull and rebase, or push with --force-with-lease after looking at what is there\n"
    )


@pytest.mark.parametrize(
    "command",
    [
        "git push",
        "git push --force-with-lease origin main",
        "git push origin main:main",
        "git commit -m 'never git push --force'",
        "git stash push -f",
        "grep -f patterns git push",
        "rm -f x; git push",
        "echo 'open",
        "",
    ],
)
def test_every_other_command_passes_without_a_word(command: str) -> None:
    done = bash(command)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_input_that_is_no_json_is_a_crash_and_so_a_block_with_fail_closed() -> None:
    assert fire("refuse_force_push.py", "no json").returncode == 1


def test_each_switch_adds_one_line_to_the_log(tmp_path: Path) -> None:
    log = tmp_path / "logs" / "lanes.log"
    first = {"hook_event_name": "LaneSwitched", "from": "analytical", "to": "creative", "handoff_path": "/s/01.md"}
    fire("log_lane_switch.py", first, str(log))
    fire("log_lane_switch.py", {**first, "to": "a\nb\tc", "handoff_path": None}, str(log))
    lines = log.read_text(encoding="utf-8").splitlines()
    assert [line.split("\t")[1:] for line in lines] == [
        ["analytical", "creative", "/s/01.md"],
        ["analytical", "a b c", "no handoff"],
    ]
    assert all(re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00\t", line) for line in lines)


def test_the_log_needs_a_file() -> None:
    done = fire("log_lane_switch.py", {})
    assert (done.returncode, done.stderr) == (1, "usage: log_lane_switch.py FILE\n")


def test_the_readme_names_every_script() -> None:
    readme = (shipped("hooks") / "README.md").read_text(encoding="utf-8")
    named = set(re.findall(r"^\| `(\w+\.py)`", readme, re.MULTILINE))
    assert named == {path.name for path in shipped("hooks").glob("*.py")}
