"""Rows of the ledger for its tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest

from enforcer.core.lanes import Lane, ModelRef
from enforcer.core.messages import Usage
from enforcer.core.requests import PinStatus, Purpose, RequestRow
from enforcer.ledger.ledger import Ledger


class MakeRow(Protocol):
    def __call__(self, id: str, **changes: Any) -> RequestRow: ...


@pytest.fixture
def row() -> MakeRow:
    def make(id: str, **changes: Any) -> RequestRow:
        values: dict[str, Any] = {
            "id": id,
            "session": "s1",
            "turn": 1,
            "step": 1,
            "lane": Lane.CREATIVE,
            "purpose": Purpose.MAIN,
            "asked": ModelRef("muse", "muse-1"),
            "served": "muse-1",
            "pin": PinStatus.OK,
            "why": "creative work",
            "usage": Usage(1000, 50, 800, 0),
            "cost_usd": 0.02,
            "price": "3/15 USD per Mtok, 2026-10-01",
            "started": "2026-11-20T10:00:00.000+00:00",
            "latency_ms": 1500,
            "outcome": "ok",
        }
        return RequestRow(**(values | changes))

    return make


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "ledger.sqlite3"


@pytest.fixture
def ledger(path: Path) -> Iterator[Ledger]:
    ledger = Ledger(path)
    yield ledger
    ledger.close()
