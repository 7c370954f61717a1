from __future__ import annotations

import pytest

from enforcer.core.messages import (
    Image,
    Message,
    Role,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
    assistant,
    tool_results,
    user,
)
from enforcer.lanes.outgoing import OUTGOING_PROMPT, flatten_exchanges, parse_outgoing

HISTORY = [
    user("first question"),
    assistant("first answer"),
    user("fix the parser"),
    assistant("I read it first.", ToolCall("c1", "Read", {"file_path": "src/parser.py"})),
    tool_results([ToolResult("c1", "secret contents")]),
    assistant("", ToolCall("c2", "Bash", {"command": "pytest -q\necho done"})),
    tool_results([ToolResult("c2", "3 passed")]),
    assistant("It is fixed."),
    user("thanks"),
    assistant("Any time."),
]


def test_the_last_exchanges_are_plain_text_with_tool_calls_flattened() -> None:
    assert flatten_exchanges(HISTORY, 2) == (
        "[the last exchanges before this, as plain text]\n\n"
        "Person: fix the parser\n\n"
        "Assistant: I read it first. [ran Read src/parser.py]\n\n"
        "Assistant: [ran Bash pytest -q]\n\n"
        "Assistant: It is fixed.\n\n"
        "Person: thanks\n\n"
        "Assistant: Any time."
    )


def test_no_tool_id_and_no_thinking_of_the_other_vendor_is_carried_over() -> None:
    message = Message(
        Role.ASSISTANT,
        (Thinking("private", "anthropic", {"signature": "abc"}), Text("done"), ToolCall("toolu_1", "Edit", {})),
    )

    assert flatten_exchanges([user("go"), message], 1).endswith("Person: go\n\nAssistant: done [ran Edit]")


def test_an_image_is_mentioned() -> None:
    assert flatten_exchanges([user("look", Image("image/png", "aGk="))], 1).endswith("Person: look [an image]")


@pytest.mark.parametrize(
    ("messages", "turns"),
    [
        pytest.param([], 2, id="nothing was said"),
        pytest.param(HISTORY, 0, id="no turns wanted"),
        pytest.param([assistant("hello")], 2, id="no person spoke"),
    ],
)
def test_there_is_no_tail_when(messages: list[Message], turns: int) -> None:
    assert flatten_exchanges(messages, turns) == ""


def test_a_long_message_keeps_its_beginning_and_its_end() -> None:
    flat = flatten_exchanges([user("begin " + "x" * 20_000 + " end")], 1)

    assert len(flat) < 6_200
    assert "Person: begin x" in flat
    assert "14010 characters left out" in flat
    assert flat.endswith("x end")


BOTH = (("SQLite, because one file",), ("Which port?",))


@pytest.mark.parametrize(
    "said",
    [
        pytest.param('{"decisions": ["SQLite, because one file"], "open_questions": ["Which port?"]}', id="JSON"),
        pytest.param(
            'Here:\n```json\n{"decisions": ["SQLite, because one file"],\n"open_questions": ["Which port?"]}\n```',
            id="JSON in a fence",
        ),
        pytest.param(
            '{"decisions": "SQLite, because one file", "questions": ["Which port?", 3]}', id="text for a list"
        ),
        pytest.param(
            "## Decisions\n- SQLite, because one file\n\n## Open questions\n- Which port?\n", id="headings and bullets"
        ),
        pytest.param(
            "**Decisions made:**\n1. SQLite, because\n   one file\n**Open questions:**\n* Which port?",
            id="bold, numbered",
        ),
        pytest.param("Decisions:\n- SQLite, because one file\nOpen questions:\n- Which port?\n- none", id="colons"),
    ],
)
def test_the_model_s_notes_are_read_in_many_shapes(said: str) -> None:
    assert parse_outgoing(said) == BOTH


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        pytest.param("", (None, None), id="no answer"),
        pytest.param("I'd rather go on working.", (None, None), id="prose"),
        pytest.param('{"decisions": [', (None, None), id="cut JSON"),
        pytest.param('{"answer": 42}', (None, None), id="other JSON"),
        pytest.param('{"decisions": [], "open_questions": []}', ((), ()), id="nothing to note"),
        pytest.param('{"decisions": ["a"]}', (("a",), None), id="one of two"),
        pytest.param('{"decisions": {"a": 1}, "open_questions": null}', (None, None), id="wrong types"),
    ],
)
def test_what_cannot_be_read_is_not_available(said: str, expected: object) -> None:
    assert parse_outgoing(said) == expected


def test_notes_are_kept_within_600_tokens() -> None:
    long = "x" * 1_500
    decisions, questions = parse_outgoing(f'{{"decisions": ["{long}", "{long}"], "open_questions": ["{long}"]}}')

    assert decisions == (long, "x" * 900)
    assert questions == ()


def test_the_model_is_asked_for_both_lists_by_name() -> None:
    assert '"decisions"' in OUTGOING_PROMPT
    assert '"open_questions"' in OUTGOING_PROMPT
