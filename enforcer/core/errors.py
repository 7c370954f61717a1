"""The three kinds of failure: the model can mend it, the person can mend it, or it is our bug (and then it rises)."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What the process says when it ends."""

    OK = 0
    RUN_ERROR = 1
    USAGE = 2
    CHECKPOINT = 3
    PERMISSION = 4
    BUG = 70
    INTERRUPTED = 130
    TERMINATED = 143


class ToolError(Exception):
    """The model can mend this: the text goes back to it as the tool's result, so it says what to do instead."""


class EnforcerError(Exception):
    """The person can mend this: one sentence, an exit code, no traceback."""

    def __init__(self, message: str, *, exit_code: ExitCode = ExitCode.RUN_ERROR) -> None:
        super().__init__(message)
        self.exit_code = exit_code


class UsageError(EnforcerError):
    """A flag, a config file or an environment variable is wrong."""

    def __init__(self, message: str) -> None:
        super().__init__(message, exit_code=ExitCode.USAGE)


class ContextTooSmall(EnforcerError):
    """The last turn alone does not fit into the model's context window."""
