from __future__ import annotations

import json
from pathlib import Path

from tests.e2e.screen import CTRL_C, CTRL_D, Screen
from tests.servers.vendor import Call, Reply


def test_variables_of_the_settings_reach_commands_and_keys_among_them_do_not(run, services, home: Path) -> None:
    (home / "config").mkdir(mode=0o700)
    (home / "config" / "config.yaml").write_text("env: {GREETING: good morning, ACME_API_KEY: acme-0123456789}\n")
    echo = Call("Bash", [json.dumps({"command": 'echo "$GREETING, ${ACME_API_KEY:-nobody}"'})])
    _, analytical = services([], [Reply(calls=[echo]), Reply(text=["done"])])
    done = run("-p", "count the files", "--permission-mode", "bypassPermissions")
    assert (done.code, done.out) == (0, "done\n")
    sent = analytical.requests[1].raw.decode()
    assert "good morning, nobody" in sent
    assert "acme-0123456789" not in sent


def test_claude_code_s_effort_is_sent_for_a_lane_without_its_own(run, services, home: Path) -> None:
    assert run("config", "set", "effortLevel", "high").code == 0
    _, analytical = services([], [Reply(text=["done"])])
    assert run("-p", "count the files").code == 0
    assert analytical.bodies[0]["reasoning"]["effort"] == "high"


def test_in_a_session_settings_are_shown_explained_and_set_for_the_next(services, project: Path, home: Path) -> None:
    services([], [])
    with Screen([], cwd=project) as it:
        it.wait_for("ask for something")
        it.type("/config")
        it.wait_for("ENFORCER_CREATIVE")
        it.type("/settings lanes.aks")
        it.wait_for("there is no key lanes.aks; did you mean lanes.ask?")
        it.type("/config set lanes.ask never")
        it.wait_for("it holds from the next session on")
        it.type("/config lanes.ask")
        it.wait_for("set by")
        it.type("/doctor all")
        it.wait_for("no ledger yet")
        it.send(CTRL_C + CTRL_D)
        assert it.wait_for_end() == 0
    assert (home / "config" / "config.yaml").read_text("utf-8") == "lanes:\n  ask: never\n"
