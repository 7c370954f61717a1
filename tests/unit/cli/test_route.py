from __future__ import annotations

import io
import json
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from enforcer.cli.main import run
from enforcer.core.lanes import Lane, LaneDecision, Source, Task
from enforcer.core.requests import Purpose
from enforcer.lanes.corrections import corrections_in
from enforcer.ledger.ledger import Ledger
from tests.servers.vendor import Reply, Tokens, VendorServer

LANES = "creative: {model: anthropic/muse}, analytical: {model: openai/logic}"
UNCLEAR = "the one about the harbour, please"
ASKING = "classifier: {mode: local+model, model: openai/small, ask_at: 1}"  # nothing is sure enough for that
SAID = Reply(text=('{"lane": "creative", "task": "write", "confidence": 1}',), usage=Tokens(300, 20))


@pytest.fixture
def config(home: Path) -> Callable[[str], None]:
    """Writes the `lanes` of the person's settings."""

    def write(lanes: str) -> None:
        (home / "config").mkdir(mode=0o700, exist_ok=True)
        (home / "config" / "config.yaml").write_text(f"lanes: {{{lanes}}}\n", "utf-8")

    return write


@pytest.fixture
def piped(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Piped]:
    """Runs the command with lines of JSON on standard input."""

    def lines(*given: str | bytes, flags: Sequence[str] = ()) -> Piped:
        text = b"\n".join(line if isinstance(line, bytes) else line.encode() for line in given)
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text)))
        code = run(["route", "--jsonl", *flags])
        printed = capsys.readouterr()
        return Piped(code, [json.loads(line) for line in printed.out.splitlines()], printed.err)

    return lines


@dataclass
class Piped:
    code: int
    out: list[dict[str, Any]]
    err: str


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


# For programs


def test_a_decision_has_the_promised_fields_in_their_order(
    capsys: pytest.CaptureFixture[str], config: Callable[[str], None]
) -> None:
    config(LANES)
    assert run(["route", "research tides, then write an article", "--json"]) == 0
    decision = json.loads(capsys.readouterr().out)
    assert list(decision)[:10] == [
        "lane", "task", "confidence", "abstained", "source", "reason", "runner_up", "steps", "us", "model",
    ]  # fmt: skip
    assert (decision["lane"], decision["runner_up"], decision["model"]) == ("creative", "analytical", "anthropic/muse")
    assert [(step["text"], step["lane"]) for step in decision["steps"]] == [
        ("research tides", "analytical"),
        ("write an article", "creative"),
    ]


def test_who_serves_it_is_unknown_without_a_model_and_the_other_one_where_a_lane_is_off(
    capsys: pytest.CaptureFixture[str], config: Callable[[str], None]
) -> None:
    run(["route", "write a haiku about rain", "--json"])
    config("analytical: {model: openai/logic}")
    run(["route", "write a haiku about rain", "--json"])
    assert [json.loads(line)["model"] for line in capsys.readouterr().out.splitlines()] == [None, "openai/logic"]


def test_each_line_is_a_prompt_with_its_context_and_gets_its_decision(piped: Callable[..., Piped]) -> None:
    told = piped(
        '{"text": "write a haiku about rain"}',
        "",
        '{"text": "yes", "context": {"active_lane": "creative", "previous": "a poem about rain"}}',
        '{"text": "yes", "context": {"previous": "fix the test"}, "id": 7}',
        '{"text": "make it shorter", "context": null}',
    )
    assert (told.code, told.err) == (0, "")
    assert [(each["lane"], each["source"]) for each in told.out[:3]] == [
        ("creative", "local"),
        ("creative", "follow-up"),
        ("analytical", "follow-up"),
    ]
    assert told.out[3]["source"] != "follow-up"


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("write a haiku", "this line is not JSON (expecting value)"),
        ("[" * 100_000, "this line is nested too deeply"),
        ('["write"]', 'this line is no JSON object; write it like this: {"text": "write a haiku about rain"}'),
        ('{"txt": "hi"}', '\'text\' must be the prompt, like this: {"text": "write a haiku about rain"}'),
        ('{"text": "  "}', '\'text\' must be the prompt, like this: {"text": "write a haiku about rain"}'),
        ('{"text": 5}', '\'text\' must be the prompt, like this: {"text": "write a haiku about rain"}'),
        (b'{"text": "\xff"}', "this line is not UTF-8"),
        (
            '{"text": "hi", "context": "creative"}',
            "'context' must be an object with active_lane and previous, or be left out",
        ),
        ('{"text": "hi", "context": {"lane": 1}}', "'context' has 'lane'; it takes active_lane and previous"),
        ('{"text": "hi", "context": {"active_lane": "blue"}}', "'active_lane' must be creative or analytical"),
        ('{"text": "hi", "context": {"active_lane": []}}', "'active_lane' must be creative or analytical"),
        ('{"text": "hi", "context": {"previous": 1}}', "'previous' must be the prompt before this one"),
    ],
    ids=[
        "no-json", "deep", "a-list", "no-text", "blank", "a-number", "latin", "context-word", "context-key", "lane",
        "lane-list", "previous",
    ],
)  # fmt: skip
def test_a_line_that_cannot_be_read_says_why_and_the_others_go_on(
    line: str | bytes, error: str, piped: Callable[..., Piped]
) -> None:
    told = piped('{"text": "write a haiku about rain"}', line, '{"text": "fix the failing test"}')
    assert told.out[1] == {"line": 2, "error": error}
    assert [told.out[0]["lane"], told.out[2]["lane"]] == ["creative", "analytical"]
    assert (told.code, told.err) == (
        2,
        "enforcer: 1 line could not be read; its answer says why, with its number\n",
    )


def test_half_a_character_and_a_mark_at_the_beginning_do_no_harm(piped: Callable[..., Piped]) -> None:
    told = piped(b'\xef\xbb\xbf{"text": "write a haiku about \\ud83d rain"}')
    assert (told.code, told.out[0]["lane"]) == (0, "creative")


def test_no_lines_are_no_mistake(piped: Callable[..., Piped]) -> None:
    assert piped("") == Piped(0, [], "")


@pytest.mark.parametrize("more", [["a prompt"], ["--lane", "creative"], ["--json"], ["--explain"]])
def test_lines_take_nothing_beside_them(more: Sequence[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["route", "--jsonl", *more]) == 2
    assert capsys.readouterr().err == (
        "enforcer: --jsonl reads prompts and their context from standard input; give it no others beside it\n"
    )


# For people


def test_explain_says_what_was_asked_and_what_a_session_would_do(
    capsys: pytest.CaptureFixture[str], config: Callable[[str], None]
) -> None:
    config(LANES)
    assert run(["route", "--explain", "--lane", "analytical", "write a haiku about rain"]) == 0
    first, because, *lines = capsys.readouterr().out.splitlines()
    assert first.endswith(" · anthropic/muse")
    assert because.startswith("because: ")
    assert lines[:6] == [
        "",
        "asked in this order:",
        "  explicit   passed: no @creative or @analytical in front",
        "  declared   passed: no skill is called",
        "  learnt     passed: you have no rules, and you never corrected this prompt",
        "  follow-up  passed: it makes sense by itself",
    ]
    assert lines[6].startswith("  local      decided: creative, ")
    assert lines[7:11] == ["  model      not reached", "  abstain    not reached", "", "a session on analytical:"]
    assert lines[11].startswith("  it would ask: creative work (")
    assert lines[11].endswith(" · you are on analytical/openai/logic")


def test_explain_and_json_are_for_two_readers(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["route", "hi", "--explain", "--json"]) == 2
    assert capsys.readouterr().err == "enforcer: --explain is for people; leave it out, or --json\n"


def test_a_prompt_cannot_write_escape_sequences_to_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    run(["route", "--explain", "research \x1b[31mtides, then write an article"])
    assert "\x1b" not in capsys.readouterr().out


# The second stage


def test_nothing_is_sent_and_it_says_who_would_be_asked(
    capsys: pytest.CaptureFixture[str], config: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    config(f"{LANES}, {ASKING}")
    with VendorServer() as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.openai_url)
        assert run(["route", UNCLEAR]) == 0
        assert server.connections == 0
    assert capsys.readouterr().out.splitlines()[2:] == ["no model was asked: --ask-model would ask openai/small"]


def test_ask_model_asks_it_and_it_is_in_the_ledger(
    capsys: pytest.CaptureFixture[str], config: Callable[[str], None], monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    config(f"{LANES}, {ASKING}")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-0123456789")
    with VendorServer([SAID], strict=True) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.openai_url)
        assert run(["route", UNCLEAR, "--ask-model", "--previous", "name the boats", "--json"]) == 0
    decision = json.loads(capsys.readouterr().out)
    assert (decision["lane"], decision["source"], decision["task"]) == ("creative", "model", "write")
    assert (decision["reason"], decision["model"]) == ("so says openai/small", "anthropic/muse")
    assert '"previous": "name the boats"' in server.bodies[0]["input"][0]["content"][0]["text"]
    with closing(Ledger(home / "data" / "ledger.sqlite3")) as ledger:
        (row,) = ledger.rows(session="route")
    assert (row.purpose, row.lane, row.outcome) == (Purpose.CLASSIFIER, Lane.ANALYTICAL, "ok")


def test_lines_may_ask_too_over_one_connection(
    piped: Callable[..., Piped], config: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    config(f"{LANES}, {ASKING}")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-0123456789")
    with VendorServer([SAID, SAID], strict=True) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.openai_url)
        line = json.dumps({"text": UNCLEAR})
        told = piped(line, '{"text": "@creative fix it"}', line, flags=["--ask-model"])
        assert server.connections == 1
    assert [each["source"] for each in told.out] == ["model", "explicit", "model"]


@pytest.mark.parametrize(
    ("classifier", "sentence"),
    [
        (
            "mode: local, model: openai/small",
            "--ask-model needs lanes.classifier.mode local+model and a lanes.classifier.model; "
            "set them, or leave it out",
        ),
        (
            "mode: local+model",
            "{config}: lanes.classifier.mode is local+model, but lanes.classifier.model is not set, "
            "so no model is asked; set lanes.classifier.model to provider/model, or the mode to local",
        ),
    ],
    ids=["local", "no-model"],
)
def test_ask_model_needs_one(
    classifier: str, sentence: str, capsys: pytest.CaptureFixture[str], config: Callable[[str], None], home: Path
) -> None:
    config(f"{LANES}, classifier: {{{classifier}}}")
    assert run(["route", UNCLEAR, "--ask-model"]) == 2
    said = sentence.format(config=home / "config" / "config.yaml")
    assert capsys.readouterr().err == f"enforcer: {said}\n"


def test_a_prompt_that_was_corrected_goes_where_the_person_said(capsys: pytest.CaptureFixture[str], home: Path) -> None:
    corrections = corrections_in(home / "data")
    assert corrections is not None
    decided = LaneDecision(Lane.ANALYTICAL, Task.OTHER, 0.9, Source.LOCAL, "harbour")
    corrections.remember(UNCLEAR, Lane.CREATIVE, decided, "lane")
    assert run(["route", UNCLEAR, "--json"]) == 0
    decision = json.loads(capsys.readouterr().out)
    assert (decision["lane"], decision["source"]) == ("creative", "learnt")
