from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from enforcer.cli.main import run


@pytest.mark.parametrize(
    ("prompt", "lane"),
    [("write a haiku about rain", "creative"), ("fix the failing test in app.py", "analytical")],
)
def test_a_prompt_is_routed_with_its_reason(prompt: str, lane: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["route", prompt]) == 0
    first, second = capsys.readouterr().out.splitlines()[:2]
    assert first.startswith(f"{lane} · ")
    assert second.startswith("because: ")


def test_the_decision_can_be_read_by_a_program(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["route", "write a haiku about rain", "--json"]) == 0
    decision = json.loads(capsys.readouterr().out)
    assert (decision["lane"], decision["source"], decision["abstained"]) == ("creative", "local", False)


def test_the_prompt_may_come_from_a_pipe(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"write a haiku about rain\n")))
    assert run(["route"]) == 0
    assert capsys.readouterr().out.startswith("creative · ")


def test_a_rule_of_the_person_is_followed(capsys: pytest.CaptureFixture[str], home: Path) -> None:
    (home / "config").mkdir(mode=0o700)
    (home / "config" / "lanes.yaml").write_text("- {when: [haiku], lane: analytical}\n")
    assert run(["route", "write a haiku about rain", "--lane", "creative", "--json"]) == 0
    decision = json.loads(capsys.readouterr().out)
    assert (decision["lane"], decision["source"]) == ("analytical", "learnt")


def test_without_a_prompt_it_says_how(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"")))
    assert run(["route"]) == 2
    assert capsys.readouterr().err == (
        'enforcer: there is nothing to route; say it like this: enforcer route "write a haiku about rain"\n'
    )
