"""What is said of `routes` and `escalate` where they are wrong, and how `lanes`, `route` and `doctor` show them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from enforcer.cli.main import run

LANES = "lanes: {creative: {model: openai/gpt-5}, analytical: {model: openai/gpt-5-mini}}\n"
Set = Callable[[str], Path]


@pytest.fixture
def config(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Set:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-0123456789")
    (home / "config").mkdir(mode=0o700)

    def write(text: str) -> Path:
        path = home / "config" / "config.yaml"
        path.write_text(LANES + text, "utf-8")
        return path

    return write


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("{tset: analytical}", "routes.tset is no kind of work and was ignored; did you mean test?"),
        ("{test: analyticl}", "routes.test must be creative, analytical or a model, written as provider/model"),
        ("{test: 3}", "routes.test must be creative, analytical or a model, written as provider/model"),
    ],
    ids=["task", "lane", "number"],
)
def test_a_wrong_route_gets_one_sentence_with_its_file_and_key(
    config: Set, capsys: pytest.CaptureFixture[str], written: str, said: str
) -> None:
    config(f"routes: {written}\n")
    run(["doctor", "--json"])
    found = json.loads(capsys.readouterr().out)["findings"]
    texts = [each["text"] for each in found if each["group"] == "config" and "routes." in each["text"]]
    assert [said in text and "config.yaml" in text for text in texts] == [True]


def test_lanes_shows_the_table_and_why_a_model_cannot_be_had(config: Set, capsys: pytest.CaptureFixture[str]) -> None:
    path = config("routes: {test: creative, plan: google/gemini-3-pro}\nescalate: {model: openai/gpt-5}\n")
    run(["lanes"])
    assert capsys.readouterr().out.splitlines()[4:] == [
        "route\tgoes to\tset by\tcannot be had",
        f"routes.test\tcreative\t{path}\t",
        f"routes.plan\tgoogle/gemini-3-pro\t{path}\tgoogle has no key; set one with: enforcer auth set google",
        f"escalate.model\topenai/gpt-5\t{path}\t",
    ]


def test_lanes_without_routes_shows_the_lanes_alone(config: Set, capsys: pytest.CaptureFixture[str]) -> None:
    config("")
    run(["lanes", "show", "--json"])
    assert list(json.loads(capsys.readouterr().out)) == ["creative", "analytical"]


def test_route_names_the_model_and_the_key_that_chose_it(config: Set, capsys: pytest.CaptureFixture[str]) -> None:
    config("routes: {test: openai/gpt-5-nano}\n")
    run(["route", "write unit tests for the parser in parser.py"])
    assert capsys.readouterr().out.splitlines()[0].endswith(" · openai/gpt-5-nano (routes.test)")


@pytest.mark.parametrize(
    ("written", "level", "text"),
    [
        ("", "ok", "every task is served by its lane's model, and nothing is escalated"),
        (
            "routes: {test: google/gemini-3-pro}",
            "error",
            "routes.test: google has no key; set one with: enforcer auth set google",
        ),
        (
            "routes: {test: openai/nobody-knows}",
            "warning",
            "routes.test: openai/nobody-knows is not listed, so its cost is unknown",
        ),
        (
            "lanes: {creative: {model: null}}\nroutes: {test: creative}",
            "warning",
            "routes.test is creative, a lane without a model, so the analytical lane serves it",
        ),
        (
            "escalate: {model: openai/gpt-5, high_risk: false}",
            "ok",
            "escalate.model: openai/gpt-5, from ",
        ),
        ("routes: {test: acme/one}", "error", "routes.test: "),
    ],
    ids=["none", "no key", "not listed", "lane off", "escalate", "no such provider"],
)
def test_the_doctor_looks_at_every_route(
    config: Set, capsys: pytest.CaptureFixture[str], written: str, level: str, text: str
) -> None:
    path = config(f"{written}\n")
    if written.startswith("lanes:"):
        path.write_text(f"{written.replace('null}}', 'null}, analytical: {model: openai/gpt-5}}')}\n", "utf-8")
    run(["doctor", "--json"])
    found = [each for each in json.loads(capsys.readouterr().out)["findings"] if each["group"] == "routes"]
    assert [(each["level"], each["text"].startswith(text)) for each in found] == [(level, True)]
