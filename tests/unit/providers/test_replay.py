from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enforcer.core.lanes import ModelRef
from enforcer.core.messages import (
    Image,
    Message,
    Part,
    Role,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
    assistant,
    repair,
    tool_results,
    user,
)
from enforcer.providers.replay import SAFE_ID, Replay

SAID = Message(Role.ASSISTANT, (Thinking("hm", "muse", {"signature": "s"}), Text("rain")))
READ = ToolCall("call_1", "Read", {"path": "a"})
PHOTO = Image("image/png", "aGk=")


def calls(*ids: str) -> Message:
    return assistant("", *(ToolCall(id, "Read", {}) for id in ids))


def results(*pairs: tuple[str, str]) -> Message:
    return tool_results(ToolResult(id, content) for id, content in pairs)


def render(*messages: Message, kind: str = "muse", images: bool = True) -> tuple[Message, ...]:
    return Replay(kind, images=images).render(messages)


def test_a_history_that_needs_nothing_comes_back_as_the_same_objects() -> None:
    history = (user("write"), SAID, user("more"))
    rendered = render(*history)
    assert [id(message) for message in rendered] == [id(message) for message in history]


def test_prov_023_foreign_thinking_is_dropped() -> None:
    assert render(user("write"), SAID, kind="other") == (user("write"), assistant("rain"))


def test_own_thinking_goes_back_untouched() -> None:
    own = SAID.parts[0]
    assert render(user("write"), SAID)[1].parts[0] is own


@pytest.mark.parametrize(
    ("made_by", "kept"),
    [
        pytest.param("muse/muse-1", True, id="the_same_model"),
        pytest.param("muse/muse-2", False, id="another_model_of_the_vendor"),
        pytest.param(None, True, id="nobody_said"),
    ],
)
def test_thinking_goes_back_to_the_model_that_made_it_when_the_model_is_known(made_by: str | None, kept: bool) -> None:
    message = Message(Role.ASSISTANT, SAID.parts, ModelRef.parse(made_by) if made_by else None)
    (rendered,) = Replay("muse", model=ModelRef("muse", "muse-1")).render([message])
    assert any(isinstance(part, Thinking) for part in rendered.parts) is kept


@pytest.mark.parametrize(
    "message",
    [
        pytest.param(Message(Role.ASSISTANT, (Thinking("hm", "muse"),), note="interrupted"), id="own_thinking_alone"),
        pytest.param(Message(Role.ASSISTANT, (Thinking("hm", "other"),)), id="foreign_thinking_alone"),
        pytest.param(Message(Role.ASSISTANT, (Thinking("hm", "muse"), Text(" \n"))), id="thinking_and_blank_text"),
        pytest.param(assistant(""), id="prov_014_no_parts"),
        pytest.param(Message(Role.USER, (Text(""),)), id="empty_text"),
        pytest.param(tool_results([ToolResult("gone", "x")]), id="a_result_without_its_call"),
    ],
)
def test_a_message_that_says_nothing_is_left_out(message: Message) -> None:
    assert render(user("write"), message, user("more")) == (user("write"), user("more"))


def test_empty_text_beside_a_call_is_left_out() -> None:
    message = Message(Role.ASSISTANT, (Text("  "), READ))
    assert render(message, results(("call_1", "x")))[0].parts == (READ,)


@pytest.mark.parametrize("note", ["interrupted", "cut"])
def test_a_message_that_ended_early_keeps_its_text_and_its_note(note: str) -> None:
    message = Message(Role.ASSISTANT, (Text("half a"),), note=note)
    assert render(user("write"), message) == (user("write"), message)


def test_messages_of_one_role_in_a_row_stay_apart() -> None:
    assert render(user("write"), user("no, wait")) == (user("write"), user("no, wait"))


def test_an_image_stays_for_a_model_that_sees() -> None:
    assert render(user("look", PHOTO))[0].parts == (Text("look"), PHOTO)


def test_an_image_becomes_a_note_for_a_model_that_reads_only() -> None:
    note = Text("[image image/png left out: this model reads text only]")
    assert render(user("look", PHOTO), images=False)[0].parts == (Text("look"), note)


def test_a_call_without_a_result_is_answered() -> None:
    rendered = render(calls("call_1"), user("go on"))
    assert rendered[1].results == (
        ToolResult("call_1", "interrupted: Read did not finish; its effect is unknown", is_error=True),
    )


@pytest.mark.parametrize(
    "id",
    [
        pytest.param("toolu_01A09q90qw90lq917835lq9", id="anthropic"),
        pytest.param("call_abc-123", id="openai"),
        pytest.param("a" * 40, id="forty_letters"),
    ],
)
def test_an_id_every_service_takes_is_kept(id: str) -> None:
    assert render(calls(id), results((id, "x"))) == (calls(id), results((id, "x")))


@pytest.mark.parametrize(
    "id",
    [
        pytest.param("", id="empty"),
        pytest.param("a" * 41, id="too_long"),
        pytest.param("functions.read:0", id="dots_and_colons"),
        pytest.param("anruf_ü", id="letters_of_another_alphabet"),
        pytest.param("x\ud800", id="half_a_surrogate_pair"),
        pytest.param("call_1\n", id="line_end"),
    ],
)
def test_prov_023_an_id_that_a_service_may_refuse_is_replaced_in_call_and_result(id: str) -> None:
    call, result = render(calls(id), results((id, "x")))
    assert SAFE_ID.fullmatch(call.calls[0].id)
    assert result.results == (ToolResult(call.calls[0].id, "x"),)
    assert render(calls(id), results((id, "x"))) == (call, result)


def test_prov_017_two_calls_with_one_id_get_their_own_results() -> None:
    call, result = render(calls("same", "same"), results(("same", "first"), ("same", "second")))
    first, second = (made.id for made in call.calls)
    assert (first, second != first) == ("same", True)
    assert result.results == (ToolResult(first, "first"), ToolResult(second, "second"))


def test_prov_017_an_id_used_again_later_is_replaced_there() -> None:
    once, twice = (calls("same"), results(("same", "a"))), (calls("same"), results(("same", "b")))
    rendered = render(*once, *twice)
    assert rendered[:2] == once
    assert rendered[2].calls[0].id != "same"
    assert rendered[3].results == (ToolResult(rendered[2].calls[0].id, "b"),)


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        pytest.param("Read", "Read", id="plain"),
        pytest.param("functions.Read", "functions_Read", id="dot"),
        pytest.param("", "unnamed", id="empty"),
        pytest.param("n" * 99, "n" * 64, id="too_long"),
    ],
)
def test_prov_012_a_tool_name_that_was_made_up_cannot_spoil_the_history(name: str, sent: str) -> None:
    assert render(assistant("", ToolCall("c", name, {})))[0].calls[0].name == sent


def test_a_broken_call_keeps_its_raw_text() -> None:
    call = ToolCall("c", "Read", {}, broken='{"path": "a", }')
    assert render(assistant("", call))[0].calls == (call,)


def test_prov_028_half_a_surrogate_pair_cannot_spoil_a_request() -> None:
    odd = "x\ud800y"
    call = ToolCall("c", "Write", {"text": odd, "list": [odd, 1], odd: {"in": odd}, "ok": None})
    rendered = render(user(odd), assistant(odd, call), results(("c", odd)))
    assert rendered[0].text == "x\ufffdy"
    assert rendered[1].text == "x\ufffdy"
    assert rendered[1].calls[0].input == {
        "text": "x\ufffdy",
        "list": ["x\ufffdy", 1],
        "x\ufffdy": {"in": "x\ufffdy"},
        "ok": None,
    }
    assert rendered[2].results[0].content == "x\ufffdy"


def test_rendering_a_grown_history_gives_the_same_objects_for_its_old_part() -> None:
    replay = Replay("other", images=False)
    history = [user("look", PHOTO), SAID, calls("a.b"), results(("a.b", "x")), SAID]
    before = replay.render(history)
    after = replay.render([*history, user("more"), SAID])
    assert all(old is new for old, new in zip(before, after, strict=False))
    assert len(after) == len(before) + 2


def test_a_result_that_comes_late_replaces_the_stand_in() -> None:
    replay, call = Replay("muse"), calls("c")
    assert replay.render([call])[1].results[0].is_error
    assert replay.render([call, results(("c", "done"))])[1].results == (ToolResult("c", "done"),)


def test_results_that_came_in_two_messages_go_out_in_one() -> None:
    rendered = render(calls("a", "b"), results(("b", "2")), results(("a", "1")), user("more"))
    assert rendered == (calls("a", "b"), results(("a", "1"), ("b", "2")), user("more"))


def test_a_result_behind_a_complete_answer_changes_nothing() -> None:
    replay = Replay("muse")
    history = [calls("c"), results(("c", "done"))]
    before = replay.render(history)
    after = replay.render([*history, results(("c", "again"))])
    assert after == before
    assert after[1] is before[1]


def test_a_history_that_was_trimmed_is_rendered_as_if_new() -> None:
    replay = Replay("muse")
    history = [user("first"), calls("c"), results(("c", "1")), user("second"), calls("c"), results(("c", "2"))]
    replay.render(history)
    trimmed = [history[0], *history[3:]]
    assert replay.render(trimmed) == Replay("muse").render(trimmed)


def test_a_message_that_was_taken_back_is_forgotten() -> None:
    replay = Replay("muse")
    first, taken, other = user("first"), user("oops"), user("second")
    replay.render([first, taken])
    assert replay.render([first, other]) == (first, other)
    assert replay.render([first]) == (first,)


IDS = st.sampled_from(["a", "b", "a.b", "", "x" * 50, "\ud800"])
WORDS = st.sampled_from(["", " ", "rain", "\udfff"])
PARTS: st.SearchStrategy[Part] = st.one_of(
    st.builds(Text, WORDS),
    st.builds(Thinking, WORDS, st.sampled_from(["muse", "other"])),
    st.builds(ToolCall, IDS, st.sampled_from(["Read", "a.b"]), st.just({})),
    st.builds(Image, st.just("image/png"), st.just("aGk=")),
)
MESSAGES = st.one_of(
    st.builds(Message, st.just(Role.USER), st.lists(st.builds(Text, WORDS), max_size=2).map(tuple)),
    st.builds(Message, st.just(Role.ASSISTANT), st.lists(PARTS, max_size=4).map(tuple)),
    st.builds(Message, st.just(Role.TOOL), st.lists(st.builds(ToolResult, IDS, WORDS), max_size=3).map(tuple)),
)
HISTORIES = st.lists(MESSAGES, max_size=12)


@given(HISTORIES)
def test_every_call_of_any_history_has_one_safe_id_and_its_result_right_behind_it(history: list[Message]) -> None:
    rendered = render(*history)
    ids = [call.id for message in rendered for call in message.calls]
    assert all(SAFE_ID.fullmatch(id) for id in ids)
    assert Counter(ids) == Counter(set(ids))
    assert repair(rendered) == rendered
    assert [result.call_id for message in rendered for result in message.results] == ids


@given(HISTORIES)
def test_no_message_of_any_history_is_empty_or_thinking_alone(history: list[Message]) -> None:
    rendered = render(*history)
    assert all(any(not isinstance(part, Thinking) for part in message.parts) for message in rendered)
    assert all(part.text.strip() for message in rendered for part in message.parts if isinstance(part, Text))


@given(HISTORIES)
def test_any_history_can_be_sent_as_utf8(history: list[Message]) -> None:
    for message in render(*history, kind="none"):
        str(message.parts).encode()


@given(HISTORIES, st.integers(0, 12))
def test_the_beginning_of_any_history_renders_to_the_beginning(history: list[Message], cut: int) -> None:
    replay = Replay("muse")
    known: tuple[Message, ...] = replay.render(history[:cut])
    settled = known[: len(known) - 2] if known and known[-1].role is Role.TOOL else known
    whole = replay.render(history)
    assert all(old is new for old, new in zip(settled, whole, strict=False))
    assert len(whole) >= len(settled)
    assert whole == Replay("muse").render(history)


@given(HISTORIES)
def test_a_rendered_history_renders_to_itself(history: list[Message]) -> None:
    once = render(*history)
    assert render(*once) == once
