"""Start-up: what is loaded before the person sees anything. Each case is a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.unit.guards.source import ROOT

PROBE = """
import atexit, contextlib, io, json, sys
before, out = set(sys.modules), sys.stdout
@atexit.register
def tell():
    print(json.dumps(sorted({name for name in sys.modules if name not in before})), file=out, flush=True)
from enforcer.__main__ import main
if sys.argv[1:]:
    with contextlib.redirect_stdout(io.StringIO()):
        main()
"""
CLIENTS = {"anthropic", "openai", "google", "google.genai", "httpx2", "mcp"}
HEAVY = {"rich.markdown", "jinja2", "prompt_toolkit"}


def loaded(*arguments: str) -> set[str]:
    command = [sys.executable, "-c", PROBE, *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=120)
    return set(json.loads(done.stdout))


@pytest.mark.parametrize("arguments", [[], ["--version"], ["-v"], ["-V"]], ids=["import", "--version", "-v", "-V"])
def test_the_version_needs_nothing_but_the_standard_library(arguments: list[str]) -> None:
    names = {name.partition(".")[0] for name in loaded(*arguments)}
    assert names - sys.stdlib_module_names == {"enforcer"}


@pytest.mark.parametrize("command", [[], ["skill"], ["ledger"], ["route"], ["models"], ["lanes"]])
def test_help_loads_no_vendor_s_client_and_nothing_heavy(command: list[str]) -> None:
    assert loaded(*command, "--help") & (CLIENTS | HEAVY) == set()


@pytest.mark.parametrize(
    "arguments", [["skill", "list"], ["config", "list"], ["auth", "list"], ["doctor"]], ids=" ".join
)
def test_what_looks_at_this_machine_alone_needs_no_vendor_s_client(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENFORCER_CREATIVE", "openai-compatible:ollama/any")  # or the doctor ends with 1
    assert loaded(*arguments) & (CLIENTS | HEAVY) == set()


def test_the_probe_sees_what_a_command_loads() -> None:
    assert "enforcer.skills.find" in loaded("skill", "list")
