"""The terminal of a session: one screen, one writer; where lines come from, and the keys of a running turn."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager

from enforcer.cli.build import Session
from enforcer.cli.pictures import pasted_image
from enforcer.config.paths import Paths
from enforcer.permissions.policy import Mode
from enforcer.ui.ask import Ask
from enforcer.ui.commands import registry as slash
from enforcer.ui.keys import KeySource, KeyWatch
from enforcer.ui.prompt import Actions, Prompt
from enforcer.ui.screen import Screen
from enforcer.ui.status import Status
from enforcer.ui.terminal import Terminal

MODES = (Mode.DEFAULT, Mode.ACCEPT_EDITS, Mode.PLAN)  # what Shift+Tab goes through


class Front:
    """Questions take the keys from the running turn and the live line from the screen, and give both back."""

    def __init__(
        self,
        screen: Screen,
        keys: KeySource,
        *,
        verbose: bool = False,
        animations: bool = True,
        screen_reader: bool = False,
        ask_timeout_s: float | None = None,
    ) -> None:
        self.terminal = Terminal(screen, verbose=verbose, animations=animations, screen_reader=screen_reader)
        self.ask = Ask(
            screen,
            keys,
            hold=self._hold,
            draft=lambda: self._watch,
            interrupt=self._interrupt,
            timeout_s=ask_timeout_s,
        )
        self._watch: KeyWatch | None = None
        self._on_interrupt: Callable[[], object] = lambda: None

    @asynccontextmanager
    async def watching(
        self, interrupt: Callable[[], object], queue: Callable[[str], object]
    ) -> AsyncIterator[KeyWatch]:
        """While a turn runs: Esc and Ctrl+C interrupt it, lines that are typed are queued."""

        def queued(text: str) -> None:
            self.terminal.queued(text)
            queue(text)

        self._on_interrupt = interrupt
        watch = KeyWatch(
            on_interrupt=self._interrupt,
            on_queue=queued,
            on_typing=self.terminal.typing,
            on_expand=self.terminal.expand,
            out=sys.stdout,
        )
        async with watch:
            self._watch = watch
            try:
                yield watch
            finally:
                self._watch = None
                self._on_interrupt = lambda: None

    def prompt(self, session: Session, paths: Paths) -> Prompt:
        return Prompt(
            lambda: status(session),
            history=paths.data / "history",
            commands=[(each.name, each.help) for each in slash.commands()],
            cwd=session.context.cwd,
            actions=Actions(
                lane=lambda: f"/lane {session.conversation.active.other}",
                mode=lambda: _next_mode(session),
                help=lambda: "/help",
                expand=self._expand,
                paste=lambda: pasted_image(session.folder),
                say=self.terminal.say,
            ),
        )

    @contextmanager
    def _hold(self) -> Iterator[None]:
        with self.terminal.hold():
            if self._watch is None:
                yield
                return
            with self._watch.pause():
                yield

    def _interrupt(self) -> None:
        self._on_interrupt()

    def _expand(self) -> str | None:
        self.terminal.expand()
        return None


def status(session: Session) -> Status:
    conversation = session.conversation
    total, earlier = conversation.meter.since(), session.earlier
    model = conversation.seats.model(conversation.active)
    unknown = total.cost_usd is None or not earlier.exact
    return Status(conversation.active, model, str(session.policy.mode), earlier.cost_usd + total.known_usd, unknown)


def _next_mode(session: Session) -> str | None:
    mode = session.policy.mode
    session.policy.mode = MODES[(MODES.index(mode) + 1) % len(MODES)] if mode in MODES else Mode.DEFAULT
    return None
