from __future__ import annotations

from pathlib import Path

import pytest
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document

from enforcer.ui.completion import InputCompleter, offers

COMMANDS = [("lane", "switch"), ("ledger", "costs"), ("help", "this")]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name in ("app.py", "README.md", ".hidden", "bad\x1b[2J.txt", "two words"):
        (tmp_path / name).touch()
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "main.py").touch()
    return tmp_path


def offered(text: str, project: Path) -> list[str]:
    completions = InputCompleter(COMMANDS, project).get_completions(Document(text), CompleteEvent())
    return [text[: len(text) + each.start_position] + each.text for each in completions]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("/l", ["/lane", "/ledger"]),
        ("/", ["/lane", "/ledger", "/help"]),
        ("/lane c", []),
        ("read @a", ["read @app.py", "read @README.md"]),
        ("@src/", ["@src/main.py"]),
        ("@S", ["@src/"]),
        ("@.h", ["@.hidden"]),
        ("@nowhere/x", []),
        ("mail@a", []),
        ("plain", []),
    ],
)
def test_commands_and_files_are_offered(text: str, found: list[str], project: Path) -> None:
    assert offered(text, project) == found


def test_names_that_could_steer_the_terminal_are_left_out__TERM_001(project: Path) -> None:
    assert offered("@", project) == ["@app.py", "@README.md", "@src/"]


@pytest.mark.parametrize(
    ("text", "some"), [("/la", True), ("/lane x", False), ("a @b", True), ("a @b ", False), ("", False)]
)
def test_rows_for_the_menu_are_kept_free_only_when_it_may_come(text: str, some: bool) -> None:
    assert offers(text) is some
