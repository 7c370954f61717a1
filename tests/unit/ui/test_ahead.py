from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from prompt_toolkit.input import PipeInput, create_pipe_input

from enforcer.ui.keynames import Key
from enforcer.ui.keys import KeyWatch, TtyKeys
from tests.unit.ui.tty import Clock

KNOWN = frozenset({"y", "a", "p", "n", "1", "enter", "esc", "ctrl-c", "eof"})


class Question:
    """A question that was just drawn, a person at a pipe, and quiet moments that end when the test says so."""

    def __init__(self, pipe: PipeInput, begun: str) -> None:
        self._pipe = pipe
        self._quiet_begun = 0
        self._changed = asyncio.Event()
        self._over = asyncio.Event()
        self.queued: list[str] = []
        self.clock = Clock()
        self.draft = KeyWatch(on_interrupt=list, on_queue=self.queued.append, clock=self.clock)
        for char in begun:
            self.draft.press(Key("enter" if char == "\r" else "char", char))
        self.keys = TtyKeys(pipe, quiet=self._moment)

    async def _moment(self) -> None:
        self._quiet_begun += 1
        self._changed.set()
        await self._over.wait()
        self._over.clear()

    async def types(self, text: str) -> None:
        """Each key is seen before the next one comes."""
        for char in text:
            seen = self._quiet_begun
            self._pipe.send_text(char)
            await self.is_watched(seen)

    async def is_watched(self, seen: int = 0) -> None:
        """Until one more quiet moment has begun."""
        async with asyncio.timeout(10):
            while self._quiet_begun == seen:
                self._changed.clear()
                await self._changed.wait()

    def sends(self, text: str) -> None:
        self._pipe.send_text(text)

    async def rests(self) -> None:
        self._over.set()
        for _ in range(10):  # turns of the loop, in which nothing else comes
            await asyncio.sleep(0)


def asked(story: Callable[[Question], Awaitable[None]], begun: str = "", later_s: float = 0.0) -> tuple[str, str]:
    """The answer that counted, and what stands in the draft."""

    async def run() -> tuple[str, str]:
        with create_pipe_input() as pipe:
            question = Question(pipe, begun)
            question.clock.now += later_s
            question.keys.forget(question.draft)
            answer = asyncio.ensure_future(question.keys.key(KNOWN))
            await question.is_watched()
            await story(question)
            async with asyncio.timeout(10):
                return await answer, "/".join([*question.queued, question.draft.rest])

    return asyncio.run(run())


def test_typing_on_is_no_answer_and_is_not_lost() -> None:
    async def story(question: Question) -> None:
        await question.types("please stay")
        await question.rests()
        await question.types("n")
        await question.rests()

    assert asked(story) == ("n", "please stay")


def test_the_last_letter_of_a_draft_is_no_answer_though_nothing_follows() -> None:
    async def story(question: Question) -> None:
        await question.types("p")
        await question.rests()
        await question.types("y")
        await question.rests()

    assert asked(story, begun="hel") == ("y", "help")


def test_a_key_right_behind_a_line_that_was_sent_is_no_answer() -> None:
    async def story(question: Question) -> None:
        await question.types("a")
        await question.rests()
        await question.types("n")
        await question.rests()

    assert asked(story, begun="one\r") == ("n", "one/a")


def test_a_line_that_was_sent_a_while_ago_is_not_typing() -> None:
    async def story(question: Question) -> None:
        await question.types("y")
        await question.rests()

    assert asked(story, begun="one\r", later_s=0.5) == ("y", "one/")


@pytest.mark.parametrize(("sent", "answer"), [("y", "y"), ("P", "p"), ("1", "1"), ("\r", "enter"), ("y\r", "y")])
def test_a_fast_answer_counts_when_nothing_follows(sent: str, answer: str) -> None:
    async def story(question: Question) -> None:
        await question.types(sent)
        await question.rests()

    assert asked(story) == (answer, "")


@pytest.mark.parametrize(("sent", "answer"), [("y", "y"), ("p", "p"), ("\r", "enter")])
def test_after_a_quiet_moment_a_key_counts_at_once(sent: str, answer: str) -> None:
    async def story(question: Question) -> None:
        await question.rests()
        question.sends(sent)

    assert asked(story) == (answer, "")


def test_a_draft_that_rested_can_be_gone_on_with() -> None:
    async def story(question: Question) -> None:
        await question.rests()
        await question.types("please")
        await question.rests()
        await question.types("n")
        await question.rests()

    assert asked(story, begun="and ") == ("n", "and please")


def test_a_letter_that_answers_nothing_begins_a_draft() -> None:
    async def story(question: Question) -> None:
        await question.rests()
        question.sends("w")
        await question.types("hat")
        await question.rests()
        await question.types("n")
        await question.rests()

    assert asked(story) == ("n", "what")


@pytest.mark.parametrize(("sent", "answer"), [("\x1b", "esc"), ("\x03", "ctrl-c")])
def test_who_wants_to_get_out_need_not_wait(sent: str, answer: str) -> None:
    async def story(question: Question) -> None:
        await question.types("pl")
        question.sends(sent)

    assert asked(story, begun="x") == (answer, "xpl")


def test_enter_sends_a_line_that_is_being_typed() -> None:
    async def story(question: Question) -> None:
        await question.types("p too\r")
        await question.rests()
        question.sends("n")

    assert asked(story) == ("n", "p too/")


def test_what_was_typed_before_a_question_ran_out_of_time_is_kept() -> None:
    async def run() -> str:
        with create_pipe_input() as pipe:
            question = Question(pipe, "")
            question.keys.forget(question.draft)
            answer = asyncio.ensure_future(question.keys.key(KNOWN))
            await question.is_watched()
            await question.types("ple")
            answer.cancel()
            await asyncio.wait([answer])
            return question.draft.rest

    assert asyncio.run(run()) == "ple"
