from __future__ import annotations

import pytest

from enforcer.ui import figures


@pytest.mark.parametrize(
    ("text", "width", "shown"),
    [("short", 10, "short"), ("a long text", 6, "a lon…"), ("漢字漢字", 5, "漢字…"), ("abc", 1, "…"), ("abc", 0, "")],
)
def test_a_text_is_shortened_to_columns_not_characters(text: str, width: int, shown: str) -> None:
    assert figures.shorten(text, width) == shown
