from __future__ import annotations

import asyncio
import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from enforcer.agent.pipeline import Consent, NobodyToAsk, ToolPipeline
from enforcer.checkpoints.gate import Stopped
from enforcer.core.errors import EnforcerError
from enforcer.core.events import Event, Notice, PermissionAnswered, ToolFinished, ToolJudged, ToolStarted
from enforcer.core.messages import ToolCall, ToolResult
from enforcer.core.requests import Check
from enforcer.core.verdict import Ruling, Verdict
from enforcer.permissions.policy import Mode
from enforcer.tools.base import ToolContext
from enforcer.tools.registry import Toolbox
from tests.fakes import Bench, Echo, EchoParams, FakeAsker

TOUCH = ToolCall("t1", "Bash", {"command": "touch made"})
CURL = ToolCall("t1", "Bash", {"command": "curl x"})


def says(**answer: Any) -> str:
    return f"cat <<'JSON'\n{json.dumps({'hookSpecificOutput': {'hookEventName': 'PreToolUse', **answer}})}\nJSON"


def rewrites(command: str, **answer: Any) -> str:
    return says(updatedInput={"command": command}, **answer)


def run(pipeline: ToolPipeline, *calls: ToolCall) -> list[ToolResult]:
    results: list[ToolResult] = []
    asyncio.run(pipeline.run(calls, results))
    return results


def one(pipeline: ToolPipeline, call: ToolCall) -> ToolResult:
    (result,) = run(pipeline, call)
    return result


@pytest.fixture
def person(bench: Bench) -> FakeAsker:
    asker = FakeAsker()
    bench.asker = asker
    return asker


@dataclass
class Watch:
    """A guard that finds what it is told to."""

    found: str | None = None
    seen: list[str] = field(default_factory=list)

    def before(self, call: ToolCall) -> None:
        self.seen.append(f"before {call.name}")

    def after(self, call: ToolCall) -> str | None:
        self.seen.append(f"after {call.name}")
        return self.found


@dataclass
class Gate:
    """A checkpoint with one answer."""

    verdict: Verdict
    outcome: Check = Check.NONE

    def begin_turn(self) -> None: ...

    async def before(self, call: ToolCall) -> Verdict:
        return self.verdict

    async def begin(self, call: ToolCall) -> None: ...

    async def end(self, call: ToolCall, *, failed: bool) -> str:
        return ""

    async def stop(self, text: str, *, agent: str) -> Stopped:
        return Stopped()


# Who is asked, and in which order


def test_a_call_is_judged_asked_about_started_and_finished(bench: Bench, person: FakeAsker) -> None:
    assert not one(bench.pipeline(), TOUCH).is_error
    assert [type(event) for event in bench.events] == [ToolJudged, PermissionAnswered, ToolStarted, ToolFinished]
    assert (bench.root / "made").exists()


def test_a_tool_that_only_looks_is_started_as_one(bench: Bench) -> None:
    (bench.root / "notes.txt").write_text("x")
    one(bench.pipeline(), ToolCall("t1", "Read", {"file_path": str(bench.root / "notes.txt")}))
    assert [event.changes for event in bench.of(ToolStarted)] == [False]
    one(bench.pipeline(), TOUCH)
    assert [event.changes for event in bench.of(ToolStarted)] == [False, True]


def test_the_person_reads_the_call_as_it_will_run(bench: Bench, person: FakeAsker) -> None:
    one(bench.pipeline(), TOUCH)
    (asked,) = person.asked
    assert asked["input"] == {"command": "touch made"}
    assert asked["summary"] == "Bash touch made"
    assert asked["agent"] == ""


def test_a_rule_that_denies_is_final_before_any_hook_runs(bench: Bench, person: FakeAsker) -> None:
    pipeline = bench.pipeline(policy=bench.policy(deny=("Bash(curl *)",)), hooks={"PreToolUse": "touch hook-ran"})
    assert one(pipeline, CURL).is_error
    assert not (bench.root / "hook-ran").exists()
    assert person.asked == []


def test_nobody_is_asked_about_what_a_hook_refuses(bench: Bench, person: FakeAsker) -> None:
    result = one(bench.pipeline(hooks={"PreToolUse": "echo not today >&2; exit 2"}), TOUCH)
    assert (result.content, result.is_error) == ("not today", True)
    assert person.asked == []
    assert not (bench.root / "made").exists()


def test_a_hook_s_allow_spares_the_person_the_question_of_the_mode(bench: Bench, person: FakeAsker) -> None:
    assert not one(bench.pipeline(hooks={"PreToolUse": says(permissionDecision="allow")}), TOUCH).is_error
    assert person.asked == []


@pytest.mark.parametrize("case", ["PERM-050"])
def test_a_hook_s_allow_never_lifts_a_deny_rule(bench: Bench, person: FakeAsker, case: str) -> None:
    policy = bench.policy(deny=("Bash(curl *)",))
    assert one(bench.pipeline(policy=policy, hooks={"PreToolUse": says(permissionDecision="allow")}), CURL).is_error


def test_a_hook_s_allow_never_lifts_an_ask_rule(bench: Bench, person: FakeAsker) -> None:
    policy = bench.policy(ask=("Bash(touch *)",))
    one(bench.pipeline(policy=policy, hooks={"PreToolUse": says(permissionDecision="allow")}), TOUCH)
    assert len(person.asked) == 1


def test_a_hook_s_allow_never_lifts_a_protected_path(bench: Bench, person: FakeAsker) -> None:
    person.answers = [Consent(False)]
    write = ToolCall("t1", "Write", {"file_path": str(bench.root / ".git" / "config"), "content": "x"})
    assert one(bench.pipeline(hooks={"PreToolUse": says(permissionDecision="allow")}), write).is_error
    assert not (bench.root / ".git" / "config").exists()


def test_a_hook_s_allow_never_lifts_a_checkpoint(bench: Bench, person: FakeAsker) -> None:
    gate = Gate(Verdict(Ruling.DENY, "the tests have not passed", "checkpoint"))
    pipeline = bench.pipeline(hooks={"PreToolUse": says(permissionDecision="allow")}, gate=gate)
    assert one(pipeline, TOUCH).content == "the tests have not passed"


def test_a_hook_may_ask_about_what_a_rule_allows(bench: Bench, person: FakeAsker) -> None:
    hook = says(permissionDecision="ask", permissionDecisionReason="are you sure")
    one(bench.pipeline(policy=bench.policy(allow=("Bash(touch *)",)), hooks={"PreToolUse": hook}), TOUCH)
    assert [asked["reason"] for asked in person.asked] == ["are you sure"]


@pytest.mark.parametrize("decision", ["allow", "ask"])
@pytest.mark.parametrize("case", ["PERM-051"])
def test_what_a_hook_rewrote_is_judged_again(bench: Bench, person: FakeAsker, case: str, decision: str) -> None:
    policy = bench.policy(allow=("Bash(ls *)",), deny=("Bash(curl *)",))
    hook = rewrites("curl x", permissionDecision=decision)
    result = one(bench.pipeline(policy=policy, hooks={"PreToolUse": hook}), ToolCall("t1", "Bash", {"command": "ls"}))
    assert result.is_error
    assert bench.of(ToolStarted) == []
    assert person.asked == []


def test_what_a_hook_rewrote_is_what_runs_and_what_is_shown(bench: Bench, person: FakeAsker) -> None:
    one(bench.pipeline(hooks={"PreToolUse": rewrites("touch other")}), TOUCH)
    assert [asked["input"] for asked in person.asked] == [{"command": "touch other"}]
    assert (bench.root / "other").exists()
    assert not (bench.root / "made").exists()


def test_a_rewrite_that_is_no_input_of_the_tool_is_an_error_and_nothing_runs(bench: Bench, person: FakeAsker) -> None:
    result = one(bench.pipeline(hooks={"PreToolUse": says(updatedInput={"commando": "ls"})}), TOUCH)
    assert result.is_error
    assert "command is missing" in result.content
    assert bench.of(ToolStarted) == []


@pytest.mark.parametrize("case", ["PERM-055"])
def test_what_was_approved_is_what_runs_though_the_message_changes_meanwhile(bench: Bench, case: str) -> None:
    given = {"command": "touch approved"}

    class Changing(FakeAsker):
        async def permission(self, call: ToolCall, **about: Any) -> Consent:
            given["command"] = "touch changed"
            return await super().permission(call, **about)

    bench.asker = Changing()
    one(bench.pipeline(), ToolCall("t1", "Bash", given))
    assert (bench.root / "approved").exists()
    assert not (bench.root / "changed").exists()


# What the person says


def test_a_refusal_goes_back_with_the_person_s_words(bench: Bench, person: FakeAsker) -> None:
    person.answers = [Consent(False, feedback="use the Makefile")]
    assert one(bench.pipeline(), TOUCH) == ToolResult("t1", "permission refused: use the Makefile", True)
    assert [(event.allowed, event.how) for event in bench.of(PermissionAnswered)] == [(False, "no")]


def test_a_refusal_is_kept_among_the_denials(bench: Bench, person: FakeAsker) -> None:
    person.answers = [Consent(False)]
    one(bench.pipeline(), TOUCH)
    assert bench.denials == [
        {"tool_name": "Bash", "tool_use_id": "t1", "tool_input": {"command": "touch made"}},
    ]


@pytest.mark.parametrize("case", ["PERM-052"])
def test_with_nobody_to_ask_a_question_is_a_refusal_that_names_the_flag(bench: Bench, case: str) -> None:
    bench.asker = NobodyToAsk()
    result = one(bench.pipeline(), TOUCH)
    assert result.content == (
        "permission refused: nobody can be asked here; allow it with --allowedTools 'Bash(touch made)'"
    )
    assert [event.how for event in bench.of(PermissionAnswered)] == ["headless"]
    assert len(bench.denials) == 1
    assert not (bench.root / "made").exists()


def test_yes_once_is_asked_again(bench: Bench, person: FakeAsker) -> None:
    person.answers = [Consent(True, "once", ("Bash(touch *)",))]
    run(bench.pipeline(), TOUCH, TOUCH)
    assert len(person.asked) == 2


def test_yes_for_the_session_is_remembered_and_not_written_down(bench: Bench, person: FakeAsker) -> None:
    person.answers = [Consent(True, "session", ("Bash(touch *)",))]
    run(bench.pipeline(), TOUCH, TOUCH)
    assert len(person.asked) == 1
    assert bench.kept == []


def test_yes_for_good_is_remembered_and_written_down(bench: Bench, person: FakeAsker) -> None:
    person.answers = [Consent(True, "always", ("Bash(touch *)",))]
    run(bench.pipeline(), TOUCH, TOUCH)
    assert len(person.asked) == 1
    assert bench.kept == ["Bash(touch *)"]


@pytest.mark.parametrize("case", ["PERM-054"])
def test_only_single_commands_are_offered_to_be_remembered(bench: Bench, person: FakeAsker, case: str) -> None:
    one(bench.pipeline(), ToolCall("t1", "Bash", {"command": "cd src && npm test"}))
    (asked,) = person.asked
    assert list(asked["rules"]) == ["Bash(npm test)"]


# What the tool says


@pytest.mark.parametrize(
    ("call", "told"),
    [
        pytest.param(
            ToolCall("t1", "Reed", {}), "there is no tool 'Reed'; did you mean Read?", id="PROV-012-unknown-tool"
        ),
        pytest.param(ToolCall("t1", "Echo", {}), "Echo: text is missing", id="PROV-011-missing"),
        pytest.param(
            ToolCall("t1", "Echo", {"text": "a", "loud": True}), "Echo: there is no field loud", id="PROV-011-extra"
        ),
        pytest.param(
            ToolCall("t1", "Echo", {"text": 3}), "Echo: text should be a valid string", id="PROV-011-wrong-type"
        ),
        pytest.param(
            ToolCall("t1", "Echo", {}, '{"text": "a", }'),
            "the arguments of Echo were not valid JSON; send them again as one JSON object",
            id="PROV-010-broken",
        ),
    ],
)
def test_a_call_that_cannot_run_is_answered_in_one_sentence(bench: Bench, call: ToolCall, told: str) -> None:
    assert one(bench.pipeline(), call) == ToolResult("t1", told, True)
    assert [event.is_error for event in bench.of(ToolFinished)] == [True]


def test_a_tool_s_own_complaint_is_an_error_result(bench: Bench) -> None:
    result = one(bench.pipeline(), ToolCall("t1", "Read", {"file_path": str(bench.root / "none.txt")}))
    assert result.is_error
    assert "none.txt" in result.content


def test_a_tool_that_says_nothing_still_gives_the_model_a_text(bench: Bench) -> None:
    assert one(bench.pipeline(), ToolCall("t1", "Echo", {"text": ""})).content == "(no output)"


def test_what_a_guard_finds_makes_the_result_an_error(bench: Bench, person: FakeAsker) -> None:
    watch = Watch("main moved without the hooks; undo it")
    result = one(bench.pipeline(guards=(watch,)), ToolCall("t1", "Echo", {"text": "done"}))
    assert result == ToolResult("t1", "main moved without the hooks; undo it\ndone", True)
    assert watch.seen == ["before Echo", "after Echo"]


def test_a_guard_that_finds_nothing_changes_nothing(bench: Bench) -> None:
    result = one(bench.pipeline(guards=(Watch(),)), ToolCall("t1", "Echo", {"text": "done"}))
    assert result == ToolResult("t1", "done")


def test_what_hooks_add_before_and_after_is_put_behind_the_result(bench: Bench) -> None:
    after = """echo '{"hookSpecificOutput": {"hookEventName": "PostToolUse", "additionalContext": "lint it"}}'"""
    hooks = {"PreToolUse": says(additionalContext="mind the tabs"), "PostToolUse": after}
    result = one(bench.pipeline(hooks=hooks), ToolCall("t1", "Echo", {"text": "done"}))
    assert result.content == "done\n[hook] lint it\n[hook] mind the tabs"


def test_a_post_hook_that_blocks_tells_the_model_why(bench: Bench) -> None:
    hooks = {"PostToolUse": "echo 'format it first' >&2; exit 2"}
    result = one(bench.pipeline(hooks=hooks), ToolCall("t1", "Echo", {"text": "done"}))
    assert result.content == "done\n[hook] format it first"


def test_a_failed_call_fires_the_event_for_failures(bench: Bench) -> None:
    hooks = {"PostToolUse": "touch worked", "PostToolUseFailure": "touch failed"}
    one(bench.pipeline(hooks=hooks), ToolCall("t1", "Read", {"file_path": str(bench.root / "none.txt")}))
    assert (bench.root / "failed").exists()
    assert not (bench.root / "worked").exists()


def test_paths_are_made_absolute_before_anybody_judges_them(bench: Bench, person: FakeAsker) -> None:
    one(bench.pipeline(), ToolCall("t1", "Write", {"file_path": "new.txt", "content": "x"}))
    assert person.asked[0]["input"]["file_path"] == str(bench.root / "new.txt")


def test_images_come_with_the_results_of_their_calls(bench: Bench) -> None:
    small, large = bench.root / "small.png", bench.root / "large.png"
    small.write_bytes(b"\x89PNG\r\n\x1a\n")
    large.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(400_000))
    results: list[ToolResult] = []
    calls = [ToolCall(path.stem, "Read", {"file_path": str(path)}) for path in (large, small)]
    asyncio.run(bench.pipeline().run(calls, results))
    assert [(result.call_id, len(result.images)) for result in results] == [("large", 1), ("small", 1)]
    assert len(results[0].images[0].data) > len(results[1].images[0].data)


def test_with_a_hook_in_the_session_nothing_runs_side_by_side(bench: Bench) -> None:
    calls = [ToolCall(text, "Echo", {"text": text}) for text in ("slow", "a")]
    run(bench.pipeline(hooks={"Stop": "true"}), *calls)
    order = [event.call.id for event in bench.events if isinstance(event, ToolStarted | ToolFinished)]
    assert order == ["slow", "slow", "a", "a"]


def test_a_record_that_cannot_be_written_is_told_by_its_own_name_though_reads_ran_together(bench: Bench) -> None:
    def full(event: Event) -> None:
        raise EnforcerError("the disk is full; make room")

    pipeline = bench.pipeline()
    pipeline.emit = full
    with pytest.raises(EnforcerError, match="the disk is full"):
        run(pipeline, *(ToolCall(text, "Echo", {"text": text}) for text in ("a", "b")))


def test_a_plan_changes_nothing_whatever_the_person_once_allowed(bench: Bench, person: FakeAsker) -> None:
    policy = bench.policy(Mode.PLAN, allow=("Bash(touch *)",))
    assert one(bench.pipeline(policy=policy), TOUCH).is_error
    assert person.asked == []


def test_the_work_of_a_tool_is_not_forgotten_when_its_hook_is_interrupted(bench: Bench, person: FakeAsker) -> None:
    results: list[ToolResult] = []
    pipeline = bench.pipeline(hooks={"PostToolUse": "echo > fifo; sleep 600"})

    async def interrupted() -> None:
        task = asyncio.create_task(pipeline.run([ToolCall("t1", "Echo", {"text": "done"})], results))
        await asyncio.to_thread((bench.root / "fifo").read_bytes)
        task.cancel()
        await asyncio.wait({task})

    make_fifo(bench)
    asyncio.run(interrupted())
    assert results == [ToolResult("t1", "done")]
    assert [event.content for event in bench.of(ToolFinished)] == ["done"]


def make_fifo(bench: Bench) -> None:
    os.mkfifo(bench.root / "fifo")


class Broken(Echo):
    """A tool whose own code is wrong."""

    async def run(self, params: EchoParams, context: ToolContext) -> str:
        raise KeyError("choices")


def test_a_tool_that_breaks_is_an_error_result_and_the_session_goes_on(bench: Bench) -> None:
    pipeline = bench.pipeline()
    pipeline.toolbox = Toolbox({"Echo": Broken()})
    result = one(pipeline, ToolCall("c1", "Echo", {"text": "hello"}))
    assert result == ToolResult(
        "c1",
        "Echo broke (KeyError); that is a bug of the harness, not of the call. Do it another way, and tell the person",
        is_error=True,
    )
    (notice,) = bench.of(Notice)
    trace = Path(notice.text.rpartition(" ")[2]).read_text()
    assert "in run" in trace
    assert 'KeyError("choices")' in trace  # the line of code
    assert "KeyError: " not in trace  # not the error's own words
