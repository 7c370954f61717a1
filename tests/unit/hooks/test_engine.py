from __future__ import annotations

import asyncio
import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from enforcer.core.errors import EnforcerError
from enforcer.core.events import Event
from enforcer.core.lanes import Lane
from enforcer.core.messages import ToolCall
from enforcer.core.verdict import Ruling
from enforcer.hooks.config import Handler, parse_hooks
from enforcer.hooks.engine import HookEngine, Outcome
from enforcer.hooks.events import (
    HookEvent,
    LaneProposed,
    LaneSwitched,
    Notification,
    PostToolUse,
    PostToolUseFailure,
    PreToolUse,
    SessionEnd,
    SessionStart,
    Stop,
    SubagentStart,
    SubagentStop,
    UserPromptSubmit,
)
from tests.unit.hooks.conftest import Bench

PRE = PreToolUse("Bash", {"command": "ls"}, "t1")
POST = PostToolUse("Bash", {"command": "ls"}, "t1", "f", 12)
FAILED = PostToolUseFailure("Bash", {"command": "ls"}, "t1", "boom", False, 12)
PROMPT = UserPromptSubmit("write a haiku")
START = SessionStart("startup")
PROPOSED = LaneProposed("analytical", "creative", 0.97, "local", "write a haiku")
SWITCHED = LaneSwitched("analytical", "creative", "/tmp/h.md")
AGENT_START = SubagentStart("d1", "reviewer")
AGENT_STOP = SubagentStop(False, "d1", "reviewer", "done")
STOP = Stop(False, "done")
END = SessionEnd("other")
PATIENCE_S = 30  # only a hook that is waited for wrongly needs it
NOTE = Notification("permission", "needs you")
EVERY = [START, PROMPT, PRE, POST, FAILED, AGENT_START, AGENT_STOP, STOP, END, NOTE, PROPOSED, SWITCHED]


def fire(engine: HookEngine, event: HookEvent) -> Outcome:
    async def run() -> Outcome:
        async with asyncio.timeout(PATIENCE_S):
            return await engine.fire(event)

    return asyncio.run(run())


def says(answer: dict[str, Any]) -> str:
    return f"cat <<'JSON'\n{json.dumps(answer)}\nJSON"


def specific(event: str, **fields: Any) -> str:
    return says({"hookSpecificOutput": {"hookEventName": event, **fields}})


# What a hook is given


@pytest.mark.parametrize(
    ("event", "fields"),
    [
        (START, {"source": "startup"}),
        (SessionStart("resume", "m1", "t"), {"source": "resume", "model": "m1", "session_title": "t"}),
        (PROMPT, {"prompt": "write a haiku"}),
        (PRE, {"tool_name": "Bash", "tool_input": {"command": "ls"}, "tool_use_id": "t1"}),
        (
            POST,
            {
                "tool_name": "Bash",
                "tool_input": {"command": "ls"},
                "tool_use_id": "t1",
                "tool_response": "f",
                "duration_ms": 12,
            },
        ),
        (
            FAILED,
            {
                "tool_name": "Bash",
                "tool_input": {"command": "ls"},
                "tool_use_id": "t1",
                "error": "boom",
                "is_interrupt": False,
                "duration_ms": 12,
            },
        ),
        (AGENT_START, {"agent_id": "d1", "agent_type": "reviewer"}),
        (
            AGENT_STOP,
            {
                "stop_hook_active": False,
                "agent_id": "d1",
                "agent_type": "reviewer",
                "last_assistant_message": "done",
            },
        ),
        (STOP, {"stop_hook_active": False, "last_assistant_message": "done", "background_tasks": []}),
        (END, {"reason": "other"}),
        (NOTE, {"notification_type": "permission", "message": "needs you"}),
        (
            PROPOSED,
            {
                "from": "analytical",
                "to": "creative",
                "confidence": 0.97,
                "source": "local",
                "prompt": "write a haiku",
            },
        ),
        (SWITCHED, {"from": "analytical", "to": "creative", "handoff_path": "/tmp/h.md"}),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, HookEvent) else "",
)
def test_a_hook_reads_the_event_as_json_on_stdin(bench: Bench, event: HookEvent, fields: dict[str, Any]) -> None:
    fire(bench.on(event.event_name(), "cat > given.json"), event)
    assert json.loads((bench.folder / "given.json").read_text(encoding="utf-8")) == {
        "session_id": "s1",
        "cwd": str(bench.folder),
        "permission_mode": "default",
        "hook_event_name": event.event_name(),
        **fields,
    }


def test_a_hook_runs_in_the_project_with_its_folder_in_the_environment_and_no_terminal(bench: Bench) -> None:
    command = 'printf "%s\\n" "$PWD" "$CLAUDE_PROJECT_DIR" "${ENFORCER_PROJECT_DIR}" "$HOME"; tty <&2 || true'
    outcome = fire(bench.on("UserPromptSubmit", command), PROMPT)
    folder = str(bench.folder)
    assert outcome.context == ("\n".join([folder, folder, folder, "", "not a tty"]),)


def test_the_project_may_lie_above_the_folder_a_hook_runs_in(bench: Bench) -> None:
    (bench.folder / "sub").mkdir()
    entry = {"type": "command", "command": 'printf "%s" "$PWD:$CLAUDE_PROJECT_DIR"'}
    engine = HookEngine(
        parse_hooks({"UserPromptSubmit": [{"hooks": [entry]}]}, origin="settings").handlers,
        cwd=bench.folder / "sub",
        common=dict,
        env={},
        outputs=bench.folder,
        emit=bench.events.append,
    )
    engine.project = bench.folder
    assert fire(engine, PROMPT).context == (f"{bench.folder}/sub:{bench.folder}",)


def test_a_hook_has_a_session_of_its_own(bench: Bench) -> None:
    outcome = fire(bench.on("UserPromptSubmit", "ps -o sid= -p $$"), PROMPT)
    assert outcome.context[0].strip() != str(os.getsid(0))


def test_with_args_no_shell_reads_the_words(bench: Bench) -> None:
    script = bench.script("say.sh", '#!/bin/sh\nprintf "%s|" "$@"\n')
    engine = bench.on(
        "UserPromptSubmit", "${CLAUDE_PROJECT_DIR}/say.sh", args=["$HOME; rm x", "${ENFORCER_PROJECT_DIR}"]
    )
    assert script.exists()
    assert fire(engine, PROMPT).context == (f"$HOME; rm x|{bench.folder}|",)


# Exit codes


@pytest.mark.parametrize("event", EVERY, ids=lambda event: event.event_name())
def test_exit_0_without_output_changes_nothing(bench: Bench, event: HookEvent) -> None:
    assert fire(bench.on(event.event_name(), "exit 0"), event) == Outcome()
    assert [(ran.exit_code, ran.outcome) for ran in bench.ran] == [(0, "ok")]


@pytest.mark.parametrize(
    "event", [PROMPT, PRE, POST, FAILED, AGENT_STOP, STOP, PROPOSED], ids=lambda event: event.event_name()
)
def test_exit_2_blocks_and_stderr_is_the_reason(bench: Bench, event: HookEvent) -> None:
    outcome = fire(bench.on(event.event_name(), "echo not now >&2; exit 2"), event)
    assert outcome == Outcome(blocked=True, reason="not now")
    assert [ran.outcome for ran in bench.ran] == ["blocked"]


@pytest.mark.parametrize("event", [START, AGENT_START, END, NOTE, SWITCHED], ids=lambda event: event.event_name())
def test_where_nothing_can_be_blocked_exit_2_is_a_word_to_the_person(bench: Bench, event: HookEvent) -> None:
    outcome = fire(bench.on(event.event_name(), "echo not now >&2; exit 2"), event)
    assert outcome == Outcome(messages=("not now",))


def test_json_does_not_override_exit_2(bench: Bench) -> None:
    command = specific("PreToolUse", permissionDecision="allow") + "\nexit 2"
    outcome = fire(bench.on("PreToolUse", command), PRE)
    assert (outcome.blocked, outcome.ruling) == (True, None)
    assert outcome.reason.startswith("blocked by the hook 'cat <<'JSON' {")


def test_with_another_exit_code_valid_json_decides(bench: Bench) -> None:
    command = specific("PreToolUse", permissionDecision="deny", permissionDecisionReason="no") + "\nexit 1"
    outcome = fire(bench.on("PreToolUse", command), PRE)
    assert (outcome.ruling, outcome.ruling_reason) == (Ruling.DENY, "no")


def test_another_exit_code_is_an_error_that_holds_nothing_up(bench: Bench) -> None:
    outcome = fire(bench.on("PreToolUse", "echo broken >&2; exit 3"), PRE)
    assert outcome == Outcome(
        messages=("the PreToolUse hook 'echo broken >&2; exit 3' failed with exit code 3: broken",)
    )
    assert [ran.outcome for ran in bench.ran] == ["error"]


# failClosed


FAULTS = [
    pytest.param("exit 3", {}, id="crash"),
    pytest.param("kill -9 $$", {}, id="killed"),
    pytest.param("/missing/gate.sh", {}, id="missing-file"),
    pytest.param("/missing/gate.sh", {"args": []}, id="missing-file-without-a-shell"),
    pytest.param("echo '{broken'", {}, id="invalid-json"),
    pytest.param(specific("PreToolUse", permissionDecision="alow"), {}, id="a-word-that-is-no-decision"),
    pytest.param(specific("Stop"), {}, id="an-answer-to-another-event"),
    pytest.param(says({"systemMessage": 1}), {}, id="a-wrong-type"),
    pytest.param("sleep 30", {"timeout": 0.1}, id="timeout"),
]


@pytest.mark.parametrize(("command", "keys"), FAULTS)
def test_fail_closed_turns_a_fault_into_a_block(bench: Bench, command: str, keys: dict[str, Any]) -> None:
    outcome = fire(bench.on("PreToolUse", command, failClosed=True, **keys), PRE)
    assert outcome.blocked
    assert outcome.reason.endswith("; it is marked failClosed, so this is a block")


@pytest.mark.parametrize(("command", "keys"), FAULTS)
def test_without_it_a_fault_is_told_and_blocks_nothing(bench: Bench, command: str, keys: dict[str, Any]) -> None:
    outcome = fire(bench.on("PreToolUse", command, **keys), PRE)
    assert (outcome.blocked, outcome.ruling, len(outcome.messages)) == (False, None, 1)


def test_fail_closed_blocks_nothing_where_nothing_can_be_blocked(bench: Bench) -> None:
    outcome = fire(bench.on("SessionStart", "exit 3", failClosed=True), START)
    assert (outcome.blocked, len(outcome.messages)) == (False, 1)


# JSON answers


@pytest.mark.parametrize(
    ("decision", "ruling"),
    [("allow", Ruling.ALLOW), ("ask", Ruling.ASK), ("defer", Ruling.ASK), ("deny", Ruling.DENY)],
)
def test_a_permission_decision_is_a_ruling(bench: Bench, decision: str, ruling: Ruling) -> None:
    command = specific("PreToolUse", permissionDecision=decision, permissionDecisionReason="why")
    outcome = fire(bench.on("PreToolUse", command), PRE)
    assert (outcome.ruling, outcome.ruling_reason, outcome.blocked) == (ruling, "why", False)


def test_the_older_words_for_it_still_count(bench: Bench) -> None:
    deny = fire(bench.on("PreToolUse", says({"decision": "block", "reason": "old"})), PRE)
    allow = fire(bench.on("PreToolUse", says({"decision": "approve"})), PRE)
    assert (deny.ruling, deny.ruling_reason, allow.ruling) == (Ruling.DENY, "old", Ruling.ALLOW)


@pytest.mark.parametrize(
    ("decisions", "winner"),
    [
        (("allow", "deny", "ask", "defer"), "deny"),
        (("allow", "ask", "defer"), "defer"),
        (("allow", "ask"), "ask"),
        (("allow", "allow"), "allow"),
    ],
)
def test_of_several_decisions_the_strictest_counts(bench: Bench, decisions: tuple[str, ...], winner: str) -> None:
    commands = [
        specific("PreToolUse", permissionDecision=decision, permissionDecisionReason=f"{decision} it")
        for decision in decisions
    ]
    assert fire(bench.on("PreToolUse", *commands), PRE).ruling_reason == f"{winner} it"


def test_one_block_among_answers_blocks(bench: Bench) -> None:
    outcome = fire(bench.on("PreToolUse", specific("PreToolUse", permissionDecision="allow"), "exit 2"), PRE)
    assert outcome.blocked


@pytest.mark.parametrize(
    "event", [PROMPT, POST, FAILED, AGENT_STOP, STOP, PROPOSED], ids=lambda event: event.event_name()
)
def test_a_block_decision_blocks_with_its_reason(bench: Bench, event: HookEvent) -> None:
    outcome = fire(bench.on(event.event_name(), says({"decision": "block", "reason": "tests first"})), event)
    assert outcome == Outcome(blocked=True, reason="tests first")


@pytest.mark.parametrize(
    "event",
    [START, PROMPT, PRE, POST, FAILED, AGENT_START, AGENT_STOP, STOP, SWITCHED],
    ids=lambda event: event.event_name(),
)
def test_additional_context_is_for_the_model(bench: Bench, event: HookEvent) -> None:
    command = specific(event.event_name(), additionalContext="it is friday")
    assert fire(bench.on(event.event_name(), command), event) == Outcome(context=("it is friday",))


@pytest.mark.parametrize(
    ("event", "context"), [(START, ("hello",)), (PROMPT, ("hello",)), (PRE, ()), (STOP, ())], ids=str
)
def test_plain_output_is_context_only_where_the_format_says_so(
    bench: Bench, event: HookEvent, context: tuple[str, ...]
) -> None:
    assert fire(bench.on(event.event_name(), "echo hello"), event).context == context


def test_a_hook_may_rewrite_the_whole_input(bench: Bench) -> None:
    command = specific("PreToolUse", updatedInput={"command": "ls -a"})
    assert fire(bench.on("PreToolUse", command), PRE).updated_input == {"command": "ls -a"}


@pytest.mark.parametrize(("given", "read"), [("short", "short"), ({"a": 1}, '{"a": 1}')], ids=["text", "object"])
def test_a_hook_may_rewrite_what_the_model_reads(bench: Bench, given: Any, read: str) -> None:
    command = specific("PostToolUse", updatedToolOutput=given)
    assert fire(bench.on("PostToolUse", command), POST).updated_output == read


def test_a_hook_may_name_another_lane(bench: Bench) -> None:
    outcome = fire(bench.on("LaneProposed", specific("LaneProposed", lane="creative")), PROPOSED)
    assert outcome == Outcome(lane=Lane.CREATIVE)


def test_continue_false_stops_everything_and_says_why(bench: Bench) -> None:
    outcome = fire(bench.on("PostToolUse", says({"continue": False, "stopReason": "budget"})), POST)
    assert outcome == Outcome(stop=True, stop_reason="budget")


def test_a_system_message_is_for_the_person_and_suppress_output_is_accepted(bench: Bench) -> None:
    outcome = fire(bench.on("Stop", says({"systemMessage": "well done", "suppressOutput": True})), STOP)
    assert outcome == Outcome(messages=("well done",))


def test_a_session_start_may_bring_a_prompt_and_a_title(bench: Bench) -> None:
    command = specific("SessionStart", initialUserMessage="go on", sessionTitle="friday")
    assert fire(bench.on("SessionStart", command), START) == Outcome(
        initial_user_message="go on", session_title="friday"
    )


# Which handlers run


@pytest.mark.parametrize(
    ("matcher", "runs"),
    [
        ("", True),
        ("*", True),
        ("Bash", True),
        ("Edit|Bash", True),
        ("Edit, Bash", True),
        ("Bas", False),
        ("bash", False),
        ("Ba.*", True),
        ("^B", True),
        ("as.", True),
        ("^Edit$", False),
    ],
)
def test_a_matcher_is_a_list_of_names_or_a_pattern(bench: Bench, matcher: str, runs: bool) -> None:
    assert fire(bench.on("PreToolUse", "exit 2", matcher=matcher), PRE).blocked is runs


@pytest.mark.parametrize(
    ("event", "hits", "misses"),
    [
        (START, "startup", "resume"),
        (POST, "Bash", "Edit"),
        (FAILED, "Bash", "Edit"),
        (AGENT_START, "reviewer", "writer"),
        (AGENT_STOP, "reviewer", "writer"),
        (END, "other", "clear"),
        (NOTE, "permission", "idle"),
        (PROPOSED, "creative", "analytical"),
        (SWITCHED, "creative", "analytical"),
    ],
    ids=lambda value: value.event_name() if isinstance(value, HookEvent) else value,
)
def test_each_event_is_matched_on_its_own_field(bench: Bench, event: HookEvent, hits: str, misses: str) -> None:
    fire(bench.on(event.event_name(), "exit 0", matcher=hits), event)
    fire(bench.on(event.event_name(), "exit 0", matcher=misses), event)
    assert len(bench.ran) == 1


@pytest.mark.parametrize("event", [PROMPT, STOP], ids=lambda event: event.event_name())
def test_an_event_without_a_field_to_match_runs_every_handler(bench: Bench, event: HookEvent) -> None:
    assert fire(bench.on(event.event_name(), "exit 2", matcher="Bash"), event).blocked


@pytest.mark.parametrize("matcher", ["Task", "Agent", "Delegate"])
def test_a_delegation_answers_to_its_three_names(bench: Bench, matcher: str) -> None:
    event = PreToolUse("Delegate", {"lane": "creative"}, "t1")
    assert fire(bench.on("PreToolUse", "exit 2", matcher=matcher), event).blocked


def test_if_is_one_rule_about_the_call(bench: Bench) -> None:
    asked: list[tuple[str, ToolCall]] = []

    def matches(rule: str, call: ToolCall) -> bool:
        asked.append((rule, call))
        return rule == "Bash(ls *)"

    entries = [{"command": "exit 2", "if": "Bash(git *)"}, {"command": "exit 0", "if": "Bash(ls *)"}]
    outcome = fire(bench.engine({"PreToolUse": [{"hooks": entries}]}, matches), PRE)
    assert (outcome.blocked, [ran.command for ran in bench.ran]) == (False, ["exit 0"])
    assert asked[0] == ("Bash(git *)", ToolCall("t1", "Bash", {"command": "ls"}))


def test_identical_handlers_of_two_files_run_once(bench: Bench) -> None:
    group = {"hooks": [{"type": "command", "command": "echo x >> log"}]}
    fire(bench.engine({"PreToolUse": [group, {**group, "matcher": "Bash"}]}), PRE)
    assert (bench.folder / "log").read_text(encoding="utf-8") == "x\n"


def test_matching_handlers_run_side_by_side(bench: Bench) -> None:
    os.mkfifo(bench.folder / "pipe")  # each side waits for the other, so one after the other would never end
    outcome = fire(bench.on("UserPromptSubmit", "cat pipe", "echo met > pipe", timeout=20), PROMPT)
    assert outcome.context == ("met",)


def test_without_a_handler_nothing_is_started_and_nothing_is_emitted(bench: Bench) -> None:
    engine = bench.engine({})
    assert engine.idle
    assert fire(engine, PRE) == Outcome()
    assert bench.events == []


def test_a_handler_of_another_event_costs_nothing(bench: Bench) -> None:
    engine = bench.on("Stop", "exit 2")
    assert not engine.idle
    assert fire(engine, PRE) == Outcome()


# Time and size


@pytest.mark.parametrize("command", ["sleep 60 & sleep 60", "setsid sleep 3 & sleep 60", "trap '' TERM; sleep 60"])
def test_a_timeout_ends_the_whole_group_and_waits_for_no_grandchild(bench: Bench, command: str) -> None:
    outcome = fire(bench.on("PreToolUse", f"{command}", timeout=0.5), PRE)
    assert outcome.messages == (f"the PreToolUse hook '{command}' ran out of time after 0.5 s",)
    assert [ran.exit_code for ran in bench.ran] == [None]


def test_what_a_hook_left_in_the_background_does_not_hold_the_answer(bench: Bench) -> None:
    outcome = fire(bench.on("UserPromptSubmit", "echo now; sleep 60 &"), PROMPT)
    assert outcome.context == ("now",)


def test_a_session_that_ends_waits_for_no_hook(bench: Bench) -> None:
    outcome = fire(bench.on("SessionEnd", "sleep 60", timeout=60), END)
    assert outcome.messages == ("the SessionEnd hook 'sleep 60' ran out of time after 1.5 s",)


def test_more_output_than_a_pipe_holds_does_not_block(bench: Bench) -> None:
    outcome = fire(bench.on("PreToolUse", "yes | head -c 3000000; yes | head -c 3000000 >&2; exit 2"), PRE)
    assert outcome.blocked
    assert len(outcome.reason) == 10_000


def test_long_output_is_cut_and_all_of_it_kept_in_a_private_file(bench: Bench) -> None:
    context = fire(bench.on("UserPromptSubmit", "printf 'x%.0s' $(seq 12000)"), PROMPT).context[0]
    kept = Path(context.rpartition("all of it is in ")[2])
    assert len(context) == 10_000
    assert kept.read_text(encoding="utf-8") == "x" * 12_000
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_a_prompt_too_long_for_a_pipe_reaches_a_hook_that_does_not_read(bench: Bench) -> None:
    assert fire(bench.on("UserPromptSubmit", "exit 0"), UserPromptSubmit("x" * 300_000)) == Outcome()


def test_an_async_hook_is_not_waited_for_and_closing_ends_it(bench: Bench) -> None:
    os.mkfifo(bench.folder / "pid")

    async def run() -> tuple[Outcome, int]:
        entry = {"command": "echo $$ > pid; sleep 60; exit 2", "async": True}
        engine = bench.engine({"PreToolUse": [{"hooks": [entry]}]})
        outcome = await engine.fire(PRE)
        pid = int(await asyncio.to_thread((bench.folder / "pid").read_text, encoding="utf-8"))
        await engine.close()
        return outcome, pid

    outcome, pid = asyncio.run(run())
    assert outcome == Outcome()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_cancelled_turn_leaves_no_hook_behind(bench: Bench) -> None:
    os.mkfifo(bench.folder / "pid")

    async def run() -> int:
        turn = asyncio.create_task(bench.on("PreToolUse", "echo $$ > pid; sleep 60").fire(PRE))
        pid = int(await asyncio.to_thread((bench.folder / "pid").read_text, encoding="utf-8"))
        turn.cancel()
        with pytest.raises(asyncio.CancelledError):
            await turn
        return pid

    pid = asyncio.run(run())
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_record_that_is_full_while_a_hook_runs_is_told_by_its_own_name(tmp_path: Path) -> None:
    def full(event: Event) -> None:
        raise EnforcerError("the disk is full")

    hooks = HookEngine(
        [Handler("Stop", "true")], cwd=tmp_path, common=dict, env=dict(os.environ), outputs=tmp_path, emit=full
    )
    with pytest.raises(EnforcerError, match="the disk is full"):
        asyncio.run(hooks.fire(Stop(False, "done")))
