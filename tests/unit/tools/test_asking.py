from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from enforcer.core.errors import ToolError
from tests.unit.tools.conftest import Hand

COLOUR = {
    "question": "Which colour?",
    "header": "Colour",
    "options": [{"label": "red", "description": "warm"}, {"label": "blue", "description": "cool"}],
    "multiSelect": False,
}
SIZE = {**COLOUR, "question": "Which size?", "header": "Size"}


def test_the_person_is_asked_and_the_model_reads_the_answers(make_hand: Callable[..., Hand]) -> None:
    asked: list[Mapping[str, Any]] = []

    async def ask(questions: Sequence[Mapping[str, Any]]) -> Mapping[str, str]:
        asked.extend(questions)
        return {"Which colour?": "red"}

    output = make_hand(ask=ask)("AskUserQuestion", questions=[COLOUR, SIZE])
    assert asked == [COLOUR, SIZE]
    assert output.content == "Which colour?\n→ red\nWhich size?\n→ (no answer)"


def test_without_a_person_the_model_decides_itself(hand: Hand) -> None:
    with pytest.raises(ToolError, match="nobody can be asked here; decide yourself and say what you assumed"):
        hand("AskUserQuestion", questions=[COLOUR])


@pytest.mark.parametrize(
    ("answer", "content"),
    [
        pytest.param((True, ""), "The person approved the plan; carry it out.", id="yes"),
        pytest.param(
            (True, "Mind the tests."), "The person approved the plan; carry it out. Mind the tests.", id="yes, but"
        ),
        pytest.param(
            (False, "Smaller, please."),
            "The person did not approve the plan; stay in plan mode. Smaller, please.",
            id="no",
        ),
    ],
)
def test_the_person_decides_on_a_plan(make_hand: Callable[..., Hand], answer: tuple[bool, str], content: str) -> None:
    shown: list[str] = []

    async def approve(plan: str) -> tuple[bool, str]:
        shown.append(plan)
        return answer

    assert make_hand(approve_plan=approve)("ExitPlanMode", plan="# Plan").content == content
    assert shown == ["# Plan"]


def test_without_a_person_a_plan_is_the_answer(hand: Hand) -> None:
    with pytest.raises(ToolError, match="nobody can approve a plan here; end your turn with the plan as your answer"):
        hand("ExitPlanMode", plan="# Plan")
