"""The settings of a session: all layers merged, typed and frozen, each value with where it came from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import PrivateAttr

from enforcer.config.schema import Common, HookSource, Permissions

DEFAULT = "default"


class Settings(Common):
    """`hooks` has one entry for each place that brings some, the highest first."""

    permissions: Permissions = Permissions()
    hooks: tuple[HookSource, ...] = ()
    _origins: Mapping[str, str] = PrivateAttr(default_factory=dict)

    @classmethod
    def merged(cls, tree: Mapping[str, Any], origins: Mapping[str, str]) -> Settings:
        """`origins` are by dotted key, for leaves."""
        settings = cls.model_validate(tree)
        settings._origins = origins
        return settings

    def origin(self, key: str) -> str:
        """Where `lanes.creative.model` was set: file, variable, flag, or "default"; for a section, all of them."""
        if key in self._origins:
            return self._origins[key]
        inside = [where for name, where in self._origins.items() if name.startswith(f"{key}.")]
        return ", ".join(dict.fromkeys(inside)) or DEFAULT
