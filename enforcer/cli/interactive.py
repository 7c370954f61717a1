"""The session at the terminal: read a line, run it, show what happens, until the person leaves."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from importlib import import_module
from pathlib import Path
from typing import Protocol

from enforcer.cli.build import Session
from enforcer.cli.opening import Opening, open_session
from enforcer.cli.options import PICK, Options
from enforcer.cli.session import piped_input
from enforcer.core.errors import EnforcerError, UsageError
from enforcer.core.events import Notice
from enforcer.core.lanes import Lane, ModelRef
from enforcer.lanes.conversation import HeldPromptReturned
from enforcer.permissions.policy import Mode
from enforcer.ui.ask import Ask
from enforcer.ui.commands import registry as slash
from enforcer.ui.commands.base import Done
from enforcer.ui.keys import KeyWatch
from enforcer.ui.prompt import Prompt
from enforcer.ui.tables import print_table
from enforcer.ui.terminal import Terminal

MODES = (Mode.DEFAULT, Mode.ACCEPT_EDITS, Mode.PLAN)  # what Shift+Tab goes through


class Lines(Protocol):
    """Where the person's lines come from; None = the end."""

    async def read(self, *, default: str = "") -> str | None: ...


@dataclass(slots=True)
class Desk:
    """A running session and the screen it is shown on; what slash commands may use."""

    session: Session
    lines: Lines
    terminal: Terminal
    watch: Callable[[Callable[[], object], Callable[[str], object]], KeyWatch]
    queued: list[str] = field(default_factory=list)
    typed: str = ""  # what goes into the next input line

    async def work(self, first: str = "") -> Done:
        """Until the person leaves, or opens another session."""
        self.queued += [first] if first else []
        while True:
            text = self.queued.pop(0) if self.queued else await self._read()
            if text is None:
                return Done(leave=True)
            done = await self._take(text.strip())
            if done.leave or done.resume:
                return done

    async def _read(self) -> str | None:
        default, self.typed = self.typed, ""
        return await self.lines.read(default=default)

    async def _take(self, text: str) -> Done:
        if not text:
            return Done()
        try:
            if text.startswith("/"):
                return await slash.run(text, Host(self))
            if text.startswith("!"):
                await self._shell(text[1:].strip())
            else:
                await self._turn(text)
        except EnforcerError as error:
            self.session.emit(Notice(str(error), "error"))
        return Done()

    async def _turn(self, text: str) -> None:
        conversation = self.session.conversation
        task = asyncio.create_task(conversation.submit(text))
        async with self.watch(task.cancel, self.queued.append) as keys:
            try:
                await task
            except (HeldPromptReturned, asyncio.CancelledError):
                self.queued.clear()
        self.typed = keys.rest or conversation.returned_prompt

    async def _shell(self, command: str) -> None:
        """`!command`: the person runs it; the model reads it with the next prompt."""
        if not command:
            raise UsageError("nothing to run; write the command behind the exclamation mark, like this: !git status")
        from enforcer.tools.process import run_command

        context = self.session.context
        done = await run_command(command, cwd=context.cwd, env=context.env, outputs=context.outputs)
        self.terminal.shell(command, done)
        told = f"[the person ran: {command}]\n{done.text}"
        self.session.conversation.bridge.tell(self.session.conversation.active, [told])


class Host:
    """The session as slash commands see it."""

    def __init__(self, desk: Desk) -> None:
        session = desk.session
        self.conversation = session.conversation
        self.ledger = session.ledger
        self.policy = session.policy
        self.session_id = session.session_id
        self.folder = session.folder
        self._session = session
        self._terminal = desk.terminal

    def say(self, text: str) -> None:
        self._terminal.say(text)

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        self._terminal.table(columns, rows)

    def set_model(self, lane: Lane, ref: ModelRef) -> None:
        self._session.workshop.seat(lane, (ref,))

    def origin(self, key: str) -> str:
        return self._session.loaded.settings.origin(key)

    def sessions(self) -> Sequence[tuple[str, str, str]]:
        found = self._session.store.list(self._session.loaded.project_root)
        return [(info.id, info.updated, info.title) for info in found]


def run_interactive(options: Options, cwd: Path) -> int:
    """Raises: UsageError when there is no terminal."""
    first = "\n\n".join(part for part in (options.prompt.strip(), piped_input().strip()) if part)
    _need_terminal()
    return asyncio.run(_main(options, cwd, first))


async def _main(options: Options, cwd: Path, first: str) -> int:
    screen = Screen()
    if options.resume == PICK:
        picked = await screen.pick_session(options, cwd)
        if not picked:
            return 0
        options = replace(options, resume=picked)
    while True:
        opening = await open_session(options, cwd, screen.ask.trust)
        done = await _sit_down(opening, screen, first)
        if done.leave:
            return 0
        options, first = replace(options, resume=done.resume, continue_last=False, prompt=""), ""


async def _sit_down(opening: Opening, screen: Screen, first: str) -> Done:
    """One session from its first line to its last."""
    session = opening.wire(screen.ask, [screen.terminal])
    desk = Desk(session, screen.prompt(session), screen.terminal, screen.watch)
    try:
        await session.start("resume" if opening.resumed else "startup")
        screen.terminal.banner(session.conversation, opening.resumed)
        _import_clients(session)
        return await desk.work(first)
    finally:
        await session.close("prompt_input_exit")


def _need_terminal() -> None:
    """Keys are read from the terminal even when stdin was a pipe, whose text went into the first prompt."""
    if not sys.stdout.isatty():
        raise UsageError('the output is not a terminal; for one answer in a pipe use: enforcer -p "…"')
    if sys.stdin is not None and sys.stdin.isatty():
        return
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY)
    except OSError:
        raise UsageError('there is no terminal to ask you at; for one answer use: enforcer -p "…"') from None
    os.dup2(terminal, 0)
    sys.stdin = open(0, encoding="utf-8", closefd=False)


def _import_clients(session: Session) -> None:
    """The vendors' clients are large; they load while the person reads and types."""
    modules = session.workshop.client_modules()
    threading.Thread(target=lambda: [import_module(name) for name in modules], daemon=True).start()
