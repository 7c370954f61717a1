"""Whose models a session may ask: anybody's, or those of one vendor alone."""

from __future__ import annotations

from dataclasses import dataclass

from enforcer.core.lanes import ModelRef


@dataclass(frozen=True, slots=True)
class Vendors:
    """With `only`, no request of any purpose goes to another provider: no turn, delegation, handoff or side call."""

    only: str = ""  # as in a model's name, "anthropic"; "" = anybody's

    def refusal(self, ref: ModelRef) -> str:
        """Why a model must not be asked, as a clause; "" when it may be."""
        if not self.only or ref.provider == self.only:
            return ""
        return f"{ref} is of another vendor, and this session is held to {self.only} (--one-vendor)"


ANYBODY = Vendors()
