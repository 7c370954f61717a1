from __future__ import annotations

import io
import json
from typing import Any

import pytest

from enforcer.core.events import (
    DelegationStarted,
    Event,
    HookRan,
    LaneSwitched,
    MessageAdded,
    PermissionAnswered,
    RequestStarted,
    Retrying,
    TextDelta,
    ThinkingDelta,
    ToolJudged,
    Within,
)
from enforcer.core.lanes import Lane
from enforcer.core.messages import (
    Image,
    Message,
    Role,
    Text,
    Thinking,
    ToolResult,
    Usage,
    assistant,
    tool_results,
    user,
)
from enforcer.core.verdict import Ruling, Verdict
from enforcer.ui.encode import MAX_LINE
from enforcer.ui.jsonl import JsonLines
from tests.unit.ui.jsonlines import BASH, DECIDED, STARTED, TURN, done, only, written
from tests.unit.ui.tty import ANALYTICAL, CREATIVE

# The first line


def test_init_is_the_first_line_and_comes_with_the_first_turn() -> None:
    assert written([STARTED, DECIDED]) == []
    first, second, *_ = written([STARTED, HookRan("SessionStart", "x", 0, "ok"), DECIDED, TURN, done()])
    assert (first["subtype"], second["subtype"]) == ("init", "hook_started")


def test_init_has_every_field_that_clients_need() -> None:
    init = written([STARTED, DECIDED, TURN], init={"slash_commands": ["lane"]})[0]
    assert init == {
        "type": "system",
        "subtype": "init",
        "cwd": "/p",
        "tools": ["Read", "Bash"],
        "mcp_servers": [],
        "model": "anthropic/claude-x",
        "permissionMode": "plan",
        "slash_commands": ["lane"],
        "skills": [],
        "agents": [],
        "plugins": [],
        "output_style": "default",
        "apiKeySource": "none",
        "enforcer_version": "0.1.0",
        "capabilities": ["lanes_v1"],
        "lanes": {
            "active": "creative",
            "creative": {"model": "anthropic/claude-x"},
            "analytical": {"model": "openai/gpt-5"},
            "source": "decided",
        },
        "session_id": "s1",
        "uuid": init["uuid"],
    }


def test_a_turn_that_never_began_still_has_its_init() -> None:
    assert [line["type"] for line in written([STARTED, done("blocked")])] == ["system", "result"]


# Messages


def test_a_thought_that_only_keeps_a_signature_is_not_told() -> None:
    signed = (Thinking("", "google", {"thoughtSignature": "QQ=="}), Text("yes"))
    line = only([MessageAdded(Lane.CREATIVE, Message(Role.ASSISTANT, signed, CREATIVE), 1, Usage())])
    assert line["message"]["content"] == [{"type": "text", "text": "yes"}]


def test_an_assistant_message_has_the_shape_of_anthropic() -> None:
    message = Message(Role.ASSISTANT, (Thinking("hm", "openai"), Text("yes"), BASH), CREATIVE, "claude-x-1")
    line = only([MessageAdded(Lane.CREATIVE, message, 1, Usage(1_000, 50, 600, 100))])
    assert line == {
        "type": "assistant",
        "message": {
            "id": "msg_id2",
            "type": "message",
            "role": "assistant",
            "model": "claude-x-1",
            "content": [
                {"type": "thinking", "thinking": "hm", "signature": ""},
                {"type": "text", "text": "yes"},
                {"type": "tool_use", "id": "call-1", "name": "Bash", "input": {"command": "ls"}},
            ],
            "stop_reason": "tool_use",
            "stop_sequence": None,
            "usage": {
                "input_tokens": 300,
                "output_tokens": 50,
                "cache_read_input_tokens": 600,
                "cache_creation_input_tokens": 100,
            },
        },
        "parent_tool_use_id": None,
        "session_id": "s1",
    }


def test_tokens_nobody_told_us_are_null_not_zero() -> None:
    usage = only([MessageAdded(Lane.CREATIVE, assistant("x", model=CREATIVE), 1)])["message"]["usage"]
    assert set(usage.values()) == {None}


def test_tool_results_are_a_user_message_and_the_prompt_is_not_echoed() -> None:
    results = tool_results([ToolResult("call-1", "out", True)])
    line = only([MessageAdded(Lane.CREATIVE, user("hi"), 1), MessageAdded(Lane.CREATIVE, results, 1)])
    assert line["type"] == "user"
    assert line["message"]["content"] == [
        {"type": "tool_result", "tool_use_id": "call-1", "content": "out", "is_error": True}
    ]


def test_messages_of_a_sub_agent_name_the_call_that_made_it() -> None:
    image = Message(Role.USER, (Text("look"), Image("image/png", "A" * 400)))
    line = only([Within("call-9", MessageAdded(Lane.ANALYTICAL, image, 1))])
    assert line["parent_tool_use_id"] == "call-9"
    assert line["message"]["content"][1] == {"type": "text", "text": "[image image/png, 300 bytes]"}


# What the harness says


@pytest.mark.parametrize(
    ("event", "line"),
    [
        pytest.param(
            LaneSwitched(Lane.ANALYTICAL, Lane.CREATIVE, CREATIVE, "asked", "/h/1.md", 812, 41_000),
            {
                "subtype": "lane_switch",
                "from": "analytical",
                "to": "creative",
                "model": "anthropic/claude-x",
                "reason": "asked",
                "handoff_path": "/h/1.md",
                "artifact_bytes": 812,
                "full_bytes": 41_000,
            },
            id="lane_switch",
        ),
        pytest.param(
            Retrying(2, 5, 1.25, "overloaded", 529),
            {
                "subtype": "api_retry",
                "attempt": 1,
                "max_retries": 4,
                "retry_delay_ms": 1250,
                "error_status": 529,
                "error": "overloaded",
            },
            id="api_retry",
        ),
        pytest.param(
            ToolJudged(BASH, Verdict(Ruling.DENY, "never", "rule Bash")),
            {
                "subtype": "permission_denied",
                "tool_name": "Bash",
                "tool_use_id": "call-1",
                "tool_input": {"command": "ls"},
                "decision_reason": "rule Bash: never",
            },
            id="denied by a rule",
        ),
        pytest.param(
            PermissionAnswered(BASH, False, "headless"),
            {
                "subtype": "permission_denied",
                "tool_name": "Bash",
                "tool_use_id": "call-1",
                "tool_input": {"command": "ls"},
                "decision_reason": "headless",
            },
            id="denied because nobody is there",
        ),
        pytest.param(
            DelegationStarted("call-9", 1, "find", "helper", Lane.ANALYTICAL, ANALYTICAL, "model_fit", "do it"),
            {
                "subtype": "delegation_started",
                "number": 1,
                "step": "find",
                "agent": "helper",
                "lane": "analytical",
                "model": "openai/gpt-5",
                "why": "model_fit",
                "prompt": "do it",
                "delegation_id": "call-9",
                "tool_use_id": "call-9",
            },
            id="delegation_started",
        ),
    ],
)
def test_events_of_the_harness_are_system_lines(event: Event, line: dict[str, Any]) -> None:
    assert only([event]) == {"type": "system", **line, "session_id": "s1"}


def test_a_decision_is_a_line() -> None:
    line = written([STARTED, DECIDED, TURN, done()])[1]
    assert (line["subtype"], line["lane"], line["confidence"]) == ("lane_decision", "creative", 0.97)


def test_a_hook_has_a_start_and_a_response_with_the_same_id() -> None:
    started, response = written([STARTED, TURN, HookRan("Stop", "x.sh", 2, "blocked", "o", "e"), done()])[1:3]
    assert started["hook_id"] == response["hook_id"]
    assert [response[key] for key in ("hook_event", "exit_code", "outcome", "stderr")] == ["Stop", 2, "blocked", "e"]


def test_an_allowed_call_is_no_denial() -> None:
    events: list[Event] = [ToolJudged(BASH, Verdict(Ruling.ASK)), PermissionAnswered(BASH, True, "once")]
    assert len(written([STARTED, TURN, *events, done()])) == 2


# Deltas


def test_deltas_are_left_out_unless_they_are_asked_for() -> None:
    assert len(written([STARTED, TURN, TextDelta("x"), done()])) == 2


def test_deltas_are_the_events_of_an_anthropic_stream() -> None:
    events: list[Event] = [
        RequestStarted(Lane.CREATIVE, CREATIVE, 1),
        ThinkingDelta("hm"),
        TextDelta("a"),
        TextDelta("b"),
    ]
    message = MessageAdded(Lane.CREATIVE, assistant("ab", model=CREATIVE), 1)
    lines = written([STARTED, TURN, *events, message, done()], partial=True)[1:-2]
    assert [(line["event"]["type"], line["event"].get("index")) for line in lines] == [
        ("message_start", None),
        ("content_block_start", 0),
        ("content_block_delta", 0),
        ("content_block_stop", 0),
        ("content_block_start", 1),
        ("content_block_delta", 1),
        ("content_block_delta", 1),
        ("content_block_stop", 1),
        ("message_delta", None),
        ("message_stop", None),
    ]
    assert lines[5]["event"]["delta"] == {"type": "text_delta", "text": "a"}


def test_a_retry_closes_the_message_that_was_begun() -> None:
    events: list[Event] = [TextDelta("a"), Retrying(2, 5, 0, "cut"), TextDelta("a")]
    lines = written([STARTED, TURN, *events, done()], partial=True)
    kinds = [line["event"]["type"] for line in lines if line["type"] == "stream_event"]
    assert kinds.count("message_start") == 2
    assert kinds[3:6] == ["content_block_stop", "message_delta", "message_stop"]


# The line itself


def test_no_line_is_too_long_for_its_reader() -> None:
    results = tool_results([ToolResult(f"c{n}", "漢\n" * 200_000) for n in range(4)])
    out = io.StringIO()
    lines = JsonLines(out)
    for event in (STARTED, TURN, MessageAdded(Lane.CREATIVE, results, 1)):
        lines(event)
    longest = max(out.getvalue().splitlines(), key=len)
    assert len(longest.encode()) < MAX_LINE
    assert "more characters" in json.loads(longest)["message"]["content"][0]["content"]


def test_no_character_of_a_line_can_steer_a_terminal__TERM_006() -> None:
    out = io.StringIO()
    lines = JsonLines(out)
    for event in (STARTED, TURN, done(text="a\x1b[2J\x9b\x7f\u202e\u2028\ud800é")):
        lines(event)
    assert not {"\x1b", "\x9b", "\x7f", "\u202e", "\u2028", "\ud800"} & set(out.getvalue())
    assert json.loads(out.getvalue().splitlines()[-1])["result"] == "a\x1b[2J\x9b\x7f\u202e\u2028\ufffdé"
