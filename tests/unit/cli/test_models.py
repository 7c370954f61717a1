"""`enforcer models`, with services on 127.0.0.1."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from enforcer.cli.main import run
from tests.servers.vendor import Reply, VendorServer

OWN = """
muse/*: {context: 64000, images: true}
muse/one: {price: {input: 2, output: 10, as_of: 2026-11-01}}
muse/gone: {ends: 2020-01-01}
"""


@pytest.fixture
def config(home: Path) -> Path:
    folder = home / "config"
    folder.mkdir()
    (folder / "models.yaml").write_text(OWN, encoding="utf-8")
    return folder


def shown(capsys: pytest.CaptureFixture[str]) -> list[list[str]]:
    return [line.split("\t") for line in capsys.readouterr().out.splitlines()]


def told(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    entries = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    return {entry["model"]: entry for entry in entries}


def lanes(config: Path, text: str) -> None:
    path = config / "config.yaml"
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)


def test_a_model_is_shown_with_its_facts_its_price_and_its_lane(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lanes(config, "lanes: {creative: {model: muse/one}}")
    assert run(["models", "muse"]) == 0
    assert shown(capsys) == [
        ["model", "context", "output", "images", "thinking", "USD/Mtok", "as of", "lane", "facts from"],
        ["muse/one", "64k", "8.2k", "yes", "no", "2/10", "2026-11-01", "creative", "models.yaml"],
    ]


def test_what_is_switched_off_is_shown_when_asked_for(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["models", "muse", "--all"]) == 0
    assert [row[0] for row in shown(capsys)] == ["model", "muse/one", "muse/gone"]


def test_a_lane_s_model_that_nobody_knows_is_shown_with_the_cautious_defaults(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lanes(config, "lanes: {analytical: {model: stranger/new}}")
    assert run(["models", "stranger"]) == 0
    assert shown(capsys)[1] == ["stranger/new", "128k", "8.2k", "no", "no", "unknown", "", "analytical", "not known"]


def test_every_vendor_is_shown_without_a_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["models"]) == 0
    vendors = {row[0].partition("/")[0] for row in shown(capsys)[1:]}
    assert vendors == {"anthropic", "openai", "google"}


def test_json_has_the_whole_price(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["models", "muse", "--json"]) == 0
    entry = told(capsys)["muse/one"]
    assert (entry["context"], entry["lanes"], entry["facts_from"]) == (64_000, [], "models.yaml")
    assert entry["price"]["as_of"] == "2026-11-01"


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("antropic", "'antropic' is not a provider; did you mean 'anthropic'?"),
        (
            "openai-compatible:box",
            "no model of openai-compatible:box is known; ask for its list with: "
            "enforcer models openai-compatible:box --refresh",
        ),
    ],
)
def test_a_provider_without_models_is_told(name: str, sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["models", name]) == 2
    assert capsys.readouterr().err == f"enforcer: {sentence}\n"


# Lists


@pytest.fixture
def anthropic(monkeypatch: pytest.MonkeyPatch) -> Any:
    with VendorServer() as server:
        server.models = [
            {"type": "model", "id": "claude-next-9", "max_input_tokens": 500_000, "max_tokens": 50_000},
            {"type": "model", "id": "claude-haiku-4-5-20251001", "max_input_tokens": 200_000, "max_tokens": 64_000},
        ]
        monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
        monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-test-0123456789")
        yield server


def test_a_list_is_asked_for_and_remembered_with_its_day(
    anthropic: VendorServer, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["models", "--refresh", "--json"]) == 0
    captured = capsys.readouterr()
    assert captured.err == "anthropic: 2 in its list, kept for later\n"
    assert run(["models", "anthropic", "--json"]) == 0
    entry = told(capsys)["anthropic/claude-next-9"]
    assert (entry["context"], entry["max_output"], entry["price"]) == (500_000, 50_000, None)
    assert entry["facts_from"].startswith("list of 20")
    kept = json.loads((home / "data" / "models.json").read_text("utf-8"))
    assert kept["providers"]["anthropic"]["source"] == anthropic.url
    assert anthropic.requests == []


def test_a_dated_form_of_a_known_model_is_not_shown_twice(
    anthropic: VendorServer, capsys: pytest.CaptureFixture[str]
) -> None:
    run(["models", "anthropic", "--refresh", "--json"])
    assert "anthropic/claude-haiku-4-5-20251001" not in told(capsys)


def test_a_service_that_fails_is_one_line_and_the_others_go_on(
    anthropic: VendorServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with VendorServer() as refusing:
        refusing.listing = Reply(status=401, body="bad key")
        monkeypatch.setenv("OPENAI_BASE_URL", refusing.openai_url)
        monkeypatch.setenv("OPENAI_API_KEY", "sk-test-0123456789")
        assert run(["models", "--refresh"]) == 0
    captured = capsys.readouterr()
    assert captured.err == (
        "anthropic: 2 in its list, kept for later\n"
        "enforcer: openai refused the key from OPENAI_API_KEY (401): check it\n"
    )
    assert "anthropic/claude-next-9" in captured.out


def test_when_every_service_fails_the_run_has_failed(
    anthropic: VendorServer, capsys: pytest.CaptureFixture[str]
) -> None:
    anthropic.listing = Reply(status=500, body="down")
    assert run(["models", "anthropic", "--refresh"]) == 1
    assert capsys.readouterr().err.startswith("enforcer: anthropic ")


def test_without_a_key_there_is_nobody_to_ask(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["models", "--refresh"]) == 2
    assert capsys.readouterr().err == (
        "enforcer: there is no key, so there is nobody to ask; set one with: enforcer auth set PROVIDER\n"
    )


def test_a_local_server_in_use_is_asked_without_a_key(
    config: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with VendorServer() as server:
        server.models = [{"id": "qwen3:8b", "max_model_len": 40_960}, {"id": "nomic-embed-text"}]
        monkeypatch.setenv("OLLAMA_HOST", server.url)
        lanes(config, "lanes: {creative: {model: 'openai-compatible:ollama/qwen3:8b'}}")
        assert run(["models", "openai-compatible:ollama", "--refresh"]) == 0
    row = shown(capsys)[1]
    assert (row[0], row[1], row[7]) == ("openai-compatible:ollama/qwen3:8b", "41k", "creative")
