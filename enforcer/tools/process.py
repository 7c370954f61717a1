"""Runs a shell command in a process group of its own and ends all of it in time. Judges nothing."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import signal
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from enforcer.core.errors import ToolError
from enforcer.tools.output import Capture

TIMEOUT_S = 120.0
MOST_TIMEOUT_S = 600.0
GRACE_S = 1.0  # between asking a group to end and ending it
POLL_S = 0.02
LATE_OUTPUT_S = 0.2  # for what a command's own children still write when it has ended
CHUNK = 65_536
BASHES = ("/bin/bash", "/usr/bin/bash", "/usr/local/bin/bash")

_KEYS = re.compile(
    r"(^|_)(API_?KEY|KEY|TOKEN|PAT|AUTH|CREDENTIALS?)$|API_?KEY|ACCESS_KEY|SECRET|PASSW(OR)?D|PASSPHRASE", re.IGNORECASE
)
_STEERING = re.compile(  # what makes a shell, a linker, Python or git do more than the command says
    r"^(BASH_ENV|ENV|PS4|PROMPT_COMMAND|SHELLOPTS|BASHOPTS|CDPATH|GLOBIGNORE|IFS|BASH_FUNC_.*|RIPGREP_CONFIG_PATH"
    r"|LD_.*|DYLD_.*|PYTHON(?!UTF8$|IOENCODING$|UNBUFFERED$|DONTWRITEBYTECODE$).*"
    r"|GIT_(?!AUTHOR_|COMMITTER_).*)$"
)
_SET = {
    "ENFORCER_AGENT": "1",
    "GIT_EDITOR": "true",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_PAGER": "cat",
    "PAGER": "cat",
    # A folder that only looks like a repository is none, and no repository names a program that git asks for changes.
    "GIT_CONFIG_COUNT": "2",
    "GIT_CONFIG_KEY_0": "safe.bareRepository",
    "GIT_CONFIG_VALUE_0": "explicit",
    "GIT_CONFIG_KEY_1": "core.fsmonitor",
    "GIT_CONFIG_VALUE_1": "false",
}


def child_environment(base: Mapping[str, str], secrets: Iterable[str] = ()) -> dict[str, str]:
    """`base` without keys, without what steers shells and git, and without any variable that holds one of `secrets`."""
    known = [secret for secret in secrets if secret]
    kept = {
        name: value
        for name, value in base.items()
        if not _KEYS.search(name) and not _STEERING.match(name) and not any(secret in value for secret in known)
    }
    return {**kept, **_SET}


def is_key(name: str) -> bool:
    """Whether a variable of this name holds a key, a token or a password."""
    return bool(_KEYS.search(name))


def shell_argv(command: str, bashes: Iterable[str] = BASHES) -> tuple[str, ...]:
    """No start-up file may change what was judged; the plain shell is for machines without bash."""
    bash = next((path for path in bashes if os.access(path, os.X_OK)), None)
    return (bash, "--noprofile", "--norc", "-c", command) if bash else ("/bin/sh", "-c", command)


@dataclass(frozen=True, slots=True)
class Ran:
    """`exit_code` None = it ran out of time. `text` is what a model reads, at most `output.LIMIT` characters."""

    exit_code: int | None
    text: str
    path: Path | None  # the full output, when `text` is not all of it
    ms: int
    left_behind: bool  # processes of it were still running and were ended

    @property
    def ok(self) -> bool:
        return self.exit_code == 0


async def run_command(
    command: str, *, cwd: Path, env: Mapping[str, str], outputs: Path, timeout_s: float = TIMEOUT_S
) -> Ran:
    """Runs to the end, to `timeout_s`, or until cancelled; in each case nothing of its group is left.

    Raises: ToolError when it cannot start.
    """
    started = time.monotonic()
    child = await Child.start(command, cwd=cwd, env=env, outputs=outputs)
    code: int | None = None
    try:
        async with asyncio.timeout(timeout_s):
            code = await child.wait()
    except TimeoutError:
        pass
    finally:
        left = await child.end()
    ms = int((time.monotonic() - started) * 1000)
    return Ran(code, child.capture.take(), child.capture.path, ms, left)


def ending(exit_code: int) -> str:
    """How a command ended, in words: `exit code 2`, `killed by SIGKILL`."""
    if exit_code >= 0:
        return f"exit code {exit_code}"
    try:
        return f"killed by {signal.Signals(-exit_code).name}"
    except ValueError:
        return f"killed by signal {-exit_code}"


class Child:
    """A running command; all it and its children print goes to `capture`."""

    def __init__(self, process: asyncio.subprocess.Process, drain: _Drain, capture: Capture) -> None:
        self.capture = capture
        self._process = process
        self._drain = drain
        self._over = False

    @classmethod
    async def start(cls, command: str, *, cwd: Path, env: Mapping[str, str], outputs: Path) -> Child:
        """Raises: ToolError."""
        capture = Capture(outputs)
        drain = _Drain(capture)
        try:
            process = await asyncio.create_subprocess_exec(
                *shell_argv(command),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=drain.write_fd,
                stderr=drain.write_fd,
                cwd=cwd,
                env=dict(env),
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            drain.close()
            raise ToolError(_why(error)) from error
        except asyncio.CancelledError:
            drain.close()
            raise
        drain.detach()
        return cls(process, drain, capture)

    @property
    def pid(self) -> int:
        return self._process.pid

    async def wait(self) -> int:
        """Until the command has ended; its children may go on."""
        code = await self._process.wait()
        if not self._drain.read():
            with suppress(TimeoutError):
                async with asyncio.timeout(LATE_OUTPUT_S):
                    await self._drain.ended.wait()
        return code

    async def end(self) -> bool:
        """End what is left of the group: politely, then not. True when something was; safe to call twice."""
        alive = not self._over and self._signal(signal.SIGTERM)
        try:
            if alive:
                await self._gone()
        finally:
            if alive:
                self._signal(signal.SIGKILL)
            self._drain.close()
        await self._process.wait()
        self._over = True  # from now on the number may be another group's
        return alive

    async def _gone(self) -> None:
        for _ in range(int(GRACE_S / POLL_S)):
            if not self._signal(0):
                return
            await asyncio.sleep(POLL_S)

    def _signal(self, number: int) -> bool:
        try:
            os.killpg(self._process.pid, number)
        except (ProcessLookupError, PermissionError):  # macOS answers EPERM for a group of zombies
            return False
        return True


class _Drain:
    """One pipe, emptied as the loop turns. Not asyncio's reader: that would wait for whoever keeps the pipe open."""

    def __init__(self, capture: Capture) -> None:
        self.ended = asyncio.Event()
        self._capture = capture
        self._loop = asyncio.get_running_loop()
        self._read_fd, self.write_fd = os.pipe()
        os.set_blocking(self._read_fd, False)
        self._loop.add_reader(self._read_fd, self._once)

    def detach(self) -> None:
        """The child has its own copy of the writing end; ours would keep the pipe open for ever."""
        os.close(self.write_fd)
        self.write_fd = -1

    def read(self) -> bool:
        """Take what is in the pipe now; True when nobody holds it any more. A pipe holds less than 64 chunks."""
        for _ in range(64):
            if self.ended.is_set() or not self._once():
                break
        return self.ended.is_set()

    def close(self) -> None:
        if self.write_fd >= 0:
            self.detach()
        if self._read_fd >= 0:
            self.read()
            self._loop.remove_reader(self._read_fd)
            os.close(self._read_fd)
            self._read_fd = -1
        self.ended.set()

    def _once(self) -> bool:
        try:
            data = os.read(self._read_fd, CHUNK)
        except BlockingIOError:
            return False
        if data:
            self._capture.write(data)
            return True
        self._loop.remove_reader(self._read_fd)
        self.ended.set()
        return False


def _why(error: OSError | ValueError) -> str:
    if isinstance(error, ValueError):
        return "the command holds a NUL character; send it without"
    if isinstance(error, FileNotFoundError):
        return f"the command could not start: no {error.filename or 'shell'}"
    return f"the command could not start: {(error.strerror or str(error)).lower()}"


def program(name: str, env: Mapping[str, str], roots: Iterable[Path]) -> str | None:
    """The absolute path of an installed program; one that lies in the project is not taken for it."""
    found = shutil.which(name, path=env.get("PATH", os.defpath))
    if found is None or not os.path.isabs(found):
        return None
    real = Path(os.path.realpath(found))
    return None if any(real.is_relative_to(root) for root in roots) else found
