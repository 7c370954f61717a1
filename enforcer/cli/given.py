"""What a person has set up in this folder: settings, environment, places, and the facts of models."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from enforcer.cli.here import settings_here
from enforcer.config.keys import ProviderConfig, provider_config
from enforcer.config.load import Loaded
from enforcer.config.paths import Paths
from enforcer.config.settings import Settings
from enforcer.core.lanes import Lane, ModelRef
from enforcer.providers.models import OWN, Models
from enforcer.providers.remembered import FILE


@dataclass(frozen=True, slots=True)
class Given:
    env: Mapping[str, str]
    paths: Paths
    loaded: Loaded
    models: Models

    @property
    def settings(self) -> Settings:
        return self.loaded.settings

    @property
    def lanes(self) -> dict[Lane, ModelRef]:
        """The lanes that have a model."""
        return lanes_of(self.settings)

    def provider(self, name: str) -> ProviderConfig:
        """Raises: UsageError."""
        return provider_config(name, self.settings, self.env, self.paths)


def given(cwd: Path, env: Mapping[str, str]) -> Given:
    """Without a question: what a folder brings counts when it was trusted before. Raises: UsageError."""
    paths = Paths.from_env(env)
    return Given(env, paths, settings_here(cwd, paths, env), models_of(paths))


def models_of(paths: Paths) -> Models:
    """The facts of models, with the person's own file and the remembered lists."""
    return Models(paths.config / OWN, paths.data / FILE)


def lanes_of(settings: Settings) -> dict[Lane, ModelRef]:
    models = {Lane.CREATIVE: settings.lanes.creative.model, Lane.ANALYTICAL: settings.lanes.analytical.model}
    return {lane: model for lane, model in models.items() if model}
