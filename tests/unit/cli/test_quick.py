from __future__ import annotations

import inspect
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.main import get_command

from enforcer.cli import session as command
from enforcer.cli.quick import LISTS, SWITCHES, TEXTS, plain
from enforcer.cli.start import start

LEFT_TO_THE_LIBRARY = {"version", "max_turns", "help"}
COMMAND = get_command(command.app)
DEFAULTS = {name: parameter.default for name, parameter in inspect.signature(start).parameters.items()}


def by_the_library(arguments: list[str]) -> dict[str, Any]:
    """What the command gets for these arguments."""
    with COMMAND.make_context("enforcer", list(arguments)) as context:
        given = {name: value for name, value in context.params.items() if name in DEFAULTS}
        return {name: tuple(value) if isinstance(value, list) else value for name, value in given.items()}


def test_every_flag_of_a_session_is_known_or_left_to_the_library() -> None:
    spelled = {opt: param.name for param in COMMAND.params for opt in [*param.opts, *param.secondary_opts]}
    known = {flag: name for flag, (name, _) in SWITCHES.items()} | TEXTS | LISTS
    flags = {flag: name for flag, name in spelled.items() if flag.startswith("-")}
    assert {flag: name for flag, name in flags.items() if name not in LEFT_TO_THE_LIBRARY} == known


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["-p", "explain this"],
        ["explain this", "--print"],
        ["-p", ""],
        ["-c", "--fork"],
        ["--resume=?"],
        ["-r", "1qp9"],
        ["--lane", "creative", "--lane=analytical"],
        ["--trust", "--no-trust", "go"],
        ["--allowedTools", "Read,Bash(git *)", "--allowed-tools=Edit", "--add-dir", "/tmp", "x"],
        ["-m", "a/b", "--output-format=stream-json", "--include-partial-messages", "--verbose"],
        ["--permission-mode", "plan", "--creative=a/b", "--analytical", "c/d=e"],
        ["--disallowedTools", "", "-p", "two words"],
    ],
    ids=" ".join,
)
def test_plain_arguments_mean_what_the_library_says(arguments: list[str]) -> None:
    values = plain(arguments)
    assert values is not None
    assert {**DEFAULTS, **values} == by_the_library(arguments)


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["-h"],
        ["--version", "x"],
        ["-pc"],
        ["-pv", "x"],
        ["-ma/b"],
        ["-m=a/b"],
        ["--print=yes"],
        ["--prin"],
        ["--unknown"],
        ["-"],
        ["--", "-p"],
        ["--lane"],
        ["--lane", "-p"],
        ["one", "two"],
        ["--max-turns", "3"],
    ],
    ids=" ".join,
)
def test_what_is_not_plain_is_left_to_the_library(arguments: list[str]) -> None:
    assert plain(arguments) is None


WORDS = st.sampled_from([*SWITCHES, *TEXTS, *LISTS, "--lane=creative", "--add-dir=/tmp", "a/b", "x y", "", "a=b", "é"])


@given(st.lists(WORDS, max_size=6))
def test_whatever_is_plain_means_what_the_library_says(arguments: list[str]) -> None:
    values = plain(arguments)
    if values is not None:
        assert {**DEFAULTS, **values} == by_the_library(arguments)
