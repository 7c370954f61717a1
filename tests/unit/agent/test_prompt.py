from __future__ import annotations

from pathlib import Path

import pytest

from enforcer.agent.prompt import Surroundings, system_prompt
from enforcer.core.lanes import Lane, ModelRef

PLACE = Surroundings(Path("/w/app"), Path("/w/app"))
OTHER = ModelRef("openai", "gpt")


@pytest.mark.parametrize(
    ("lane", "brain"),
    [
        pytest.param(Lane.CREATIVE, "You are the creative brain", id="creative"),
        pytest.param(Lane.ANALYTICAL, "You are the analytical brain", id="analytical"),
    ],
)
def test_each_lane_is_told_what_it_is_for(lane: Lane, brain: str) -> None:
    text = system_prompt(lane, PLACE)
    assert f"working in the {lane} lane" in text
    assert brain in text


def test_the_same_session_always_gets_the_same_bytes() -> None:
    assert system_prompt(Lane.CREATIVE, PLACE, other=OTHER) == system_prompt(Lane.CREATIVE, PLACE, other=OTHER)


def test_delegate_is_spoken_of_only_where_it_is_offered() -> None:
    assert "A second model (openai/gpt) serves the creative lane" in system_prompt(Lane.ANALYTICAL, PLACE, other=OTHER)
    assert "Delegate" not in system_prompt(Lane.ANALYTICAL, PLACE)
    assert "Delegate" not in system_prompt(Lane.CREATIVE, PLACE)


def test_a_sub_agent_is_told_to_report_and_never_to_delegate() -> None:
    text = system_prompt(Lane.CREATIVE, PLACE, other=OTHER, agent="helper 1")
    assert "answer with a report" in text
    assert "Delegate" not in text
    assert "creative brain" not in text


def test_the_project_is_named_where_the_folder_lies_below_it() -> None:
    below = Surroundings(Path("/w/app/src"), Path("/w/app"), extra_dirs=(Path("/w/lib"),))
    assert "- folder: /w/app/src (project: /w/app)" in system_prompt(Lane.ANALYTICAL, below)
    assert "- also allowed: /w/lib" in system_prompt(Lane.ANALYTICAL, below)
    assert "(project:" not in system_prompt(Lane.ANALYTICAL, PLACE)


def test_instructions_of_people_come_last_and_are_never_read_as_a_template() -> None:
    place = Surroundings(Path("/w"), Path("/w"), memory="## AGENTS.md\nUse {{ tabs }} and {% if %}.")
    assert system_prompt(Lane.ANALYTICAL, place).endswith("## AGENTS.md\nUse {{ tabs }} and {% if %}.\n")
