"""What a session knows of the web: pages of the last minutes, and which names turned out to lead inside."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from enforcer.tools.web.address import Address

KEPT_S = 15 * 60
MOST_CHARACTERS = 20_000_000  # of all pages together


@dataclass(frozen=True, slots=True)
class Page:
    """What is known of one address: its text as markdown or as it came."""

    url: str  # where it was found in the end
    kind: str  # the media type
    text: str
    notes: tuple[str, ...] = ()
    path: Path | None = None  # the whole of it, where it is long


@dataclass(slots=True)
class Web:
    """One per session, shared with its sub-agents."""

    clock: Callable[[], float] = time.monotonic
    inside: dict[str, str] = field(default_factory=dict)  # host → where it was found to lead
    agreed: dict[str, tuple[str, int | None]] = field(default_factory=dict)  # call → the origin it may reach inside
    _pages: dict[str, tuple[float, Page]] = field(default_factory=dict)

    def leads_inside(self, address: Address) -> str:
        """By its letters, or by what a name was found to lead to."""
        return address.inside or self.inside.get(address.host, "")

    def recall(self, address: Address) -> tuple[Page, int] | None:
        """A page and its age in seconds."""
        found = self._pages.get(address.url)
        if found is None or self.clock() - found[0] > KEPT_S:
            self._pages.pop(address.url, None)
            return None
        return found[1], int(self.clock() - found[0])

    def keep(self, address: Address, page: Page) -> None:
        self._pages.pop(address.url, None)
        self._pages[address.url] = (self.clock(), page)
        while sum(len(kept.text) for _, kept in self._pages.values()) > MOST_CHARACTERS:
            del self._pages[next(iter(self._pages))]
