"""Ways around the shell judge that were seen, each one closed."""

from __future__ import annotations

import pytest

from enforcer.core.verdict import Ruling
from enforcer.permissions.policy import Mode
from tests.unit.permissions.conftest import Shell

ALLOW, ASK, DENY = Ruling.ALLOW, Ruling.ASK, Ruling.DENY


# A wrapper is judged by what it runs


@pytest.mark.parametrize(
    ("command", "allow"),
    [
        pytest.param("uv run rm -rf src", "Bash(uv run *)", id="uv run"),
        pytest.param("poetry run rm -rf src", "Bash(poetry run *)", id="poetry run"),
        pytest.param("uv run -m ls", "Bash(uv run *)", id="a module is no program"),
        pytest.param("uv run rm -rf src", "Bash(uv run pytest *)", id="another program"),
        pytest.param("go test -exec rm", "Bash(go test *)", id="go test -exec"),
        pytest.param("go test --exec=rm ./...", "Bash(go test *)", id="go test --exec="),
        pytest.param("go vet -vettool=./x", "Bash(go vet *)", id="go vet -vettool"),
        pytest.param("go build -toolexec ./x", "Bash(go *)", id="go build -toolexec"),
    ],
)
def test_a_rule_for_a_wrapper_does_not_cover_what_it_runs(shell: Shell, command: str, allow: str) -> None:
    assert shell(command, allow=(allow,)).ruling is ASK


@pytest.mark.parametrize(
    ("command", "allow"),
    [
        ("uv run pytest -q", ("Bash(uv run pytest *)",)),
        ("uv run pytest -q", ("Bash(uv run *)", "Bash(pytest *)")),
        ("uv run python -m pytest -q", ("Bash(uv run python -m pytest:*)",)),
        ("uv sync", ("Bash(uv sync)",)),
        ("go test ./...", ("Bash(go test *)",)),
        ("python --version", ("Bash(python --version)",)),
    ],
)
def test_a_rule_that_names_what_the_wrapper_runs_covers_it(shell: Shell, command: str, allow: tuple[str, ...]) -> None:
    assert shell(command, allow=allow).ruling is ALLOW


# The folder a command runs in


@pytest.mark.parametrize(
    "command",
    [
        "true || cd sub && cat ../../x",
        "true || cd sub && cat < ../../x",
        "ls | cat || cd sub && cat ../../x",
        "true || cd sub && cd src && cat ../../x",
        "cd sub && true || cd src && cat ../../x",
        "command cd sub && cat ../../x",
        "builtin cd sub && cat ../../x",
        "time cd sub && cat ../../x",
        "pushd sub && cat ../x",
        "popd && cat ../x",
    ],
)
def test_a_cd_that_may_not_happen_moves_nothing(shell: Shell, command: str) -> None:
    assert shell(command, allow=("Bash(pushd *)", "Bash(popd)")).ruling is ASK


@pytest.mark.parametrize(
    "command",
    [
        "true || cd sub && cat ../x",
        "true || cd sub && echo a >> ../x",
        "command cd sub && cat ../x",
        "builtin cd sub && cat ../x",
        "time cd sub && echo a >> ../x",
        "cd missing; cat ../x",
        "cd missing\ncat ../x",
        "cd sub || cat ../x",
    ],
)
def test_a_command_is_judged_in_every_folder_it_may_run_in(shell: Shell, command: str) -> None:
    assert shell(command, Mode.ACCEPT_EDITS).ruling is not ALLOW


def test_a_denied_file_is_denied_behind_a_cd_that_is_skipped(shell: Shell) -> None:
    assert shell("true || cd src && cat ../f", deny=("Read(/f)",)).ruling is DENY
    assert shell("true || cd sub && cat f", deny=("Read(/f)",)).ruling is DENY


@pytest.mark.parametrize(
    "command",
    [
        "cd && rm -rf *",
        "cd -P / && rm -rf *",
        "cd -- / && rm -rf *",
        "pushd / && rm -rf *",
        "command cd / && rm -rf *",
        "true || cd / && rm -rf *",
        "cd -P / && rm -rf * && $x",
    ],
)
def test_no_spelling_of_cd_hides_a_catastrophe(shell: Shell, command: str) -> None:
    assert shell(command, Mode.BYPASS).ruling is DENY


def test_a_chain_of_cds_that_must_all_succeed_is_sure(shell: Shell) -> None:
    assert shell("false || true && cd sub && cat ../f").ruling is ALLOW
