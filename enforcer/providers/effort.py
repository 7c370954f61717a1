"""Effort levels: which ones there are, and which of them reaches a model. Says why when one does not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from enforcer.core.lanes import EFFORTS
from enforcer.providers.models import ModelFacts

ANY = EFFORTS
# By kind of service, as the vendors' clients name them; which of them a model takes, its service knows.
LEVELS: Mapping[str, Sequence[str]] = {
    "anthropic": ("low", "medium", "high", "xhigh", "max"),
    "google": ("none", "minimal", "low", "medium", "high", "xhigh"),
}


def fitted(asked: str | None, kind: str, facts: ModelFacts, *, known: bool) -> tuple[str | None, str]:
    """What is sent, and why it is not what was asked for; `known`: a file says what this model can do."""
    if not asked:
        return None, ""
    if known and not facts.thinking:
        return None, "left out: this model does not reason"
    levels = LEVELS.get(kind, ANY)
    if asked not in levels:
        return None, f"left out: there it is {_listed(levels)}"
    if facts.thinking_tokens and asked not in facts.thinking_tokens:
        return None, f"left out: this model has {_listed(list(facts.thinking_tokens))}"
    return asked, ""


def least(kind: str, facts: ModelFacts, *, known: bool) -> str | None:
    """The level for an answer without thought; None where saying nothing is as little, or it is not known."""
    if not (known and facts.thinking):
        return None
    if facts.thinking_tokens:
        spares = "none" in facts.thinking_tokens
        return "none" if spares else None if kind == "anthropic" else "low"
    return "low"


def _listed(names: Sequence[str]) -> str:
    *most, last = names
    return f"{', '.join(most)} or {last}" if most else last
