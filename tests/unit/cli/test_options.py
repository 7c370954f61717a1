from __future__ import annotations

import pytest

from enforcer.cli.options import Options, normalise, split_rules


@pytest.mark.parametrize(
    ("given", "rules"),
    [
        (["Read,Grep"], ("Read", "Grep")),
        (["Read Grep"], ("Read", "Grep")),
        (["Bash(git log *),Read"], ("Bash(git log *)", "Read")),
        (["Bash(echo a, b)"], ("Bash(echo a, b)",)),
        (["Read", "Grep"], ("Read", "Grep")),
        ([""], ()),
        (None, ()),
    ],
    ids=["comma", "blank", "blank inside", "comma inside", "repeated", "empty", "none"],
)
def test_rules_are_split_outside_of_parentheses_only(given: list[str] | None, rules: tuple[str, ...]) -> None:
    assert split_rules(given) == rules


@pytest.mark.parametrize(
    ("given", "normal"),
    [
        (["-r"], ["--resume=?"]),
        (["--resume", "--verbose"], ["--resume=?", "--verbose"]),
        (["-r", "20261121-1"], ["-r", "20261121-1"]),
        (["-r", "go on then"], ["--resume=?", "go on then"]),
        (["fix it", "-c"], ["fix it", "-c"]),
    ],
    ids=["alone", "before a flag", "with an id", "before a prompt", "absent"],
)
def test_resume_without_an_id_opens_the_list(given: list[str], normal: list[str]) -> None:
    assert normalise(given) == normal


def test_only_flags_that_were_given_override_the_config() -> None:
    assert Options().flags() == {}
    assert Options(creative="a/b", allowed_tools=("Read",)).flags() == {
        "lanes.creative.model": "a/b",
        "permissions.allow": ["Read"],
    }
