"""Every key has its words, once, and is found whatever a person types."""

from __future__ import annotations

import pytest

from enforcer.config.describe import every_key, facts_of, inside, known
from enforcer.config.meanings import ACTS, WITHOUT_EFFECT
from enforcer.core.errors import UsageError


def test_every_key_of_the_schema_has_its_meaning_and_no_meaning_is_left_over() -> None:
    names = [facts.name for facts in every_key()]
    assert sorted(names) == sorted([*ACTS, *WITHOUT_EFFECT])


@pytest.mark.parametrize(
    ("key", "name", "kind", "default"),
    [
        ("lanes.ask", "lanes.ask", "once, auto, never", "once"),
        ("lanes.creative.tools.deny", "lanes.creative.tools.deny", "list of text", "[WebSearch, WebFetch]"),
        ("providers.openai-compatible:mine.tries", "providers.NAME.tries", "whole number", "5"),
        ("lanes.skills.release-notes", "lanes.skills.NAME", "creative, analytical or none", ""),
        ("env.PATH", "env", "mapping", "{}"),
        ("hooks.PreToolUse", "hooks", "mapping", "{}"),
        ("statusLine.command", "statusLine", "mapping", "null"),
    ],
)
def test_a_key_is_known_with_its_type_and_default(key: str, name: str, kind: str, default: str) -> None:
    facts = facts_of(key.split("."))
    assert facts is not None
    assert (facts.name, facts.kind, facts.default) == (name, kind, default)


def test_a_section_is_the_keys_in_it() -> None:
    assert [facts.name for facts in inside(["lanes", "handoff"])] == [
        "lanes.handoff.mode",
        "lanes.handoff.tail_turns",
        "lanes.handoff.max_tokens",
    ]
    assert [facts.name for facts in inside(["providers", "mine"])][:2] == [
        "providers.NAME.base_url",
        "providers.NAME.key_env",
    ]
    assert inside(["lanes", "ask"]) == ()


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("lanes.aks", "there is no key lanes.aks; did you mean lanes.ask?"),
        ("lanes.ask.x", "there is no key lanes.ask.x; did you mean lanes.ask?"),
        ("keep_days", "there is no key keep_days; did you mean ledger.keep_days?"),
        ("qqq", "there is no key qqq; list them all with: enforcer config list --all"),
    ],
)
def test_a_typo_names_the_nearest_key_conf_003(typed: str, sentence: str) -> None:
    with pytest.raises(UsageError) as refused:
        known(typed, typed.split("."))
    assert str(refused.value) == sentence
