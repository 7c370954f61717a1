"""`enforcer lanes list|forget|explain|replay|report`: the person's own lane rules, and what decides a prompt."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from enforcer.core.errors import ExitCode, UsageError
from enforcer.core.lanes import Lane, Task

if TYPE_CHECKING:
    from enforcer.cli.given import Given
    from enforcer.lanes.learnt import Learnt
    from enforcer.lanes.replay import Played, Tuning

NO_RULES = 'you have no rules yet; k at the lane question writes one, or: enforcer lanes set "release notes" creative'
LINES = Annotated[bool, typer.Option("--json", help="One JSON object per line.")]
OBJECT = Annotated[bool, typer.Option("--json", help="One JSON object instead of text.")]


def list_(as_json: LINES = False) -> None:
    """Your rules, with the numbers that `forget` takes."""
    from enforcer.ui.tables import print_table

    learnt = _learnt(_here())
    if as_json:
        return _print_lines([_told(line.number, line.rule, line.problem) for line in learnt.lines])
    if not learnt.lines:
        return _say(*learnt.problems or (NO_RULES,))
    rows = [
        (str(line.number), _words(line.rule), line.rule.lane.value if line.rule else "", _learnt_on(line))
        for line in learnt.lines
    ]
    print_table(("no.", "a prompt with", "lane", "learnt"), rows)
    return _say(*learnt.problems, f"in {learnt.path}")


def forget(
    numbers: Annotated[list[int] | None, typer.Argument(metavar="NUMBER…", help="As `lanes list` shows them.")] = None,
    corrections: Annotated[
        bool, typer.Option("--corrections", help="Every example of your answers and corrections instead.")
    ] = False,
) -> None:
    """Take rules out of your file, or remove all examples."""
    from enforcer.lanes.corrections import NAME
    from enforcer.lanes.corrections import forget as forget_examples

    here = _here()
    if corrections == bool(numbers):
        raise UsageError("name the number of a rule, which enforcer lanes list shows, or --corrections")
    if corrections:
        return _say(f"forgotten: {_count(forget_examples(here.paths.data / NAME), 'example')}")
    learnt = _learnt(here)
    for number in sorted(set(numbers or ()), reverse=True):
        _say(f"forgotten: {learnt.forget(number)}")
    return None


def explain(
    prompt: Annotated[str, typer.Argument(metavar="PROMPT")],
    after: Annotated[str, typer.Option(metavar="PROMPT", help="The prompt before it.")] = "",
    as_json: OBJECT = False,
) -> None:
    """Which rule or word decides a prompt, and what a session would do with it, in each lane."""
    here = _here()
    if prompt.lstrip().startswith("/"):
        raise UsageError(f"'{prompt.split()[0]}' is a command of a session and no prompt; no lane is decided for it")
    if not prompt.strip():
        raise UsageError('there is nothing to explain; say it like this: enforcer lanes explain "write a haiku"')
    played = {lane: _play(prompt, after, lane, _tuning(here)) for lane in Lane}
    first = played[here.settings.lanes.default]
    rule = _rule_behind(first, prompt, here)
    if as_json:
        told = {
            lane: {key: _plain(each)[key] for key in ("lane", "asks", "to", "why")} for lane, each in played.items()
        }
        return _print_lines([{**_decision(first), "rule": rule or None, "in": told}])
    _say(f"{first.lane} · {first.task} · {first.confidence:.2f}")
    _say(f"because: {rule or first.reason} (source: {first.source})")
    _say(*(f"on {lane}: {_outcome(each)}" for lane, each in played.items()))
    if len(set(here.lanes.values())) < len(Lane):
        _say("until the lanes have two different models, nothing is asked and nothing moves")
    return None


def replay(
    files: Annotated[list[Path], typer.Argument(metavar="FILE.yaml…", help="Scripted dialogues.")],
    as_json: LINES = False,
) -> int:
    """Play scripted dialogues without a model: which turn would ask, and why. Ends with 1 where `expect` fails."""
    from enforcer.lanes.dialogues import read
    from enforcer.lanes.replay import play
    from enforcer.ui.tables import print_table

    tuning, missed = _tuning(_here()), 0
    scripts = [(file, read(file)) for file in files]
    for file, dialogues in scripts:
        for dialogue in dialogues:
            try:
                turns = list(play(dialogue, tuning))
            except UsageError as error:
                raise UsageError(f"{file}: {error}") from error
            if as_json:
                _print_lines([_plain(turn) for turn in turns])
            else:
                _say(dialogue.id)
                print_table(("", "prompt", "lane", "asks", "after"), [_cells(turn) for turn in turns])
            missed += _report_missed(file, turns)
    return int(ExitCode.RUN_ERROR if missed else ExitCode.OK)


def report(as_json: OBJECT = False) -> None:
    """How often you agreed with the classifier, by your own answers and corrections."""
    from enforcer.lanes.confusion import COLUMNS, confusion, uncorrected
    from enforcer.lanes.corrections import NAME, read
    from enforcer.ui.tables import print_table

    here = _here()
    path, on = here.paths.data / NAME, here.settings.lanes.corrections
    found = confusion(read(path))
    if as_json:
        return _print_lines([{**found.to_json(), "kept": on, "path": str(path)}])
    if not on:
        _say("lanes.corrections is false: nothing new is kept")
    if not any(count for row in found.matrix.values() for count in row.values()):
        return _say(f"{_count(found.ran, 'prompt')}, and no answer or correction of yours yet")
    rows = [(said, *(str(row[column]) for column in COLUMNS)) for said, row in found.matrix.items()]
    print_table(("you said", *(f"decided {column}" for column in COLUMNS[:2]), COLUMNS[2]), rows)
    _say(f"{_count(found.ran, 'prompt')}, {uncorrected(found)} without a correction")
    if found.words:
        _say("words behind the mistakes: " + ", ".join(f"{word} ({times})" for word, times in found.words))
    _say(*(f"you said {each.said}, decided {each.decided}: {each.text}" for each in found.newest))
    return _say(f"in {path}; enforcer lanes forget --corrections removes it")


def keep_rule(words: str, lane: Lane, task: Task | None) -> None:
    """`lanes set "release notes" creative`. Raises: EnforcerError."""
    from datetime import date

    from enforcer.lanes.kinds import is_empty
    from enforcer.lanes.learnt import LearntRule, words_of

    when = words_of(words)
    if not when:
        raise UsageError(f'nothing to set: write {lane}=provider/model, or a rule such as "release notes" {lane}')
    if all(map(is_empty, when)):
        raise UsageError(f"'{words.strip()}' is in prompts of every kind; add a word that tells which you mean")
    learnt = _learnt(_here())
    rule = LearntRule(when, lane, task, date.today().isoformat())
    number = learnt.put(rule)
    _say(f"from now on: {rule}; enforcer lanes forget {number} undoes it")
    if shadow := learnt.shadow(rule):
        _say(f"rule {shadow.number} stands above it and decides first: {shadow.rule}")


def _play(prompt: str, after: str, lane: Lane, tuning: Tuning) -> Played:
    from enforcer.lanes.dialogues import Dialogue, Turn
    from enforcer.lanes.replay import play

    before = (Turn(after, answer="n"),) if after else ()
    return list(play(Dialogue(prompt, (*before, Turn(prompt)), lane), tuning))[-1]


def _rule_behind(played: Played, prompt: str, here: Given) -> str:
    """The number and the words of the rule that decided; "" when none did."""
    learnt = _learnt(here)
    rules = [line for line in learnt.lines if line.rule and ", ".join(line.rule.when) == played.reason]
    if played.source != "learnt" or not rules:
        return ""
    return f"your rule {rules[0].number}: {rules[0].rule}"


def _outcome(played: Played) -> str:
    if played.asks:
        return f"asks once whether to go to {played.to}"
    return f"moves there without a question: {played.why}" if played.to else played.why


def _tuning(here: Given) -> Tuning:
    from enforcer.lanes.corrections import NAME
    from enforcer.lanes.replay import Tuning
    from enforcer.lanes.trained import local

    lanes = here.settings.lanes
    return Tuning(
        ask=lanes.ask,
        ask_at=lanes.classifier.ask_at,
        local=local(lambda text: None).classifier,
        drift_turns=lanes.classifier.drift_turns,
        drift_at=lanes.classifier.drift_at,
        default=lanes.default,
        skills=lanes.skills,
        rules=here.paths.config / "lanes.yaml",
        corrections=here.paths.data / NAME if lanes.corrections else None,
    )


def _cells(turn: Played) -> tuple[str, ...]:
    asks = f"{turn.to}?" if turn.asks else f"to {turn.to}" if turn.to else ""
    return (str(turn.turn), turn.user, f"{turn.lane} {turn.confidence:.2f}", asks, turn.active_after)


def _report_missed(file: Path, turns: list[Played]) -> int:
    from enforcer.ui.sanitize import line

    wrong = [(turn, each) for turn in turns for each in turn.missed]
    for turn, each in wrong:
        sys.stderr.write(line(f"enforcer: {file}: dialogue '{turn.id}', turn {turn.turn}: {each}; {turn.why}") + "\n")
    return len(wrong)


def _decision(played: Played) -> dict[str, Any]:
    keys = ("lane", "task", "confidence", "source", "reason")
    return {key: each for key, each in _plain(played).items() if key in keys}


def _plain(played: Played) -> dict[str, Any]:
    from dataclasses import asdict

    told = asdict(played)
    return told if played.missed else {key: value for key, value in told.items() if key != "missed"}


def _told(number: int, rule: Any, problem: str) -> dict[str, Any]:
    if rule is None:
        return {"number": number, "problem": problem}
    return {
        "number": number,
        "when": list(rule.when),
        "task": rule.task,
        "lane": rule.lane,
        "learnt": rule.learnt or None,
    }


def _words(rule: Any) -> str:
    return str(rule).rpartition(" is ")[0] if rule else "(skipped)"


def _learnt_on(line: Any) -> str:
    return line.rule.learnt if line.rule else ""


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _here() -> Given:
    import os

    from enforcer.cli.given import given
    from enforcer.cli.place import working_folder

    return given(working_folder(), os.environ)


def _learnt(here: Given) -> Learnt:
    from enforcer.lanes.learnt import Learnt

    return Learnt(here.paths.config / "lanes.yaml")


def _say(*sentences: str) -> None:
    from enforcer.ui.sanitize import line

    for sentence in sentences:
        sys.stdout.write(f"{line(sentence)}\n")


def _print_lines(entries: list[Mapping[str, Any]]) -> None:
    for entry in entries:
        sys.stdout.write(json.dumps(entry, ensure_ascii=False) + "\n")
