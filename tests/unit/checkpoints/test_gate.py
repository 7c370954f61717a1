"""The checkpoints of a session: before a call, after it, and when the model wants to stop. They fail closed."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

import pytest

from enforcer.checkpoints.checkpoint import Check, Checkpoint, Kind, Match, On, Severity
from enforcer.checkpoints.evaluate import Outcome, Status
from enforcer.checkpoints.gate import MOST_STOPS, Gate, Ground
from enforcer.checkpoints.protect import Protector
from enforcer.checkpoints.receipts import Receipts
from enforcer.core.checked import CheckpointEvaluated
from enforcer.core.events import Event
from enforcer.core.messages import ToolCall
from enforcer.core.requests import Check as Checked
from enforcer.core.verdict import Ruling
from enforcer.permissions.policy import Policy

T = TypeVar("T")
RULE = "Never write 'simply' in the notes"
NO_SIMPLY = Checkpoint(
    "deploy/no-simply",
    "d-1111",
    "deploy",
    RULE,
    Check(Kind.REGEX_DENY, pattern="simply"),
    (On.PRE_TOOL, On.POST_TOOL, On.STOP),
    Match(paths=("notes/**",)),
)


@dataclass
class Bench:
    root: Path
    events: list[Event] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    used: set[str] = field(default_factory=set)
    trusted: bool = True

    def gate(self, *checkpoints: Checkpoint, judge: Any = None) -> Gate:
        policy = Policy(cwd=self.root, roots=(self.root,))
        env = {"PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])}
        session = self.root.parent / "session"
        ground = Ground(
            self.root,
            env,
            session / "outputs",
            policy.matches_rule,
            self.trusted,
            lambda skill: skill in self.used,
            self.told.append,
        )
        receipts = Receipts(lambda: session, self.events.append)
        made = Gate(checkpoints, ground, receipts, Protector(self.root, session / "rescued"))
        return made if judge is None else replace(made, judge=judge)

    @property
    def evaluated(self) -> list[tuple[str, str, str]]:
        found = [event for event in self.events if isinstance(event, CheckpointEvaluated)]
        return [(event.id, event.on, event.status) for event in found]


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    root = (tmp_path / "project").resolve()
    (root / "notes").mkdir(parents=True)
    return Bench(root)


def wait(coroutine: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(coroutine)


def write(bench: Bench, name: str, content: str) -> ToolCall:
    return ToolCall("t1", "Write", {"file_path": str(bench.root / name), "content": content})


def bash(command: str) -> ToolCall:
    return ToolCall("t1", "Bash", {"command": command})


def runs(gate: Gate, call: ToolCall, files: Mapping[str, str | None], *, failed: bool = False) -> str:
    """A call that leaves these files behind; None removes one."""

    async def all_of_it() -> str:
        await gate.begin(call)
        for name, text in files.items():
            path = gate.ground.root / name
            path.unlink() if text is None else path.write_text(text, "utf-8")
        return await gate.end(call, failed=failed)

    return wait(all_of_it())


def test_who_breaks_a_rule_reads_it_word_for_word(bench: Bench) -> None:
    verdict = wait(bench.gate(NO_SIMPLY).before(write(bench, "notes/a.md", "Fine.\nIt simply works.\n")))
    assert (verdict.ruling, verdict.by, verdict.firm) == (Ruling.DENY, "checkpoint", True)
    assert verdict.reason == (
        f"“{RULE}” (d-1111 of deploy, checkpoint deploy/no-simply): notes/a.md, line 2: It simply works."
    )


@pytest.mark.parametrize(("name", "content"), [("notes/a.md", "It works."), ("src/a.md", "simply")])
def test_what_breaks_none_runs(bench: Bench, name: str, content: str) -> None:
    assert wait(bench.gate(NO_SIMPLY).before(write(bench, name, content))).ruling is Ruling.ALLOW


def test_what_stood_there_before_is_not_held_against_who_changes_something_else(bench: Bench) -> None:
    (bench.root / "notes" / "a.md").write_text("It simply works.\nOld.\n", "utf-8")
    edit = {"file_path": str(bench.root / "notes" / "a.md"), "old_string": "Old.", "new_string": "New."}
    assert wait(bench.gate(NO_SIMPLY).before(ToolCall("t1", "Edit", edit))).ruling is Ruling.ALLOW
    worse = {**edit, "new_string": "It simply works."}
    assert wait(bench.gate(NO_SIMPLY).before(ToolCall("t1", "Edit", worse))).ruling is Ruling.DENY


@pytest.mark.parametrize(
    ("severity", "ruling", "told"), [(Severity.ASK, Ruling.ASK, 0), (Severity.WARN, Ruling.ALLOW, 1)]
)
def test_a_softer_rule_asks_or_only_says_it(bench: Bench, severity: Severity, ruling: Ruling, told: int) -> None:
    gate = bench.gate(replace(NO_SIMPLY, severity=severity))
    assert wait(gate.before(write(bench, "notes/a.md", "simply"))).ruling is ruling
    assert len(bench.told) == told


def test_a_rule_of_a_skill_without_a_place_holds_while_the_skill_is_in_use(bench: Bench) -> None:
    gate = bench.gate(replace(NO_SIMPLY, match=Match(in_use=True)))
    assert wait(gate.before(write(bench, "src/a.md", "simply"))).ruling is Ruling.ALLOW
    bench.used.add("deploy")
    assert wait(gate.before(write(bench, "src/a.md", "simply"))).ruling is Ruling.DENY


@pytest.mark.parametrize(("code", "ruling"), [(0, Ruling.ALLOW), (1, Ruling.DENY)])
def test_a_command_must_pass_first(bench: Bench, code: int, ruling: Ruling) -> None:
    check = Check(Kind.COMMAND, run=("sh", "-c", f"exit {code}"))
    gate = bench.gate(replace(NO_SIMPLY, check=check, match=Match(tools=("Bash(deploy.sh *)",)), on=(On.PRE_TOOL,)))
    assert wait(gate.before(bash("ls"))).ruling is Ruling.ALLOW
    assert bench.evaluated == []
    assert wait(gate.before(bash("sh deploy.sh --now"))).ruling is ruling
    assert bench.told == [f"checking deploy/no-simply: sh -c exit {code}"]


@pytest.mark.parametrize(
    ("check", "reason"),
    [
        (Check(Kind.COMMAND, run=("no-such-program-anywhere",)), "no-such-program-anywhere could not be run: "),
        (Check(Kind.COMMAND, run=("sleep", "5"), timeout_s=0.05), "sleep 5 did not end within 0.05 s"),
        (Check(Kind.THRESHOLD, run=("echo", "none"), op=">=", value=80), "echo none gave no number: none"),
        (Check(Kind.REGEX_DENY, pattern="("), "it could not be checked: the pattern '(' cannot be read"),
    ],
    ids=["not there", "too slow", "no number", "bad pattern"],
)
def test_what_cannot_be_checked_holds_up(bench: Bench, check: Check, reason: str) -> None:
    tools = () if check.pattern else ("Bash(deploy *)",)
    gate = bench.gate(replace(NO_SIMPLY, check=check, match=Match(tools=tools)))
    call = write(bench, "notes/a.md", "x") if check.pattern else bash("deploy now")
    verdict = wait(gate.before(call))
    assert (verdict.ruling, reason in verdict.reason) == (Ruling.DENY, True)
    assert bench.evaluated[0][2] == "error"


@pytest.mark.parametrize(("says", "ruling"), [("81.5", Ruling.ALLOW), ("79", Ruling.DENY)])
def test_the_last_number_of_a_command_is_compared(bench: Bench, says: str, ruling: Ruling) -> None:
    check = Check(Kind.THRESHOLD, run=("echo", f"total 100 covered {says}"), op=">=", value=80)
    gate = bench.gate(replace(NO_SIMPLY, check=check, match=Match(tools=("Bash(deploy *)",))))
    assert wait(gate.before(bash("deploy now"))).ruling is ruling


def test_a_folder_that_is_not_trusted_runs_no_command_and_goes_on_to_hold(bench: Bench) -> None:
    bench.trusted = False
    check = Check(Kind.COMMAND, run=("touch", "ran"))
    gate = bench.gate(replace(NO_SIMPLY, check=check, match=Match(tools=("Bash(deploy *)",))), NO_SIMPLY)
    verdict = wait(gate.before(bash("deploy now")))
    assert (verdict.ruling, (bench.root / "ran").exists()) == (Ruling.DENY, False)
    assert verdict.reason.endswith(": this folder is not trusted, so its commands are not run; trust it and try again")
    assert wait(gate.before(write(bench, "notes/a.md", "simply"))).ruling is Ruling.DENY


def test_one_command_has_to_have_run_well_before_another(bench: Bench) -> None:
    order = Check(Kind.ORDER, before="Bash(make fmt *)", after="Bash(git commit *)")
    gate = bench.gate(replace(NO_SIMPLY, check=order, match=Match(tools=("Bash(git commit *)",))))
    commit = bash("git commit -m x")
    assert wait(gate.before(commit)).ruling is Ruling.DENY
    runs(gate, bash("make fmt"), {}, failed=True)
    assert wait(gate.before(commit)).ruling is Ruling.DENY
    runs(gate, bash("make fmt"), {})
    assert wait(gate.before(commit)).ruling is Ruling.ALLOW


def test_a_receipt_of_another_check_can_be_wanted(bench: Bench) -> None:
    wanted = replace(
        NO_SIMPLY, id="a/b", check=Check(Kind.RECEIPT, of="deploy/no-simply"), match=Match(tools=("Bash(deploy *)",))
    )
    gate = bench.gate(NO_SIMPLY, wanted)
    assert wait(gate.before(bash("deploy now"))).reason.endswith("deploy/no-simply was not evaluated yet")
    wait(gate.before(write(bench, "notes/a.md", "fine")))
    assert wait(gate.before(bash("deploy now"))).ruling is Ruling.ALLOW


def test_what_a_shell_writes_is_found_behind_it_and_stays_for_the_model_to_mend(bench: Bench) -> None:
    said = runs(bench.gate(NO_SIMPLY), bash("make notes"), {"notes/a.md": "It simply works."})
    assert said == f"“{RULE}” (d-1111 of deploy, checkpoint deploy/no-simply): notes/a.md, line 1: It simply works."
    assert (bench.root / "notes" / "a.md").exists()


@pytest.mark.parametrize("to", ["other", None], ids=["changed", "removed"])
def test_a_file_nobody_may_touch_is_put_back_and_what_was_written_is_kept(bench: Bench, to: str | None) -> None:
    file = bench.root / "notes" / "a.md"
    file.write_text("mine", "utf-8")
    gate = bench.gate(replace(NO_SIMPLY, check=Check(Kind.PATH_DENY)))
    said = runs(gate, bash("tidy"), {"notes/a.md": to})
    assert said.endswith("notes/a.md was changed, and put back as it was")
    assert file.read_text("utf-8") == "mine"
    kept = bench.root.parent / "session" / "rescued" / "notes__a.md"
    assert (kept.exists(), to is not None) in {(True, True), (False, False)}


def test_a_new_file_where_nobody_may_write_is_taken_away(bench: Bench) -> None:
    gate = bench.gate(replace(NO_SIMPLY, check=Check(Kind.PATH_DENY)))
    runs(gate, bash("tidy"), {"notes/new.md": "x"})
    assert not (bench.root / "notes" / "new.md").exists()


def test_who_wants_to_stop_is_sent_back_until_it_is_mended(bench: Bench) -> None:
    gate = bench.gate(NO_SIMPLY)
    runs(gate, bash("make notes"), {"notes/a.md": "It simply works."})
    stopped = wait(gate.stop("Done.", agent=""))
    assert (RULE in stopped.reason, stopped.failed, gate.outcome) == (True, False, Checked.FAILED)
    (bench.root / "notes" / "a.md").write_text("It works.", "utf-8")
    assert (wait(gate.stop("Done.", agent="")).reason, gate.outcome) == ("", Checked.PASSED)


def test_sending_back_ends_after_some_times_and_begins_anew_with_the_next_turn(bench: Bench) -> None:
    gate = bench.gate(NO_SIMPLY)
    runs(gate, bash("make notes"), {"notes/a.md": "simply"})
    assert [wait(gate.stop("", agent="")).failed for _ in range(MOST_STOPS + 1)] == [False] * MOST_STOPS + [True]
    gate.begin_turn()
    assert (gate.outcome, wait(gate.stop("", agent="")).failed) == (Checked.NONE, False)


def test_what_this_session_did_not_touch_is_not_looked_at(bench: Bench) -> None:
    (bench.root / "notes" / "old.md").write_text("simply", "utf-8")
    assert wait(bench.gate(NO_SIMPLY).stop("simply", agent="")).reason == ""
    assert bench.evaluated == []


def test_an_answer_is_held_to_a_rule_that_names_no_files(bench: Bench) -> None:
    gate = bench.gate(replace(NO_SIMPLY, match=Match()))
    assert "line 1: It simply works." in wait(gate.stop("It simply works.", agent="")).reason
    assert wait(gate.stop("It simply works.", agent="helper 1")).reason == ""  # it says stop, not subagent-stop


def test_every_evaluation_leaves_a_receipt_that_others_cannot_read(bench: Bench) -> None:
    wait(bench.gate(NO_SIMPLY).before(write(bench, "notes/a.md", "simply")))
    (event,) = [event for event in bench.events if isinstance(event, CheckpointEvaluated)]
    told = json.loads(Path(event.receipt).read_text("utf-8"))
    assert (told["checkpoint"], told["status"], told["on"]) == ("deploy/no-simply", "fail", "pre-tool")
    assert (Path(event.receipt).stat().st_mode & 0o777, event.text) == (0o600, RULE)


@dataclass
class FakeJudge:
    outcome: Outcome
    seen: list[str] = field(default_factory=list)

    async def __call__(self, each: Checkpoint, artifact: str) -> Outcome:
        self.seen.append(artifact)
        return self.outcome


@pytest.mark.parametrize(
    ("outcome", "severity", "sent_back"),
    [
        (Outcome(Status.PASSED), Severity.BLOCK, False),
        (Outcome(Status.FAILED, "“No.”: it is curt"), Severity.BLOCK, True),
        (Outcome(Status.FAILED, "“No.”: it is curt"), Severity.WARN, False),
        (Outcome(Status.UNAVAILABLE, "there is no second model that could judge it"), Severity.BLOCK, True),
    ],
)
def test_a_judge_sees_the_answer_and_its_word_counts_as_the_person_set_it(
    bench: Bench, outcome: Outcome, severity: Severity, sent_back: bool
) -> None:
    judge = FakeJudge(outcome)
    each = replace(NO_SIMPLY, check=Check(Kind.JUDGE, rubric="friendly"), match=Match(), severity=severity)
    stopped = wait(bench.gate(each, judge=judge).stop("No.", agent=""))
    assert (bool(stopped.reason), judge.seen) == (sent_back, ["No."])
