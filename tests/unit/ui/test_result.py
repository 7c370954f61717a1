from __future__ import annotations

import pytest

from enforcer.core.events import (
    DelegationFinished,
    DelegationStarted,
    Event,
    LaneSwitched,
    TextDelta,
    Within,
)
from enforcer.core.lanes import Lane
from enforcer.core.messages import (
    Usage,
)
from tests.unit.ui.jsonlines import DECIDED, STARTED, TURN, done, row, written
from tests.unit.ui.tty import ANALYTICAL, CREATIVE

# The last line


def test_the_result_is_the_last_line_and_complete() -> None:
    result = written([STARTED, DECIDED, TURN, row(), done(text="the answer", api_ms=700)])[-1]
    usage = {
        "input_tokens": 300,
        "output_tokens": 50,
        "cache_read_input_tokens": 600,
        "cache_creation_input_tokens": 100,
    }
    assert {key: result[key] for key in result if key not in {"uuid", "modelUsage", "lane"}} == {
        "type": "result",
        "subtype": "success",
        "is_error": False,
        "result": "the answer",
        "duration_ms": 900,
        "duration_api_ms": 700,
        "num_turns": 1,
        "stop_reason": "end_turn",
        "total_cost_usd": 0.01,
        "cost_unknown": False,
        "usage": usage,
        "permission_denials": [],
        "delegations": [],
        "degraded": [],
        "checkpoints": [],
        "session_id": "s1",
    }
    assert result["modelUsage"] == {
        "anthropic/claude-x": {
            "inputTokens": 300,
            "outputTokens": 50,
            "cacheReadInputTokens": 600,
            "cacheCreationInputTokens": 100,
            "webSearchRequests": 0,
            "costUSD": 0.01,
            "costUnknown": False,
            "contextWindow": None,
            "maxOutputTokens": None,
            "provider": "anthropic",
            "lanes": ["creative"],
            "served": ["claude-x"],
            "requests": 1,
        }
    }
    assert result["lane"]["active"] == "creative"
    assert result["lane"]["decision"]["reason"] == "draft"


@pytest.mark.parametrize(
    ("reason", "error", "subtype", "errors"),
    [
        ("max_turns", "", "error_max_turns", ["stopped at the turn limit"]),
        ("interrupted", "", "error_during_execution", ["interrupted by user"]),
        ("error", "openai: no key", "error_during_execution", ["openai: no key"]),
        ("pin", "served by another", "error_during_execution", ["served by another"]),
        ("blocked", "", "error_during_execution", ["blocked by a hook"]),
        ("refusal", "", "success", None),
        ("cut", "", "success", None),
    ],
)
def test_how_a_turn_ended_is_the_subtype(reason: str, error: str, subtype: str, errors: list[str] | None) -> None:
    result = written([STARTED, TURN, done(reason, error=error)])[-1]
    assert (result["subtype"], result["is_error"], result.get("errors")) == (subtype, errors is not None, errors)


def test_a_cost_that_is_partly_unknown_is_the_known_sum_and_says_so() -> None:
    result = written([STARTED, TURN, row(cost=0.02), Within("d", row(ANALYTICAL, cost=None)), done()])[-1]
    assert (result["total_cost_usd"], result["cost_unknown"]) == (0.02, True)
    assert result["modelUsage"]["openai/gpt-5"]["costUnknown"] is True


def test_usage_of_models_adds_up_over_the_session_and_turns_are_counted_for_each() -> None:
    lines = written([STARTED, TURN, row(), row(), done(), TURN, row(), done()])
    results = [line for line in lines if line["type"] == "result"]
    assert [result["num_turns"] for result in results] == [2, 1]
    assert [result["total_cost_usd"] for result in results] == [0.02, 0.03]
    assert results[1]["modelUsage"]["anthropic/claude-x"]["requests"] == 3


def test_windows_come_from_who_knows_the_models() -> None:
    result = written([STARTED, TURN, row(), done()], windows=lambda model: (200_000, 8_192))[-1]
    model = result["modelUsage"]["anthropic/claude-x"]
    assert (model["contextWindow"], model["maxOutputTokens"]) == (200_000, 8_192)


def test_delegations_and_what_was_degraded_are_in_the_result() -> None:
    start = DelegationStarted("d1", 1, "find", "helper", Lane.ANALYTICAL, ANALYTICAL, "model_fit")
    end = DelegationFinished("d1", 1, "unavailable", "no key", Usage(10, 5), None, 30, 1, ("gpt-5",))
    result = written([STARTED, TURN, start, end, done()])[-1]
    delegation = result["delegations"][0]
    assert [delegation[key] for key in ("step", "pinned", "served", "status", "cost_usd")] == [
        "find", "openai/gpt-5", ["gpt-5"], "unavailable", None,
    ]  # fmt: skip
    assert result["degraded"] == [
        {"step": "find", "wanted_lane": "analytical", "ran_on": "creative", "reason": "unavailable: no key"}
    ]


def test_denials_are_in_the_result() -> None:
    denial = {"tool_name": "Bash", "tool_use_id": "call-1", "tool_input": {"command": "ls"}}
    assert written([STARTED, TURN, done(denials=(denial,))])[-1]["permission_denials"] == [denial]


def test_json_output_is_the_result_alone() -> None:
    events: list[Event] = [
        STARTED,
        DECIDED,
        TURN,
        TextDelta("x"),
        LaneSwitched(Lane.ANALYTICAL, Lane.CREATIVE, CREATIVE, "", None),
    ]
    (line,) = written([*events, done(text="all")], whole=False, partial=True)
    assert (line["type"], line["result"]) == ("result", "all")
