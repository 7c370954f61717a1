from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from enforcer.agent.requester import Origin
from enforcer.agent.thread import Thread
from enforcer.core.events import Event, Notice
from enforcer.core.lanes import Lane
from enforcer.core.messages import Image, Message, Role, Text, ToolCall, ToolResult, assistant, tool_results, user
from enforcer.lanes.bridge import Bridge, Carried
from enforcer.lanes.handoff import HandoffFacts
from enforcer.session.resume import Said

CREATIVE, ANALYTICAL = Lane.CREATIVE, Lane.ANALYTICAL
ORIGIN = Origin("s1", 1, ANALYTICAL)


class Lanes:
    """A bridge between two threads."""

    def __init__(self, folder: Path) -> None:
        self.facts = HandoffFacts()
        self.events: list[Event] = []
        self.threads = {lane: Thread(lane) for lane in Lane}
        self.folder = folder
        self.bridge = Bridge(folder, lambda: folder / "handoffs", lambda: self.facts, self.events.append)

    def exchange(self, lane: Lane, prompt: str, answer: str) -> None:
        self.threads[lane].add(user(prompt))
        self.threads[lane].add(assistant(answer))
        self.bridge.heard(lane, prompt, self.threads[lane])

    def carry(self, to: Lane, held: str = "next") -> Carried:
        return asyncio.run(self.bridge.carry(to.other, to, self.threads, None, ORIGIN, held))


@pytest.fixture
def lanes(tmp_path: Path) -> Lanes:
    return Lanes(tmp_path)


def test_nothing_is_handed_over_while_nothing_was_said(lanes: Lanes) -> None:
    assert lanes.carry(CREATIVE) == Carried()
    assert lanes.bridge.take(CREATIVE) is None
    assert not (lanes.folder / "handoffs").exists()


def test_the_first_exchange_is_handed_over_with_the_held_prompt(lanes: Lanes) -> None:
    lanes.exchange(ANALYTICAL, "fix it", "fixed")
    carried = lanes.carry(CREATIVE, "announce it")
    assert "> fix it" in carried.blocks[0]
    assert "> announce it" in carried.blocks[0]
    assert carried.blocks[1].endswith("Person: fix it\n\nAssistant: fixed")
    assert carried.bytes == sum(len(block.encode()) for block in carried.blocks)


def test_what_was_carried_is_taken_once(lanes: Lanes) -> None:
    lanes.exchange(ANALYTICAL, "fix it", "fixed")
    carried = lanes.carry(CREATIVE)
    assert lanes.bridge.take(CREATIVE) == carried
    assert lanes.bridge.take(CREATIVE) is None


def test_what_was_taken_can_be_given_back(lanes: Lanes) -> None:
    lanes.exchange(ANALYTICAL, "fix it", "fixed")
    carried = lanes.carry(CREATIVE)
    lanes.bridge.take(CREATIVE)
    lanes.bridge.give_back(CREATIVE)
    assert lanes.bridge.take(CREATIVE) == carried


def test_what_a_lane_only_caught_up_with_can_be_given_back_too(lanes: Lanes) -> None:
    lanes.exchange(CREATIVE, "a haiku", "rain")
    first = lanes.bridge.take(ANALYTICAL)
    lanes.bridge.give_back(ANALYTICAL)
    assert first is not None
    assert lanes.bridge.take(ANALYTICAL) == first


def test_an_undone_switch_leaves_no_trace_and_can_be_made_again(lanes: Lanes) -> None:
    lanes.exchange(ANALYTICAL, "fix it", "fixed")
    lanes.bridge.tell(CREATIVE, ["from a hook"])
    lanes.carry(CREATIVE)
    lanes.bridge.undo(CREATIVE, lanes.threads[CREATIVE])
    assert (lanes.bridge.last, lanes.bridge.last_path) == (None, None)
    assert "> fix it" in lanes.carry(CREATIVE).blocks[0]


def test_what_was_told_to_a_lane_survives_a_switch_to_it(lanes: Lanes) -> None:
    lanes.exchange(ANALYTICAL, "fix it", "fixed")
    lanes.bridge.tell(CREATIVE, ["from a hook"])
    lanes.carry(CREATIVE)
    taken = lanes.bridge.take(CREATIVE)
    assert taken is not None
    assert taken.blocks[0].startswith("<handoff")
    assert taken.blocks[-1] == "from a hook"


def test_handoffs_are_numbered_on_where_an_earlier_run_stopped(lanes: Lanes) -> None:
    (lanes.folder / "handoffs").mkdir()
    (lanes.folder / "handoffs" / "07-creative-to-analytical.md").write_text("kept", encoding="utf-8")
    lanes.exchange(ANALYTICAL, "fix it", "fixed")
    carried = lanes.carry(CREATIVE)
    assert carried.path == lanes.folder / "handoffs" / "08-analytical-to-creative.md"


def test_a_handoff_that_does_not_hold_together_is_named(lanes: Lanes) -> None:
    lanes.facts = HandoffFacts(files=[("gone.py", "abc", 1, 0)])
    lanes.exchange(ANALYTICAL, "fix it", "fixed")
    lanes.carry(CREATIVE)
    assert lanes.events == [Notice("handoff: gone.py does not exist and is not marked deleted", "warning")]


def test_a_prompt_nobody_answered_is_no_exchange(lanes: Lanes) -> None:
    lanes.threads[ANALYTICAL].add(user("lost"))
    lanes.bridge.heard(ANALYTICAL, "lost", lanes.threads[ANALYTICAL])
    assert (lanes.bridge.exchanges, lanes.bridge.last_user) == ([], "")


def test_tool_calls_are_told_in_a_word_and_their_results_are_not(lanes: Lanes) -> None:
    thread = lanes.threads[ANALYTICAL]
    call = ToolCall("t1", "Edit", {"file_path": "app.py"})
    for message in (user("fix"), assistant("", call), tool_results([ToolResult("t1", "a diff")]), assistant("fixed")):
        thread.add(message)
    lanes.bridge.heard(ANALYTICAL, "fix", thread)
    tail = lanes.carry(CREATIVE).blocks[1]
    assert "[ran Edit app.py]" in tail
    assert "a diff" not in tail


def test_restoring_gives_the_same_knowledge_as_having_been_there(lanes: Lanes, tmp_path: Path) -> None:
    lanes.exchange(ANALYTICAL, "fix it", "fixed")
    lanes.exchange(CREATIVE, "a haiku", "rain")
    again = Lanes(tmp_path)
    turns = enumerate((ANALYTICAL, CREATIVE), 1)
    said = [Said(lane, message, turn) for turn, lane in turns for message in lanes.threads[lane].messages]
    again.bridge.restore(said)
    assert again.bridge.exchanges == lanes.bridge.exchanges
    assert again.bridge.take(ANALYTICAL) == lanes.bridge.take(ANALYTICAL)
    assert again.bridge.take(CREATIVE) is None


def test_what_the_harness_said_within_a_turn_is_no_prompt_after_a_resume(lanes: Lanes) -> None:
    sent_back = [user("[hook] run the tests"), assistant("They pass.")]
    seen = Message(Role.USER, (Text("The images that were read:"), Image("image/png", "aGk=")))
    said = [Said(ANALYTICAL, message, 1) for message in (user("fix it"), assistant("Fixed."), *sent_back)]
    said += [Said(ANALYTICAL, message, 2) for message in (user("look"), seen, assistant("A cat."))]
    lanes.bridge.restore(said)
    assert [exchange.prompt for exchange in lanes.bridge.exchanges] == ["fix it", "look"]
    assert [message.text for message in lanes.bridge.exchanges[0].messages] == ["fix it", "Fixed.", "They pass."]


def test_a_replayed_history_is_no_news_after_a_resume(lanes: Lanes) -> None:
    told = [user("fix it"), assistant("Fixed.")]
    said = [Said(ANALYTICAL, message, 1) for message in told]
    lanes.bridge.restore([*said, *(Said(CREATIVE, message, replayed=True) for message in told)])
    assert [(exchange.lane, exchange.prompt) for exchange in lanes.bridge.exchanges] == [(ANALYTICAL, "fix it")]
    assert lanes.bridge.take(CREATIVE) is None
