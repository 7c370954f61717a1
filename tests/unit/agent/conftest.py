"""One bench for the room: see `tests/fakes.py`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fakes import Bench


@pytest.fixture
def bench(tmp_path: Path, home: Path) -> Bench:
    root = tmp_path / "project"
    root.mkdir()
    return Bench(root.resolve(), home)
