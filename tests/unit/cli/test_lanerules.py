"""`enforcer lanes list|set|forget|explain|replay|report`."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from enforcer.cli.main import run
from enforcer.core.lanes import Lane, LaneDecision, Source, Task
from enforcer.lanes.corrections import corrections_in

TODAY = date.today().isoformat()
TWO = "lanes:\n  creative: {model: anthropic/claude-sonnet-4-5}\n  analytical: {model: openai/gpt-6.1-sol}\n"
TALK = """\
dialogues:
  - id: rain
    turns:
      - {user: write a haiku about rain, answer: stay, expect: {asks: true}}
      - {user: again}
"""


@pytest.fixture
def rules(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "repo" / ".git").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "repo")
    (home / "config").mkdir(mode=0o700)
    config = home / "config" / "config.yaml"
    config.write_text(TWO, "utf-8")
    config.chmod(0o600)
    return home / "config" / "lanes.yaml"


def said(capsys: pytest.CaptureFixture[str]) -> tuple[list[str], list[str]]:
    captured = capsys.readouterr()
    return captured.out.splitlines(), captured.err.splitlines()


def test_a_rule_is_set_listed_and_forgotten(rules: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["lanes", "set", "Release Notes", "creative"]) == 0
    assert run(["lanes", "set", "invoice,", "export", "analytical", "--task", "debug"]) == 0
    assert rules.read_text("utf-8").splitlines()[1:] == [
        f"- {{when: [release notes], lane: creative, learnt: {TODAY}}}",
        f"- {{when: [invoice, export], lane: analytical, task: debug, learnt: {TODAY}}}",
    ]
    assert run(["lanes", "list"]) == 0
    assert run(["lanes", "forget", "1"]) == 0
    assert said(capsys)[0] == [
        'from now on: "release notes" is creative; enforcer lanes forget 1 undoes it',
        'from now on: "invoice" with "export" (debug) is analytical; enforcer lanes forget 2 undoes it',
        "no.\ta prompt with\tlane\tlearnt",
        f'1\t"release notes"\tcreative\t{TODAY}',
        f'2\t"invoice" with "export" (debug)\tanalytical\t{TODAY}',
        f"in {rules}",
        f"forgotten: - {{when: [release notes], lane: creative, learnt: {TODAY}}}",
    ]


def test_a_list_for_machines_has_one_object_per_rule(rules: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rules.write_text("- {when: [haiku], lane: creative, task: write}\n- {when: [memo], lane: fast}\n", "utf-8")
    assert run(["lanes", "list", "--json"]) == 0
    assert [json.loads(line) for line in said(capsys)[0]] == [
        {"number": 1, "when": ["haiku"], "task": "write", "lane": "creative", "learnt": None},
        {"number": 2, "problem": "'lane' is 'fast', and must be one of creative, analytical"},
    ]


def test_a_rule_that_cannot_be_read_is_listed_with_the_reason(rules: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rules.write_text("- {when: [haiku], lane: creative}\n- {when: [memo, lane: analytical}\n", "utf-8")
    assert run(["lanes", "list"]) == 0
    assert said(capsys)[0][1:4] == [
        '1\t"haiku"\tcreative\t',
        "2\t(skipped)\t\t",
        f"{rules}: rule 2 is skipped: line 2 cannot be read as YAML; look at its brackets and quotes",
    ]


def test_no_rules_is_said_with_the_way_to_one(rules: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["lanes", "list"]) == 0
    assert said(capsys)[0] == [
        'you have no rules yet; k at the lane question writes one, or: enforcer lanes set "release notes" creative'
    ]


def test_a_rule_that_is_never_reached_is_told_at_once(rules: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rules.write_text("- {when: [notes], lane: analytical}\n", "utf-8")
    assert run(["lanes", "set", "release notes", "creative"]) == 0
    assert said(capsys)[0][1] == 'rule 1 stands above it and decides first: "notes" is analytical'


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["the", "creative"], "'the' is in prompts of every kind; add a word that tells which you mean"),
        (["creative"], 'nothing to set: write creative=provider/model, or a rule such as "release notes" creative'),
        (
            ["haiku", "creative", "--project"],
            "rules are yours alone and have one file, lanes.yaml; leave --project and --local out",
        ),
        (
            ["creative=a/b", "--task", "write"],
            '--task belongs to a rule, which is written like: enforcer lanes set "release notes" creative',
        ),
        (
            ["haiku", "creative", "--task", "poem"],
            "--task poem: there is no such task; there are plan, implement, debug, review, test, research, data, ops,"
            " write, edit, brainstorm, translate, design, routine, other",
        ),
    ],
)
def test_what_cannot_be_set_is_told(
    rules: Path, words: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["lanes", "set", *words]) == 2
    assert said(capsys)[1] == [f"enforcer: {sentence}"]
    assert not rules.exists()


def test_forget_wants_to_know_what(rules: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["lanes", "forget"]) == 2
    assert said(capsys)[1] == ["enforcer: name the number of a rule, which enforcer lanes list shows, or --corrections"]


def test_explain_names_the_rule_and_what_happens_in_each_lane(rules: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rules.write_text("- {when: [haiku], lane: creative}\n", "utf-8")
    assert run(["lanes", "explain", "write a haiku about rain"]) == 0
    assert said(capsys)[0] == [
        "creative · write · 1.00",
        'because: your rule 1: "haiku" is creative (source: learnt)',
        "on creative: creative work (1.00: haiku), and that is where the session is",
        "on analytical: moves there without a question: creative lane by your own rule (haiku)",
    ]


def test_explain_says_where_it_would_ask(rules: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["lanes", "explain", "write a haiku about rain", "--json"]) == 0
    (line,) = said(capsys)[0]
    told = json.loads(line)
    assert (told["lane"], told["source"], told["rule"]) == ("creative", "local", None)
    assert (told["in"]["analytical"]["asks"], told["in"]["creative"]["asks"]) == (True, False)


def test_explain_knows_a_follow_up_by_the_prompt_before(rules: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["lanes", "explain", "make it shorter", "--after", "write a haiku about rain"]) == 0
    assert said(capsys)[0][2:] == [
        "on creative: a follow-up: changes what was just made",
        "on analytical: a follow-up: changes what was just made",
    ]


def test_a_replay_is_a_table_or_one_object_per_turn(
    rules: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "talk.yaml").write_text(TALK, "utf-8")
    assert run(["lanes", "replay", str(tmp_path / "talk.yaml")]) == 0
    table = said(capsys)[0]
    assert (table[0], table[1]) == ("rain", "\tprompt\tlane\tasks\tafter")
    assert (table[2].split("\t")[3:], table[3].split("\t")[3:]) == (["creative?", "analytical"], ["", "analytical"])
    assert run(["lanes", "replay", str(tmp_path / "talk.yaml"), "--json"]) == 0
    first, second = map(json.loads, said(capsys)[0])
    assert {key: first[key] for key in ("id", "turn", "lane", "asks", "to", "active_after", "endeavor")} == {
        "id": "rain",
        "turn": 1,
        "lane": "creative",
        "asks": True,
        "to": "creative",
        "active_after": "analytical",
        "endeavor": 1,
    }
    assert (second["asks"], second["source"], second["why"]) == (False, "follow-up", "a follow-up: a reply")


def test_a_replay_that_goes_otherwise_ends_with_one_and_says_where(
    rules: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "talk.yaml"
    file.write_text(TALK.replace("user: again", "user: again, expect: {asks: true}"), "utf-8")
    assert run(["lanes", "replay", str(file), "--json"]) == 1
    assert said(capsys)[1] == [
        f"enforcer: {file}: dialogue 'rain', turn 2: asks is false, expected true; a follow-up: a reply"
    ]


def test_a_replay_of_a_wrong_file_plays_nothing(
    rules: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good, bad = tmp_path / "good.yaml", tmp_path / "bad.yaml"
    good.write_text(TALK, "utf-8")
    bad.write_text(TALK.replace("answer: stay", "answr: stay"), "utf-8")
    assert run(["lanes", "replay", str(good), str(bad)]) == 2
    assert said(capsys) == (
        [],
        [
            f"enforcer: {bad}: dialogue 'rain', turn 1: 'answr' is not a key of a turn;"
            " use user, assistant, answer, plan, expect"
        ],
    )


def test_the_report_shows_what_was_said_against_what_was_decided(
    rules: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    memory = corrections_in(home / "data")
    assert memory is not None
    for prompt, lane in (("write a haiku", Lane.CREATIVE), ("write the haiku test", Lane.ANALYTICAL)):
        memory.ran()
        memory.remember(
            prompt, lane, LaneDecision(Lane.CREATIVE, Task.WRITE, 0.9, Source.LOCAL, "write, haiku"), "question"
        )
    assert run(["lanes", "report"]) == 0
    path = home / "data" / "lane-examples.jsonl"
    assert said(capsys)[0] == [
        "you said\tdecided creative\tdecided analytical\tabstained",
        "creative\t1\t0\t0",
        "analytical\t1\t0\t0",
        "2 prompts, 1 without a correction",
        "words behind the mistakes: write (1), haiku (1)",
        "you said analytical, decided creative: write the haiku test",
        f"in {path}; enforcer lanes forget --corrections removes it",
    ]
    assert run(["lanes", "report", "--json"]) == 0
    told = json.loads(said(capsys)[0][0])
    assert (told["ran"], told["uncorrected"], told["matrix"]["analytical"]["creative"]) == (2, 1, 1)
    assert run(["lanes", "forget", "--corrections"]) == 0
    assert said(capsys)[0] == ["forgotten: 2 examples"]
    assert not path.exists()


def test_a_report_of_nothing_says_so(rules: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["lanes", "report"]) == 0
    assert said(capsys)[0] == ["0 prompts, and no answer or correction of yours yet"]
