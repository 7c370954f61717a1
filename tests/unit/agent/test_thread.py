from __future__ import annotations

import pytest

from enforcer.agent.thread import Thread, estimate_tokens
from enforcer.core.errors import ContextTooSmall
from enforcer.core.lanes import Lane
from enforcer.core.messages import Message, ToolCall, ToolResult, assistant, tool_results, user

LONG = "x" * 4000  # about 1,000 tokens


def turn(name: str) -> list[Message]:
    call = ToolCall(f"call-{name}", "Read", {"file_path": name})
    return [
        user(f"{name} {LONG}"),
        assistant("", call),
        tool_results([ToolResult(call.id, LONG)]),
        assistant(f"done with {name}"),
    ]


def thread(*names: str) -> Thread:
    return Thread(Lane.ANALYTICAL, [message for name in names for message in turn(name)])


def test_a_thread_that_fits_shows_everything() -> None:
    it = thread("a", "b")
    assert it.fit(100_000) == 0
    assert list(it.visible) == list(it.messages)


def test_the_oldest_whole_turns_are_hidden_and_the_first_prompt_stays() -> None:
    it = thread("a", "b", "c", "d")
    assert it.fit(7_500) == 2
    assert [m.text[:6] for m in it.visible] == ["a xxxx", "c xxxx", "", "", "done w", "d xxxx", "", "", "done w"]


def test_no_call_is_ever_shown_without_its_result() -> None:
    it = thread("a", "b", "c", "d", "e")
    it.fit(6_500)
    called = {call.id for message in it.visible for call in message.calls}
    answered = {result.call_id for message in it.visible for result in message.results}
    assert called == answered


def test_hidden_turns_stay_in_the_record_of_the_thread() -> None:
    it = thread("a", "b", "c", "d")
    it.fit(6_500)
    assert len(it.messages) == 16


def test_trimming_leaves_room_so_that_the_next_turns_do_not_trim_again() -> None:
    it = thread("a", "b", "c", "d", "e", "f")
    assert it.fit(12_000) > 0
    it.add(user("short"))
    assert it.fit(12_000) == 0


def test_a_last_turn_that_cannot_fit_says_so_in_one_sentence() -> None:
    it = thread("a")
    with pytest.raises(ContextTooSmall, match=r"needs about 2,0\d\d tokens and the analytical model takes 1,000"):
        it.fit(1_000)


def test_a_prompt_nobody_answered_is_taken_back() -> None:
    it = thread("a")
    it.add(user("lost"))
    it.add(user("lost too"))
    it.take_back()
    assert it.messages[-1].text == "done with a"
    assert not it.unanswered


def test_taking_back_from_an_empty_thread_is_harmless() -> None:
    it = Thread(Lane.CREATIVE)
    it.take_back()
    assert it.messages == ()


def test_the_estimate_counts_text_calls_and_results() -> None:
    assert estimate_tokens(user("x" * 400)) == 104
    assert estimate_tokens(tool_results([ToolResult("1", "x" * 400)])) == 104
    assert estimate_tokens(assistant("", ToolCall("1", "Write", {"content": "x" * 400}))) > 100
