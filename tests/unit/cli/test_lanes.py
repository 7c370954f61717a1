"""`enforcer lanes`, with services on 127.0.0.1."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from enforcer.cli.main import run
from tests.servers.vendor import VendorServer

CONFIG = """\
# mine
review: required  # always
lanes:
  ask: never
"""


@pytest.fixture
def config(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "repo" / ".git").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "repo")
    path = home / "config" / "config.yaml"
    path.parent.mkdir(mode=0o700)
    return path


@pytest.fixture
def openai(monkeypatch: pytest.MonkeyPatch) -> Iterator[VendorServer]:
    with VendorServer() as server:
        server.models = [{"id": "gpt-6.1-sol"}, {"id": "gpt-6.1-terra-2026-10-26"}]
        monkeypatch.setenv("OPENAI_BASE_URL", server.openai_url)
        monkeypatch.setenv("OPENAI_API_KEY", "sk-test-0123456789")
        yield server
        assert server.requests == []  # a look is never a paid request


def write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)


def test_models_that_are_listed_are_set_and_the_rest_of_the_file_stays(
    config: Path, openai: VendorServer, capsys: pytest.CaptureFixture[str]
) -> None:
    write(config, CONFIG)
    assert run(["lanes", "set", "creative=openai/gpt-6.1-terra", "analytical=openai/gpt-6.1-sol"]) == 0
    captured = capsys.readouterr()
    assert captured.out == (f"set: creative=openai/gpt-6.1-terra analytical=openai/gpt-6.1-sol in {config}\n")
    assert captured.err == ""
    assert config.read_text("utf-8") == (
        "# mine\n"
        "review: required  # always\n"
        "lanes:\n"
        "  ask: never\n"
        "  creative:\n"
        "    model: openai/gpt-6.1-terra\n"
        "  analytical:\n"
        "    model: openai/gpt-6.1-sol\n"
    )


def test_a_new_file_is_private(config: Path, openai: VendorServer) -> None:
    assert run(["lanes", "set", "creative=openai/gpt-6.1-sol"]) == 0
    assert config.stat().st_mode & 0o777 == 0o600


def test_a_model_that_is_not_listed_is_not_written(
    config: Path, openai: VendorServer, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["lanes", "set", "creative=openai/gpt-6.1-soll"]) == 1
    assert capsys.readouterr().err == (
        "enforcer: openai does not list gpt-6.1-soll; did you mean openai/gpt-6.1-sol?\n"
        "enforcer: nothing was written; to write it all the same: --force\n"
    )
    assert not config.exists()


def test_a_model_that_is_not_listed_is_written_with_force(config: Path, openai: VendorServer) -> None:
    assert run(["lanes", "set", "creative=openai/brand-new", "--force"]) == 0
    assert "model: openai/brand-new" in config.read_text("utf-8")
    assert openai.listings == []


@pytest.mark.parametrize(
    ("word", "sentence"),
    [
        (
            "creative=anthropic/claude-x",
            "anthropic has no key: set ANTHROPIC_API_KEY, or run: enforcer auth set anthropic",
        ),
        ("creative=antropic/claude-x", "'antropic' is not a provider; did you mean 'anthropic'?"),
    ],
    ids=["no key", "no such provider"],
)
def test_a_service_that_cannot_be_asked_is_one_sentence(
    config: Path, word: str, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["lanes", "set", word]) == 1
    assert capsys.readouterr().err.splitlines()[0] == f"enforcer: {sentence}"
    assert not config.exists()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["gpt"], "'gpt' does not say for which lane; write it like creative=provider/model analytical=provider/model"),
        (["creativ=a/b"], "'creativ' is not a lane; use creative or analytical"),
        (["creative=gpt"], "'gpt' is not a model; write it as provider/model"),
    ],
)
def test_what_cannot_be_understood_is_told(
    config: Path, words: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["lanes", "set", *words]) == 2
    assert capsys.readouterr().err == f"enforcer: {sentence}\n"


def test_a_broken_file_is_left_as_it_was(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(config, "lanes: [")
    assert run(["lanes", "set", "creative=a/b", "--force"]) == 2
    assert config.read_text("utf-8") == "lanes: ["
    assert capsys.readouterr().err.startswith(f"enforcer: {config}:2: this is not valid YAML")


def test_the_lanes_are_shown_with_where_they_and_their_keys_come_from(
    config: Path, openai: VendorServer, capsys: pytest.CaptureFixture[str]
) -> None:
    write(config, "lanes: {creative: {model: openai/gpt-6.1-sol}, analytical: {model: anthropic/claude-x}}")
    assert run(["lanes"]) == 0
    assert capsys.readouterr().out == (
        "lane\tmodel\tset by\tkey\n"
        f"creative\topenai/gpt-6.1-sol\t{config}\tOPENAI_API_KEY\n"
        f"analytical\tanthropic/claude-x\t{config}\tnone found in ANTHROPIC_API_KEY\n"
    )
    assert run(["lanes", "show", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["creative"] == {
        "model": "openai/gpt-6.1-sol",
        "set_by": str(config),
        "key": "OPENAI_API_KEY",
    }


def test_lanes_without_a_model_are_shown_as_such(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["lanes", "show"]) == 0
    assert capsys.readouterr().out.splitlines()[1:] == ["creative\tnone\tdefault\t", "analytical\tnone\tdefault\t"]


def test_the_models_change_places(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(config, "lanes: {creative: {model: a/x}, analytical: {model: b/y}}  # two\n")
    assert run(["lanes", "swap"]) == 0
    assert config.read_text("utf-8") == "lanes: {creative: {model: b/y}, analytical: {model: a/x}}  # two\n"


def test_one_model_cannot_change_places(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(config, "lanes: {creative: {model: a/x}}")
    assert run(["lanes", "swap"]) == 2
    assert capsys.readouterr().err.startswith("enforcer: a swap needs a model in both lanes;")


def test_a_lane_is_turned_off(config: Path) -> None:
    write(config, "lanes: {creative: {model: a/x}, analytical: {model: b/y}}\n")
    assert run(["lanes", "set", "creative=none"]) == 0
    assert config.read_text("utf-8") == "lanes: {creative: {model: null}, analytical: {model: b/y}}\n"


def test_a_variable_that_wins_over_the_file_is_named(
    config: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ENFORCER_CREATIVE", "b/y")
    assert run(["lanes", "set", "creative=a/x", "--force"]) == 0
    assert capsys.readouterr().out.splitlines()[1] == "lanes.creative.model is now b/y, from ENFORCER_CREATIVE"


@pytest.mark.parametrize(
    ("flag", "name"), [("--project", "config.yaml"), ("--local", "config.local.yaml")], ids=["project", "local"]
)
def test_lanes_of_a_project_wait_for_the_yes_to_it(
    config: Path, flag: str, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["lanes", "set", "creative=a/x", "--force", flag]) == 0
    assert (Path(".enforcer") / name).read_text("utf-8") == "lanes:\n  creative:\n    model: a/x\n"
    assert capsys.readouterr().out.splitlines()[1] == (
        "it acts once you have said yes to it; start enforcer in this project"
    )


def test_two_files_are_one_too_many(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["lanes", "swap", "--project", "--local"]) == 2
