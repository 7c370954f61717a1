"""The session at the terminal: read a line, run it, show what happens, until the person leaves."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol, TypeVar

from enforcer.cli import garbage
from enforcer.cli.build import Session
from enforcer.cli.building import approved, building
from enforcer.cli.choosing import choose, choose_another, print_sessions
from enforcer.cli.ending import Left, WatchDemo, run_to_end
from enforcer.cli.exporting import story_here
from enforcer.cli.front import Front
from enforcer.cli.given import Given, lanes_of
from enforcer.cli.opening import Opening, another_session, fork_of, open_session
from enforcer.cli.options import PICK, Options
from enforcer.cli.past import recap
from enforcer.cli.pictures import given_images
from enforcer.cli.place import piped_input
from enforcer.cli.rules import rows
from enforcer.config.change import Files, Place
from enforcer.core.errors import EnforcerError, ExitCode, UsageError
from enforcer.core.events import Notice, SessionRenamed
from enforcer.core.lanes import Lane, ModelRef
from enforcer.core.messages import Image
from enforcer.lanes.mentions import begins_with_image
from enforcer.lanes.seats import HeldPromptReturned
from enforcer.lanes.wanted import Wanted
from enforcer.ui.commands import registry as slash
from enforcer.ui.commands.base import Done
from enforcer.ui.findings import Found
from enforcer.ui.keys import TtyKeys
from enforcer.ui.prompt import Quit
from enforcer.ui.screen import Screen
from enforcer.ui.typeahead import enter_stays_enter

T = TypeVar("T")


class Stopped(EnforcerError):
    """The person pressed a key to end what ran; not a failure."""


DRAWN_S = 0.1  # by then the prompt stands and shows what was typed ahead; until then it needs the processor


class Lines(Protocol):
    """Where the person's lines come from; None = the end. Raises: Quit."""

    async def read(self, *, default: str = "", placeholder: str = "") -> str | None: ...


@dataclass(slots=True)
class Desk:
    """A running session and the terminal it is shown on."""

    session: Session
    front: Front
    lines: Lines
    queued: list[str] = field(default_factory=list)
    typed: str = ""  # what goes into the next input line
    images: tuple[Image, ...] = ()  # for the next prompt
    piped: str = ""  # the end of the first prompt; it mentions no files of ours
    code: int = int(ExitCode.OK)

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
        try:
            return await self.lines.read(default=default, placeholder="ask for something, or / for commands")
        except Quit:
            self.code = int(ExitCode.INTERRUPTED)
            return None

    async def _take(self, text: str) -> Done:
        if not text:
            return Done()
        try:
            if text.startswith("/") and not begins_with_image(text):
                done = await slash.run(text, Host(self))
                self.front.terminal.screen.gap()
                if done.prompt:
                    await self._turn(done.prompt)
                return Done(resume=another_session(self.session, done.resume)) if done.resume else done
            if text.startswith("!"):
                await self._shell(text[1:].strip())
            else:
                await self._turn(text)
        except Stopped as stopped:
            self.session.emit(Notice(str(stopped)))
        except EnforcerError as error:
            self.session.emit(Notice(str(error), "error"))
        return Done()

    async def _turn(self, text: str) -> None:
        conversation = self.session.conversation
        typed = text.removesuffix(self.piped)
        task = asyncio.create_task(conversation.submit(text, images=self.images, typed=typed))
        stop = _Stop(task)
        async with self.front.watching(stop, self.queued.append) as keys:
            try:
                await task
            except HeldPromptReturned:
                stop.pressed = True
            except UsageError as error:
                self.session.emit(Notice(str(error), "error"))
            except asyncio.CancelledError:
                if not stop.pressed:
                    raise  # it is not the turn that ends, but all of us
        back, rest = conversation.returned_prompt, keys.take_rest()
        if stop.pressed or back:  # who stops a turn wants to think before the next one runs; nothing typed is lost
            back, self.queued[:] = "\n".join(filter(None, [back, *self.queued])), []
        self.typed = "\n".join(filter(None, [back, rest]))
        self.images = self.images if conversation.returned_prompt else ()
        if approved(self.session) and not stop.pressed:
            await self._turn(building(self.session))

    async def _shell(self, command: str) -> None:
        """`!command`: the person runs it; the model reads of it with the next prompt."""
        if not command:
            raise UsageError("nothing to run; write the command behind the exclamation mark, like this: !git status")
        from enforcer.tools.process import run_command

        context = self.session.context
        done = await self.stoppable(
            run_command(command, cwd=context.cwd, env=context.env, outputs=context.outputs), f"stopped: {command}"
        )
        self.front.terminal.say(done.text)
        conversation = self.session.conversation
        conversation.bridge.tell(conversation.active, [f"[the person ran: {command}]\n{done.text}"])

    async def stoppable(self, work: Coroutine[Any, Any, T], said: str = "stopped") -> T:
        """What takes a while and is no turn; Esc and Ctrl+C end it. Raises: Stopped."""
        running = asyncio.create_task(work)
        stop = _Stop(running)
        async with self.front.watching(stop, self.queued.append) as keys:
            try:
                return await running
            except asyncio.CancelledError:
                if not stop.pressed:
                    raise
                raise Stopped(said) from None
            finally:
                self.typed = keys.take_rest()


class _Stop:
    """Ends a running task because the person pressed a key, which is told apart from the program being ended."""

    def __init__(self, task: asyncio.Task[Any]) -> None:
        self._task = task
        self.pressed = False

    def __call__(self) -> None:
        self.pressed = True
        self._task.cancel()


class Host:
    """The session as slash commands see it."""

    def __init__(self, desk: Desk) -> None:
        session = desk.session
        self.conversation = session.conversation
        self.ledger = session.ledger
        self.policy = session.policy
        self.session_id = session.session_id
        self.folder = session.folder
        self.cwd = session.context.cwd
        self.loaded = session.loaded
        self.files = Files(session.workshop.inputs.paths, session.loaded.project_root)
        self._session = session
        self._desk = desk
        self._terminal = desk.front.terminal

    async def clear(self) -> None:
        await self._session.clear()

    def mend_ledger(self) -> str:
        from enforcer.cli.mended import mended

        return mended(self.ledger, lambda: self.loaded.settings.ledger)

    def say(self, text: str) -> None:
        self._terminal.say(text)

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        self._terminal.table(columns, rows)

    def set_model(self, lane: Lane, ref: ModelRef) -> None:
        self._session.workshop.seat(lane, (ref,))

    async def doubts(self, wanted: Wanted) -> Sequence[str]:
        from enforcer.cli.seating import doubts

        refusals = (self._session.workshop.vendors.refusal(ref) for ref in wanted.values() if ref)
        unasked = [f"{refusal}; it was not looked up" for refusal in refusals if refusal]
        return unasked or await self._desk.stoppable(doubts(wanted, self._given()))

    def keep_lanes(self, wanted: Wanted, place: Place) -> Sequence[str]:
        from enforcer.cli.seating import afterwards, write

        path = write(wanted, self._given(), place)
        return f"written to {path}", *afterwards(wanted, self._given(), self.cwd, path)

    def _given(self) -> Given:
        workshop = self._session.workshop
        return Given(workshop.inputs.env, workshop.inputs.paths, self.loaded, workshop.models)

    async def examine(self) -> Sequence[Found]:
        from enforcer.cli.checks.registry import examine
        from enforcer.cli.checks.scene import Scene

        scene = Scene(self.cwd, self._session.workshop.inputs.env, self._given())
        return await asyncio.to_thread(lambda: tuple(examine(scene)))

    def effort(self, lane: Lane) -> str | None:
        return self._session.workshop.effort(lane)

    def set_effort(self, lane: Lane, level: str | None) -> None:
        self._session.workshop.set_effort(lane, level)

    def origin(self, key: str) -> str:
        return self._session.loaded.settings.origin(key)

    def story(self) -> Mapping[str, Any]:
        return story_here(self._session)

    def copy(self, text: str) -> None:
        if not self._terminal.screen.clipboard(text):
            raise UsageError("this terminal has no clipboard that can be reached; /export writes a file")

    async def pick(self) -> str:
        with self._terminal.hold():
            return await choose_another(self._session)

    def markdown(self, text: str) -> None:
        self._desk.front.ask.show(text)

    async def edit(self, path: Path) -> None:
        await self._desk.front.ask.edit(path)

    def build(self) -> str:
        return building(self._session)

    def rules(self) -> Sequence[Sequence[str]]:
        return rows(self._session.workshop.gate)

    def fork(self) -> str:
        return fork_of(self._session)

    def rename(self, title: str) -> None:
        self._session.emit(SessionRenamed(title))


def run_interactive(options: Options, cwd: Path) -> int:
    """Raises: UsageError when there is no terminal."""
    if options.resume == PICK and not sys.stdout.isatty():
        print_sessions(cwd)
        return int(ExitCode.OK)
    piped = piped_input().strip()
    _need_terminal()
    first = "\n\n".join(part for part in (options.prompt.strip(), piped) if part)
    if options.resume == PICK:
        picked = choose(cwd, fork=options.fork)  # before the loop starts: Ctrl+C ends a plain question at once
        if not picked:
            return int(ExitCode.OK)
        options = replace(options, resume=picked)
    options = replace(options, piped=piped)
    try:
        with enter_stays_enter():
            return run_to_end(_main(options, cwd, first))
    except Left:
        return int(ExitCode.OK)
    except WatchDemo:
        from enforcer.cli.demo import demo

        return demo()


async def _main(options: Options, cwd: Path, first: str) -> int:
    screen, keys = Screen(sys.stdout), TtyKeys()
    front = Front(screen, keys, verbose=options.verbose)
    while True:
        opening = await open_session(options, cwd, front.ask.trust)
        if not lanes_of(opening.loaded.settings):
            from enforcer.cli.firstrun import first_run

            opening = await first_run(opening, screen, keys)
        done, code = await _sit_down(opening, _front(opening, screen, keys), first)
        if done.leave:
            return code
        options = replace(options, resume=done.resume, continue_last=False, fork=False, prompt="", images=(), piped="")
        first = ""


def _front(opening: Opening, screen: Screen, keys: TtyKeys) -> Front:
    """The terminal as this person's settings want it."""
    settings = opening.loaded.settings
    if settings.ui.color != "auto":
        screen.colour = settings.ui.color == "always"
    return Front(
        screen,
        keys,
        verbose=opening.options.verbose,
        animations=settings.ui.animations,
        screen_reader=settings.ui.screen_reader,
        ask_timeout_s=settings.lanes.ask_timeout_s,
    )


async def _sit_down(opening: Opening, front: Front, first: str) -> tuple[Done, int]:
    """One session from its first line to its last."""
    session = opening.wire(front.ask, [front.terminal])
    garbage.running()
    images = given_images(opening.options.images)
    desk = Desk(session, front, front.prompt(session, opening.paths), images=images, piped=opening.options.piped)
    try:
        await session.start(opening.source)
        if opening.resumed:
            front.terminal.rows(recap(opening.resumed, session.conversation.seats))
        asyncio.get_running_loop().call_later(DRAWN_S, _load_ahead, session)
        return await desk.work(first), desk.code
    finally:
        await session.close("prompt_input_exit")
        front.terminal.close()


def _need_terminal() -> None:
    """Keys come from the terminal even when stdin was a pipe, whose text went into the first prompt."""
    if not sys.stdout.isatty():
        raise UsageError('the output is not a terminal; for one answer in a pipe use: enforcer -p "…"')
    if sys.stdin is not None and sys.stdin.isatty():
        return
    try:
        terminal = os.open("/dev/tty", os.O_RDWR)
    except OSError:
        raise UsageError('there is no terminal to ask you at; for one answer use: enforcer -p "…"') from None
    os.dup2(terminal, 0)
    sys.stdin = os.fdopen(0, encoding="utf-8", closefd=False)


def _load_ahead(session: Session) -> None:
    """What a turn needs is large; it loads while the person reads and types."""
    second = session.conversation.second
    modules = dict.fromkeys([*session.workshop.modules(), *(second.modules if second else ())])

    def load() -> None:
        for name in modules:
            import_module(name)
        session.workshop.read_weights()

    threading.Thread(target=load, daemon=True).start()
