from __future__ import annotations

import pytest

from enforcer.core.lanes import Lane, ModelRef
from enforcer.ui.figures import cells
from enforcer.ui.status import Status, status_line

MODEL = ModelRef("anthropic", "claude-sonnet-4-5")
STATUS = Status(Lane.CREATIVE, MODEL, "default", 0.03, context_percent=12, note="2 queued")


@pytest.mark.parametrize(
    ("width", "text"),
    [
        (100, "creative · anthropic/claude-sonnet-4-5 │ default │ $0.03 │ 12% context │ 2 queued"),
        (60, "creative · anthropic/claude… │ default │ $0.03 │ 12% context"),
        (40, "creative · anthropic/claude-s… │ default"),
        (20, "creative · anthropi…"),
        (8, "creativ…"),
    ],
)
def test_the_least_needed_goes_first(width: int, text: str) -> None:
    assert status_line(STATUS, width) == text


@pytest.mark.parametrize("width", range(8, 100))
def test_the_line_never_exceeds_the_width(width: int) -> None:
    assert cells(status_line(STATUS, width)) <= width


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (Status(Lane.ANALYTICAL, None), "analytical · no model │ default │ $0.00"),
        (Status(Lane.ANALYTICAL, MODEL, cost_usd=None), "cost unknown"),
        (Status(Lane.ANALYTICAL, MODEL, cost_usd=0.5, cost_unknown=True), "$0.50 + unknown"),
        (Status(Lane.ANALYTICAL, ModelRef("x", "\x1b[2J")), "x/␛[2J"),
    ],
    ids=["no model", "unknown cost", "partly unknown cost", "TERM-001 in a model name"],
)
def test_what_is_not_known_is_said(status: Status, text: str) -> None:
    assert text in status_line(status, 100)
