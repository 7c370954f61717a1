"""From the flags as they were given to a session that runs; loads nothing of the command line's own library."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from enforcer.cli.options import Options, split_rules
from enforcer.cli.place import working_folder
from enforcer.core.errors import UsageError
from enforcer.core.lanes import Lane, effort_level

if TYPE_CHECKING:
    from enforcer.agent.shape import Shape

FORMATS = ("text", "json", "stream-json")


def start(
    *,
    prompt: str = "",
    print_: bool = False,
    lane: str | None = None,
    creative: str | None = None,
    analytical: str | None = None,
    model: str | None = None,
    continue_: bool = False,
    resume: str | None = None,
    fork: bool = False,
    permission_mode: str | None = None,
    allowed_tools: Sequence[str] = (),
    disallowed_tools: Sequence[str] = (),
    max_turns: int | None = None,
    add_dir: Sequence[str] = (),
    image: Sequence[str] = (),
    effort: str | None = None,
    json_schema: str | None = None,
    trust: bool | None = None,
    one_vendor: bool = False,
    output_format: str = "text",
    input_format: str = "text",
    include_partial_messages: bool = False,
    verbose: bool = False,
) -> int:
    """Raises: UsageError for a value no flag can have."""
    if fork and not (continue_ or resume):
        raise UsageError("--fork-session copies an earlier session; say which with -c or -r ID")
    if json_schema and not print_:
        raise UsageError('--json-schema is for one answer; use it with -p: enforcer -p "…" --json-schema FILE')
    options = Options(
        prompt=prompt,
        headless=print_ or input_format == "stream-json" or output_format == "stream-json",
        lane=_lane(lane),
        creative=creative,
        analytical=analytical,
        model=model,
        resume=resume,
        continue_last=continue_,
        fork=fork,
        permission_mode=permission_mode,
        allowed_tools=split_rules(allowed_tools),
        disallowed_tools=split_rules(disallowed_tools),
        max_turns=max_turns,
        add_dir=_folders(add_dir),
        images=tuple(image),
        effort=effort_level(effort) if effort else None,
        shape=_shape(json_schema) if json_schema else None,
        trust=trust,
        one_vendor=one_vendor,
        verbose=verbose,
        output_format=_format(output_format, FORMATS, "--output-format"),
        input_format=_format(input_format, ("text", "stream-json"), "--input-format"),
        partial=include_partial_messages,
    )
    cwd = working_folder()
    if options.headless:
        from enforcer.cli.headless import run_headless

        return run_headless(options, cwd)
    from enforcer.cli.interactive import run_interactive

    return run_interactive(options, cwd)


def _shape(given: str) -> Shape:
    """From a file, or from the JSON itself. Raises: UsageError."""
    import json

    from enforcer.agent.shape import Shape

    inline = given.lstrip().startswith("{")
    name = "--json-schema" if inline else f"--json-schema {given}"
    try:
        text = given if inline else Path(given).expanduser().read_text("utf-8")
        return Shape.of(json.loads(text), name)
    except OSError as error:
        raise UsageError(f"{name} cannot be read ({error.strerror}); check the path") from error
    except ValueError as error:
        raise UsageError(f"{name} is not JSON ({error}); correct it there") from error


def _lane(text: str | None) -> str | None:
    if text is not None and text not in set(Lane):
        raise UsageError(f"--lane {text}: there is no such lane; use creative or analytical")
    return text


def _format(text: str, known: tuple[str, ...], flag: str) -> str:
    if text not in known:
        raise UsageError(f"{flag} {text}: use one of {', '.join(known)}")
    return text


def _folders(given: Sequence[str]) -> tuple[str, ...]:
    for text in given:
        if not Path(text).expanduser().is_dir():
            raise UsageError(f"--add-dir {text}: there is no such folder; make it first")
    return tuple(given)
