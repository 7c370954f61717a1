"""Which two models are proposed, from the keys and servers that were found."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from enforcer.core.lanes import Lane, ModelRef
from enforcer.lanes.proposal import Proposal, Source, propose, remark
from enforcer.providers.models import Models

FACTS = """
muse/big: {suggest: {analytical: {rank: 2, why: thinks long}, creative: {rank: 5, why: writes too}}}
muse/bard: {price: {input: 2, output: 10, as_of: 2026-11-01}, suggest: {creative: {rank: 1, why: writes well}}}
muse/gone: {ends: 2026-11-01, suggest: {creative: {rank: 4, why: was good}}}
coder/one: {suggest: {analytical: {rank: 1, why: codes well}, creative: {rank: 3, why: plain words}}}
coder/two: {suggest: {creative: {rank: 2, why: fast}}}
solo/only: {suggest: {creative: {rank: 9, why: one for all}, analytical: {rank: 9, why: one for all}}}
"""
OLLAMA = Source("openai-compatible:ollama", "http://127.0.0.1:11434/v1", local=True, models=("qwen3:8b", "gemma3"))


@pytest.fixture
def models(tmp_path: Path) -> Models:
    own = tmp_path / "models.yaml"
    own.write_text(FACTS, encoding="utf-8")
    return Models(own, today=lambda: date(2026, 11, 24))


def key(provider: str) -> Source:
    return Source(provider, f"{provider.upper()}_API_KEY")


def chosen(proposal: Proposal) -> tuple[str, str]:
    return str(proposal.chosen[Lane.CREATIVE]), str(proposal.chosen[Lane.ANALYTICAL])


@pytest.mark.parametrize(
    ("sources", "pair"),
    [
        pytest.param([key("muse")], ("muse/bard", "muse/big"), id="one key, two models"),
        pytest.param([key("coder")], ("coder/two", "coder/one"), id="not the same model twice"),
        pytest.param([key("solo")], ("solo/only", "solo/only"), id="one model is better than none"),
        pytest.param([key("muse"), key("coder")], ("muse/bard", "coder/one"), id="two vendors"),
        pytest.param([key("coder"), key("muse")], ("muse/bard", "coder/one"), id="in any order"),
        pytest.param([key("coder"), key("solo")], ("solo/only", "coder/one"), id="two vendors before the best rank"),
        pytest.param([key("muse"), OLLAMA], ("muse/bard", "muse/big"), id="a key before a local server"),
        pytest.param(
            [OLLAMA], ("openai-compatible:ollama/qwen3:8b", "openai-compatible:ollama/qwen3:8b"), id="only a local one"
        ),
    ],
)
def test_a_pair_is_proposed(models: Models, sources: list[Source], pair: tuple[str, str]) -> None:
    assert chosen(propose(sources, models)) == pair


@pytest.mark.parametrize("sources", [[], [key("stranger")]], ids=["nothing", "a vendor no file knows"])
def test_without_a_known_model_nothing_is_proposed(models: Models, sources: list[Source]) -> None:
    assert propose(sources, models) == Proposal({}, {Lane.CREATIVE: (), Lane.ANALYTICAL: ()})


def test_a_lane_is_offered_its_own_models_first_then_the_other_lane_s_then_local_ones(models: Models) -> None:
    offered = propose([key("muse"), key("coder"), OLLAMA], models).choices[Lane.ANALYTICAL]
    assert [str(choice.ref) for choice in offered] == [
        "coder/one",
        "muse/big",
        "muse/bard",
        "coder/two",
        "openai-compatible:ollama/qwen3:8b",
        "openai-compatible:ollama/gemma3",
    ]


def test_every_choice_says_why_and_what_it_costs(models: Models) -> None:
    first, *_, last = propose([key("muse"), OLLAMA], models).choices[Lane.CREATIVE]
    assert (first.why, first.price) == ("writes well", "2/10 USD per Mtok, 2026-11-01")
    assert (last.why, last.price) == ("runs on your own server", "no price")
    assert propose([key("coder")], models).choices[Lane.CREATIVE][0].price == "price not known"


def test_a_model_that_has_ended_is_not_proposed(models: Models) -> None:
    offered = propose([key("muse")], models).choices[Lane.CREATIVE]
    assert ModelRef("muse", "gone") not in [choice.ref for choice in offered]


@pytest.mark.parametrize(
    ("creative", "analytical", "said"),
    [
        ("a/x", "b/y", "two vendors, so each lane has a mind of its own"),
        ("a/x", "a/y", "two models of one vendor; one of a second vendor would set them further apart"),
        ("a/x", "a/x", "one model for both: nothing switches, and there is no second mind to ask"),
    ],
)
def test_what_a_choice_means_is_said(creative: str, analytical: str, said: str) -> None:
    refs = {Lane.CREATIVE: ModelRef.parse(creative), Lane.ANALYTICAL: ModelRef.parse(analytical)}
    assert remark(refs) == said
    assert remark({}) == ""


def test_the_shipped_facts_propose_the_two_of_the_readme() -> None:
    models = Models(today=lambda: date(2026, 11, 24))
    sources = [key("anthropic"), key("openai"), key("google")]
    assert chosen(propose(sources, models)) == ("anthropic/claude-sonnet-5-5", "openai/gpt-6.1-sol")


@pytest.mark.parametrize("provider", ["anthropic", "openai", "google"])
def test_one_key_of_any_vendor_gives_two_different_models(provider: str) -> None:
    creative, analytical = chosen(propose([key(provider)], Models(today=lambda: date(2026, 11, 24))))
    assert creative != analytical


def test_the_reason_and_the_price_of_every_shipped_model_fit_on_a_small_screen() -> None:
    sources = [key("anthropic"), key("openai"), key("google")]
    offered = propose(sources, Models(today=lambda: date(2026, 11, 24))).choices
    texts = [f"{choice.why} · {choice.price}" for lane in Lane for choice in offered[lane]]
    assert [text for text in texts if len(text) > 65] == []
