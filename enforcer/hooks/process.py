"""Runs one command of the person in a session of its own, and ends all of it in time. Judges nothing."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

KEPT_BYTES = 1_000_000  # what comes after is read and thrown away, so that nobody blocks on a full pipe
GRACE_S = 0.2  # for output still in the pipe when the command has ended


@dataclass(frozen=True, slots=True)
class Ran:
    """`exit_code` None = it could not start or ran out of time; `failure` says which."""

    exit_code: int | None
    stdout: str = ""
    stderr: str = ""
    failure: str = ""


def shell_argv(command: str) -> tuple[str, ...]:
    return (shutil.which("bash") or "sh", "-c", command)


async def run_process(argv: Sequence[str], *, stdin: str, cwd: Path, env: Mapping[str, str], timeout_s: float) -> Ran:
    """Own pipes instead of asyncio's: a grandchild that keeps one open must not keep us waiting."""
    with ExitStack() as opened:  # a turn may be cancelled at any await, before the command has started too
        out, err = await _Drain.open(opened), await _Drain.open(opened)
        given = opened.enter_context(tempfile.TemporaryFile())
        given.write(stdin.encode("utf-8", "surrogateescape"))
        given.seek(0)
        try:
            process = await asyncio.create_subprocess_exec(
                *argv, stdin=given, stdout=out.write_fd, stderr=err.write_fd, cwd=cwd, env=env, start_new_session=True
            )
        except (OSError, ValueError) as error:
            return Ran(None, failure=f"could not start: {_why(error)}")
        out.detach()
        err.detach()
        try:
            return await _finish(process, out, err, timeout_s)
        finally:
            _end_group(process)
            await process.wait()


async def _finish(process: asyncio.subprocess.Process, out: _Drain, err: _Drain, timeout_s: float) -> Ran:
    try:
        async with asyncio.timeout(timeout_s):
            code = await process.wait()
    except TimeoutError:
        return Ran(None, out.text, err.text, f"ran out of time after {timeout_s:g} s")
    await asyncio.wait((out.task, err.task), timeout=GRACE_S)
    return Ran(code, out.text, err.text)


def _end_group(process: asyncio.subprocess.Process) -> None:
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):  # macOS answers EPERM for a group of zombies
        return


def _why(error: OSError | ValueError) -> str:
    return (error.strerror or str(error)) if isinstance(error, OSError) else str(error)


class _Drain:
    """The reading end of one pipe, emptied by a task of its own."""

    def __init__(self, write_fd: int, transport: asyncio.ReadTransport, reader: asyncio.StreamReader) -> None:
        self.write_fd = write_fd
        self._transport = transport
        self._kept = bytearray()
        self.task = asyncio.create_task(self._read(reader))

    @classmethod
    async def open(cls, opened: ExitStack) -> _Drain:
        """It is closed with `opened`."""
        read_fd, write_fd = os.pipe()
        reader = asyncio.StreamReader()
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(read_fd, "rb", buffering=0)
        )
        drain = cls(write_fd, transport, reader)
        opened.callback(drain.close)
        return drain

    @property
    def text(self) -> str:
        return self._kept.decode("utf-8", "replace")

    def detach(self) -> None:
        """The child has its own copy of the writing end; ours would keep the pipe open for ever."""
        if self.write_fd >= 0:
            os.close(self.write_fd)
            self.write_fd = -1

    def close(self) -> None:
        self.detach()
        self.task.cancel()
        self._transport.close()

    async def _read(self, reader: asyncio.StreamReader) -> None:
        while chunk := await reader.read(65536):
            self._kept += chunk[: max(0, KEPT_BYTES - len(self._kept))]
