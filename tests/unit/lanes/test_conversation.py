from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from enforcer.agent.loop import settle
from enforcer.agent.meter import Meter
from enforcer.agent.turn import Turn
from enforcer.core.events import (
    HistoryReplayed,
    LaneAnswered,
    LaneDecided,
    LaneRolledBack,
    LaneSwitched,
    PromptReturned,
    RequestFinished,
    SessionState,
    TurnFinished,
)
from enforcer.core.lanes import Lane, ModelRef, Source, Task
from enforcer.core.messages import Role, Text, assistant, user
from enforcer.core.requests import Decided, Purpose
from enforcer.lanes.bridge import Bridge
from enforcer.lanes.classify import Classifier
from enforcer.lanes.conversation import Conversation
from enforcer.lanes.handoff import HandoffFacts
from enforcer.lanes.policy import SwitchPolicy
from enforcer.lanes.seats import HeldPromptReturned, Seats, Setup
from enforcer.providers.base import Failure, Provider, StopReason
from enforcer.providers.scripted import Fault, Reply, Scenario, ScriptedProvider
from enforcer.session.resume import Said
from tests.fakes import Bench, Stuck, endpoint

CREATIVE, ANALYTICAL = Lane.CREATIVE, Lane.ANALYTICAL
REFS = {CREATIVE: ModelRef("scripted", "muse"), ANALYTICAL: ModelRef("scripted", "logic")}
HAIKU = "write a haiku about rain"
FIX = "fix the failing test in app.py"
DOWN = Reply(error=Fault(failure=Failure.AUTH, message="the key is wrong; set it", status=401))
NOTES = Reply(text='{"decisions": ["keep the old name"], "open_questions": []}')
FIXED = Reply(text="Fixed: the sign was wrong.")


@dataclass
class FakeLaneAsker:
    keys: list[str] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)

    async def lane_question(self, question: str) -> str:
        self.questions.append(question)
        return self.keys.pop(0)

    async def edit(self, path: Path) -> None:
        path.write_text(path.read_text("utf-8").replace("keep the old name", "take the new name"), "utf-8")


@dataclass
class Talk:
    """A conversation, with all that can be looked at."""

    it: Conversation
    bench: Bench
    asker: FakeLaneAsker
    providers: dict[Lane, Provider]

    def says(self, *texts: str) -> TurnFinished:
        return [asyncio.run(self.it.submit(text)) for text in texts][-1]

    def seen(self, lane: Lane) -> list[str]:
        """The last prompt the lane's model read, block by block."""
        provider = self.providers[lane]
        assert isinstance(provider, ScriptedProvider)
        message = next(m for m in reversed(provider.requests[-1].messages) if m.role is Role.USER)
        return [part.text for part in message.parts if isinstance(part, Text)]

    def said(self, lane: Lane) -> list[str]:
        return [message.text for message in self.it.threads[lane].messages]


Begin = Callable[..., Talk]


@pytest.fixture
def begin(tmp_path: Path, home: Path) -> Begin:
    root = tmp_path / "project"
    root.mkdir()

    def make(
        creative: Sequence[Reply] | None = (),
        analytical: Sequence[Reply] | None = (),
        *,
        keys: Sequence[str] = (),
        interactive: bool = True,
        ask: str = "once",
        hooks: dict[str, str] | None = None,
        mode: str = "artifact",
        stuck: Lane | None = None,
        **setup: Any,
    ) -> Talk:
        bench, meter = Bench(root.resolve(), home), Meter()

        bench.readers.append(meter)
        given = {CREATIVE: creative, ANALYTICAL: analytical}
        providers: dict[Lane, Provider] = {
            lane: Stuck() if lane is stuck else ScriptedProvider.of(Scenario({REFS[lane].model: replies}))
            for lane, replies in given.items()
            if replies is not None
        }
        seats = {lane: (endpoint(providers[lane], REFS[lane]),) if lane in providers else () for lane in Lane}
        agents = {lane: bench.agent(provider=providers[lane]) for lane in providers}
        for lane, agent in agents.items():
            agent.endpoint = seats[lane][0]
        asker = FakeLaneAsker(list(keys))
        folder = tmp_path / "handoffs"
        conversation = Conversation(
            turn=Turn("s1"),
            seats=Seats(seats, agents.__getitem__),
            policy=SwitchPolicy(ANALYTICAL, policy=ask, lane_fixed=setup.get("lane_fixed", False)),
            classifier=Classifier(),
            bridge=Bridge(bench.root, lambda: folder, HandoffFacts, bench.emit, mode=mode),
            hooks=bench.hooks(hooks),
            asker=asker if interactive else None,
            meter=meter,
            emit=bench.emit,
            setup=Setup(interactive=interactive, **setup),
        )
        return Talk(conversation, bench, asker, providers)

    return make


def lanes(says: dict[str, Any], event: str = "LaneProposed") -> str:
    return f"cat <<'JSON'\n{json.dumps({'hookSpecificOutput': {'hookEventName': event, **says}})}\nJSON"


# The one question


def test_a_prompt_of_the_other_lane_asks_once_and_runs_there_without_being_typed_again(begin: Begin) -> None:
    talk = begin([Reply(text="Rain taps."), Reply(text="Again.")], [], keys=["enter"])
    assert (talk.says(HAIKU).lane, talk.it.active) == (CREATIVE, CREATIVE)
    assert talk.says("now a sonnet about snow").text == "Again."
    assert len(talk.asker.questions) == 1
    assert talk.asker.questions[0].endswith("· you are on analytical/scripted/logic")


def test_no_means_stay_and_the_endeavor_is_not_asked_about_again(begin: Begin) -> None:
    talk = begin([], [Reply(text="Rain."), Reply(text="Snow.")], keys=["n"])
    assert talk.says(HAIKU, "write a poem about snow").lane is ANALYTICAL
    assert len(talk.asker.questions) == 1
    assert [(event.answer, event.key) for event in talk.bench.of(LaneAnswered)] == [("stay", "n")]
    assert talk.bench.of(LaneSwitched) == []


def test_cancel_gives_the_prompt_back_untouched_and_forgets_the_question(begin: Begin) -> None:
    talk = begin([Reply(text="Rain taps.")], [], keys=["cancel", "enter"])
    before = talk.it.policy.state
    with pytest.raises(HeldPromptReturned):
        talk.says(f"  {HAIKU}\n")
    assert talk.it.returned_prompt == f"  {HAIKU}\n"
    assert talk.bench.of(PromptReturned) == [PromptReturned(ANALYTICAL, 1)]
    assert (talk.it.policy.state, len(talk.it.threads[CREATIVE])) == (before, 0)
    assert talk.says(HAIKU).lane is CREATIVE


def test_with_policy_auto_it_moves_and_says_so(begin: Begin) -> None:
    talk = begin([Reply(text="Rain taps.")], [], ask="auto")
    assert talk.says(HAIKU).lane is CREATIVE
    assert talk.asker.questions == []
    assert talk.bench.notices[0].startswith("switched to the creative lane")
    assert [event.key for event in talk.bench.of(LaneAnswered)] == ["auto"]


def test_with_one_model_nothing_is_asked(begin: Begin) -> None:
    talk = begin(None, [Reply(text="Rain.")])
    assert talk.says(HAIKU).lane is ANALYTICAL
    assert talk.asker.questions == []


def test_a_hook_may_hold_the_lane_without_a_question(begin: Begin) -> None:
    talk = begin([], [Reply(text="Rain.")], hooks={"LaneProposed": "echo stay >&2; exit 2"})
    assert talk.says(HAIKU).lane is ANALYTICAL
    assert talk.asker.questions == []


def test_a_hook_may_choose_the_lane(begin: Begin) -> None:
    talk = begin([], [Reply(text="Rain.")], hooks={"LaneProposed": lanes({"lane": "analytical"})})
    assert talk.says(HAIKU).lane is ANALYTICAL
    assert talk.asker.questions == []


# The switch


def test_a_switch_hands_over_what_was_done_and_says_so_once(begin: Begin, tmp_path: Path) -> None:
    talk = begin([Reply(text="Rain taps.")], [FIXED, NOTES], keys=["enter"], hooks={"LaneSwitched": "cat >> switched"})
    talk.says(FIX, HAIKU)
    (switched,) = talk.bench.of(LaneSwitched)
    assert (switched.from_lane, switched.to_lane, str(switched.model)) == (ANALYTICAL, CREATIVE, "scripted/muse")
    assert switched.handoff_path == str(tmp_path / "handoffs" / "01-analytical-to-creative.md")
    handoff, tail, prompt = talk.seen(CREATIVE)
    assert "- keep the old name" in handoff
    assert f"> {FIX}" in handoff
    assert tail.endswith("Assistant: Fixed: the sign was wrong.")
    assert prompt == HAIKU
    assert (talk.bench.root / "switched").read_text("utf-8").count('"hook_event_name"') == 1
    assert json.loads((tmp_path / "handoffs" / "01-analytical-to-creative.json").read_text("utf-8"))["to"] == "creative"


def test_the_notes_for_the_handoff_are_a_request_of_their_own_purpose(begin: Begin) -> None:
    talk = begin([Reply(text="Rain taps.")], [FIXED, NOTES], keys=["enter"])
    talk.says(FIX, HAIKU)
    assert [row.purpose for row in talk.it.meter.rows] == [Purpose.MAIN, Purpose.HANDOFF, Purpose.MAIN]


def test_a_switch_does_not_wait_for_notes_the_model_cannot_give(begin: Begin) -> None:
    talk = begin([Reply(text="Rain taps.")], [FIXED, DOWN], keys=["enter"])
    assert talk.says(FIX, HAIKU).text == "Rain taps."
    assert "not available" in talk.seen(CREATIVE)[0]


def test_e_lets_the_person_change_the_handoff_before_it_is_sent(begin: Begin) -> None:
    talk = begin([Reply(text="Rain taps.")], [FIXED, NOTES], keys=["e"])
    talk.says(FIX, HAIKU)
    assert "- take the new name" in talk.seen(CREATIVE)[0]


@pytest.mark.parametrize("mode", ["artifact", "full"])
@pytest.mark.parametrize(
    "fault", [DOWN, Reply(text="I am another", served="other")], ids=["first-call-fails", "pin-mismatch"]
)
def test_a_switch_whose_first_call_fails_never_happened(begin: Begin, mode: str, fault: Reply) -> None:
    notes = [NOTES, NOTES] if mode == "artifact" else []
    talk = begin([fault, Reply(text="Rain taps.")], [FIXED, *notes], keys=["enter", "enter"], mode=mode)
    talk.says(FIX)
    before = (talk.it.policy.state, talk.it.bridge.last, talk.it.bridge.last_path, talk.said(CREATIVE))
    finished = talk.says(HAIKU)
    assert finished.reason in {"error", "pin"}
    assert (talk.it.policy.state, talk.it.bridge.last, talk.it.bridge.last_path, talk.said(CREATIVE)) == before
    assert talk.it.returned_prompt == HAIKU
    assert [(event.from_lane, event.to_lane) for event in talk.bench.of(LaneRolledBack)] == [(CREATIVE, ANALYTICAL)]
    assert talk.bench.of(SessionState)[-1].state["active_lane"] == "analytical"
    assert talk.says(HAIKU).text == "Rain taps."
    assert talk.said(CREATIVE).count(FIX) <= 1
    assert FIX in " ".join([*talk.said(CREATIVE)])


def test_a_switch_that_is_interrupted_never_happened(begin: Begin) -> None:
    talk = begin([], [], keys=["enter"], hooks={"LaneSwitched": "echo > fifo; sleep 600"})
    os.mkfifo(talk.bench.root / "fifo")
    before = talk.it.policy.state

    async def run() -> None:
        task = asyncio.create_task(talk.it.submit(HAIKU))
        await asyncio.to_thread((talk.bench.root / "fifo").read_bytes)
        await stop(task)

    asyncio.run(run())
    assert (talk.it.policy.state, talk.it.returned_prompt) == (before, HAIKU)


def test_going_back_tells_only_what_is_new(begin: Begin) -> None:
    replies = [FIXED, NOTES, Reply(text="Renamed.")]
    talk = begin([Reply(text="Rain taps."), NOTES], replies, keys=["enter"])
    talk.says(FIX, HAIKU)
    asyncio.run(talk.it.switch_to(ANALYTICAL))
    talk.says("fix the other test in app.py")
    handoff = talk.seen(ANALYTICAL)[0]
    assert "# Handoff since the last one: creative to analytical" in handoff
    assert "keep the old name" not in handoff


def test_with_full_handoff_the_history_itself_is_replayed(begin: Begin) -> None:
    talk = begin([Reply(text="Rain taps.")], [FIXED], keys=["enter"], mode="full")
    talk.says(FIX, HAIKU)
    assert talk.said(CREATIVE) == [FIX, "Fixed: the sign was wrong.", HAIKU, "Rain taps."]
    (replayed,) = talk.bench.of(HistoryReplayed)
    assert (replayed.lane, [message.text for message in replayed.messages]) == (
        CREATIVE,
        [FIX, "Fixed: the sign was wrong."],
    )


def test_lane_command_switches_at_once_and_the_next_prompt_reads_the_handoff(begin: Begin) -> None:
    talk = begin([Reply(text="Rain taps.")], [FIXED, NOTES])
    talk.says(FIX)
    asyncio.run(talk.it.switch_to(CREATIVE))
    assert (talk.it.active, talk.it.policy.state.sticky) == (CREATIVE, True)
    talk.says(HAIKU)
    assert "keep the old name" in talk.seen(CREATIVE)[0]


def test_a_handoff_whose_prompt_was_not_answered_is_there_for_the_next(begin: Begin) -> None:
    talk = begin([DOWN, Reply(text="Rain taps.")], [FIXED, NOTES])
    talk.says(FIX)
    asyncio.run(talk.it.switch_to(CREATIVE))
    assert talk.says(HAIKU).reason == "error"
    assert talk.it.active is CREATIVE
    talk.says(HAIKU)
    assert "keep the old name" in talk.seen(CREATIVE)[0]


# One turn elsewhere


def test_an_excursion_changes_nothing_that_lasts_and_is_told_afterwards(begin: Begin) -> None:
    talk = begin([Reply(text="Rain taps.")], [FIXED, Reply(text="ok")])
    talk.says(FIX)
    before = talk.it.policy.state
    assert talk.says(f"@creative {HAIKU}").lane is CREATIVE
    assert (talk.it.policy.state, talk.bench.of(LaneSwitched)) == (before, [])
    assert talk.seen(CREATIVE)[-1] == HAIKU
    talk.says("run the tests in app.py")
    told, prompt = talk.seen(ANALYTICAL)
    assert told.startswith("[meanwhile, in the creative lane]")
    assert "Rain taps." in told
    assert prompt == "run the tests in app.py"


@pytest.mark.parametrize("creative", [None, [DOWN]], ids=["no-model", "fails"])
def test_an_excursion_that_fails_gives_the_prompt_back_as_it_was_typed(begin: Begin, creative: Any) -> None:
    talk = begin(creative, [FIXED])
    talk.says(FIX)
    assert talk.says(f" @Creative  {HAIKU}").reason == "error"
    assert talk.it.returned_prompt == f" @Creative  {HAIKU}"
    assert talk.said(CREATIVE) == []


def test_what_waited_for_a_lane_does_not_hide_what_happened_in_the_other(begin: Begin) -> None:
    talk = begin([Reply(text="Rain taps.")], [Reply(text="ok")])
    talk.it.bridge.tell(ANALYTICAL, ["from a hook"])
    talk.says(f"@creative {HAIKU}", "run the tests in app.py")
    hook, meanwhile, _ = talk.seen(ANALYTICAL)
    assert hook == "from a hook"
    assert "Rain taps." in meanwhile


# Without a person


def test_the_first_turn_without_a_person_starts_where_it_belongs_and_nothing_is_switched(begin: Begin) -> None:
    talk = begin([Reply(text="Rain taps."), Reply(text="Fixed.")], [], interactive=False)
    assert talk.says(HAIKU).lane is CREATIVE
    assert talk.bench.of(LaneSwitched) == []
    assert talk.says(FIX).lane is CREATIVE


@pytest.mark.parametrize(
    "setup",
    [
        pytest.param({"headless": "stay"}, id="stay"),
        pytest.param({"headless": "delegate-only"}, id="delegate-only"),
        pytest.param({"lane_fixed": True}, id="flag"),
    ],
)
def test_a_run_without_a_person_may_be_held_to_its_lane(begin: Begin, setup: dict[str, Any]) -> None:
    talk = begin([], [Reply(text="Rain.")], interactive=False, **setup)
    assert talk.says(HAIKU).lane is ANALYTICAL


# What goes wrong


def test_a_blocked_prompt_reaches_no_model(begin: Begin) -> None:
    talk = begin([], [Reply(text="never")], hooks={"UserPromptSubmit": "echo 'no secrets here' >&2; exit 2"})
    finished = talk.says(FIX)
    assert (finished.reason, finished.error, finished.requests) == ("blocked", "no secrets here", 0)
    assert talk.bench.notices == ["no secrets here"]
    assert (talk.said(ANALYTICAL), talk.it.returned_prompt) == ([], FIX)


def test_what_a_prompt_hook_prints_is_read_before_the_prompt(begin: Begin) -> None:
    talk = begin([], [FIXED], hooks={"UserPromptSubmit": "echo 'branch: main'"})
    talk.says(FIX)
    assert talk.seen(ANALYTICAL) == ["branch: main", FIX]


async def stop(task: asyncio.Task[Any]) -> None:
    await settle(task)
    assert task.cancelled()


def test_an_interrupt_before_any_answer_gives_the_prompt_back(begin: Begin) -> None:
    talk = begin([], [], stuck=ANALYTICAL)

    async def run() -> None:
        task = asyncio.create_task(talk.it.submit(FIX))
        service = talk.providers[ANALYTICAL]
        assert isinstance(service, Stuck)
        await service.quiet()
        await stop(task)

    asyncio.run(run())
    assert (talk.it.returned_prompt, talk.said(ANALYTICAL)) == (FIX, [])
    assert [event.reason for event in talk.bench.of(TurnFinished)] == ["interrupted"]
    assert len(talk.bench.of(PromptReturned)) == 1


def test_a_failure_before_any_answer_gives_the_prompt_back(begin: Begin) -> None:
    talk = begin([], [DOWN, FIXED])
    finished = talk.says(FIX)
    assert (finished.reason, finished.error) == ("error", "the key is wrong; set it")
    assert (talk.it.returned_prompt, talk.said(ANALYTICAL)) == (FIX, [])
    assert talk.says(FIX).reason == "end"
    assert talk.it.returned_prompt == ""


def test_a_failure_behind_an_answer_keeps_what_was_said(begin: Begin) -> None:
    cut = Reply(text="The cause is", error=Fault(failure=Failure.FATAL, message="gone; try again"))
    talk = begin([], [cut])
    assert talk.says(FIX).reason == "error"
    assert (talk.it.returned_prompt, talk.said(ANALYTICAL)) == ("", [FIX, "The cause is"])


def test_a_refusal_is_an_ending_of_its_own(begin: Begin) -> None:
    talk = begin([], [Reply(text="No.", stop=StopReason.REFUSAL)])
    assert talk.says(FIX).reason == "refusal"


def test_a_stranger_may_be_accepted_by_the_person(begin: Begin) -> None:
    talk = begin([], [Reply(text="hi", served="logic-x"), Reply(text="hi", served="logic-x")])
    assert talk.says(FIX).reason == "pin"
    assert talk.it.accept_stranger() == "logic-x"
    assert talk.says(FIX).reason == "end"


# Taking up and starting anew


def test_a_resumed_session_knows_what_was_said_in_both_lanes(begin: Begin) -> None:
    said = [
        Said(ANALYTICAL, user(FIX), 1),
        Said(ANALYTICAL, assistant("Fixed."), 1),
        Said(CREATIVE, user(HAIKU), 2),
        Said(CREATIVE, assistant("Rain taps."), 2),
    ]
    talk = begin([], [Reply(text="ok")])
    state = {**talk.it.policy.state.to_json(), "endeavor_id": 7}
    talk.it.restore(said, state, 2)
    assert (talk.said(ANALYTICAL), talk.said(CREATIVE)) == ([FIX, "Fixed."], [HAIKU, "Rain taps."])
    assert (talk.it.bridge.last_user, talk.it.bridge.last_assistant) == (HAIKU, "Rain taps.")
    assert (talk.it.policy.state.endeavor_id, talk.it.turn.number) == (7, 2)
    assert talk.says("run the tests in app.py").turn == 3
    assert "Rain taps." in talk.seen(ANALYTICAL)[0]


def test_clear_forgets_both_lanes_and_opens_an_endeavor(begin: Begin) -> None:
    talk = begin([Reply(text="Rain taps.")], [FIXED, NOTES], keys=["enter"])
    talk.says(FIX, HAIKU)
    talk.it.clear()
    assert (talk.said(ANALYTICAL), talk.said(CREATIVE)) == ([], [])
    assert (talk.it.active, talk.it.policy.state.answered) == (CREATIVE, False)
    assert (talk.it.bridge.last_user, talk.it.bridge.last) == ("", None)


# What the rows of a turn's requests say of it


def decided(talk: Talk) -> list[tuple[Purpose, Decided]]:
    return [(event.row.purpose, event.row.decided) for event in talk.bench.of(RequestFinished)]


def test_every_request_of_a_turn_carries_what_was_decided_the_notes_for_the_handoff_too(begin: Begin) -> None:
    talk = begin([Reply(text="Rain taps.")], [FIXED, NOTES], keys=["enter"])
    talk.says(FIX, HAIKU)
    fix, notes, haiku = decided(talk)
    assert (fix[1].id, fix[1].source, fix[1].answer, fix[1].task) == ("s1:1", Source.LOCAL, "", Task.DEBUG)
    assert (notes[0], notes[1]) == (Purpose.HANDOFF, haiku[1])
    assert (haiku[1].id, haiku[1].answer, haiku[1].endeavor, haiku[1].task) == ("s1:2", "switch", 1, Task.WRITE)
    second = talk.bench.of(LaneDecided)[1]
    assert (haiku[1].confidence, second.decision_id) == (second.decision.confidence, "s1:2")


def test_the_answer_is_of_the_turn_it_was_given_in(begin: Begin) -> None:
    talk = begin([], [Reply(text="Rain."), Reply(text="Snow.")], keys=["n"])
    talk.says(HAIKU, "write a poem about snow")
    assert [said.answer for _, said in decided(talk)] == ["stay", ""]


def test_a_turn_that_opens_an_endeavor_says_so_in_its_row(begin: Begin) -> None:
    talk = begin([Reply(text="4")], [Reply(text="1"), Reply(text="2"), Reply(text="3"), NOTES], keys=["n", "enter"])
    talk.says(HAIKU, "write a poem about snow", "write a poem about wind", "write a poem about ice")
    main = [said for purpose, said in decided(talk) if purpose is Purpose.MAIN]
    assert [(said.endeavor, said.answer) for said in main] == [(1, "stay"), (1, ""), (1, ""), (2, "switch")]


def test_notes_for_a_switch_the_person_ordered_belong_to_no_decision(begin: Begin) -> None:
    talk = begin([], [FIXED, NOTES])
    talk.says(FIX)
    asyncio.run(talk.it.switch_to(CREATIVE))
    assert decided(talk)[1] == (Purpose.HANDOFF, Decided(source=Source.EXPLICIT, confidence=1.0, endeavor=2))
