"""Every test that takes `wire` runs once for each provider and transport."""

from __future__ import annotations

import pytest

from tests.contract.wires import BOTH, Wire


@pytest.fixture(params=BOTH, ids=lambda wire: wire.id)
def wire(request: pytest.FixtureRequest) -> Wire:
    chosen: Wire = request.param
    return chosen
