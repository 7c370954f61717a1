from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from enforcer.agent.endpoint import PinViolation
from enforcer.agent.loop import Agent, TurnResult, settle
from enforcer.agent.thread import Thread
from enforcer.core.events import ContextTrimmed, MessageAdded
from enforcer.core.lanes import Lane
from enforcer.core.messages import ToolCall, assistant, repair, user
from enforcer.providers.base import Failure, ProviderError, Request, StopReason
from enforcer.providers.models import ModelFacts
from enforcer.providers.scripted import Call, Fault, Reply, ScriptedProvider
from tests.fakes import Bench, Hang, Stuck, told

BROKEN = Reply(calls=(Call(name="Echo", broken='{"text": "a", }'),))
TOO_LONG = Reply(error=Fault(failure=Failure.CONTEXT, message="too long; shorten it", status=400))
LONG = "x" * 40_000  # about 10,000 tokens


def echo(*texts: str) -> Reply:
    return Reply(calls=tuple(Call(name="Echo", input={"text": text}) for text in texts))


def turn(bench: Bench, agent: Agent, thread: Thread, prompt: str = "go") -> TurnResult:
    return asyncio.run(agent.turn(thread, user(prompt), bench.origin))


def requests(agent: Agent) -> list[Request]:
    provider = agent.endpoint.provider
    assert isinstance(provider, ScriptedProvider)
    return provider.requests


def roles(thread: Thread) -> list[str]:
    return [message.role.value for message in thread.messages]


@pytest.fixture
def thread() -> Thread:
    return Thread(Lane.ANALYTICAL)


@pytest.fixture
def long_thread() -> Thread:
    turns = [message for _ in range(4) for message in (user(LONG), assistant("seen"))]
    return Thread(Lane.ANALYTICAL, turns)


def test_a_call_runs_and_its_result_goes_back_until_the_model_stops(bench: Bench, thread: Thread) -> None:
    agent = bench.agent(echo("hello"), Reply(text="It said hello."))
    assert turn(bench, agent, thread) == TurnResult("end", "It said hello.", 2)
    assert roles(thread) == ["user", "assistant", "tool", "assistant"]
    assert told(requests(agent)[1].messages[-1]) == ["hello"]


def test_every_message_is_recorded_in_the_order_of_the_thread(bench: Bench, thread: Thread) -> None:
    turn(bench, bench.agent(echo("hello"), Reply(text="done")), thread)
    assert tuple(event.message for event in bench.of(MessageAdded)) == thread.messages


def test_reads_that_run_together_are_answered_in_source_order(bench: Bench, thread: Thread) -> None:
    turn(bench, bench.agent(echo("the slowest", "slow", "a"), Reply(text="done")), thread)
    assert told(thread.messages[2]) == ["the slowest", "slow", "a"]


def test_consecutive_requests_begin_with_the_very_same_objects(bench: Bench, thread: Thread) -> None:
    agent = bench.agent(echo("one"), echo("two"), Reply(text="done"), Reply(text="again"))
    turn(bench, agent, thread)
    turn(bench, agent, thread, "and now?")
    for earlier, later in zip(requests(agent), requests(agent)[1:], strict=False):
        assert later.system == earlier.system
        assert later.tools is earlier.tools
        assert len(later.messages) > len(earlier.messages)
        assert all(a is b for a, b in zip(earlier.messages, later.messages, strict=False))


def test_the_message_keeps_who_was_asked_and_who_answered(bench: Bench, thread: Thread) -> None:
    turn(bench, bench.agent(Reply(text="hi", served="brain-20250101")), thread)
    assert str(thread.messages[-1].model) == "scripted/brain"
    assert thread.messages[-1].served == "brain-20250101"


def test_the_turn_ends_at_its_step_limit(bench: Bench, thread: Thread) -> None:
    agent = bench.agent(echo("one"), echo("two"), echo("three"), max_steps=2)
    assert turn(bench, agent, thread) == TurnResult("max_turns", "", 2)
    assert roles(thread)[-1] == "tool"


@pytest.mark.parametrize("case", ["PROV-010"])
def test_three_steps_of_unreadable_arguments_end_the_turn(bench: Bench, thread: Thread, case: str) -> None:
    agent = bench.agent(BROKEN, BROKEN, BROKEN, Reply(text="never asked for"))
    assert turn(bench, agent, thread).reason == "broken"
    assert len(requests(agent)) == 3
    assert told(thread.messages[-1]) == [
        "the arguments of Echo were not valid JSON; send them again as one JSON object"
    ]


def test_a_step_that_could_be_read_starts_the_count_anew(bench: Bench, thread: Thread) -> None:
    agent = bench.agent(BROKEN, BROKEN, echo("ok"), BROKEN, BROKEN, Reply(text="done"))
    assert turn(bench, agent, thread) == TurnResult("end", "done", 6)


@pytest.mark.parametrize(
    ("reply", "reason", "notice"),
    [
        pytest.param(
            Reply(text="Once upon", stop=StopReason.LENGTH),
            "cut",
            "the answer was cut at the model's output limit; say 'continue' to go on",
            id="PROV-016-cut",
        ),
        pytest.param(
            Reply(text="No.", stop=StopReason.REFUSAL),
            "refusal",
            "scripted/brain declined to answer; /lane creative asks the other model",
            id="PROV-015-refusal",
        ),
        pytest.param(Reply(), "empty", "scripted/brain answered with nothing", id="PROV-014-empty"),
        pytest.param(Reply(thinking="hm"), "empty", "scripted/brain answered with nothing", id="PROV-014-only-thought"),
    ],
)
def test_an_ending_that_is_no_answer_is_said(
    bench: Bench, thread: Thread, reply: Reply, reason: str, notice: str
) -> None:
    agent = bench.agent(reply, Reply(text="here"))
    assert turn(bench, agent, thread).reason == reason
    assert bench.notices == [notice]
    assert len(requests(agent)) == 1
    assert turn(bench, agent, thread, "again").reason == "end"
    assert all(message.parts for message in requests(agent)[1].messages)


def test_too_long_for_the_service_leaves_out_half_and_tries_once_more(bench: Bench, long_thread: Thread) -> None:
    agent = bench.agent(TOO_LONG, Reply(text="better"))
    assert turn(bench, agent, long_thread) == TurnResult("end", "better", 1)
    assert [event.turns for event in bench.of(ContextTrimmed)] == [3]
    assert [len(request.messages) for request in requests(agent)] == [9, 4]


@pytest.mark.parametrize("case", ["PROV-006"])
def test_too_long_a_second_time_is_told_and_not_tried_again(bench: Bench, long_thread: Thread, case: str) -> None:
    agent = bench.agent(TOO_LONG, TOO_LONG, Reply(text="never asked for"))
    with pytest.raises(ProviderError, match="too long; shorten it"):
        turn(bench, agent, long_thread)
    assert len(requests(agent)) == 2


def test_what_nothing_can_be_left_out_of_is_not_asked_twice(bench: Bench, thread: Thread) -> None:
    agent = bench.agent(TOO_LONG, Reply(text="never asked for"))
    with pytest.raises(ProviderError, match="too long; shorten it"):
        turn(bench, agent, thread)
    assert len(requests(agent)) == 1


def test_a_full_window_is_trimmed_before_the_request(bench: Bench, long_thread: Thread) -> None:
    agent = bench.agent(Reply(text="ok"), facts=ModelFacts(context=40_000, max_output=8_000))
    turn(bench, agent, long_thread)
    assert [event.turns for event in bench.of(ContextTrimmed)] == [3]


@pytest.mark.parametrize("before", [(), (TOO_LONG,)], ids=["at-once", "after-trimming"])
def test_what_was_said_before_a_stream_was_cut_is_kept_and_marked(
    bench: Bench, long_thread: Thread, before: tuple[Reply, ...]
) -> None:
    cut = Reply(text="The cause is", error=Fault(failure=Failure.FATAL, message="gone; try again"))
    with pytest.raises(ProviderError, match="gone"):
        turn(bench, bench.agent(*before, cut), long_thread)
    assert (long_thread.messages[-1].text, long_thread.messages[-1].note) == ("The cause is", "cut")


@pytest.mark.parametrize("case", ["CRASH-006"])
def test_what_was_said_before_an_interrupt_is_kept_and_marked(bench: Bench, thread: Thread, case: str) -> None:
    async def run() -> None:
        service = Stuck("The cause", " is")
        task = asyncio.create_task(bench.agent(provider=service).turn(thread, user("why?"), bench.origin))
        await service.quiet()
        await settle(task)
        assert task.cancelled()

    asyncio.run(run())
    assert (thread.messages[-1].text, thread.messages[-1].note) == ("The cause is", "interrupted")
    assert turn(bench, bench.agent(Reply(text="a typo")), thread, "go on").reason == "end"


def test_a_turn_that_runs_out_of_time_while_the_model_speaks_is_a_timeout(bench: Bench, thread: Thread) -> None:
    async def run() -> None:
        async with asyncio.timeout(0):
            await bench.agent(provider=Stuck("Well")).turn(thread, user("why?"), bench.origin)

    with pytest.raises(TimeoutError):
        asyncio.run(run())


def test_an_interrupted_tool_is_answered_and_so_are_the_calls_behind_it(bench: Bench, thread: Thread) -> None:
    calls = (Call(name="Echo", input={"text": "first"}), Call(name="Hang"), Call(name="Echo", input={"text": "x"}))

    async def run() -> None:
        hang = Hang()
        agent = bench.agent(Reply(calls=calls), pipeline=bench.pipeline(hang))
        task = asyncio.create_task(agent.turn(thread, user("go"), bench.origin))
        await hang.started()
        await settle(task)

    asyncio.run(run())
    assert told(thread.messages[-1]) == [
        "first",
        "interrupted: Hang did not finish",
        "interrupted: Echo did not finish",
    ]


def test_reads_that_had_ended_keep_their_results_when_one_beside_them_is_interrupted(
    bench: Bench, thread: Thread
) -> None:
    async def run() -> None:
        agent = bench.agent(echo("x" * 1000, "short"), Reply(text="never"))
        task = asyncio.create_task(agent.turn(thread, user("go"), bench.origin))
        for _ in range(100):
            await asyncio.sleep(0)
        await settle(task)

    asyncio.run(run())
    assert told(thread.messages[-1]) == ["interrupted: Echo did not finish", "short"]


@pytest.mark.parametrize("awaits", range(1, 30))
def test_wherever_a_turn_is_cancelled_every_call_has_its_result(bench: Bench, thread: Thread, awaits: int) -> None:
    ask = Call(name="Bash", input={"command": "touch made"})
    replies = (
        echo("a", "bc"),
        Reply(text="Then", calls=(ask, Call(name="Echo", input={"text": "d"}))),
        Reply(text="e"),
    )

    async def run() -> None:
        task = asyncio.create_task(bench.agent(*replies).turn(thread, user("go"), bench.origin))
        for _ in range(awaits):
            await asyncio.sleep(0)
        await settle(task)

    asyncio.run(run())
    assert repair(thread.messages) == thread.messages
    assert turn(bench, bench.agent(Reply(text="fine")), thread, "on").reason == "end"


def test_another_model_s_answer_never_enters_the_thread(bench: Bench, thread: Thread) -> None:
    agent = bench.agent(Reply(text="I am somebody else", served="other-model"))
    with pytest.raises(PinViolation):
        turn(bench, agent, thread)
    assert roles(thread) == ["user"]


def test_with_pin_warn_another_model_s_answer_is_used(bench: Bench, thread: Thread) -> None:
    agent = bench.agent(Reply(text="hello", served="other-model"), pin="warn")
    assert turn(bench, agent, thread).text == "hello"


def test_a_stop_hook_sends_the_model_back_with_its_reason(bench: Bench, thread: Thread) -> None:
    once = "grep -q '\"stop_hook_active\": true' || { echo 'run the tests' >&2; exit 2; }"
    agent = bench.agent(Reply(text="done"), Reply(text="tested"), pipeline=bench.pipeline(hooks={"Stop": once}))
    assert turn(bench, agent, thread) == TurnResult("end", "tested", 2)
    assert [m.text for m in thread.messages] == ["go", "done", "[hook] run the tests", "tested"]


def test_a_stop_hook_that_never_agrees_is_overruled_after_eight_times(bench: Bench, thread: Thread) -> None:
    replies = [Reply(text=f"answer {number}") for number in range(1, 12)]
    agent = bench.agent(*replies, pipeline=bench.pipeline(hooks={"Stop": "echo no >&2; exit 2"}))
    assert turn(bench, agent, thread) == TurnResult("end", "answer 9", 9)
    assert bench.notices == ["a Stop hook blocked 8 times in a row; the turn ends here"]


def test_a_stop_hook_that_ends_everything_is_not_sent_back(bench: Bench, thread: Thread) -> None:
    says = """echo '{"continue": false, "decision": "block", "reason": "more"}'"""
    agent = bench.agent(Reply(text="done"), Reply(text="never"), pipeline=bench.pipeline(hooks={"Stop": says}))
    assert turn(bench, agent, thread) == TurnResult("end", "done", 1)


def test_the_end_of_a_sub_agent_fires_its_own_event(bench: Bench, thread: Thread) -> None:
    pipeline = bench.pipeline(hooks={"SubagentStop": "cat > stopped.json"})
    turn(bench, bench.agent(Reply(text="done"), pipeline=pipeline, name="helper 1"), thread)
    assert '"agent_type": "helper 1"' in (bench.root / "stopped.json").read_text(encoding="utf-8")


def test_a_hook_that_says_continue_false_ends_the_turn_but_not_the_next(bench: Bench, thread: Thread) -> None:
    says = """grep -q '"first"' && echo '{"continue": false, "stopReason": "enough for today"}' || true"""
    pipeline = bench.pipeline(hooks={"PreToolUse": says})
    agent = bench.agent(echo("first", "second"), echo("third"), Reply(text="done"), pipeline=pipeline)
    assert turn(bench, agent, thread).reason == "blocked"
    assert told(thread.messages[-1]) == ["enough for today", "not run: enough for today"]
    assert bench.notices == ["enough for today"]
    assert turn(bench, agent, thread, "now").reason == "end"


def test_images_that_were_read_are_shown_to_the_model_with_the_results(bench: Bench, thread: Thread) -> None:
    path = bench.root / "dot.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(16))
    read = Reply(calls=(Call(name="Read", input={"file_path": str(path)}),))
    agent = bench.agent(read, Reply(text="a dot"), facts=ModelFacts(images=True))
    turn(bench, agent, thread)
    assert roles(thread) == ["user", "assistant", "tool", "assistant"]
    assert [image.media_type for image in thread.messages[2].images] == ["image/png"]
    assert bench.notices == []


def test_that_a_model_sees_no_images_is_said_once(bench: Bench, thread: Thread) -> None:
    (bench.root / "dot.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    read = Reply(calls=(Call(name="Read", input={"file_path": str(bench.root / "dot.png")}),))
    agent = bench.agent(read, read, Reply(text="no idea"))
    turn(bench, agent, thread)
    assert bench.notices == [
        f"{agent.endpoint.ref} is not known to see images: it is told where one was left out; "
        "images: true in models.yaml shows them"
    ]
    assert requests(agent)[1].messages[-1].images == ()


def test_the_request_has_the_model_s_own_limits(bench: Bench, thread: Thread) -> None:
    agent = bench.agent(Reply(text="hi"), facts=ModelFacts(max_output=1234))
    agent.endpoint.effort = "high"
    turn(bench, agent, thread)
    request = requests(agent)[0]
    assert (request.model, request.system, request.max_tokens, request.effort) == ("brain", "Be brief.", 1234, "high")


def test_a_history_left_open_by_a_crash_is_closed_before_it_is_sent(bench: Bench) -> None:
    crashed = Thread(Lane.ANALYTICAL, [user("go"), assistant("", ToolCall("t1", "Echo", {"text": "x"}))])
    agent = bench.agent(Reply(text="ok"))
    turn(bench, agent, crashed, "and?")
    assert [m.role.value for m in requests(agent)[0].messages] == ["user", "assistant", "tool", "user"]


def test_the_edit_of_a_file_is_done_by_the_real_tools(bench: Bench, thread: Thread) -> None:
    path: Path = bench.root / "new.txt"
    write = Reply(calls=(Call(name="Write", input={"file_path": str(path), "content": "hi\n"}),))
    assert turn(bench, bench.agent(write, Reply(text="written")), thread).reason == "end"
    assert path.read_text(encoding="utf-8") == "hi\n"
