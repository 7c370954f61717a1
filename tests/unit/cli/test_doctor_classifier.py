"""What the doctor says of the model that is asked where the classifier abstains."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from enforcer.cli.main import run

LANES = "lanes: {creative: {model: openai/gpt-6.1-terra}, analytical: {model: openai/gpt-6.1-sol}, classifier: {%s}}\n"
LUNA = "openai/gpt-6-luna"
OFFLINE = ("ok", "where a prompt belongs is decided here, offline; no model is asked", None)
Told = Callable[[str], list[tuple[str, str, str | None]]]


@pytest.fixture
def told(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Told:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-0123456789")
    (home / "config").mkdir(mode=0o700)

    def look(classifier: str) -> list[tuple[str, str, str | None]]:
        (home / "config" / "config.yaml").write_text(LANES % classifier, "utf-8")
        run(["doctor", "--json"])
        found = json.loads(capsys.readouterr().out)["findings"]
        return [(each["level"], each["text"], each["remedy"]) for each in found if each["group"] == "classifier"]

    return look


@pytest.mark.parametrize(
    ("classifier", "finding"),
    [
        ("mode: local", [OFFLINE]),
        (
            f"mode: local+model, model: {LUNA}",
            [
                (
                    "ok",
                    f"where the classifier abstains, {LUNA} is asked at its service's endpoint for decisions, "
                    "for 2,500 ms at most",
                    None,
                )
            ],
        ),
        (
            "mode: local+model, model: openai/gpt-6.1-terra, timeout_ms: 900",
            [
                (
                    "ok",
                    "where the classifier abstains, openai/gpt-6.1-terra is asked for a short answer in JSON, "
                    "for 900 ms at most",
                    None,
                )
            ],
        ),
        (
            f"model: {LUNA}",
            [
                (
                    "note",
                    f"{LUNA} is set as lanes.classifier.model, but the mode is local, so it is never asked",
                    "enforcer config set lanes.classifier.mode local+model",
                ),
                OFFLINE,
            ],
        ),
        (
            "mode: local+model",
            [
                (
                    "error",
                    "lanes.classifier.mode is local+model, but lanes.classifier.model is not set, so no model is asked",
                    "enforcer config set lanes.classifier.model provider/model",
                )
            ],
        ),
        (
            "mode: local+model, model: opnai/x",
            [
                (
                    "error",
                    "'opnai' is not a provider; did you mean 'openai'?",
                    "enforcer config set lanes.classifier.model provider/model",
                )
            ],
        ),
        (
            "mode: local+model, model: openai/text-embedding-3-small",
            [
                (
                    "error",
                    "openai/text-embedding-3-small answers no prompts, so it cannot say where one belongs",
                    "enforcer config set lanes.classifier.model provider/model",
                )
            ],
        ),
    ],
    ids=["off", "decides", "chats", "never-asked", "missing", "misspelt", "embeds"],
)
def test_mode_and_model_are_held_against_each_other(
    classifier: str, finding: list[tuple[str, str, str | None]], told: Told
) -> None:
    assert told(classifier) == finding


def test_a_service_the_lanes_do_not_use_is_told_and_so_is_its_missing_key(told: Told) -> None:
    (key, vendor, _) = told("mode: local+model, model: google/gemini-decision-1")
    assert key == (
        "error",
        "google/gemini-decision-1 is asked where the classifier abstains, and google has no key",
        "enforcer auth set google",
    )
    assert vendor[:2] == (
        "warning",
        "google/gemini-decision-1 is of another service than the lanes; prompts of doubt go there too",
    )
