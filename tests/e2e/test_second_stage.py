"""A model that is asked where the classifier abstains, in a session, and `enforcer route` line by line."""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.screen import CTRL_C, CTRL_D, ENFORCER, ENTER, Screen
from tests.servers.vendor import Reply, Tokens

PROMPT = "the one about the harbour, please"
CREATIVE = Reply(choices=(("creative", 1.0), ("write", 0.8)), usage=Tokens(400, 0))
READY = "ask for something"


class Gate(threading.Event):
    """Says when somebody stands before it."""

    def __init__(self) -> None:
        super().__init__()
        self.reached = threading.Event()

    def wait(self, timeout: float | None = None) -> bool:
        self.reached.set()
        return super().wait(timeout)


@pytest.fixture
def asking(home: Path) -> Callable[..., None]:
    """Nothing is sure enough for the local classifier then, so every prompt of work is asked about."""

    def write(model: str = "openai/gpt-6-luna", timeout_ms: int = 20_000) -> None:
        (home / "config").mkdir(mode=0o700)
        named = f"model: {model}, " if model else ""
        settings = f"lanes: {{classifier: {{mode: local+model, {named}ask_at: 1, timeout_ms: {timeout_ms}}}}}\n"
        (home / "config" / "config.yaml").write_text(settings, "utf-8")

    return write


def test_the_model_is_asked_and_the_person_decides(services, asking, project: Path) -> None:
    creative, analytical = services([Reply(text=("Boats nod.",))], [CREATIVE])
    asking()
    with Screen([], cwd=project) as it:
        it.wait_for(READY)
        it.type(PROMPT)
        it.wait_for("creative work (1.00: so says openai/gpt-6-luna) · you are on analytical/openai/gpt-5")
        it.send(ENTER)
        it.wait_for("Boats nod.")
        it.type("/why")
        it.wait_for("so says openai/gpt-6-luna")
        it.type("/cost")
        it.wait_for("analytical · classifier 1 400 0 <$0.0001")
        it.send(CTRL_D)
        assert it.wait_for_end() == 0
    (request,) = analytical.requests
    assert request.path == "/v1/decisions"
    assert request.body["input"][0]["content"][0]["text"] == json.dumps({"prompt": PROMPT})
    assert len(creative.requests) == 1


def test_ctrl_c_while_it_is_asked_puts_the_prompt_back(services, asking, project: Path) -> None:
    gate = Gate()
    _, analytical = services([], [Reply(gate=gate, stall_after=0)])
    asking()
    with Screen([], cwd=project) as it:
        it.wait_for(READY)
        it.type(PROMPT)
        assert gate.reached.wait(30)
        it.send(CTRL_C)
        it.wait_for("your prompt is back in the input line")
        it.wait_for(f"› {PROMPT}")
        gate.set()
        assert analytical.hung_up.wait(30)
        it.send(CTRL_C)
        it.send(CTRL_D)
        assert it.wait_for_end() == 0


def test_who_does_not_answer_holds_nobody_up(services, asking, project: Path) -> None:
    services([], [Reply(stall_after=0), Reply(text=("Done here.",))])
    asking(timeout_ms=300)
    with Screen([], cwd=project) as it:
        it.wait_for(READY)
        it.type(PROMPT)
        it.wait_for("Done here.")
        it.type("/why")
        it.wait_for("openai/gpt-6-luna was asked: it did not answer within 0.3 s")
        it.send(CTRL_D)
        assert it.wait_for_end() == 0


def test_without_a_model_it_is_said_once_and_the_work_goes_on(run, services, asking, home: Path) -> None:
    services([Reply(text=("Rain.",))], [Reply(text=("Rain.",))])
    asking(model="")
    done = run("-p", PROMPT)
    assert (done.code, done.out) == (0, "Rain.\n")
    config = home / "config" / "config.yaml"
    assert done.err == (
        f"enforcer: {config}: lanes.classifier.mode is local+model, but lanes.classifier.model "
        "is not set, so no model is asked; set lanes.classifier.model to provider/model, or the mode to local\n"
    )


def test_a_script_starts_where_the_model_says(run, services, asking) -> None:
    services([Reply(text=("Boats nod.",))], [CREATIVE])
    asking()
    assert run("-p", PROMPT).out == "Boats nod.\n"


def test_a_line_is_answered_before_the_next_one_comes(project: Path) -> None:
    with subprocess.Popen(
        [*ENFORCER, "route", "--jsonl"], cwd=project, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as it:
        assert it.stdin is not None
        assert it.stdout is not None
        for prompt, lane in [("write a haiku about rain", "creative"), ("fix the failing test", "analytical")]:
            it.stdin.write(json.dumps({"text": prompt}).encode() + b"\n")
            it.stdin.flush()
            assert json.loads(it.stdout.readline())["lane"] == lane
        it.stdin.close()
        assert it.wait(30) == 0


def test_a_reader_that_leaves_early_ends_it_quietly(project: Path) -> None:
    lines = b'{"text": "write a haiku about rain"}\n' * 3_000
    with subprocess.Popen(
        [*ENFORCER, "route", "--jsonl"],
        cwd=project,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as it:
        assert it.stdout is not None
        it.stdout.close()
        _, err = it.communicate(lines)
    assert (it.returncode, err) == (1, b"")


def test_prompts_of_every_script_survive_where_only_ascii_is_known(run) -> None:
    ascii_only = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = run("route", "--json", "調べて、それから記事を書いて", env=ascii_only)
    assert (done.code, done.err) == (0, "")
    assert "?" not in done.out
    assert json.loads(done.out)["lane"] in {"creative", "analytical", "neutral"}
