"""Which provider answers to which name: strings only, so that knowing a name loads no vendor's client."""

from __future__ import annotations

from collections.abc import Callable
from difflib import get_close_matches
from importlib import import_module
from importlib.metadata import entry_points
from typing import cast

from enforcer.core.errors import UsageError
from enforcer.providers import wire
from enforcer.providers.base import Provider, ProviderSettings
from enforcer.providers.transport import Transport

KINDS = {
    "anthropic": "enforcer.providers.anthropic:AnthropicProvider",
    "openai": "enforcer.providers.openai:OpenAIProvider",
    "google": "enforcer.providers.google:GoogleProvider",
    "openai-compatible": "enforcer.providers.compatible:CompatibleProvider",
    "scripted": "enforcer.providers.scripted:ScriptedProvider",
}
# What carries the requests of a kind, by the name of the transport; the module of `sdk` imports the vendor's client.
TRANSPORTS = {
    "anthropic": {"sdk": "enforcer.providers.sdk_anthropic:AnthropicSdk", "http": "enforcer.providers.http:anthropic"},
    "openai": {"sdk": "enforcer.providers.sdk_openai:OpenAISdk", "http": "enforcer.providers.http:openai"},
    "google": {"sdk": "enforcer.providers.sdk_google:GoogleSdk", "http": "enforcer.providers.http:google"},
    "openai-compatible": {"sdk": "enforcer.providers.sdk_openai:OpenAISdk", "http": "enforcer.providers.http:openai"},
}
ADDRESSES = {
    "anthropic": "https://api.anthropic.com",
    "openai": "https://api.openai.com/v1",
    "google": "https://generativelanguage.googleapis.com",
}
AUTO = "auto"
AT_FIRST_REQUEST = ("httpcore2", "anyio._backends._asyncio")  # what httpx2 itself loads no earlier
NO_KEY = "none"  # the client insists on a key; most compatible servers want none
GROUP = "enforcer.providers"


def known_names() -> tuple[str, ...]:
    return tuple(KINDS)


def kind_of(name: str) -> str:
    """`openai-compatible:local` is an `openai-compatible`; every other name is its own kind."""
    return name.partition(":")[0]


def create(settings: ProviderSettings) -> Provider:
    """A provider whose client is loaded at its first request. Raises: UsageError when nobody answers to the name."""
    kind = kind_of(settings.name)
    if kind in TRANSPORTS:
        address = wire.address(settings, ADDRESSES.get(kind, ""))
        _carrier(settings, kind)
        return cast(Provider, _load(KINDS[kind])(settings, lambda: _connected(settings, kind, address)))
    if kind in KINDS:
        return cast(Provider, _load(KINDS[kind])(settings))
    for entry in entry_points(group=GROUP, name=kind):
        return cast(Provider, entry.load()(settings))
    raise UsageError(_unknown(settings.name, kind))


def client_modules(settings: ProviderSettings) -> tuple[str, ...]:
    """The modules whose import is slow, to be loaded ahead of the first request."""
    kind = kind_of(settings.name)
    if kind not in TRANSPORTS:
        return ()
    return (_carrier(settings, kind).partition(":")[0], *AT_FIRST_REQUEST)


def _connected(settings: ProviderSettings, kind: str, address: str) -> Transport:
    """Raises: ProviderError without a usable key."""
    optional = kind == "openai-compatible" and not settings.key
    key = NO_KEY if optional else wire.usable_key(settings)
    return cast(Transport, _load(_carrier(settings, kind))(settings, address, key))


def _carrier(settings: ProviderSettings, kind: str) -> str:
    """The transport that was asked for; else the light one where there is one. Raises: UsageError."""
    offered = TRANSPORTS[kind]
    if settings.transport == AUTO:
        return offered.get("http") or offered["sdk"]
    if settings.transport not in offered:
        names = " or ".join((AUTO, *offered))
        raise UsageError(f"providers.{settings.name}.transport: {settings.transport} is not for {kind}; use {names}")
    return offered[settings.transport]


def _load(target: str) -> Callable[..., object]:
    module, _, name = target.partition(":")
    return cast(Callable[..., object], getattr(import_module(module), name))


def _unknown(name: str, kind: str) -> str:
    others = [entry.name for entry in entry_points(group=GROUP)]
    near = get_close_matches(kind, [*KINDS, *others], n=1, cutoff=0.5)
    if near:
        return f"'{name}' is not a provider; did you mean '{near[0]}'?"
    return f"'{name}' is not a provider; known are {', '.join(sorted([*KINDS, *others]))}"
