"""How hard the models think: by flag, by command, by config; said where it does not reach the model."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.screen import CTRL_D, Screen
from tests.servers.vendor import Reply

KNOWN = "there are none, minimal, low, medium, high, xhigh and max"


def test_a_flag_and_a_command_set_it_and_status_says_what_reaches_the_model(services, project: Path) -> None:
    _, analytical = services([], [Reply(text=["One."]), Reply(text=["Two."])])
    with Screen(["--lane", "analytical", "--effort", "minimal"], cwd=project) as it:
        it.wait_for("ask for something")
        it.type("count the files")
        it.wait_for("One.")
        it.type("/effort hgih")
        it.wait_for(f"'hgih' is no effort level; {KNOWN}")
        it.type("/effort high")
        it.wait_for("analytical thinks with high from its next request on")
        it.type("count again")
        it.wait_for("Two.")
        it.type("/effort")
        it.wait_for("analytical high this session")
        it.type("/status")
        it.wait_for("creative minimal (left out: there it is low, medium, high, xhigh or max); analytical high")
        it.send(CTRL_D)
        it.wait_for_end()
    assert [body["reasoning"] for body in analytical.bodies] == [{"effort": "minimal"}, {"effort": "high"}]


def test_a_level_nobody_knows_is_told_before_anything_starts(run, services, home: Path) -> None:
    services([], [])
    done = run("-p", "hello", "--effort", "hard")
    assert (done.code, done.err) == (2, f"enforcer: 'hard' is no effort level; {KNOWN}\n")


def test_a_wrong_level_in_the_config_is_named_and_left_out(run, services, home: Path) -> None:
    (home / "config").mkdir()
    (home / "config" / "config.yaml").write_text("lanes: {analytical: {effort: hard}}\n")
    _, analytical = services([], [Reply(text=["Here."])])
    done = run("-p", "count the files", "--lane", "analytical")
    assert (done.code, done.out) == (0, "Here.\n")
    assert "lanes.analytical.effort" in done.err
    assert KNOWN in done.err
    assert "reasoning" not in analytical.bodies[0]
