"""What leaves in an export: every part under the model that made it, and no secret."""

from __future__ import annotations

from typing import Any

import pytest

from enforcer.core.errors import EnforcerError
from enforcer.core.events import (
    DelegationFinished,
    DelegationStarted,
    HistoryReplayed,
    LaneSwitched,
    PromptReturned,
    PromptSubmitted,
    SessionRenamed,
    TurnStarted,
)
from enforcer.core.messages import Image, Message, Role, Text, Thinking, ToolCall, ToolResult, Usage, assistant, user
from enforcer.session.story import story_of
from enforcer.ui.story import rendered
from tests.unit.session.conftest import (
    ANALYST,
    ANALYTICAL,
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

OVER = LaneSwitched(ANALYTICAL, CREATIVE, POET, "creative work", None)
BEGUN = DelegationStarted("d1", 1, "find it", "helper", ANALYTICAL, ANALYST, "fit", "p")
ENDED = DelegationFinished("d1", 1, "completed", "found", Usage(1, 2), 0.01, 5, 1, ("analyst-2",))


def items(desk: Desk, number: int = 0) -> list[dict[str, Any]]:
    told = story_of(desk.folder)["turns"][number]["items"]
    assert isinstance(told, list)
    return told


def test_each_part_names_the_lane_and_the_model_that_made_it(desk: Desk) -> None:
    poem = Message(Role.ASSISTANT, (Thinking("hm", "p", {"signature": "x"}), Text("rain")), POET, "poet-2026")
    prompt = [PromptSubmitted(2, "poem"), OVER, TurnStarted(2, CREATIVE, POET), said(user("poem"), 2, CREATIVE)]
    desk.written(started(), *turn(1, "fix", "fixed"), *prompt, said(poem, 2, CREATIVE), finished(2, CREATIVE))
    told = story_of(desk.folder)
    assert [(turn["prompt"], turn["lane"], turn["model"]) for turn in told["turns"]] == [
        ("fix", "analytical", "p/analyst"),
        ("poem", "creative", "p/poet"),
    ]
    by = {"lane": "creative", "model": "p/poet", "served": "poet-2026"}
    assert items(desk, 1) == [
        {"type": "switch", "from": "analytical", "to": "creative", "model": "p/poet", "reason": "creative work"},
        {"type": "thinking", **by, "text": "hm"},
        {"type": "text", **by, "text": "rain"},
    ]


def test_a_tool_call_has_its_result(desk: Desk) -> None:
    desk.written(PromptSubmitted(1, "build"), said(user("build")), CALLING, RUNNING, RAN, RESULT)
    (tool,) = items(desk)
    assert (tool["name"], tool["input"], tool["result"], tool["is_error"]) == (
        "Bash",
        {"command": "make"},
        "done",
        False,
    )


def test_a_delegation_says_who_did_it_and_who_served(desk: Desk) -> None:
    desk.written(PromptSubmitted(1, "go"), BEGUN, ENDED)
    (told,) = items(desk)
    assert (told["agent"], told["lane"], told["model"], told["status"]) == (
        "helper",
        "analytical",
        "p/analyst",
        "completed",
    )
    assert (told["report"], told["served"], told["cost_usd"]) == ("found", ["analyst-2"], 0.01)


def test_what_a_model_read_besides_the_prompt_is_told_apart(desk: Desk) -> None:
    read = Message(Role.USER, (Text("[handoff]"), Text("poem"), Image("image/png", "aGVsbG8=")))
    desk.written(PromptSubmitted(1, "@creative poem"), said(read, 1, CREATIVE), said(user("[hook] go on"), 1, CREATIVE))
    assert items(desk) == [
        {"type": "context", "lane": "creative", "text": "[handoff]"},
        {"type": "image", "lane": "creative", "media_type": "image/png", "bytes": 6},
        {"type": "context", "lane": "creative", "text": "[hook] go on"},
    ]


def test_a_prompt_that_went_back_says_so(desk: Desk) -> None:
    desk.written(PromptSubmitted(1, "lost"), PromptReturned(ANALYTICAL, 1))
    assert story_of(desk.folder)["turns"][0]["returned"] is True


def test_a_history_that_was_replayed_is_not_told_twice(desk: Desk) -> None:
    desk.written(*turn(1, "fix", "fixed"), PromptSubmitted(2, "poem"), HistoryReplayed(CREATIVE, (user("fix"),)))
    assert items(desk, 1) == [{"type": "replay", "lane": "creative", "messages": 1}]


def test_the_name_is_the_title_and_what_cannot_be_read_is_counted(desk: Desk) -> None:
    desk.written(*turn(1, "fix", "fixed"), SessionRenamed("kettle"))
    with desk.transcript.open("ab") as file:
        file.write(b'{broken\n{"type":"turn_started"}\n')
    session = story_of(desk.folder)["session"]
    assert (session["title"], session["entries_lost"], session["root"]) == ("kettle", 2, str(desk.root))


def test_every_text_is_scrubbed_on_the_way_out_secr_009(desk: Desk) -> None:
    call = ToolCall("1", "Bash", {"command": "echo sk-canary", "sk-canary": ["sk-canary"]})
    answer = said(assistant("it is sk-canary", call, model=ANALYST))
    result = said(Message(Role.TOOL, (ToolResult("1", "sk-canary"),)))
    desk.written(PromptSubmitted(1, "sk-canary"), said(user("sk-canary")), answer, result, BEGUN, ENDED)
    told = str(story_of(desk.folder, scrub=lambda text: text.replace("sk-canary", "[secret]")))
    assert ("sk-canary" in told, told.count("[secret]")) == (False, 7)


def test_a_record_of_a_newer_format_is_not_exported_crash_011(desk: Desk) -> None:
    desk.written(*turn(1, "fix", "fixed"))
    desk.transcript.write_bytes(desk.transcript.read_bytes().replace(b'"v":1', b'"v":2'))
    with pytest.raises(EnforcerError, match="was written by a newer Enforcer"):
        story_of(desk.folder)


@pytest.mark.parametrize(
    "line",
    [
        pytest.param('{"type":"header","session":"s","root":"/a","ts":5,"origins":5}', id="a header"),
        pytest.param('{"type":"turn_finished","turn":1e999,"reason":"end"}', id="a turn without end"),
        pytest.param('{"type":"turn_finished","turn":1,"reason":["x"],"ms":"long","cost_usd":"dear"}', id="figures"),
        pytest.param('{"type":"lane_switched","from_lane":"a","to_lane":"b","reason":["x"]}', id="a reason"),
        pytest.param('{"type":"history_replayed","lane":"a","messages":[{"parts":null}]}', id="parts"),
    ],
)
def test_an_entry_of_another_shape_does_not_keep_a_session_from_being_exported(desk: Desk, line: str) -> None:
    desk.written(*turn(1, "one", "1"))
    with desk.transcript.open("a") as file:
        file.write(f"{line}\n")
    told = story_of(desk.folder)
    told["session"]["cost"] = {"known_usd": 0, "requests": 0, "unknown_requests": 0}
    assert "> one" in rendered(told, "markdown")
