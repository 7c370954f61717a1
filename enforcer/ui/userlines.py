"""Prompts that come in as stream-json lines; control requests are answered at once, bad lines are named."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import Any, TextIO

UNSUPPORTED = "Enforcer does not serve control requests; it takes user messages on stdin"


@dataclass(frozen=True, slots=True)
class UserLine:
    text: str


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


async def read_user_lines(
    stream: TextIO, *, reply: Callable[[dict[str, Any]], None], error: Callable[[str], None]
) -> AsyncIterator[str]:
    """The prompts, as they come; replies and errors go out from the event loop, also while a turn runs."""
    loop = asyncio.get_running_loop()
    prompts: asyncio.Queue[str | None] = asyncio.Queue()

    def take(text: str) -> None:
        match parse_line(text):
            case UserLine(prompt):
                prompts.put_nowait(prompt)
            case Reply(response):
                reply(response)
            case BadLine(why):
                error(why)

    def work() -> None:
        for text in stream:
            loop.call_soon_threadsafe(take, text)
        loop.call_soon_threadsafe(prompts.put_nowait, None)

    # A daemon: a reader that is stuck in a read must not hold the exit.
    threading.Thread(target=work, daemon=True, name="stdin").start()
    while (prompt := await prompts.get()) is not None:
        yield prompt


def _user(content: Any) -> UserLine | BadLine:
    if isinstance(content, str):
        return UserLine(content)
    blocks = content if isinstance(content, list) else [content]
    texts = [str(b["text"]) for b in blocks if isinstance(b, Mapping) and b.get("type") == "text" and "text" in b]
    if len(texts) < len(blocks) or not texts:
        return BadLine("a user message may hold text blocks only; this one holds something else")
    return UserLine("\n".join(texts))
