"""`/lanes` in a session: shown, set after a look into the service's list, swapped, and kept."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from tests.e2e.screen import CTRL_C, CTRL_D, Screen
from tests.servers.vendor import Reply

READY = "ask for something"


class Gate(threading.Event):
    """Says when somebody stands before it."""

    def __init__(self) -> None:
        super().__init__()
        self.reached = threading.Event()

    def wait(self, timeout: float | None = None) -> bool:
        self.reached.set()
        return super().wait(timeout)


def test_a_lane_is_set_for_this_session_and_the_next(services, project: Path, home: Path) -> None:
    config = home / "config" / "config.yaml"
    creative, analytical = services([Reply(text=("Once.",))], [])
    creative.models = [{"type": "model", "id": "claude-haiku-5-5"}]
    with Screen([], cwd=project) as it:
        it.wait_for(READY)
        it.type("/lanes")
        it.wait_for("ENFORCER_CREATIVE")
        it.wait_for("use /lanes set creative=provider/model, or /lanes swap")
        it.type("/lanes set creative=anthropic/claude-haiku-5-6")
        it.wait_for("anthropic does not list claude-haiku-5-6; did you mean anthropic/claude-haiku-5-5?")
        it.wait_for(
            "nothing was changed; to do it all the same: /lanes set creative=anthropic/claude-haiku-5-6 --force"
        )
        assert not config.exists()
        it.type("/lanes set creative=anthropic/claude-haiku-5-5")
        it.wait_for("set: creative=anthropic/claude-haiku-5-5")
        it.wait_for("lanes.creative.model is now anthropic/claude-sonnet-4-5, from ENFORCER_CREATIVE")
        it.type("@creative begin a story")
        it.wait_for("Once.")
        it.wait_for(READY)
        it.send(CTRL_D)
        assert it.wait_for_end() == 0
    assert config.read_text("utf-8") == "lanes:\n  creative:\n    model: anthropic/claude-haiku-5-5\n"
    assert [body["model"] for body in creative.bodies] == ["claude-haiku-5-5"]
    assert analytical.requests == []


def test_the_models_of_the_lanes_change_places(services, project: Path, home: Path) -> None:
    creative, analytical = services([Reply(text=("Three.",))], [])
    with Screen([], cwd=project) as it:
        it.wait_for(READY)
        it.type("/lanes swap")
        it.wait_for("set: creative=openai/gpt-5 analytical=anthropic/claude-sonnet-4-5")
        it.wait_for("written to")
        it.type("/lanes")
        it.wait_for("this session", count=2)
        it.type("@analytical how many lines has NOTES.md?")
        it.wait_for("Three.")
    assert (len(creative.requests), analytical.requests) == (1, [])


def test_a_look_that_takes_long_is_stopped_and_nothing_is_written(services, project: Path, home: Path) -> None:
    creative, _ = services([], [])
    gate = Gate()
    creative.listing = Reply(gate=gate)
    with Screen([], cwd=project) as it:
        it.wait_for(READY)
        it.type("/lanes set creative=anthropic/claude-haiku-5-5")
        assert gate.reached.wait(30)
        it.send(CTRL_C)
        it.wait_for("stopped")
        it.wait_for(READY)
        gate.set()
    assert not (home / "config" / "config.yaml").exists()


def test_what_lanes_does_not_do_is_told(services, project: Path) -> None:
    services([], [])
    with Screen([], cwd=project) as it:
        it.wait_for(READY)
        it.type("/lanes wap")
        it.wait_for("'wap' is nothing /lanes does; use /lanes set creative=provider/model, or /lanes swap")
        it.type("/lanes set creativ=a/b")
        it.wait_for("'creativ' is not a lane; use creative or analytical")


@pytest.mark.parametrize(
    ("answer", "code", "said"),
    [("y", 0, "set: creative=anthropic/brand-new in"), ("", 1, "nothing was written")],
    ids=["a yes", "Enter"],
)
def test_a_model_that_is_not_listed_is_written_after_a_yes(
    services, project: Path, home: Path, answer: str, code: int, said: str
) -> None:
    creative, _ = services([], [])
    creative.models = [{"type": "model", "id": "claude-haiku-5-5"}]
    with Screen(["lanes", "set", "creative=anthropic/brand-new"], cwd=project, columns=120) as it:
        it.wait_for("enforcer: anthropic does not list brand-new; see: enforcer models anthropic --refresh")
        it.wait_for("write it all the same? [y/N]")
        it.type(answer)
        it.wait_for(said)
        assert it.wait_for_end() == code
    assert (home / "config" / "config.yaml").exists() is (code == 0)
