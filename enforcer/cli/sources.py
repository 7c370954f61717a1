"""Where models could come from: keys in the environment and in the credentials file, and servers that answer here."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

from enforcer.cli.given import Given
from enforcer.config.keys import COMPATIBLE, KEY_ENV, ProviderConfig, stored_names
from enforcer.core.errors import UsageError
from enforcer.core.lanes import ModelRef
from enforcer.lanes.proposal import Source
from enforcer.providers.base import ProviderSettings
from enforcer.providers.models import Models
from enforcer.providers.registry import kind_of, known_names

ROUTER = f"{COMPATIBLE}:openrouter"  # the one compatible service with a key that everybody knows the address of
USUAL = tuple(f"{COMPATIBLE}:{name}" for name in ("ollama", "llamacpp", "lmstudio", "vllm"))
NAMES = {"ollama": "Ollama", "llamacpp": "llama.cpp", "lmstudio": "LM Studio", "vllm": "vLLM"}


@dataclass(frozen=True, slots=True)
class Found:
    """`problems` are sentences about keys that are there and cannot be used."""

    sources: tuple[Source, ...] = ()
    problems: tuple[str, ...] = ()


def settings_of(config: ProviderConfig, *, tries: int | None = None) -> ProviderSettings:
    """What a provider is made from."""
    return ProviderSettings(
        config.name,
        config.base_url,
        config.key,
        config.key_env,
        tries or config.tries,
        config.first_byte_s,
        config.idle_s,
        config.transport,
    )


def keys(given: Given) -> Found:
    """The providers with a key; nothing is asked."""
    sources, problems = [], []
    for name in _with_keys(given):
        try:
            config = given.provider(name)
        except UsageError as error:
            problems.append(str(error))
            continue
        if config.key:
            sources.append(Source(name, config.found_in))
        if config.notice:
            problems.append(config.notice)
    return Found(tuple(sources), tuple(dict.fromkeys(problems)))


async def servers(given: Given) -> tuple[Source, ...]:
    """The compatible servers that answer at their usual or configured address, each asked for its list."""
    places: dict[str, ProviderConfig] = {}
    for name in (*USUAL, *_configured_servers(given)):
        config = given.provider(name)
        if config.base_url and config.base_url.startswith("http://"):
            places.setdefault(config.base_url, config)
    found = await asyncio.gather(*(_look(config, given.models) for config in places.values()))
    return tuple(source for source in found if source)


def server_name(provider: str) -> str:
    """`Ollama`, or what the person called it."""
    name = provider.partition(":")[2]
    return NAMES.get(name, name)


async def _look(config: ProviderConfig, models: Models) -> Source | None:
    from enforcer.providers.probe import probe

    listed = await probe(settings_of(config))
    if listed is None:
        return None
    ids = [model.id for model in listed if models.chats(ModelRef(config.name, model.id))]
    return Source(config.name, str(config.base_url), local=True, models=tuple(ids))


def _with_keys(given: Given) -> Iterable[str]:
    configured = [name for name, entry in given.settings.providers.items() if entry.key_env]
    known = (*KEY_ENV, ROUTER, *configured, *stored_names(given.paths))
    return dict.fromkeys(name for name in known if kind_of(name) in known_names())


def _configured_servers(given: Given) -> Iterable[str]:
    entries = given.settings.providers.items()
    return (name for name, entry in entries if kind_of(name) == COMPATIBLE and entry.base_url)
