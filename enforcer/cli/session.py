"""`enforcer`: a session at the terminal, or one answer with -p."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from enforcer import __version__
from enforcer.cli.main import COMMANDS
from enforcer.cli.start import start

app = typer.Typer(add_completion=False, rich_markup_mode=None)

_NAME_WIDTH = max(map(len, COMMANDS))
COMMANDS_HELP = "\n".join(
    ["\b", "Other commands, each with --help:"]
    + [f"  enforcer {name:<{_NAME_WIDTH}}  {help}" for name, (_, help) in COMMANDS.items()]
)


@app.command(epilog=COMMANDS_HELP, context_settings={"help_option_names": ["-h", "--help"]})
def session(
    prompt: Annotated[
        str, typer.Argument(metavar="PROMPT", help="What to start with; text on stdin is put behind it.")
    ] = "",
    print_: Annotated[bool, typer.Option("-p", "--print", help="Answer once, without questions, and leave.")] = False,
    lane: Annotated[
        str | None, typer.Option(metavar="LANE", help="Start in this lane: creative or analytical.")
    ] = None,
    creative: Annotated[str | None, typer.Option(metavar="PROVIDER/MODEL", help="The creative model.")] = None,
    analytical: Annotated[str | None, typer.Option(metavar="PROVIDER/MODEL", help="The analytical model.")] = None,
    model: Annotated[
        str | None, typer.Option("-m", "--model", metavar="PROVIDER/MODEL", help="One model for both; no routing.")
    ] = None,
    effort: Annotated[
        str | None, typer.Option(metavar="LEVEL", help="How hard the models think: none, low, medium, high, max …")
    ] = None,
    json_schema: Annotated[
        str | None, typer.Option(metavar="SCHEMA", help="With -p: the answer is JSON of this shape (a file, or JSON).")
    ] = None,
    continue_: Annotated[
        bool, typer.Option("-c", "--continue", help="Go on with this project's last session.")
    ] = False,
    resume: Annotated[
        str | None, typer.Option("-r", "--resume", metavar="[ID]", help="Go on with a session; lists them without ID.")
    ] = None,
    fork: Annotated[
        bool, typer.Option("--fork-session", "--fork", help="With -c or -r: go on in a copy of the session.")
    ] = False,
    permission_mode: Annotated[
        str | None, typer.Option(metavar="MODE", help="default, acceptEdits, plan, dontAsk or bypassPermissions.")
    ] = None,
    allowed_tools: Annotated[
        list[str] | None,
        typer.Option(
            "--allowedTools", "--allowed-tools", metavar="RULES", help='What needs no question: "Read,Bash(git *)".'
        ),
    ] = None,
    disallowed_tools: Annotated[
        list[str] | None,
        typer.Option("--disallowedTools", "--disallowed-tools", metavar="RULES", help="What is always refused."),
    ] = None,
    max_turns: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Model requests per prompt, at most.")
    ] = None,
    add_dir: Annotated[
        list[str] | None, typer.Option(metavar="FOLDER", help="Another folder the tools may work in; repeatable.")
    ] = None,
    image: Annotated[
        list[str] | None,
        typer.Option("-i", "--image", metavar="FILE", help="Show this image with the prompt; repeatable."),
    ] = None,
    trust: Annotated[
        bool | None, typer.Option("--trust/--no-trust", help="Let this folder's hooks and allow rules act, or not.")
    ] = None,
    one_vendor: Annotated[
        bool, typer.Option("--one-vendor", help="Ask no other vendor than that of the lane the session starts in.")
    ] = False,
    output_format: Annotated[str, typer.Option(metavar="FORMAT", help="With -p: text, json or stream-json.")] = "text",
    input_format: Annotated[str, typer.Option(metavar="FORMAT", help="With -p: text or stream-json.")] = "text",
    include_partial_messages: Annotated[
        bool, typer.Option("--include-partial-messages", help="With stream-json: the pieces of text as they come.")
    ] = False,
    verbose: Annotated[bool, typer.Option("--verbose", help="Show lane decisions and hooks as they happen.")] = False,
    version: Annotated[bool, typer.Option("--version", help="Show the version and leave.")] = False,
) -> int:
    """Two brains in one session: a creative model and an analytical model.

    Models are named provider/model: anthropic/…, openai/…, or openai-compatible:NAME/… for any server that speaks
    Chat Completions. They come from flags, ENFORCER_CREATIVE and ENFORCER_ANALYTICAL, or the config file.
    """
    if version:
        sys.stdout.write(f"enforcer {__version__}\n")
        return 0
    return start(
        prompt=prompt,
        print_=print_,
        lane=lane,
        creative=creative,
        analytical=analytical,
        model=model,
        continue_=continue_,
        resume=resume,
        fork=fork,
        permission_mode=permission_mode,
        allowed_tools=allowed_tools or (),
        disallowed_tools=disallowed_tools or (),
        max_turns=max_turns,
        add_dir=add_dir or (),
        image=image or (),
        effort=effort,
        json_schema=json_schema,
        trust=trust,
        one_vendor=one_vendor,
        output_format=output_format,
        input_format=input_format,
        include_partial_messages=include_partial_messages,
        verbose=verbose,
    )
