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


def test_who_takes_the_plan_says_what_the_model_is_told(make_hand: Callable[..., Hand]) -> None:
    shown: list[str] = []

    async def approve(plan: str) -> str:
        shown.append(plan)
        return "The person approved the plan; carry it out."

    output = make_hand(approve_plan=approve)("ExitPlanMode", plan="# Plan")
    assert (output.content, shown) == ("The person approved the plan; carry it out.", ["# Plan"])


def test_without_a_person_a_plan_is_the_answer(hand: Hand) -> None:
    with pytest.raises(ToolError, match="nobody can approve a plan here; end your turn with the plan as your answer"):
        hand("ExitPlanMode", plan="# Plan")
