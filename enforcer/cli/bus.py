"""Events go to every reader, in order: the record first, so that nothing is shown that is not written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from enforcer.core.events import Event


@dataclass(slots=True)
class Bus:
    readers: list[Callable[[Event], object]] = field(default_factory=list)

    def __call__(self, event: Event) -> None:
        for reader in self.readers:
            reader(event)
