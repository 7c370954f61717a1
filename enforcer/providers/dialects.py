"""What servers of Chat Completions refuse, in their own words, and what is left out for them then."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from enforcer.core.messages import Image, Thinking, ToolCall
from enforcer.providers import asked
from enforcer.providers.base import Request
from enforcer.providers.chunks import DETAILS, REASONING
from enforcer.providers.concessions import Concession, has, has_part, refuses, says

LEAST_ANSWER = 256  # tokens left for an answer; with fewer it is the conversation that is too long
_COUNTED = re.compile(
    r"maximum context length is (\d+).*?(\d+) (?:tokens )?(?:in|from) the (?:input )?messages",
    re.IGNORECASE | re.DOTALL,
)

STREAM_OPTIONS = "stream_options"
MAX_TOKENS = "max_tokens"
COMPLETION_TOKENS = "max_completion_tokens"  # not left out, but called that
EFFORT = "reasoning_effort"
FILLED = "filled reasoning"  # not left out, but "" where another model wrote the message
REASONED = "reasoning"
IMAGES = "images"
TOOLS = "tools"
SYSTEM = "system"  # said as the first message of the user


def _any(*tests: Callable[[str], object]) -> Callable[[str], object]:
    return lambda said: any(test(said) for test in tests)


def _room_for_an_answer(said: str) -> bool:
    """Some refuse when messages and the longest answer together exceed the window, though a shorter one would fit."""
    counts = _COUNTED.search(said)
    return bool(counts and int(counts[2]) + LEAST_ANSWER <= int(counts[1]))


def _has_system(request: Request, head: Mapping[str, Any]) -> bool:
    return bool(request.system)


CONCESSIONS = (
    Concession(STREAM_OPTIONS, refuses("stream_options"), has("stream_options")),
    Concession(COMPLETION_TOKENS, says(r"use '?max_completion_tokens"), has("max_tokens")),
    Concession(
        MAX_TOKENS,
        _any(
            _room_for_an_answer,
            says(
                r"max_(completion_)?tokens\W.{0,80}(too (large|high|big)|valid range|at most|less than|must be|exceed)"
            ),
            refuses("max_tokens"),
        ),
        lambda request, head: "max_tokens" in head or "max_completion_tokens" in head,
    ),
    Concession(
        EFFORT,
        _any(refuses("reasoning_effort"), says(r"not support (thinking|reasoning)|not a reasoning model")),
        has("reasoning_effort"),
        told="{service}/{model} takes no effort level; it is left out from now on",
    ),
    Concession(
        FILLED, says(r"reasoning_content.{0,120}(must be passed back|is missing|is required)"), has_part(ToolCall)
    ),
    Concession(REASONED, _any(*map(refuses, (*REASONING, DETAILS))), has_part(Thinking)),
    Concession(
        IMAGES,
        says(
            r"image input|image_url|input_image|images? (is|are) not (supported|allowed)|not a multimodal|mmproj"
            r"|not support (image|vision)|multi-?modal (data|input)"
        ),
        has_part(Image),
        told="{service}/{model} takes no images; it is told where one was left out",
    ),
    Concession(
        TOOLS,
        says(r"not support (tools|tool use|tool call|function)|tools? (use |calling )?(is|are) not supported"),
        has("tools"),
        told="{service}/{model} cannot call tools; it can only answer",
    ),
    *(concession for concession in asked.CONCESSIONS if concession.name == asked.SCHEMA),
    Concession(SYSTEM, says(r"system (role|message|prompt)s? (is |are )?not (supported|allowed)"), _has_system),
)
