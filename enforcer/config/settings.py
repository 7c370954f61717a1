"""The settings of a session: all layers merged, typed and frozen, each value with where it came from."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pydantic import PrivateAttr

from enforcer.config.schema import Common, HookSource, LaneSettings, Permissions
from enforcer.core.lanes import Lane, ModelRef

DEFAULT = "default"
_FULL_NAME = re.compile(r"[^\s/]+/\S+")


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

    def fallbacks(self, lane: Lane) -> tuple[ModelRef, ...]:
        """The lane's own chain, even when it was emptied; else what `fallbackModel` names as provider/model."""
        own: tuple[ModelRef, ...] = self._lane(lane).fallback
        if own or self.origin(f"lanes.{lane}.fallback") != DEFAULT:
            return own
        names = self.fallbackModel if isinstance(self.fallbackModel, list) else [self.fallbackModel]
        return tuple(ModelRef.parse(name) for name in names if isinstance(name, str) and _FULL_NAME.fullmatch(name))

    def effort(self, lane: Lane) -> str | None:
        """How hard the lane thinks: its own word, else `effortLevel`."""
        own: str | None = self._lane(lane).effort
        return own if own or self.origin(f"lanes.{lane}.effort") != DEFAULT else self.effortLevel

    def _lane(self, lane: Lane) -> LaneSettings:
        return self.lanes.creative if lane is Lane.CREATIVE else self.lanes.analytical

    def origin(self, key: str) -> str:
        """Where `lanes.creative.model` was set: file, variable, flag, or "default"; for a section, all of them."""
        if key in self._origins:
            return self._origins[key]
        inside = [where for name, where in self._origins.items() if name.startswith(f"{key}.")]
        return ", ".join(dict.fromkeys(inside)) or DEFAULT
