from __future__ import annotations

import asyncio
import os
from contextlib import aclosing
from pathlib import Path

import pytest

from enforcer.core.errors import UsageError
from enforcer.core.events import TextDelta, ThinkingDelta
from enforcer.core.messages import (
    Message,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
    ToolSpec,
    Usage,
    assistant,
    tool_results,
    user,
)
from enforcer.providers.base import (
    Completed,
    Failure,
    ProviderError,
    ProviderSettings,
    Request,
    StopReason,
    StreamEvent,
)
from enforcer.providers.scripted import Call, Expect, Fault, Reply, Scenario, ScriptedProvider, Tokens

FILE = """
models:
  poet:
    - {text: rain falls, thinking: hm, usage: {input: 10, output: 2}}
    - calls: [{name: Read, input: {path: a}}, {name: Read, id: mine}]
  logician:
    - {text: "42"}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "scenario.yaml"
    path.write_text(FILE, encoding="utf-8")
    return path


def request(model: str = "poet", *messages: Message, system: str = "", tools: tuple[str, ...] = ()) -> Request:
    return Request(model, system, messages or (user("write"),), tuple(ToolSpec(name, "", {}) for name in tools))


def ask(provider: ScriptedProvider, asked: Request | None = None) -> list[StreamEvent]:
    async def read() -> list[StreamEvent]:
        return [event async for event in provider.stream(asked or request())]

    return asyncio.run(read())


def ends(provider: ScriptedProvider, asked: Request | None = None) -> Completed:
    last = ask(provider, asked)[-1]
    assert isinstance(last, Completed)
    return last


def fails(provider: ScriptedProvider, asked: Request | None = None) -> ProviderError:
    with pytest.raises(ProviderError) as failed:
        ask(provider, asked)
    return failed.value


def scripted(*replies: Reply) -> ScriptedProvider:
    return ScriptedProvider.of(Scenario({"poet": replies}))


def settings(path: Path | str) -> ProviderSettings:
    return ProviderSettings("scripted", base_url=str(path))


def test_a_reply_streams_word_by_word_and_ends_with_the_whole_message(file: Path) -> None:
    message = assistant("rain falls")
    message = Message(message.role, (Thinking("hm", "scripted", {"text": "hm"}), *message.parts))
    assert ask(ScriptedProvider(settings(file))) == [
        ThinkingDelta("hm"),
        TextDelta("rain"),
        TextDelta(" falls"),
        Completed(message, Usage(10, 2), StopReason.END, "poet"),
    ]


@pytest.mark.parametrize("text", ["one two\n\n  three \n", "\n", "word", " a"])
def test_what_is_streamed_is_what_was_written(text: str) -> None:
    events = ask(scripted(Reply(text=text)))
    assert "".join(event.text for event in events if isinstance(event, TextDelta)) == text


def test_calls_have_ids_of_their_own(file: Path) -> None:
    provider = ScriptedProvider(settings(file))
    ends(provider)
    completed = ends(provider)
    assert completed.message.calls == (ToolCall("poet-2-1", "Read", {"path": "a"}), ToolCall("mine", "Read", {}))
    assert completed.stop is StopReason.TOOLS


@pytest.mark.parametrize(
    ("reply", "usage"),
    [
        pytest.param(Reply(text="12345678"), Usage((6 + 5) // 4, 2), id="estimated"),
        pytest.param(Reply(text="x", usage=Tokens(input=7)), Usage(7, None), id="as_written"),
        pytest.param(Reply(text="x", usage=None), Usage(), id="prov_026_not_told"),
    ],
)
def test_what_a_reply_used(reply: Reply, usage: Usage) -> None:
    assert ends(scripted(reply), request("poet", user("write"), system="system")).usage == usage


def test_an_estimate_counts_all_that_was_sent_and_made() -> None:
    history = (user("12345678"), assistant("", ToolCall("c", "Read", {})), tool_results([ToolResult("c", "x" * 10)]))
    reply = Reply(thinking="1234", calls=(Call(name="Read"),))
    assert ends(scripted(reply), request("poet", *history)).usage == Usage((8 + 4 + 2 + 10) // 4, (4 + 4 + 2) // 4)


@pytest.mark.parametrize(
    ("reply", "served"),
    [
        pytest.param(Reply(), "poet", id="itself"),
        pytest.param(Reply(served="prose"), "prose", id="another"),
        pytest.param(Reply(served=None), None, id="not_named"),
    ],
)
def test_who_served_a_reply(reply: Reply, served: str | None) -> None:
    assert ends(scripted(reply)).served == served


def test_a_reply_may_stop_as_written() -> None:
    assert ends(scripted(Reply(text="no", stop=StopReason.REFUSAL))).stop is StopReason.REFUSAL


def test_a_broken_call_comes_as_it_is_written() -> None:
    completed = ends(scripted(Reply(calls=(Call(name="Read", id="c", broken="{,}"),))))
    assert completed.message.calls == (ToolCall("c", "Read", {}, broken="{,}"),)


def test_an_error_comes_behind_the_text_it_cuts_off() -> None:
    fault = Fault(failure=Failure.CUT, message="the line broke", status=529, retry_after_s=3)
    provider = scripted(Reply(text="half a", error=fault))
    events: list[StreamEvent] = []

    async def read() -> None:
        async for event in provider.stream(request()):
            events.append(event)

    with pytest.raises(ProviderError, match="the line broke") as failed:
        asyncio.run(read())
    assert events == [TextDelta("half"), TextDelta(" a")]
    assert failed.value.partial
    assert failed.value.partial.parts == (Text("half a"),)
    assert (failed.value.failure, failed.value.status, failed.value.retry_after_s) == (Failure.CUT, 529, 3)


def test_an_error_without_text_has_nothing_partial() -> None:
    error = fails(scripted(Reply(error=Fault(failure=Failure.AUTH))))
    assert (str(error), error.partial) == ("scripted failed as its scenario tells it to (auth)", None)


def test_a_model_that_is_asked_once_too_often_says_so(file: Path) -> None:
    provider = ScriptedProvider(settings(file))
    ends(provider, request("logician"))
    error = fails(provider, request("logician"))
    assert str(error) == f"{file} has 1 reply for the model 'logician' and was asked once more; add a reply"
    assert error.failure is Failure.FATAL


def test_a_model_that_the_scenario_lacks_is_told(file: Path) -> None:
    error = fails(ScriptedProvider(settings(file)), request("painter"))
    assert str(error) == f"{file} has no model 'painter' (it has: poet, logician); choose one of those or add it"
    assert error.failure is Failure.NOT_FOUND


CONVERSATION = (user("a haiku"), assistant("", ToolCall("c", "Read", {})), tool_results([ToolResult("c", "rain")]))


@pytest.mark.parametrize(
    ("expect", "unmet"),
    [
        pytest.param(Expect(last_user_contains="haiku"), None, id="user_met"),
        pytest.param(
            Expect(last_user_contains="ode"), "last_user_contains 'ode', and got 'a haiku'", id="user_not_met"
        ),
        pytest.param(Expect(last_result_contains="rain"), None, id="result_met"),
        pytest.param(
            Expect(last_result_contains="sun"), "last_result_contains 'sun', and got 'rain'", id="result_not_met"
        ),
        pytest.param(Expect(system_contains="kind"), None, id="system_met"),
        pytest.param(
            Expect(system_contains="cruel"), "system_contains 'cruel', and got 'be kind'", id="system_not_met"
        ),
        pytest.param(Expect(tools_include=("Read",)), None, id="tools_met"),
        pytest.param(
            Expect(tools_include=("Read", "Web")), "tools_include ['Web'], and got ['Edit', 'Read']", id="tool_missing"
        ),
        pytest.param(Expect(tools_exclude=("Web",)), None, id="tools_excluded"),
        pytest.param(
            Expect(tools_exclude=("Edit",)), "tools_exclude ['Edit'], and got ['Edit', 'Read']", id="tool_too_many"
        ),
    ],
)
def test_what_a_reply_expects_of_its_request(expect: Expect, unmet: str | None) -> None:
    provider = scripted(Reply(text="ok", expect=expect))
    asked = request("poet", *CONVERSATION, system="be kind", tools=("Read", "Edit"))
    if unmet is None:
        assert ends(provider, asked).message.text == "ok"
        return
    error = fails(provider, asked)
    assert str(error) == f"the scenario, poet, reply 1: expected {unmet}; correct the scenario or the prompt"
    assert error.failure is Failure.FATAL


def test_all_requests_are_kept_for_the_test_to_see() -> None:
    provider = scripted(Reply(text="a"))
    ends(provider, request("poet", user("first")))
    fails(provider, request("poet", user("second")))
    assert [asked.messages[-1].text for asked in provider.requests] == ["first", "second"]


def test_providers_on_one_file_take_from_the_same_replies(file: Path) -> None:
    parent, child = ScriptedProvider(settings(file)), ScriptedProvider(settings(file))
    assert ends(parent).message.text == "rain falls"
    assert len(ends(child).message.calls) == 2
    assert parent.scenario.left("poet") == 0


def test_a_file_that_changed_is_read_anew(file: Path) -> None:
    ends(ScriptedProvider(settings(file)))
    file.write_text("models: {poet: [{text: sun}]}", encoding="utf-8")
    os.utime(file, ns=(1, 1))
    assert ends(ScriptedProvider(settings(file))).message.text == "sun"


def test_a_stream_that_is_left_early_ends_there() -> None:
    provider = scripted(Reply(text="one two three"))

    async def leave() -> StreamEvent:
        stream = provider.stream(request())
        async with aclosing(stream):
            return await anext(stream)

    assert asyncio.run(leave()) == TextDelta("one")
    asyncio.run(provider.close())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param(
            "models: {poet: [{txt: a}]}",
            "'models.poet.0.txt' is wrong (extra inputs are not permitted); correct or remove it",
            id="unknown_key",
        ),
        pytest.param(
            "models: {poet: [{error: {failure: bored}}]}",
            "'models.poet.0.error.failure' is wrong (input should be 'retry', 'loading', 'unreachable', 'cut', 'auth', "
            "'not_found', 'context' or 'fatal'); correct or remove it",
            id="unknown_failure",
        ),
        pytest.param("{}", "'models' is wrong (field required); correct or remove it", id="no_models"),
    ],
)
def test_a_wrong_file_is_told_by_file_and_key(file: Path, text: str, message: str) -> None:
    file.write_text(text, encoding="utf-8")
    os.utime(file, ns=(2, 2))
    with pytest.raises(UsageError) as told:
        ScriptedProvider(settings(file))
    assert str(told.value) == f"{file}: {message}"


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as told:
        ScriptedProvider(settings(tmp_path / "none.yaml"))
    assert (
        str(told.value) == f"{tmp_path / 'none.yaml'} cannot be read (No such file or directory); "
        "check the path and its permissions"
    )


def test_a_provider_without_a_file_says_where_to_set_it() -> None:
    with pytest.raises(UsageError) as told:
        ScriptedProvider(ProviderSettings("scripted"))
    assert str(told.value) == "providers.scripted.base_url is not set; give it the path of a scenario file"


def test_a_model_may_have_an_answer_for_what_its_script_does_not_expect() -> None:
    scenario = Scenario.parse(
        {
            "models": {"poet": [{"expect": {"last_user_contains": "rain"}, "text": "drip"}]},
            "otherwise": {"poet": {"text": "only rain, please"}},
        }
    )
    provider = ScriptedProvider.of(scenario)

    def said(prompt: str) -> str:
        async def ask() -> str:
            request = Request("poet", "", (user(prompt),))
            return "".join([e.message.text async for e in provider.stream(request) if isinstance(e, Completed)])

        return asyncio.run(ask())

    assert [said("sun"), said("rain"), said("rain")] == ["only rain, please", "drip", "only rain, please"]
