from __future__ import annotations

import pytest

from enforcer.core.lanes import Lane
from enforcer.lanes.explicit import Declaration, declared_lane, strip_prefix


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        pytest.param("@creative write an ode", (Lane.CREATIVE, "write an ode"), id="creative"),
        pytest.param("@analytical count them", (Lane.ANALYTICAL, "count them"), id="analytical"),
        pytest.param("  @Creative\nwrite an ode", (Lane.CREATIVE, "write an ode"), id="case and blanks"),
        pytest.param("@creative", (Lane.CREATIVE, ""), id="nothing behind it"),
        pytest.param("@creatively put", (None, "@creatively put"), id="a longer word"),
        pytest.param("ask @creative to write", (None, "ask @creative to write"), id="not at the beginning"),
        pytest.param("@src/app.py explain", (None, "@src/app.py explain"), id="a file"),
    ],
)
def test_a_prefix_names_the_lane_of_one_turn(prompt: str, expected: tuple[Lane | None, str]) -> None:
    assert strip_prefix(prompt) == expected


FUNCTIONS = {"chat": "creative", "quiz": "none"}


@pytest.mark.parametrize(
    ("declaration", "settings", "expected"),
    [
        pytest.param(
            Declaration("study", "chat", "analytical", FUNCTIONS),
            {"study:chat": "analytical"},
            Lane.CREATIVE,
            id="the skill's function beats everything",
        ),
        pytest.param(
            Declaration("study", "plan", "analytical", FUNCTIONS),
            {"study:plan": "creative", "study": "analytical"},
            Lane.CREATIVE,
            id="the setting of the function beats the skill",
        ),
        pytest.param(
            Declaration("study", None, "analytical"),
            {"study": "creative"},
            Lane.ANALYTICAL,
            id="the skill beats the setting of the skill",
        ),
        pytest.param(Declaration("image"), {"image": "creative"}, Lane.CREATIVE, id="the setting of the skill is last"),
        pytest.param(Declaration("deploy"), {}, None, id="nothing declared is none"),
        pytest.param(Declaration("deploy", None, "none"), {"deploy": "creative"}, None, id="none is a declaration"),
        pytest.param(
            Declaration("study", "quiz", "creative", FUNCTIONS), {}, None, id="a function may declare none as well"
        ),
    ],
)
def test_the_nearest_declaration_of_a_skill_wins(
    declaration: Declaration, settings: dict[str, str], expected: Lane | None
) -> None:
    assert declared_lane(declaration, settings) is expected
