from __future__ import annotations

from pathlib import Path

import pytest

from enforcer.delegation.predicates import not_delegable


def rule(prompt: str, inputs: dict[str, str] | None = None, *, depth: int = 0, cwd: Path = Path("/")) -> int | None:
    found = not_delegable(prompt, inputs or {}, depth=depth, cwd=cwd)
    return found.rule if found else None


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("Find which versions of the parser accept trailing commas and cite the changelog.", None),
        ("Ask the user which name they prefer and use it.", 1),
        ("Let the person decide between the two plans.", 1),
        ("Rewrite the text above so that it is warmer.", 2),
        ("Check the draft for wrong dates.", 2),
        ("Do it as discussed.", 2),
        ("See above and continue.", 2),
        ("Write a welcome mail in my voice.", 6),
        ("Keep the same tone and add a paragraph.", 6),
        ("Explain what a draft pull request is.", None),
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_may_not_be_delegated_is_told_by_its_number(prompt: str, expected: int | None) -> None:
    assert rule(prompt) == expected


def test_a_sub_agent_may_not_delegate() -> None:
    assert rule("Count the tests.", depth=1) == 5


def test_inputs_give_a_dangling_reference_something_to_point_at() -> None:
    assert rule("Check the draft for wrong dates.", {"draft": "Founded in 1982."}) is None
    assert rule("Write a welcome mail in my voice.", {"sample": "Hullo there."}) is None


def test_a_file_that_exists_gives_a_dangling_reference_something_to_point_at(tmp_path: Path) -> None:
    (tmp_path / "draft.md").write_text("x")
    assert rule("Check the draft in draft.md for wrong dates.", cwd=tmp_path) is None
    assert rule("Check the draft in missing.md for wrong dates.", cwd=tmp_path) == 2


def test_the_reason_says_what_to_do_instead() -> None:
    found = not_delegable("Check the draft.", {}, depth=0, cwd=Path("/"))
    assert found is not None
    assert found.reason == (
        "'the draft' points at something the sub-agent cannot see; pass it in `inputs` or name a file"
    )
