"""What a record gives back, and what it forgives."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from enforcer.core.errors import EnforcerError, UsageError
from enforcer.core.events import (
    ContextTrimmed,
    DelegationStarted,
    Event,
    HistoryReplayed,
    LaneRolledBack,
    LaneSwitched,
    PromptReturned,
    PromptSubmitted,
    SessionRenamed,
    SessionState,
    TasksChanged,
    ToolFinished,
    Within,
)
from enforcer.core.lanes import Lane
from enforcer.core.messages import Message, Role, Thinking, ToolCall, ToolResult, assistant, tool_results, user
from enforcer.session.record import InUse, Record
from enforcer.session.resume import Change, load
from tests.unit.session.conftest import (
    ANALYST,
    ANALYTICAL,
    CALL,
    CALLING,
    CREATIVE,
    POET,
    RAN,
    RESULT,
    RUNNING,
    Desk,
    finished,
    said,
    started,
    turn,
)

OVER = LaneSwitched(ANALYTICAL, CREATIVE, POET, "creative work", "/s/handoffs/01.md")
STATE = {"active_lane": "creative", "sticky": True, "endeavor_id": 2, "drift_count": 0, "answers": {}, "policy": "once"}

MESSAGE = '{"type":"message_added","lane":"creative","turn":1,"message":{"role":"assistant","parts":[%s]}}'


def texts(desk: Desk) -> list[tuple[Lane, str]]:
    return [(lane, message.text) for lane, message in load(desk.folder, root=desk.root).messages]


def test_what_was_said_comes_back_in_order_and_in_its_lane(desk: Desk) -> None:
    desk.written(started(), *turn(1, "fix", "fixed"), OVER, *turn(2, "a haiku", "rain", CREATIVE, POET))
    resumed = load(desk.folder, root=desk.root)
    assert resumed.messages == (
        (ANALYTICAL, user("fix")),
        (ANALYTICAL, assistant("fixed", model=ANALYST)),
        (CREATIVE, user("a haiku")),
        (CREATIVE, assistant("rain", model=POET)),
    )
    assert (resumed.turns, resumed.active, resumed.title) == (2, CREATIVE, "fix")
    assert (resumed.last_handoff, resumed.notices, resumed.empty) == ("/s/handoffs/01.md", (), False)
    assert (resumed.header.session_id, resumed.header.root, resumed.header.version) == ("s1", desk.root, "0.0.1")


def test_what_a_vendor_s_model_made_stays_its_own(desk: Desk) -> None:
    thought = Thinking("hm", "anthropic", {"type": "thinking", "signature": "abc=="})
    message = Message(Role.ASSISTANT, (thought,), POET, "poet-2026", "cut")
    desk.written(started(), said(user("x")), said(message), finished())
    assert load(desk.folder, root=desk.root).messages[-1] == (ANALYTICAL, message)


def test_the_state_of_the_lanes_comes_back(desk: Desk) -> None:
    desk.written(started(), SessionState({**STATE, "active_lane": "analytical"}), SessionState(STATE))
    resumed = load(desk.folder, root=desk.root)
    assert (resumed.state, resumed.active) == (STATE, CREATIVE)


@pytest.mark.parametrize(
    ("events", "active"),
    [
        pytest.param([], ANALYTICAL, id="as it started"),
        pytest.param([OVER], CREATIVE, id="switched"),
        pytest.param([OVER, LaneRolledBack(CREATIVE, ANALYTICAL, "401")], ANALYTICAL, id="rolled back"),
        pytest.param([SessionState(STATE), started("resume")], CREATIVE, id="resumed before"),
    ],
)
def test_the_active_lane_is_the_one_that_was_last(desk: Desk, events: list[Event], active: Lane) -> None:
    desk.written(started(), *events)
    assert load(desk.folder, root=desk.root).active is active


def test_tasks_changes_and_trims_come_back(desk: Desk) -> None:
    tasks = ({"id": "1", "subject": "a", "status": "completed"},)
    edits = [
        ToolFinished(CALL, "", "", bad, 1, path=path, added=3, removed=1) for path, bad in [("a", False), ("b", True)]
    ]
    desk.written(TasksChanged(()), TasksChanged(tasks), *edits, edits[0], ContextTrimmed(CREATIVE, 2))
    desk.record = Record.open(desk.folder)
    desk.written(ContextTrimmed(CREATIVE, 1))
    resumed = load(desk.folder, root=desk.root)
    assert (resumed.tasks, resumed.changes, resumed.trimmed) == (tasks, (Change("a", 6, 2),), {CREATIVE: 3})


def test_after_clear_a_session_begins_anew(desk: Desk) -> None:
    desk.written(started(), *turn(1, "old", "old"), OVER, started("clear"), *turn(2, "new", "new"))
    assert texts(desk) == [(ANALYTICAL, "new"), (ANALYTICAL, "new")]
    assert load(desk.folder, root=desk.root).last_handoff is None


def test_a_prompt_that_went_back_to_the_person_was_not_said(desk: Desk) -> None:
    desk.written(
        *turn(1, "one", "1"),
        PromptSubmitted(2, "two"),
        said(user("two"), 2),
        PromptReturned(ANALYTICAL, 2),
        finished(2),
    )
    assert texts(desk) == [(ANALYTICAL, "one"), (ANALYTICAL, "1")]


def test_what_a_sub_agent_said_is_not_the_session_s(desk: Desk) -> None:
    begun = DelegationStarted("d1", 1, "write", "helper", CREATIVE, POET, "model_fit", "a haiku")
    desk.written(*turn(1, "one", "1"), begun, Within("d1", said(user("a haiku"), lane=CREATIVE)))
    assert texts(desk) == [(ANALYTICAL, "one"), (ANALYTICAL, "1")]


# What a crash leaves


def test_a_call_without_a_result_is_answered_and_not_run_crash_002(desk: Desk) -> None:
    desk.written(PromptSubmitted(1, "build"), said(user("build")), CALLING, RUNNING)
    before = desk.transcript.read_bytes()
    resumed = load(desk.folder, root=desk.root)
    assert resumed.messages[-1][1] == tool_results(
        [ToolResult("call_1", "interrupted: Bash did not finish; its effect is unknown", is_error=True)]
    )
    assert resumed.notices == (
        "the last turn was interrupted while Bash ran; it may have had an effect, and is not run again",
    )
    assert desk.transcript.read_bytes() == before


def test_an_old_call_without_a_result_is_not_told_of_again_crash_002(desk: Desk) -> None:
    desk.written(PromptSubmitted(1, "build"), CALLING, RUNNING, *turn(2, "go on", "ok"))
    resumed = load(desk.folder, root=desk.root)
    assert [message.role for _, message in resumed.messages] == [Role.ASSISTANT, Role.TOOL, Role.USER, Role.ASSISTANT]
    assert resumed.notices == ()


def test_a_turn_that_did_not_end_is_told_of(desk: Desk) -> None:
    desk.written(PromptSubmitted(1, "hello"), said(user("hello")))
    resumed = load(desk.folder, root=desk.root)
    assert resumed.notices == ("the last turn was interrupted; say it again, or go on from here",)


@pytest.mark.parametrize(
    "line",
    [
        pytest.param('{"type":"prompt_submitted","turn":1e999,"text":"x"}', id="a turn without end"),
        pytest.param('{"type":"history_replayed","lane":"creative","messages":[{"role":"user"}]}', id="no parts"),
        pytest.param(MESSAGE % '{"type":"text","text":5}', id="a number for a text"),
        pytest.param(MESSAGE % '{"type":"image","media_type":5,"data":"x"}', id="an image of no kind"),
        pytest.param(MESSAGE % '{"type":"tool_call","id":["a"],"name":"x","input":{}}', id="a list for an id"),
        pytest.param(MESSAGE % '{"type":"tool_call","id":"a","name":"x","input":[1]}', id="a list for an input"),
        pytest.param('{"type":"tasks_changed","tasks":[{"id":"1"}]}', id="a task without a subject"),
    ],
)
def test_an_entry_of_another_shape_is_skipped_and_named(desk: Desk, line: str) -> None:
    desk.written(*turn(1, "one", "1"))
    with desk.transcript.open("a") as file:
        file.write(f"{line}\n")
    resumed = load(desk.folder, root=desk.root)
    assert len(resumed.messages) == 2
    assert resumed.notices == (f"line {len(desk.lines())} of {desk.transcript} cannot be read and was skipped",)


def test_an_image_of_another_shape_leaves_its_tool_result(desk: Desk) -> None:
    desk.written(PromptSubmitted(1, "build"), CALLING, RESULT)
    text = desk.transcript.read_text()
    desk.transcript.write_text(text.replace('"is_error":false', '"is_error":false,"images":["x",5]'))
    result = load(desk.folder, root=desk.root).messages[-1][1].results[0]
    assert (result.is_error, result.images) == (False, ())


def test_an_image_with_an_impossible_name_is_told_of(desk: Desk) -> None:
    desk.written(*turn(1, "one", "1"))
    with desk.transcript.open("a") as file:
        file.write(MESSAGE % '{"type":"image","file":"a\\u0000b","media_type":"image/png"}' + "\n")
    assert texts(desk)[-1][1] == "[image image/png is no longer in the session's folder]"


def test_a_torn_last_line_is_moved_aside_crash_003(desk: Desk) -> None:
    desk.written(*turn(1, "one", "1"))
    with desk.transcript.open("ab") as file:
        file.write(b'{"v":1,"id":7,"ty')
    resumed = load(desk.folder, root=desk.root)
    assert len(resumed.messages) == 2
    assert resumed.notices == (
        "the last line was cut off when the session ended; it was moved to transcript.jsonl.torn",
    )
    assert (desk.folder / "transcript.jsonl.torn").read_bytes() == b'{"v":1,"id":7,"ty\n'
    assert load(desk.folder, root=desk.root).notices == ()


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(b"not JSON", id="no JSON"),
        pytest.param(b"\xff\xfe", id="no text"),
        pytest.param(b"\0" * 100, id="zeros after a power cut"),
        pytest.param(b"[]", id="no entry"),
        pytest.param(b"[" * 5000, id="nested without end"),
        pytest.param(b'{"v":1,"type":"message_added","lane":"purple","message":{}}', id="no such lane"),
        pytest.param(b'{"v":1,"type":"message_added","lane":"creative","message":{"role":"user"}}', id="no message"),
        pytest.param(
            b'{"v":1,"type":"message_added","lane":"creative","message":{"role":"user","parts":[],"model":"x"}}',
            id="no model",
        ),
        pytest.param(b'{"v":1,"type":"session_state","state":[1]}', id="no state"),
        pytest.param(b'{"v":1,"type":"header","session":"s","root":null,"ts":""}', id="no header"),
    ],
)
def test_a_broken_line_in_the_middle_is_skipped_crash_004(desk: Desk, line: bytes) -> None:
    desk.written(*turn(1, "one", "1"))
    lines = desk.transcript.read_bytes().split(b"\n")
    desk.transcript.write_bytes(b"\n".join([*lines[:4], line, *lines[4:]]))
    resumed = load(desk.folder, root=desk.root)
    assert len(resumed.messages) == 2
    assert resumed.notices == (f"line 5 of {desk.transcript} cannot be read and was skipped",)


def test_a_result_whose_call_was_lost_is_dropped_crash_004(desk: Desk) -> None:
    desk.written(*turn(1, "one", "1"), RAN, RESULT, *turn(2, "two", "2"))
    assert texts(desk) == [(ANALYTICAL, "one"), (ANALYTICAL, "1"), (ANALYTICAL, "two"), (ANALYTICAL, "2")]


def test_entries_this_version_does_not_know_are_passed_over_in_one_sentence(desk: Desk) -> None:
    desk.written(*turn(1, "one", "1"))
    with desk.transcript.open("ab") as file:
        file.writelines(b'{"v":1,"id":%d,"type":"something_new%d","x":1}\n' % (n, n % 5) for n in range(20))
    resumed = load(desk.folder, root=desk.root)
    assert len(resumed.messages) == 2
    assert resumed.notices == (
        f"this version does not know every entry of {desk.transcript}; "
        "what it does not know was passed over (something_new0, something_new1, something_new2 and 2 more)",
    )


def test_many_lines_that_cannot_be_read_are_one_sentence_crash_004(desk: Desk) -> None:
    desk.written(*turn(1, "one", "1"))
    desk.transcript.write_bytes(desk.transcript.read_bytes() + b"{broken\n" * 10)
    assert load(desk.folder, root=desk.root).notices == (
        f"lines 7, 8, 9 and 7 more of {desk.transcript} cannot be read and were skipped",
    )


def test_a_record_of_an_older_version_that_lacks_keys_is_read(desk: Desk) -> None:
    desk.written()
    lines = [
        '{"type":"lane_switched","from_lane":"analytical","to_lane":"creative"}',
        '{"type":"message_added","lane":"creative","message":{"role":"user","parts":[{"type":"text","text":"hi"}]}}',
        '{"type":"tool_finished","call":{}}',
        '{"type":"tool_finished","path":"a"}',
    ]
    with desk.transcript.open("a", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    resumed = load(desk.folder, root=desk.root)
    assert (resumed.active, resumed.messages, resumed.changes) == (
        CREATIVE,
        ((CREATIVE, user("hi")),),
        (Change("a", 0, 0),),
    )
    assert resumed.notices == ()


def test_a_name_the_person_gave_wins_over_the_first_prompt_until_it_is_taken_back(desk: Desk) -> None:
    desk.written(*turn(1, "fix", "fixed"), SessionRenamed("kettle"))
    assert load(desk.folder, root=desk.root).title == "kettle"
    desk.record = Record.open(desk.folder)
    desk.written(SessionRenamed(""))
    assert load(desk.folder, root=desk.root).title == "fix"


# What was carried over word for word


REPLAY = HistoryReplayed(CREATIVE, (user("fix"), assistant("fixed", model=ANALYST)))


def in_lane(desk: Desk, lane: Lane) -> list[str]:
    return [text for where, text in texts(desk) if where is lane]


def test_a_history_that_was_replayed_is_in_the_other_lane_after_a_resume(desk: Desk) -> None:
    desk.written(*turn(1, "fix", "fixed"), PromptSubmitted(2, "poem"), REPLAY, OVER, *turn(2, "poem", "rain")[2:])
    assert in_lane(desk, CREATIVE) == ["fix", "fixed"]
    carried = load(desk.folder, root=desk.root).said[3]
    assert (carried.replayed, carried.message.model) == (True, ANALYST)


def test_a_replay_is_undone_with_its_switch(desk: Desk) -> None:
    back = LaneRolledBack(CREATIVE, ANALYTICAL, "401")
    desk.written(*turn(1, "fix", "fixed"), REPLAY, OVER, back)
    assert in_lane(desk, CREATIVE) == []


def test_a_replay_that_was_used_outlives_a_later_switch_that_fails(desk: Desk) -> None:
    there, again = [REPLAY, OVER], [PromptSubmitted(3, "ode"), OVER, LaneRolledBack(CREATIVE, ANALYTICAL, "401")]
    desk.written(*turn(1, "fix", "fixed"), *there, *turn(2, "poem", "rain", CREATIVE, POET), *again)
    assert in_lane(desk, CREATIVE) == ["fix", "fixed", "poem", "rain"]


def test_a_prompt_that_went_back_takes_nothing_of_an_earlier_turn_with_it(desk: Desk) -> None:
    desk.written(PromptSubmitted(1, "kept"), said(user("kept")), finished(1), PromptSubmitted(2, "poem"))
    desk.record = Record.open(desk.folder)
    desk.written(PromptReturned(ANALYTICAL, 2))
    resumed = load(desk.folder, root=desk.root)
    assert ([message.text for _, message in resumed.messages], resumed.notices) == (["kept"], ())


def test_a_session_that_belongs_to_another_folder_says_so_crash_010(desk: Desk, tmp_path: Path) -> None:
    desk.written(*turn(1, "one", "1"))
    assert load(desk.folder, root=desk.root).moved is False
    assert load(desk.folder, root=tmp_path).moved is True


def test_the_folder_a_session_is_resumed_in_is_the_working_folder_crash_010(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.written(*turn(1, "one", "1"))
    assert load(desk.folder).moved is True
    monkeypatch.chdir(desk.root)
    assert load(desk.folder).moved is False


@pytest.mark.parametrize("where", ["header", "later line"])
def test_a_newer_format_is_refused_and_not_touched_crash_011(desk: Desk, where: str) -> None:
    desk.written(*turn(1, "one", "1"))
    newer = {"header": desk.transcript.read_bytes().replace(b'"v":1', b'"v":2')}
    newer["later line"] = desk.transcript.read_bytes() + b'{"v":2,"id":9,"type":"x"}\n'
    desk.transcript.write_bytes(newer[where] + b'{"torn')
    with pytest.raises(EnforcerError) as refused:
        load(desk.folder, root=desk.root)
    assert str(refused.value) == (
        f"{desk.transcript} was written by a newer Enforcer (format 2, this one reads 1); "
        "update Enforcer, then resume. The file was not touched"
    )
    assert desk.transcript.read_bytes() == newer[where] + b'{"torn'


def test_an_empty_record_gives_nothing_back_crash_012(desk: Desk) -> None:
    desk.record.close()
    desk.transcript.write_bytes(b"")
    resumed = load(desk.folder, root=desk.root)
    assert (resumed.empty, resumed.turns, resumed.notices, resumed.moved) == (True, 0, (), False)
    assert (resumed.header.session_id, resumed.header.root) == ("s1", None)


def test_a_record_with_a_header_alone_gives_nothing_back_crash_012(desk: Desk) -> None:
    desk.record.close()
    resumed = load(desk.folder, root=desk.root)
    assert (resumed.empty, resumed.active, resumed.state, resumed.notices) == (True, ANALYTICAL, None, ())


def test_a_record_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as refused:
        load(tmp_path)
    assert str(refused.value) == f"there is no record in {tmp_path}; list the sessions there are with: enforcer -r"


def test_of_two_results_for_one_call_the_first_counts_crash_014(desk: Desk) -> None:
    second = said(tool_results([ToolResult("call_1", "again")]))
    desk.written(said(user("build")), CALLING, RESULT, second, said(assistant("ok", model=ANALYST)), finished())
    resumed = load(desk.folder, root=desk.root)
    assert [message.results for _, message in resumed.messages if message.results] == [(ToolResult("call_1", "done"),)]
    assert resumed.notices == ("a tool result was recorded twice; the first one counts",)


def test_servers_that_count_their_calls_from_0_in_each_turn_are_understood_crash_014(desk: Desk) -> None:
    desk.written(said(user("a")), CALLING, RESULT, CALLING, RESULT, said(assistant("ok", model=ANALYST)), finished())
    resumed = load(desk.folder, root=desk.root)
    assert (len(resumed.messages), resumed.notices) == (6, ())


def test_a_kill_while_the_context_is_trimmed_leaves_the_whole_history_crash_015(desk: Desk) -> None:
    desk.written(*turn(1, "one", "1"), *turn(2, "two", "2"), ContextTrimmed(ANALYTICAL, 1))
    whole = desk.transcript.read_bytes()
    desk.transcript.write_bytes(whole[:-20])
    assert len(texts(desk)) == 4
    desk.transcript.write_bytes(whole)
    assert len(texts(desk)) == 4


def test_a_session_that_is_open_is_not_touched_conc_003(desk: Desk) -> None:
    desk.write(*turn(1, "one", "1"))
    with desk.transcript.open("ab") as file:
        file.write(b'{"half of a line')
    before = desk.transcript.read_bytes()
    with pytest.raises(InUse, match="session s1 is open in another terminal"):
        load(desk.folder, root=desk.root)
    assert desk.transcript.read_bytes() == before


def test_a_call_with_broken_arguments_comes_back_as_it_was(desk: Desk) -> None:
    call = ToolCall("1", "Bash", {}, broken='{"command": "ma')
    desk.written(said(assistant("", call, model=ANALYST)), said(tool_results([ToolResult("1", "no", True)])))
    assert load(desk.folder, root=desk.root).messages[0][1].calls == (call,)


def test_a_resumed_session_is_read_as_one(desk: Desk) -> None:
    desk.written(started(), *turn(1, "one", "1"))
    desk.record = Record.open(desk.folder)
    desk.written(started("resume"), *turn(2, "two", "2"))
    resumed = load(desk.folder, root=desk.root)
    assert (resumed.turns, resumed.title, len(resumed.messages)) == (2, "one", 4)
    assert [json.loads(line)["id"] for line in desk.transcript.read_bytes().splitlines()] == list(range(1, 14))
