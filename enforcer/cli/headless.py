"""`enforcer -p`: no questions, one result; as text, as one JSON object, or as a stream of JSON lines."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from pathlib import Path

from enforcer.cli import garbage
from enforcer.cli.ending import run_to_end
from enforcer.cli.given import lanes_of, models_of
from enforcer.cli.opening import open_session
from enforcer.cli.options import PICK, Options
from enforcer.cli.pictures import given_images
from enforcer.cli.place import piped_input
from enforcer.core.errors import ExitCode, UsageError
from enforcer.core.events import Event, ToolFinished, TurnFinished, Within
from enforcer.core.lanes import ModelRef
from enforcer.providers.models import Models
from enforcer.ui.jsonl import JsonLines
from enforcer.ui.plain import Plain
from enforcer.ui.userlines import UserLine, read_user_lines


class Deeds:
    """Counts the tool calls that succeeded, so that "nothing was done" is a fact."""

    def __init__(self) -> None:
        self.done = 0

    def __call__(self, event: Event) -> None:
        match event:
            case ToolFinished(is_error=False):
                self.done += 1
            case Within(_, inner):
                self(inner)


def run_headless(options: Options, cwd: Path) -> int:
    if options.resume == PICK:
        raise UsageError("-r needs the id of a session with -p; enforcer -r lists them")
    return run_to_end(_main(options, cwd))


async def _main(options: Options, cwd: Path) -> int:
    streaming = options.input_format == "stream-json"
    prompt = UserLine(options.prompt if streaming else _whole_prompt(options), given_images(options.images))
    opening = await open_session(options, cwd, None)
    if not lanes_of(opening.loaded.settings):
        from enforcer.cli.firstrun import propose_offline

        opening, said = propose_offline(opening)
        sys.stderr.write("".join(f"enforcer: {sentence}\n" for sentence in said))
    shown = _shown(options, models_of(opening.paths))
    deeds = Deeds()
    session = opening.wire(None, [deeds, shown])
    garbage.running()
    code = int(ExitCode.OK)
    try:
        await session.start(opening.source)
        async for line in _prompts(prompt, streaming=streaming):
            typed = options.prompt if line is prompt else line.text  # what was piped in mentions no files of ours
            finished = await session.conversation.submit(line.text, images=line.images, typed=typed)
            code = exit_code(finished, deeds)
    finally:
        await session.close()
    return code


def _shown(options: Options, models: Models) -> Plain | JsonLines:
    """How the run is told."""

    def windows(ref: ModelRef) -> tuple[int, int]:
        facts = models.facts(ref)
        return facts.context, facts.max_output

    structured = options.shape.value if options.shape else None
    if options.output_format == "text":
        return Plain(sys.stdout, sys.stderr, verbose=options.verbose, structured=structured)
    whole = options.output_format == "stream-json"
    return JsonLines(sys.stdout, whole=whole, partial=options.partial, windows=windows, structured=structured)


def exit_code(finished: TurnFinished, deeds: Deeds) -> int:
    """0 done, 1 the run failed, 3 a checkpoint failed, 4 all that it wanted to do was refused."""
    if finished.reason == "checkpoint":
        return int(ExitCode.CHECKPOINT)
    if finished.denials and not deeds.done:
        return int(ExitCode.PERMISSION)
    return int(ExitCode.OK if finished.reason == "end" else ExitCode.RUN_ERROR)


def _whole_prompt(options: Options) -> str:
    text = "\n\n".join(part for part in (options.prompt.strip(), piped_input().strip()) if part)
    if not text:
        raise UsageError('-p needs a prompt; say it like this: enforcer -p "explain this repository"')
    return text


async def _prompts(first: UserLine, *, streaming: bool) -> AsyncIterator[UserLine]:
    if first.text:
        yield first
    if streaming:
        async for prompt in read_user_lines(sys.stdin.buffer, sys.stdout):
            yield prompt
