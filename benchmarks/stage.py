"""A home, a project and the model service; runs the installed command in them, and the floor."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.process import MemoryWatch
from benchmarks.scenarios import APP

ROOT = Path(__file__).resolve().parent.parent
ENFORCER = Path(sys.executable).with_name("enforcer")
FLOOR = Path(__file__).with_name("floor.py")
PROMPT = "fix the function double in app.py"
MODELS = {
    "/v1/messages": "anthropic/claude-sonnet-4-5",
    "/v1/responses": "openai/gpt-5",
    "/v1/chat/completions": "openai-compatible:local/model-1",
}
MESSAGES, RESPONSES, CHAT = MODELS
ALLOW = "Read,Grep,Edit,Write,Bash(test *),Bash(echo *)"
CONFIG = """\
providers: {{openai-compatible:local: {{base_url: "{url}/v1"}}}}
"""


@dataclass(frozen=True)
class Run:
    """One run of a command and what the service saw of it; times of the monotonic clock."""

    started_s: float
    ended_s: float
    out: bytes
    log: list[dict[str, Any]]
    memory: list[tuple[float, int, int]]

    @property
    def wall_s(self) -> float:
        return self.ended_s - self.started_s

    @property
    def first_request_s(self) -> float:
        return float(self.log[0]["arrived_s"]) - self.started_s

    @property
    def exit_s(self) -> float:
        return self.ended_s - float(self.log[-1]["answered_s"])

    @property
    def own_s(self) -> float:
        """The wall without what the service took."""
        return self.wall_s - sum(float(each["answered_s"] - each["arrived_s"]) for each in self.log)

    @property
    def gaps_s(self) -> list[float]:
        """From the end of each answer to the next request."""
        return [
            later["arrived_s"] - before["answered_s"] for before, later in zip(self.log, self.log[1:], strict=False)
        ]


class Stage:
    """Lasts for one call of the benchmarks; every run has a fresh home."""

    def __init__(self, port: int, folder: Path) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self._folder = folder
        self._count = 0

    def play(self, name: str, count: int = 0, *, path: str = MESSAGES) -> Path:
        """Set the scenario and make a fresh project for it."""
        self._count += 1
        project = self._folder / f"run-{self._count}" / "project"
        project.mkdir(parents=True)
        (project / "app.py").write_text(APP)
        config = project.parent / "config"
        config.mkdir()
        (config / "config.yaml").write_text(CONFIG.format(url=self.url))
        model = MODELS[path].partition("/")[2]
        self._control("play", {"path": path, "model": model, "name": name, "folder": str(project), "count": count})
        return project

    def log(self) -> list[dict[str, Any]]:
        noted: list[dict[str, Any]] = self._control("log", {})
        return noted

    def environment(self, project: Path, path: str = MESSAGES) -> dict[str, str]:
        home = project.parent
        other = CHAT if path != CHAT else MESSAGES
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "LANG": "C.UTF-8",
            "TERM": "xterm-256color",
            "ENFORCER_CONFIG_DIR": str(home / "config"),
            "ENFORCER_DATA_DIR": str(home / "data"),
            "ANTHROPIC_BASE_URL": self.url,
            "ANTHROPIC_API_KEY": "sk-ant-benchmark-0123456789",
            "OPENAI_BASE_URL": f"{self.url}/v1",
            "OPENAI_API_KEY": "sk-benchmark-0123456789",
            "ENFORCER_ANALYTICAL": MODELS[path],
            "ENFORCER_CREATIVE": MODELS[other],
        }

    def headless(self, name: str, count: int = 0, *, path: str = MESSAGES, watched: bool = False) -> Run:
        project = self.play(name, count, path=path)
        command = [str(ENFORCER), "-p", PROMPT, "--lane", "analytical", "--allowedTools", ALLOW]
        return self._run(command, project, path=path, watched=watched)

    def floor(self, name: str, count: int = 0, *, watched: bool = False) -> Run:
        project = self.play(name, count)
        return self._run([sys.executable, "-I", str(FLOOR), self.url, PROMPT], project, watched=watched)

    def plain(self, command: Sequence[str]) -> float:
        """Seconds of a command that talks to nobody."""
        project = self.play("hello")
        started = time.monotonic()
        subprocess.run(command, cwd=project, env=self.environment(project), check=True, capture_output=True)
        return time.monotonic() - started

    def _run(self, command: Sequence[str], project: Path, *, path: str = MESSAGES, watched: bool) -> Run:
        out = project.parent / "out"
        with out.open("wb") as file:
            environment = self.environment(project, path)
            started = time.monotonic()
            process = subprocess.Popen(command, cwd=project, env=environment, stdin=subprocess.DEVNULL, stdout=file)
            if not watched:
                code, ended, memory = process.wait(), time.monotonic(), []
            else:
                with MemoryWatch(process.pid) as watch:
                    code = process.wait()
                    ended, memory = time.monotonic(), watch.samples
        if code:
            raise SystemExit(f"{command[0]} ended with {code}; its output is: {out.read_text()}")
        return Run(started, ended, out.read_bytes(), self.log(), memory)

    def _control(self, what: str, value: object) -> Any:
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        connection.request("POST", f"/bench/{what}", json.dumps(value))
        answer = json.loads(connection.getresponse().read())
        connection.close()
        return answer


@contextmanager
def open_stage() -> Iterator[Stage]:
    with TemporaryDirectory(prefix="enforcer-bench-") as folder:
        server = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.server"], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        try:
            assert server.stdout is not None
            yield Stage(int(server.stdout.readline()), Path(folder))
        finally:
            server.kill()
            server.wait()
