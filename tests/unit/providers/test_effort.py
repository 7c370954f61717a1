from __future__ import annotations

import pytest

from enforcer.core.errors import UsageError
from enforcer.core.lanes import effort_level
from enforcer.providers.effort import fitted, least
from enforcer.providers.models import ModelFacts

THINKS, PLAIN = ModelFacts(thinking=True), ModelFacts()
BY_NUMBER = ModelFacts(thinking=True, thinking_tokens={"low": 2048, "high": 8192})


@pytest.mark.parametrize(
    ("asked", "kind", "facts", "known", "sent", "why"),
    [
        (None, "anthropic", THINKS, True, None, ""),
        ("high", "anthropic", THINKS, True, "high", ""),
        ("none", "openai", THINKS, True, "none", ""),
        ("max", "chat", PLAIN, False, "max", ""),
        ("high", "chat", PLAIN, True, None, "left out: this model does not reason"),
        ("high", "openai", PLAIN, True, None, "left out: this model does not reason"),
        ("none", "anthropic", THINKS, True, None, "left out: there it is low, medium, high, xhigh or max"),
        ("max", "google", THINKS, True, None, "left out: there it is none, minimal, low, medium, high or xhigh"),
        ("high", "google", BY_NUMBER, True, "high", ""),
        ("medium", "google", BY_NUMBER, True, None, "left out: this model has low or high"),
    ],
    ids=[
        "not asked for",
        "anthropic",
        "openai",
        "a model nobody knows",
        "a model known not to reason",
        "openai without reasoning",
        "no such level at anthropic",
        "no such level at google",
        "a number",
        "no number for it",
    ],
)
def test_what_reaches_the_model_and_why_not(
    asked: str | None, kind: str, facts: ModelFacts, known: bool, sent: str | None, why: str
) -> None:
    assert fitted(asked, kind, facts, known=known) == (sent, why)


def test_a_level_nobody_knows_is_one_sentence() -> None:
    with pytest.raises(UsageError) as refused:
        effort_level("hgih")
    assert str(refused.value) == (
        "'hgih' is no effort level; there are none, minimal, low, medium, high, xhigh and max"
    )


@pytest.mark.parametrize(
    ("kind", "facts", "known", "level"),
    [
        ("openai", ModelFacts(thinking=True), True, "low"),
        ("openai", ModelFacts(thinking=True), False, None),
        ("openai", ModelFacts(), True, None),
        ("anthropic", ModelFacts(thinking=True, thinking_tokens={"low": 4096}), True, None),
        ("google", ModelFacts(thinking=True, thinking_tokens={"low": 2048}), True, "low"),
        ("google", ModelFacts(thinking=True, thinking_tokens={"none": 0, "low": 2048}), True, "none"),
    ],
    ids=["reasons", "unknown", "does-not", "thinks-when-told", "always-thinks", "can-be-told-not-to"],
)
def test_an_answer_without_thought_asks_for_as_little_as_the_model_can(
    kind: str, facts: ModelFacts, known: bool, level: str | None
) -> None:
    assert least(kind, facts, known=known) == level
