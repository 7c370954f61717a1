"""The name somebody probably meant."""

from __future__ import annotations

import pytest

from enforcer.config.nearest import nearest


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("lanez", "lanes"),
        ("LANES", "lanes"),
        ("defaultmode", "defaultMode"),
        ("hook", "hooks"),
        ("zzz", None),
        ("", None),
    ],
)
def test_a_typing_mistake_finds_its_name(typed: str, meant: str | None) -> None:
    assert nearest(typed, ["lanes", "hooks", "defaultMode"]) == meant
