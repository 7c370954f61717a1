"""Every command of the documentation is run, in the home of somebody who has been through the first run."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.e2e.screen import CTRL_D, ENTER, ESC, Screen
from tests.pages import Block, all_blocks
from tests.servers.vendor import Reply, VendorServer

KEYS = {
    "ANTHROPIC_API_KEY": "sk-ant-test-0123456789abcdef",
    "OPENAI_API_KEY": "sk-test-0123456789abcdef",
    "GEMINI_API_KEY": "AIzaTest0123456789abcdef",
}
CONFIG = """\
lanes:
  creative: {model: anthropic/claude-sonnet-5-5}
  analytical: {model: openai/gpt-6.1-sol}
"""
FILES = {"key.txt": "sk-test-0123456789abcdef\n"}
LISTED = ("claude-sonnet-5-5", "claude-opus-5-5", "gpt-6.1-sol", "gpt-6.1-terra")
# By mark: what is waited for at a terminal, and what is typed then.
AT_A_TERMINAL = {
    "session": ("ask for something", CTRL_D),
    "asks for a key": ("Key for", KEYS["ANTHROPIC_API_KEY"] + ENTER),
}


def reply(body: Mapping[str, object]) -> Reply:
    return Reply(text=['{"year": 1982}' if "json_schema" in json.dumps(body) else "It doubles."])


@pytest.fixture
def scene(project: Path, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    (home / "config").mkdir(mode=0o700)
    (home / "config" / "config.yaml").write_text(CONFIG)
    for name, text in FILES.items():
        (project / name).write_text(text)
    programs = tmp_path / "bin"
    programs.mkdir()
    for name, entry in {"enforcer": "main", "skill-builder": "skill_builder"}.items():
        program = programs / name
        start = f"from enforcer.__main__ import {entry}; raise SystemExit({entry}())"
        program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -P -c "{start}" "$@"\n')
        program.chmod(0o755)
    with VendorServer(reply) as server:
        server.models = [{"id": name, "name": f"models/{name}"} for name in LISTED]
        monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
        monkeypatch.setenv("ANTHROPIC_BASE_URL", server.anthropic_url)
        monkeypatch.setenv("GOOGLE_GEMINI_BASE_URL", server.url)
        monkeypatch.setenv("OPENAI_BASE_URL", server.openai_url)
        for name in ("ANTHROPIC_API_KEY", "OPENAI_API_KEY"):
            monkeypatch.setenv(name, KEYS[name])
        yield project


def script(block: Block) -> str:
    """As a person would type it: with a key where the page has `…`."""
    return re.sub(r"(\w+_API_KEY)=…", lambda found: f"{found[1]}={KEYS[found[1]]}", block.text)


def runs(language: str) -> list[pytest.ParameterSet]:
    blocks = [block for block in all_blocks(language) if not block.mark.startswith("no-run")]
    return [pytest.param(block, id=block.where) for block in blocks]


def shell(text: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", "-euc", text], cwd=cwd, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize("block", runs("sh"))
def test_the_commands_of_a_page_do_what_it_says(block: Block, scene: Path) -> None:
    if block.mark in AT_A_TERMINAL:
        shown, typed = AT_A_TERMINAL[block.mark]
        with Screen(["-euc", script(block)], cwd=scene, command=["sh"]) as it:
            it.wait_for(shown)
            it.send(typed)
            assert it.wait_for_end() == 0
        return
    done = shell(script(block), scene)
    assert (done.returncode, done.stderr) == (int(block.mark.removeprefix("exit: ") or 0), done.stderr), done.stderr


@pytest.mark.parametrize("block", runs("console"))
def test_the_output_a_page_shows_is_what_is_printed(block: Block, scene: Path) -> None:
    for part in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]:
        command, _, shown = part.partition("\n")
        printed = shell(command, scene).stdout
        assert re.fullmatch(".*?".join(map(re.escape, shown.strip().split("…"))), printed.strip(), re.DOTALL), printed


def test_the_doctor_s_json_has_the_fields_its_page_shows(scene: Path) -> None:
    (shown,) = [json.loads(block.text) for block in all_blocks("json") if block.page == "docs/doctor.md"]
    printed = json.loads(shell("enforcer doctor --json", scene).stdout)
    assert (set(printed), set(printed["counts"])) == (set(shown), set(shown["counts"]))
    assert {frozenset(finding) for finding in printed["findings"]} == {frozenset(shown["findings"][0])}


def test_the_first_run_looks_as_its_page_shows_it(scene: Path, home: Path) -> None:
    (home / "config" / "config.yaml").unlink()
    (shown,) = [block.text for block in all_blocks("text") if block.page == "docs/getting-started.md"]
    with Screen([], cwd=scene) as it:
        it.wait_for("or type provider/model")
        seen = [line.strip() for line in it.text.splitlines()]
        it.send(ESC)
        assert it.wait_for_end() == 0
    told = [line.strip() for line in shown.splitlines() if "USD" not in line]  # a price has its day
    assert [line for line in told if line not in seen] == []
