"""The input line: editing, history, completion and the keys of a session; plain lines where there is no terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TextIO

from enforcer.ui.keys import in_thread, learn_shift_enter
from enforcer.ui.status import Status, status_line

if TYPE_CHECKING:
    from prompt_toolkit import PromptSession
    from prompt_toolkit.formatted_text import StyleAndTextTuples
    from prompt_toolkit.input import Input
    from prompt_toolkit.key_binding import KeyBindings
    from prompt_toolkit.key_binding.key_processor import KeyPressEvent
    from prompt_toolkit.output import Output

LEAVE_HINT = "Ctrl+C again to leave"
COLOURS = {"creative": "ansimagenta", "analytical": "ansicyan"}


class Quit(Exception):
    """The person pressed Ctrl+C twice."""


def nothing() -> str | None:
    return None


class Paste(NamedTuple):
    """What Ctrl+V puts into the line, or why there is nothing to put."""

    text: str = ""
    said: str = ""


def no_paste() -> Paste:
    return Paste()


@dataclass(frozen=True, slots=True)
class Actions:
    """What the session's keys do. A text that comes back is submitted; what was typed waits for the next prompt."""

    lane: Callable[[], str | None] = nothing  # Alt+L
    mode: Callable[[], str | None] = nothing  # Shift+Tab
    help: Callable[[], str | None] = nothing  # ? on an empty line
    expand: Callable[[], str | None] = nothing  # Ctrl+O
    paste: Callable[[], Paste] = no_paste  # Ctrl+V, for what a terminal cannot paste by itself
    say: Callable[[str], object] = print  # above the line


class Prompt:
    def __init__(
        self,
        status: Callable[[], Status],
        *,
        history: Path | None = None,
        commands: Sequence[tuple[str, str]] = (),
        cwd: Path,
        actions: Actions = Actions(),
        stdin: TextIO | None = None,
        io: tuple[Input, Output] | None = None,
    ) -> None:
        """`history` is made private if it has to be made; `io` replaces the terminal."""
        self._status = status
        self._history = history
        self._commands = commands
        self._cwd = cwd
        self._actions = actions
        self._stdin = stdin or sys.stdin
        self._io = io
        self._session: PromptSession[str] | None = None
        self._kept = ""  # typed before a key ended the prompt
        self._leaving = False

    async def read(self, *, default: str = "", placeholder: str = "") -> str | None:
        """The next prompt, None at the end of input. Raises: Quit."""
        if self._io is None and not self._has_terminal():
            return await self._plain_line()
        session = self._ready()
        default, self._kept, self._leaving = default or self._kept, "", False

        def hint() -> StyleAndTextTuples:
            return [("class:placeholder", LEAVE_HINT if self._leaving else placeholder)]

        try:
            return await session.prompt_async(default=default, placeholder=hint)
        except EOFError:
            return None
        except KeyboardInterrupt:
            raise Quit from None

    @property
    def text(self) -> str:
        """What stands in the line now."""
        return self._session.default_buffer.text if self._session else ""

    def _has_terminal(self) -> bool:
        return self._stdin.isatty() and sys.stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb"

    async def _plain_line(self) -> str | None:
        if self._stdin.isatty():
            sys.stdout.write(f"{self._status().lane.value} > ")
            sys.stdout.flush()
        text = await in_thread(self._stdin.readline)
        return text.rstrip("\r\n") if text else None

    def _ready(self) -> PromptSession[str]:
        if self._session is None:
            self._session = self._make()
        return self._session

    def _make(self) -> PromptSession[str]:
        from prompt_toolkit import PromptSession
        from prompt_toolkit.filters import Condition
        from prompt_toolkit.history import FileHistory, InMemoryHistory
        from prompt_toolkit.styles import Style

        from enforcer.ui.completion import InputCompleter, offers

        learn_shift_enter()
        session: PromptSession[str] = PromptSession(
            message=self._message,
            multiline=True,
            history=FileHistory(str(private(self._history))) if self._history else InMemoryHistory(),
            completer=InputCompleter(self._commands, self._cwd),
            # True only then: rows for the menu are kept free below the line as long as it is.
            complete_while_typing=Condition(lambda: offers(self._ready().default_buffer.document.text_before_cursor)),
            bottom_toolbar=self._toolbar,
            prompt_continuation="  ",
            key_bindings=self._bindings(),
            style=Style.from_dict(
                {
                    "bottom-toolbar": "noreverse fg:ansibrightblack",
                    "placeholder": "fg:ansibrightblack",
                    **COLOURS,
                }
            ),
            tempfile_suffix=".md",
            enable_suspend=True,
            include_default_pygments_style=False,
            input=self._io[0] if self._io else None,
            output=self._io[1] if self._io else None,
        )
        # A terminal that cannot say where its cursor is gets no toolbar; a warning about it would help nobody.
        session.app.renderer.cpr_not_supported_callback = None
        return session

    def _message(self) -> StyleAndTextTuples:
        lane = self._status().lane.value
        return [(f"class:{lane}", lane), ("", " › ")]

    def _toolbar(self) -> StyleAndTextTuples:
        from prompt_toolkit.application import get_app

        width = get_app().output.get_size().columns
        return [("", status_line(self._status(), width))]

    def _bindings(self) -> KeyBindings:
        from prompt_toolkit.application import run_in_terminal
        from prompt_toolkit.enums import DEFAULT_BUFFER
        from prompt_toolkit.filters import Condition, has_focus
        from prompt_toolkit.key_binding import KeyBindings

        keys = KeyBindings()
        typing = has_focus(DEFAULT_BUFFER)
        empty = Condition(lambda: not self._ready().default_buffer.text)

        def act(action: Callable[[], str | None]) -> Callable[[KeyPressEvent], None]:
            async def run(event: KeyPressEvent) -> None:
                said = await run_in_terminal(action)
                if said is not None:
                    self._kept = event.current_buffer.text
                    event.app.exit(result=said)

            def handle(event: KeyPressEvent) -> None:
                event.app.create_background_task(run(event))

            return handle

        async def paste(event: KeyPressEvent) -> None:
            text, said = await in_thread(self._actions.paste)
            event.current_buffer.insert_text(text)
            if said:
                await run_in_terminal(lambda: self._actions.say(said))

        keys.add("c-v", filter=typing)(lambda event: _forget(event.app.create_background_task(paste(event))))
        keys.add("enter", filter=typing)(lambda event: event.current_buffer.validate_and_handle())
        for newline in (("c-j",), ("escape", "enter"), ("escape", "c-j")):
            keys.add(*newline, filter=typing)(lambda event: event.current_buffer.newline())
        keys.add("c-c")(self._interrupted)
        keys.add("<sigint>")(self._interrupted)
        keys.add("c-d", filter=empty)(lambda event: event.app.exit(exception=EOFError))
        keys.add("c-g", filter=typing)(lambda event: _edit_outside(event))
        keys.add("s-tab")(act(self._actions.mode))
        keys.add("escape", "l")(act(self._actions.lane))
        keys.add("c-o")(act(self._actions.expand))
        keys.add("?", filter=typing & empty)(act(self._actions.help))
        return keys

    def _interrupted(self, event: KeyPressEvent) -> None:
        """The first press clears the line, a second one without anything typed in between leaves."""
        buffer = self._ready().default_buffer
        if self._leaving and not buffer.text:
            event.app.exit(exception=KeyboardInterrupt)
            return
        buffer.reset()
        event.app.layout.focus(buffer)
        self._leaving = True
        buffer.on_text_changed += self._stays

    def _stays(self, _: object) -> None:
        self._leaving = False
        self._ready().default_buffer.on_text_changed -= self._stays


def private(path: Path) -> Path:
    """The file, made with its folder if need be, readable by its owner only."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.close(os.open(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600))
    path.chmod(0o600)
    return path


def _forget(task: object) -> None:
    """A key's handler gives nothing back."""


def _edit_outside(event: KeyPressEvent) -> None:
    event.current_buffer.open_in_editor()
