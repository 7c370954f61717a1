"""The same search by an installed ripgrep, or by our own engine as a process of its own; both can be ended."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import signal
import sys
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from enforcer.core.errors import ToolError
from enforcer.tools.search import BINARY_BYTES, MOST_BYTES, MOST_CHARACTERS, Hit, Query
from enforcer.tools.walk import repository

CHUNK = 65_536
OUR_OWN = "import sys; sys.path.append(sys.argv[1]); from enforcer.tools.search import main; sys.exit(main())"


class Unsuitable(Exception):
    """This ripgrep cannot do this query; our own engine can, or says what is wrong with it."""


def arguments(query: Query) -> list[str]:
    """Everything a configuration, a home or an environment could change is fixed here; no option runs a program."""
    top = repository(Path(query.root))
    ignoring = ["--no-require-git", "--no-ignore-parent"] if top is None else []
    if top is not None and not (top / ".git").is_dir():
        ignoring.append("--no-ignore-exclude")
    return [
        "--no-config",
        "--json",
        "--sort=path",
        "--crlf",
        "--no-messages",
        "--no-ignore-global",
        "--no-ignore-dot",
        *ignoring,
        f"--max-filesize={MOST_BYTES}",
        *(["--ignore-case"] if query.ignore_case else ["--case-sensitive"]),
        *(["--max-count=1"] if query.first_only else []),
        f"--before-context={query.before}",
        f"--after-context={query.after}",
        *([f"--glob={query.glob}"] if query.glob else []),
        f"--regexp={query.pattern}",
        "--",
        ".",
    ]


async def by_ripgrep(program: str, query: Query, env: Mapping[str, str]) -> AsyncGenerator[Hit, None]:
    """Raises: Unsuitable before the first hit."""
    hits: list[Hit] = []
    seen = False
    async with aclosing(_lines([program, *arguments(query)], b"", query.root, env)) as lines:
        async for line in lines:
            seen = True
            event = json.loads(line)
            match event["type"]:
                case "begin":
                    hits = []
                case "match" | "context":
                    hits.append(_hit(event))
                case "end":
                    for hit in hits if not _binary(event) else ():
                        yield hit
    if not seen:
        raise Unsuitable


async def by_our_own(query: Query, env: Mapping[str, str]) -> AsyncGenerator[Hit, None]:
    """In a fresh interpreter that takes nothing from the folder it stands in nor from its environment."""
    argv = [sys.executable, "-I", "-c", OUR_OWN, str(Path(__file__).parents[2])]
    async with aclosing(_lines(argv, json.dumps(asdict(query)).encode(), query.place, env)) as lines:
        async for line in lines:
            yield Hit(**json.loads(line))


def _binary(event: Mapping[str, Any]) -> bool:
    at = event["data"].get("binary_offset")
    return at is not None and at < BINARY_BYTES


def _hit(event: Mapping[str, Any]) -> Hit:
    data = event["data"]
    text = _plain(data["lines"]).removesuffix("\n").removeprefix("\ufeff")
    path = _plain(data["path"]).removeprefix("./")
    return Hit(path, data["line_number"], text[:MOST_CHARACTERS].removesuffix("\r"), event["type"] == "match")


def _plain(value: Mapping[str, str]) -> str:
    """What is not valid UTF-8 comes as base64."""
    return value["text"] if "text" in value else base64.b64decode(value["bytes"]).decode("utf-8", "replace")


async def _lines(argv: list[str], given: bytes, cwd: str, env: Mapping[str, str]) -> AsyncGenerator[bytes, None]:
    """Its output line by line; whoever stops reading early, or is cancelled, ends it."""
    try:
        process = await asyncio.create_subprocess_exec(
            *argv,
            stdin=asyncio.subprocess.PIPE if given else asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            cwd=cwd,
            env=dict(env),
            start_new_session=True,
        )
    except OSError as error:
        raise ToolError(f"cannot search {cwd}: {(error.strerror or str(error)).lower()}") from error
    output = process.stdout or asyncio.StreamReader()
    try:
        if process.stdin:
            process.stdin.write(given)
            process.stdin.close()
        rest = b""
        while chunk := await output.read(CHUNK):
            *whole, rest = (rest + chunk).split(b"\n")
            for line in whole:
                yield line
        if given and await process.wait():
            raise ToolError(f"the search in {cwd} broke off; try a simpler pattern")
    finally:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        while await output.read(CHUNK):  # to its end: asyncio keeps a pipe open that nobody empties
            pass
        await process.wait()
