"""Prompts that come in as stream-json lines; control requests are answered at once, bad lines are named."""

from __future__ import annotations

import asyncio
import base64
import json
import threading
from collections.abc import AsyncIterator, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TextIO

from enforcer.core.errors import ToolError
from enforcer.core.messages import Image
from enforcer.tools.images import image_of
from enforcer.ui.encode import encode

UNSUPPORTED = "Enforcer does not serve control requests; it takes user messages on stdin"


@dataclass(frozen=True, slots=True)
class UserLine:
    text: str
    images: tuple[Image, ...] = ()


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer that goes out at once."""

    response: dict[str, Any]


@dataclass(frozen=True, slots=True)
class BadLine:
    error: str


def parse_line(text: str) -> UserLine | Reply | BadLine | None:
    """None for what asks for nothing: an empty line, a keep-alive."""
    if not text.strip():
        return None
    try:
        data = json.loads(text)
    except ValueError as error:
        return BadLine(f"this input line is not JSON ({error}); send one JSON object per line")
    match data:
        case {"type": "user", "message": {"content": content}}:
            return _user(content)
        case {"type": "control_request", "request_id": id}:
            return Reply(
                {
                    "type": "control_response",
                    "response": {"subtype": "error", "request_id": id, "error": UNSUPPORTED},
                }
            )
        case {"type": "keep_alive" | "control_cancel_request" | "control_response"}:
            return None
        case {"type": kind}:
            return BadLine(f"an input line of type '{kind}' is not known; send type user")
    return BadLine("an input line must be a JSON object with a type")


async def read_user_lines(stream: Iterable[bytes], out: TextIO) -> AsyncIterator[UserLine]:
    """The prompts, as they come; answers and errors go to `out` at once, also while a turn runs."""
    loop = asyncio.get_running_loop()
    prompts: asyncio.Queue[UserLine | None] = asyncio.Queue()

    def take(text: str) -> None:
        match parse_line(text):
            case UserLine() as prompt:
                prompts.put_nowait(prompt)
            case Reply(response):
                _write(out, response)
            case BadLine(why):
                _write(out, {"type": "system", "subtype": "input_error", "error": why})

    def work() -> None:
        with suppress(RuntimeError):  # the session ended, and its loop with it, while we waited for a line
            for line in stream:
                loop.call_soon_threadsafe(take, line.decode("utf-8", "replace"))
            loop.call_soon_threadsafe(prompts.put_nowait, None)

    # A daemon: a reader that is stuck in a read must not hold the exit.
    threading.Thread(target=work, daemon=True, name="stdin").start()
    while (prompt := await prompts.get()) is not None:
        yield prompt


def _write(out: TextIO, data: dict[str, Any]) -> None:
    out.write(encode(data))
    out.flush()


def _user(content: Any) -> UserLine | BadLine:
    if isinstance(content, str):
        return UserLine(content)
    texts: list[str] = []
    images: list[Image] = []
    for block in content if isinstance(content, list) else [content]:
        match block:
            case {"type": "text", "text": str(text)}:
                texts.append(text)
            case {"type": "image", "source": {"type": "base64", "data": str(data)}}:
                try:
                    images.append(image_of(base64.b64decode(data, validate=True), "the image of this line"))
                except (ToolError, ValueError) as error:
                    return BadLine(
                        str(error) if isinstance(error, ToolError) else "an image of this line is not base64"
                    )
            case _:
                return BadLine("a user message may hold text and base64 image blocks; this one holds something else")
    if not "".join(texts).strip():
        return BadLine("a user message needs a text; this one has none")
    return UserLine("\n".join(texts), tuple(images))
