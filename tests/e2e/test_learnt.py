"""What the answers at the lane question teach, in a real session and behind it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.screen import CTRL_D, Screen
from tests.servers.vendor import Reply

HAIKU = "write a haiku about rain"
NOTES = '{"decisions": [], "open_questions": []}'


@pytest.mark.slow
def test_k_writes_a_rule_and_the_kind_moves_without_a_question(services, project: Path, home: Path) -> None:
    services([Reply(text=["Rain taps."]), Reply(text=[NOTES]), Reply(text=["Again it rains."])], [])
    with Screen([], cwd=project) as it:
        it.wait_for("ask for something")
        it.type(HAIKU)
        it.wait_for("[k] always for this kind")
        it.send("k")
        it.wait_for("enforcer lanes forget 1 undoes it")
        it.wait_for("Rain taps.")
        it.type("/lane analytical")
        it.wait_for("→ analytical")
        it.type(HAIKU)
        it.wait_for("creative lane by your own rule")
        it.wait_for("Again it rains.")
        assert it.flat().count("? creative work") == 1
        it.send(CTRL_D)
        assert it.wait_for_end() == 0
    (line,) = [line for line in (home / "config" / "lanes.yaml").read_text("utf-8").splitlines() if line[0] == "-"]
    assert "lane: creative" in line
    with Screen(["lanes", "list"], cwd=project) as it:
        it.wait_for("haiku")
        assert it.wait_for_end() == 0


@pytest.mark.slow
def test_a_no_is_remembered_and_the_same_prompt_is_not_asked_about_in_the_next_session(services, project: Path) -> None:
    services([], [Reply(text=["Rain, in a terminal."]), Reply(text=["More rain."])])
    for answer, said in (("n", "Rain, in a terminal."), ("", "More rain.")):
        with Screen([], cwd=project) as it:
            it.wait_for("ask for something")
            it.type(HAIKU)
            if answer:
                it.wait_for("[Enter] switch")
                it.send(answer)
            it.wait_for(said)
            it.send(CTRL_D)
            assert it.wait_for_end() == 0
    with Screen(["lanes", "report"], cwd=project) as it:
        it.wait_for("2 prompts, 1 without a correction")
        it.wait_for(f"you said analytical, decided creative: {HAIKU}")
        assert it.wait_for_end() == 0
