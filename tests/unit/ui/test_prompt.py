from __future__ import annotations

import asyncio
import io
import subprocess
import sys
from pathlib import Path

import pytest
from prompt_toolkit.data_structures import Size
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput
from prompt_toolkit.output.vt100 import Vt100_Output

from enforcer.core.lanes import Lane, ModelRef
from enforcer.ui.prompt import Actions, Paste, Prompt, Quit
from enforcer.ui.status import Status
from tests.unit.ui.tty import FakeTty

NO_ACTIONS = Actions()
STATUS = Status(Lane.CREATIVE, ModelRef("anthropic", "claude-x"))


def prompted(sent: str, *, default: str = "", actions: Actions = NO_ACTIONS) -> list[str | None]:
    """Read prompts until the text that was sent is used up."""

    async def run() -> list[str | None]:
        with create_pipe_input() as pipe:
            prompt = Prompt(
                lambda: STATUS,
                cwd=Path("/"),
                actions=actions,
                io=(pipe, DummyOutput()),
                commands=[("lane", "")],
            )
            pipe.send_text(sent)
            lines: list[str | None] = []
            async with asyncio.timeout(20):
                while not lines or lines[-1] not in {None, "end"}:
                    lines.append(await prompt.read(default=default))
            return lines

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("sent", "line"),
    [
        pytest.param("hello\r", "hello", id="Enter sends"),
        pytest.param("a\nb\r", "a\nb", id="Ctrl+J is a new line"),
        pytest.param("a\x1b\rb\r", "a\nb", id="Alt+Enter is a new line"),
        pytest.param("a\x1b[13;2ub\r", "a\nb", id="Shift+Enter is a new line"),
        pytest.param("a\x1b[27;2;13~b\r", "a\nb", id="Shift+Enter of other terminals too"),
        pytest.param("\x1b[200~one\rtwo\rthree\x1b[201~\r", "one\ntwo\nthree", id="a paste stays whole"),
        pytest.param("gone\x03kept\r", "kept", id="Ctrl+C clears the line"),
        pytest.param("ab\x04\r", "ab", id="Ctrl+D with text does not leave"),
        pytest.param("what?\r", "what?", id="a question mark in a text is a character"),
        pytest.param("/lane creative\r", "/lane creative", id="a command is a text"),
        pytest.param("!ls\r", "!ls", id="a shell line is a text"),
    ],
)
def test_what_is_typed_is_what_is_sent(sent: str, line: str) -> None:
    assert prompted(f"{sent}\x04")[0] == line


def test_ctrl_v_puts_what_the_clipboard_holds_into_the_line() -> None:
    actions = Actions(paste=lambda: Paste("@pasted-1.png "))
    assert asyncio.run(_pasted(actions, "look at @pasted-1.png ")) == "look at @pasted-1.png "


def test_ctrl_v_without_an_image_says_why_and_leaves_the_line_alone() -> None:
    said: list[str] = []
    actions = Actions(paste=lambda: Paste(said="the clipboard holds no image"), say=said.append)
    assert asyncio.run(_pasted(actions, "look at ", said)) == "look at "
    assert said == ["the clipboard holds no image"]


async def _pasted(actions: Actions, wanted: str, said: list[str] | None = None) -> str | None:
    """Types, pastes, and sends once the paste has come."""
    with create_pipe_input() as pipe:
        prompt = Prompt(lambda: STATUS, cwd=Path("/"), actions=actions, io=(pipe, DummyOutput()))
        pipe.send_text("look at \x16")
        reading = asyncio.create_task(prompt.read())
        async with asyncio.timeout(20):
            while prompt.text != wanted or said == []:
                await asyncio.sleep(0)
            pipe.send_text("\r")
            return await reading


def test_ctrl_d_on_an_empty_line_is_the_end() -> None:
    assert prompted("\x04") == [None]


@pytest.mark.parametrize("sent", ["\x03\x03", "text\x03\x03", "a\x03b\x03\x03"])
def test_ctrl_c_twice_leaves(sent: str) -> None:
    with pytest.raises(Quit):
        prompted(sent)


def test_what_was_typed_ahead_stands_in_the_line() -> None:
    assert prompted(" now\x15end\r", default="typed")[0] == "end"
    assert prompted(" now\r\x15end\r", default="typed")[0] == "typed now"


@pytest.mark.parametrize(
    ("sent", "name"), [("\x1b[Z", "mode"), ("\x1bl", "lane"), ("?", "help"), ("\x0f", "expand")], ids=str
)
def test_the_keys_of_a_session_do_their_work(sent: str, name: str) -> None:
    assert prompted(sent, actions=Actions(**{name: lambda: "end"})) == ["end"]


def test_a_key_can_send_a_command_and_what_was_typed_comes_back() -> None:
    async def run() -> list[str | None]:
        with create_pipe_input() as pipe:
            actions = Actions(lane=lambda: "/lane analytical")
            prompt = Prompt(lambda: STATUS, cwd=Path("/"), actions=actions, io=(pipe, DummyOutput()))
            pipe.send_text("half a thought\x1bl")
            first = await prompt.read()
            pipe.send_text("\r")
            return [first, await prompt.read()]

    assert asyncio.run(run()) == ["/lane analytical", "half a thought"]


def test_without_a_terminal_prompts_are_lines() -> None:
    async def run() -> list[str | None]:
        prompt = Prompt(lambda: STATUS, cwd=Path("/"), stdin=io.StringIO("one\ntwo"))
        return [await prompt.read(), await prompt.read(), await prompt.read()]

    assert asyncio.run(run()) == ["one", "two", None]


def test_the_history_is_private_and_comes_back(tmp_path: Path) -> None:
    history = tmp_path / "data" / "history"

    async def run(sent: str) -> str | None:
        with create_pipe_input() as pipe:
            prompt = Prompt(lambda: STATUS, cwd=tmp_path, history=history, io=(pipe, DummyOutput()))
            pipe.send_text(sent)
            return await prompt.read()

    assert asyncio.run(run("first\r")) == "first"
    assert history.stat().st_mode & 0o777 == 0o600
    assert history.parent.stat().st_mode & 0o777 == 0o700
    assert asyncio.run(run("\x1b[A\r")) == "first"


def test_the_editor_writes_the_prompt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\nprintf "from the editor" > "$1"\n', encoding="utf-8")
    editor.chmod(0o700)
    monkeypatch.setenv("VISUAL", str(editor))

    async def run() -> str | None:
        with create_pipe_input() as pipe:
            prompt = Prompt(lambda: STATUS, cwd=tmp_path, io=(pipe, DummyOutput()))
            reading = asyncio.create_task(prompt.read(default="draft"))
            pipe.send_text("\x07")
            async with asyncio.timeout(20):
                while prompt.text != "from the editor":
                    await asyncio.sleep(0)
                pipe.send_text("\r")
                return await reading

    assert asyncio.run(run()) == "from the editor"


def test_ctrl_r_finds_an_earlier_prompt(tmp_path: Path) -> None:
    async def run() -> str | None:
        with create_pipe_input() as pipe:
            prompt = Prompt(lambda: STATUS, cwd=tmp_path, io=(pipe, DummyOutput()))
            pipe.send_text("first thing\rsecond\r")
            await prompt.read()
            await prompt.read()
            reading = asyncio.create_task(prompt.read())
            pipe.send_text("x")
            async with asyncio.timeout(20):
                while prompt.text != "x":
                    await asyncio.sleep(0)
                pipe.send_text("\x15\x12fir\r\r")
                return await reading

    assert asyncio.run(run()) == "first thing"


def test_the_line_shows_the_lane_the_status_and_how_to_leave() -> None:
    seen = FakeTty()
    output = Vt100_Output(seen, lambda: Size(rows=24, columns=80))

    async def until(text: str) -> None:
        async with asyncio.timeout(20):
            while text not in seen.getvalue():
                await asyncio.sleep(0)

    async def run() -> str | None:
        with create_pipe_input() as pipe:
            prompt = Prompt(lambda: STATUS, cwd=Path("/"), io=(pipe, output))
            reading = asyncio.create_task(prompt.read(placeholder="ask for something"))
            await until("ask for something")
            pipe.send_text("\x1b[1;1R")  # the terminal says where its cursor is
            await until("creative · anthropic/claude-x │ default │ $0.00")
            pipe.send_text("\x03")
            await until("Ctrl+C again to leave")
            pipe.send_text("\x04")
            return await reading

    assert asyncio.run(run()) is None


def test_drawing_libraries_are_loaded_only_when_they_are_needed() -> None:
    script = (
        "import sys, enforcer.ui.terminal, enforcer.ui.prompt, enforcer.ui.keys, enforcer.ui.plain, enforcer.ui.jsonl;"
        "print(sorted({'rich', 'prompt_toolkit', 'pygments'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
