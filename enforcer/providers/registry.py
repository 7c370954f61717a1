"""Which provider answers to which name: strings only, so that knowing a name loads no vendor's client."""

from __future__ import annotations

from difflib import get_close_matches
from importlib import import_module
from importlib.metadata import entry_points
from typing import cast

from enforcer.core.errors import UsageError
from enforcer.providers.base import Provider, ProviderSettings

KINDS = {
    "anthropic": "enforcer.providers.anthropic:AnthropicProvider",
    "openai": "enforcer.providers.openai:OpenAIProvider",
    "openai-compatible": "enforcer.providers.compatible:CompatibleProvider",
    "scripted": "enforcer.providers.scripted:ScriptedProvider",
}
GROUP = "enforcer.providers"


def known_names() -> tuple[str, ...]:
    return tuple(KINDS)


def kind_of(name: str) -> str:
    """`openai-compatible:local` is an `openai-compatible`; every other name is its own kind."""
    return name.partition(":")[0]


def create(settings: ProviderSettings) -> Provider:
    """Loads the one client that is needed. Raises: UsageError when nobody answers to the name."""
    kind = kind_of(settings.name)
    if kind in KINDS:
        module, _, name = KINDS[kind].partition(":")
        return cast(Provider, getattr(import_module(module), name)(settings))
    for entry in entry_points(group=GROUP, name=kind):
        return cast(Provider, entry.load()(settings))
    raise UsageError(_unknown(settings.name, kind))


def _unknown(name: str, kind: str) -> str:
    others = [entry.name for entry in entry_points(group=GROUP)]
    near = get_close_matches(kind, [*KINDS, *others], n=1, cutoff=0.5)
    if near:
        return f"'{name}' is not a provider; did you mean '{near[0]}'?"
    return f"'{name}' is not a provider; known are {', '.join(sorted([*KINDS, *others]))}"
