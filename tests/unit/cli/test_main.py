from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import pytest
import typer

from enforcer import __version__
from enforcer.cli.main import COMMANDS, run
from enforcer.cli.session import COMMANDS_HELP


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_a_typer_app(name: str) -> None:
    module, _, attribute = COMMANDS[name][0].partition(":")
    assert isinstance(getattr(import_module(module), attribute), typer.Typer)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_in_the_help_with_its_line(name: str) -> None:
    assert re.search(rf"^  enforcer {name} +{re.escape(COMMANDS[name][1])}$", COMMANDS_HELP, re.MULTILINE)


@pytest.mark.parametrize(
    "arguments",
    [["--help"], ["-h"], ["demo", "-h"], ["ledger", "-h"], ["route", "-h"], ["skill", "-h"], ["skill", "new", "-h"]],
    ids=" ".join,
)
def test_help_fits_eighty_columns_and_shows_no_python(
    arguments: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert run(arguments) == 0
    out = capsys.readouterr().out
    assert out.startswith("Usage: enforcer")
    assert [line for line in out.splitlines() if len(line) > 80] == []
    assert [word for word in ("<path>", "list[", "int range", "...\n  show") if word in out] == []


def test_a_flag_nobody_knows_ends_with_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--lnae"]) == 2
    possible = "(Possible options: --image, --lane)"
    assert capsys.readouterr().err == f"enforcer: no such option: --lnae {possible}; see enforcer --help\n"


def test_a_value_out_of_range_names_its_flag(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["-p", "x", "--max-turns", "0"]) == 2
    assert "'--max-turns'" in capsys.readouterr().err


def test_the_version_is_shown_wherever_it_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["-p", "x", "--version"]) == 0
    assert capsys.readouterr().out == f"enforcer {__version__}\n"


def test_the_other_program_names_itself(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["skill", "nonsense"], program="skill-builder") == 2
    assert capsys.readouterr().err == "enforcer: no such command 'nonsense'; see skill-builder --help\n"


def test_a_bug_is_named_and_its_log_has_no_key(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    broken = tmp_path / "broken_command.py"
    broken.write_text(
        "import typer\n"
        "from enforcer.config.keys import SECRETS\n"
        "SECRETS.add('sk-test-0123456789abcdef')\n"
        "app = typer.Typer()\n"
        "@app.command()\n"
        "def broken() -> None:\n"
        "    raise LookupError('sk-test-0123456789abcdef')\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(COMMANDS, "broken", ("broken_command:app", "A command with a bug"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert run(["broken"]) == 70
    said = re.fullmatch(
        r"enforcer: this is a bug in Enforcer \(LookupError\); the details are in (.+)\n", capsys.readouterr().err
    )
    assert said
    log = Path(said[1])
    assert "LookupError" in log.read_text()
    assert "sk-test-0123456789abcdef" not in log.read_text()
    assert log.stat().st_mode & 0o077 == 0


def test_what_a_sentence_quotes_cannot_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["-p", "x", "--lane", "\x1b[2J"]) == 2
    assert capsys.readouterr().err == "enforcer: --lane ␛[2J: there is no such lane; use creative or analytical\n"
