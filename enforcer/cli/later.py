"""A provider whose client is loaded at its first request, or ahead of it in the background."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import cached_property

from enforcer.providers.base import Provider, ProviderSettings, Request, StreamEvent
from enforcer.providers.registry import KINDS, create, kind_of


class Later:
    """Stands for the provider of `settings`."""

    def __init__(self, settings: ProviderSettings) -> None:
        self._settings = settings

    @property
    def kind(self) -> str:
        return self._provider.kind

    @property
    def module(self) -> str:
        """What to import ahead of the first request."""
        return KINDS[kind_of(self._settings.name)].partition(":")[0]

    def stream(self, request: Request) -> AsyncIterator[StreamEvent]:
        return self._provider.stream(request)

    async def close(self) -> None:
        if "_provider" in self.__dict__:
            await self._provider.close()

    @cached_property
    def _provider(self) -> Provider:
        return create(self._settings)


def provider_for(settings: ProviderSettings) -> Provider:
    """Raises: UsageError at once when nobody answers to the name."""
    if kind_of(settings.name) in KINDS:
        return Later(settings)
    return create(settings)
