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
