"""`enforcer -p`: no questions, one result; as text, as one JSON object, or as a stream of JSON lines."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

from enforcer.cli.build import Session
from enforcer.cli.opening import open_session
from enforcer.cli.options import PICK, Options
from enforcer.cli.session import piped_input
from enforcer.core.errors import ExitCode, UsageError
from enforcer.core.events import TurnFinished
from enforcer.ui.jsonl import JsonLines, read_user_lines
from enforcer.ui.plain import Plain


def run_headless(options: Options, cwd: Path) -> int:
    if options.resume == PICK:
        raise UsageError("-r needs the id of a session with -p; enforcer -r lists them")
    return asyncio.run(_main(options, cwd))


async def _main(options: Options, cwd: Path) -> int:
    streaming = options.input_format == "stream-json"
    prompt = options.prompt if streaming else _whole_prompt(options)
    opening = await open_session(options, cwd, None)
    reader = (
        Plain(sys.stdout, sys.stderr, verbose=options.verbose)
        if options.output_format == "text"
        else JsonLines(sys.stdout, whole=options.output_format == "stream-json", partial=options.partial)
    )
    session = opening.wire(None, [reader])
    code = int(ExitCode.OK)
    try:
        await session.start("resume" if opening.resumed else "startup")
        async for text in _prompts(prompt, reader, streaming=streaming):
            finished = await session.conversation.submit(text)
            reader.result(finished)
            code = exit_code(finished, session)
    finally:
        await session.close()
    return code


def exit_code(finished: TurnFinished, session: Session) -> int:
    """contracts: 0 done, 1 the run failed, 4 everything it wanted to do was refused."""
    if finished.denials and not session.conversation.did_something:
        return int(ExitCode.PERMISSION)
    return int(ExitCode.OK if finished.reason == "end" else ExitCode.RUN_ERROR)


def _whole_prompt(options: Options) -> str:
    text = "\n\n".join(part for part in (options.prompt.strip(), piped_input().strip()) if part)
    if not text:
        raise UsageError('-p needs a prompt; say it like this: enforcer -p "explain this repository"')
    return text


async def _prompts(first: str, reader: Plain | JsonLines, *, streaming: bool) -> AsyncIterator[str]:
    if first:
        yield first
    if streaming:
        async for text in read_user_lines(sys.stdin.buffer, sys.stdout):
            yield text
