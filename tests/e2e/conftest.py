"""A real repository, and two services on 127.0.0.1: one speaks Anthropic's format, one OpenAI's."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e.screen import ENFORCER
from tests.servers.vendor import Reply, VendorServer

QUICK = {"test_headless.py"}  # the rest starts the command so often that scripts/test --all and CI run it
CREATIVE, ANALYTICAL = "anthropic/claude-sonnet-4-5", "openai/gpt-5"


def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    for item in items:
        if item.path.parent == Path(__file__).parent and item.path.name not in QUICK:
            item.add_marker(pytest.mark.slow)


@dataclass(frozen=True)
class Done:
    """How one run of the command ended."""

    code: int
    out: str
    err: str


Run = Callable[..., Done]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    root.mkdir()
    git(root, "init", "--quiet", "--initial-branch=main")
    git(root, "config", "user.name", "Test")
    git(root, "config", "user.email", "test@localhost")
    (root / "app.py").write_text("def double(x):\n    return x + x + x\n")
    (root / "NOTES.md").write_text("Founded in 1982.\n")
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "-m", "start")
    return root


@pytest.fixture
def run(project: Path) -> Run:
    """Run the command without a terminal."""

    def run(*arguments: str, stdin: str = "", env: Mapping[str, str] | None = None, cwd: Path | None = None) -> Done:
        done = subprocess.run(
            [*ENFORCER, *arguments],
            input=stdin,
            cwd=cwd or project,
            env={**os.environ, **(env or {})},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture
def services(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Sequence[Reply], Sequence[Reply]], tuple]]:
    """Start both with their replies; the environment points the command at them."""
    running: list[VendorServer] = []

    def start(creative: Sequence[Reply], analytical: Sequence[Reply]) -> tuple[VendorServer, VendorServer]:
        first, second = VendorServer(list(creative)), VendorServer(list(analytical))
        for server in (first, second):
            running.append(server.__enter__())
        monkeypatch.setenv("ANTHROPIC_BASE_URL", first.anthropic_url)
        monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-test-0123456789abcdef")
        monkeypatch.setenv("OPENAI_BASE_URL", second.openai_url)
        monkeypatch.setenv("OPENAI_API_KEY", "sk-test-0123456789abcdef")
        monkeypatch.setenv("ENFORCER_CREATIVE", CREATIVE)
        monkeypatch.setenv("ENFORCER_ANALYTICAL", ANALYTICAL)
        return first, second

    yield start
    for server in running:
        server.__exit__(*sys.exc_info())


def git(root: Path, *arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=root, check=True, capture_output=True, text=True).stdout
