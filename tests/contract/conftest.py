"""Every test that takes `wire` runs once for each provider."""

from __future__ import annotations

import pytest

from tests.contract.wires import WIRES, Wire


@pytest.fixture(params=WIRES, ids=lambda wire: wire.kind)
def wire(request: pytest.FixtureRequest) -> Wire:
    chosen: Wire = request.param
    return chosen
