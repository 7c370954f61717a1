from __future__ import annotations

import pytest

from enforcer.core.errors import UsageError
from enforcer.lanes.wanted import parse


def test_a_rule_typed_where_models_are_set_is_told_where_it_belongs() -> None:
    with pytest.raises(UsageError) as told:
        parse(["release", "notes", "creative"])
    assert str(told.value) == (
        "'release notes creative' is a rule; those are set in a shell: enforcer lanes set \"release notes\" creative"
    )
