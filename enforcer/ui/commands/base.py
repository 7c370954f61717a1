"""What a slash command is, and what it may use of the session it runs in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from enforcer.config.change import Files, Place
from enforcer.config.load import Loaded
from enforcer.core.lanes import Lane, ModelRef
from enforcer.lanes.conversation import Conversation
from enforcer.lanes.wanted import Wanted
from enforcer.ledger.ledger import Ledger
from enforcer.permissions.policy import Policy
from enforcer.ui.findings import Found


class Host(Protocol):
    """The running session, as commands see it."""

    conversation: Conversation
    ledger: Ledger
    policy: Policy
    session_id: str
    folder: Path
    cwd: Path
    loaded: Loaded
    files: Files

    async def clear(self) -> None: ...

    def mend_ledger(self) -> str:
        """Read back what the ledger lost; what came back, or "". Raises: EnforcerError."""
        ...

    def say(self, text: str) -> None: ...

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None: ...

    def set_model(self, lane: Lane, ref: ModelRef) -> None: ...

    def effort(self, lane: Lane) -> str | None:
        """The effort level that was asked for."""
        ...

    def set_effort(self, lane: Lane, level: str | None) -> None:
        """From its next request on; None leaves it to the model."""
        ...

    async def doubts(self, wanted: Wanted) -> Sequence[str]:
        """A sentence for each model that its service does not list; asks for lists only."""
        ...

    def keep_lanes(self, wanted: Wanted, place: Place) -> Sequence[str]:
        """Write who serves which lane from the next session on; what came of it. Raises: UsageError."""
        ...

    async def examine(self) -> Sequence[Found]:
        """What the doctor finds."""
        ...

    def origin(self, key: str) -> str:
        """Where a setting's value came from."""
        ...

    def story(self) -> Mapping[str, Any]:
        """All that happened in this session, without secrets, for an export."""
        ...

    def copy(self, text: str) -> None:
        """Into the clipboard of the terminal."""
        ...

    async def pick(self) -> str:
        """The id of another session of this project, "" when the person chose none. Raises: UsageError."""
        ...

    def markdown(self, text: str) -> None:
        """Show a text as it is meant."""
        ...

    async def edit(self, path: Path) -> None:
        """Let the person change a file, and wait."""
        ...

    def build(self) -> str:
        """Begin clean from the specification; the prompt to run. Raises: UsageError."""
        ...

    def rules(self) -> Sequence[Sequence[str]]:
        """Each rule: its id, how it is held, its words, the checkpoint, and what that said last."""
        ...

    def fork(self) -> str:
        """Copy this session as it stands; the id of the copy. Raises: UsageError."""
        ...

    def rename(self, title: str) -> None:
        """Give this session a name; "" takes it away again."""
        ...


@dataclass(frozen=True, slots=True)
class Done:
    """What happens after a command: `leave` ends the session, `resume` opens another one, `prompt` is run."""

    leave: bool = False
    resume: str = ""
    prompt: str = ""


STAY = Done()
Run = Callable[[Host, str], Awaitable[Done]]


@dataclass(frozen=True, slots=True)
class Command:
    name: str
    usage: str
    help: str
    run: Run
    aliases: tuple[str, ...] = ()


def command(name: str, help: str, usage: str = "", aliases: tuple[str, ...] = ()) -> Callable[[Run], Command]:
    def decorate(run: Run) -> Command:
        return Command(name, usage, help, run, aliases)

    return decorate
