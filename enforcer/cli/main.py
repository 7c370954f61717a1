"""The index of commands, and the boundary where every failure becomes a sentence and an exit code."""

from __future__ import annotations

import atexit
import errno
import logging
import os
import signal
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from io import TextIOWrapper
from typing import NoReturn

from enforcer.cli.options import normalise
from enforcer.core.errors import EnforcerError, ExitCode

# One line per command: name, module and app, help. Only the one that runs is imported.
COMMANDS: dict[str, tuple[str, str]] = {
    "auth": ("enforcer.cli.auth:app", "Keep, list and remove the keys of model services"),
    "check": ("enforcer.cli.check:app", "Run the checkpoints of this project now"),
    "config": ("enforcer.cli.config:app", "Show and change settings, with where each comes from"),
    "demo": ("enforcer.cli.demo:app", "Watch the main job run, with no key and no network"),
    "lanes": ("enforcer.cli.lanes:app", "Which model serves which lane; set or swap them"),
    "doctor": ("enforcer.cli.doctor:app", "Look at everything a session needs, and say what is to do"),
    "ledger": ("enforcer.cli.ledger:app", "What every model request asked for, got and cost"),
    "models": ("enforcer.cli.models:app", "What is known of models: windows, abilities, prices"),
    "route": ("enforcer.cli.route:app", "Which lane a prompt belongs to, and why"),
    "sessions": ("enforcer.cli.sessions:app", "List, show, export, rename and delete sessions"),
    "skill": ("enforcer.cli.skills:app", "Make and check skills (the same as skill-builder)"),
    "why": ("enforcer.cli.why:app", "Why a turn went as it did: lane, models, cost"),
}
SESSION = "enforcer.cli.session:app"
_OUTPUT_GONE = {errno.ENOSPC, errno.EIO, errno.EBADF}  # of the stream we print to; files have sentences of their own


def run(arguments: Sequence[str], *, program: str = "enforcer") -> int:
    """Run one command; the exit code. Never a traceback: what is our bug is written to a log and named."""
    name = arguments[0] if arguments else ""
    target = COMMANDS[name][0] if name in COMMANDS else SESSION
    rest = list(arguments[1:]) if name in COMMANDS else normalise(arguments)
    if name in COMMANDS and program == "enforcer":
        program = f"enforcer {name}"
    _prepare()
    try:
        code = _session(rest) if target == SESSION else None
        code = _call(target, rest, program) if code is None else code
        sys.stdout.flush()  # here, where it can still be said that the output is gone
        return code
    except EnforcerError as error:
        _say(str(error))
        return int(error.exit_code)
    except KeyboardInterrupt:
        return int(ExitCode.INTERRUPTED)
    except BrokenPipeError:  # the reader of our output has left; nobody is there to be told
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return int(ExitCode.RUN_ERROR)
    except OSError as error:
        if error.errno not in _OUTPUT_GONE:
            return _bug(error)
        _say(f"the output cannot be written ({error.strerror})")
        return int(ExitCode.RUN_ERROR)
    except Exception as error:
        return _bug(error)


def leave(code: int) -> NoReturn:
    """End the process without taking thousands of modules apart, which takes longer than many a run.

    All that is asked for at the end is done: threads are waited for, what was registered is called, output is written.
    """
    if sys.gettrace() or sys.getprofile():  # whoever watches wants the usual end
        sys.exit(code)
    for thread in threading.enumerate():
        if thread is not threading.main_thread() and not thread.daemon:
            thread.join()
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):  # said already, or nobody listens
            stream.flush()
    os._exit(code)


def _bug(error: Exception) -> int:
    _say(f"this is a bug in Enforcer ({type(error).__name__}); the details are in {_log(error)}")
    return int(ExitCode.BUG)


def _prepare() -> None:
    for number in (signal.SIGTERM, signal.SIGHUP):  # asked to end, or the terminal was closed
        signal.signal(number, _terminated)
    logging.getLogger("enforcer").addHandler(logging.NullHandler())  # what a person should read comes as a notice
    for stream in ("stdout", "stderr"):
        if getattr(sys, stream) is None:  # the caller closed it
            setattr(sys, stream, os.fdopen(os.open(os.devnull, os.O_WRONLY), "w", encoding="utf-8"))
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal of another encoding, or a file name that is no text


def _session(arguments: Sequence[str]) -> int | None:
    """Run a session whose flags are plain; None when they are not."""
    from enforcer.cli.quick import plain

    values = plain(arguments)
    if values is None:
        return None
    from enforcer.cli.start import start

    return start(**values)


def _call(target: str, arguments: list[str], program: str) -> int:
    import typer
    from typer.exceptions import TyperException
    from typer.main import get_command

    module, _, attribute = target.partition(":")
    app: typer.Typer = getattr(import_module(module), attribute)
    command = get_command(app)
    try:
        result = command.main(args=arguments, prog_name=program, standalone_mode=False)
    except typer.Exit as done:
        return int(done.exit_code)
    except typer.Abort:
        return int(ExitCode.INTERRUPTED)
    except TyperException as error:
        context = getattr(error, "ctx", None)  # of the very command, "enforcer sessions export"
        _say(f"{_usage_problem(error)}; see {context.command_path if context else program} --help")
        return int(ExitCode.USAGE)
    return result if isinstance(result, int) else int(ExitCode.OK)


def _usage_problem(error: Exception) -> str:
    """The sentence of a command-line mistake."""
    text = error.format_message() if hasattr(error, "format_message") else str(error)
    if text.startswith("Got unexpected extra argument"):
        return f"unexpected: {text.partition('(s) ')[2].strip('()')}; words that belong together need quotes"
    return text[:1].lower() + text[1:].strip().rstrip(".")


def _terminated(number: int, frame: object) -> None:
    # Unwinds the stack like Ctrl-C does, so that children end, the terminal is restored and the record is closed.
    raise SystemExit(128 + number)


def _say(text: str) -> None:
    from enforcer.ui.sanitize import clean  # what is quoted may be of a file or of a service

    sys.stderr.write(f"enforcer: {clean(text)}\n")


def _log(error: Exception) -> str:
    import tempfile
    import traceback

    from enforcer.config.keys import SECRETS

    text = "".join(traceback.format_exception(error))
    handle, path = tempfile.mkstemp(prefix="enforcer-bug-", suffix=".log")
    with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as log:
        log.write(SECRETS.scrub(text))
    return path
