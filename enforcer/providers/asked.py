"""What is asked beside the conversation: effort, thinking, an answer of a given shape; and what models refuse of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from enforcer.providers.base import Request
from enforcer.providers.concessions import Concession, Made, refuses, says

EFFORT, THINKING, SCHEMA, CACHE_KEY = "effort", "thinking", "schema", "cache_key"
NAME = "answer"  # of the shape, where a service wants one

CONCESSIONS = (
    Concession(
        THINKING,
        says(
            r"(adaptive|thinking\.type|thinking).{0,80}not supported|not support.{0,40}(adaptive|thinking)"
            r"|expected .?(redacted_)?thinking"  # the turn was begun by another model, which thought elsewhere
        ),
        lambda request, head: "thinking" in head,
    ),
    Concession(
        EFFORT,
        says(r"(effort|reasoning).{0,80}(not support|unsupported|invalid)|(not |un)support.{0,80}(effort|reasoning)"),
        lambda request, head: request.effort,
        told="{service}/{model} takes no such effort level; it is left out from now on",
    ),
    Concession(CACHE_KEY, refuses("prompt_cache_key"), lambda request, head: request.cache_key),
    Concession(
        SCHEMA,
        says(
            r"json_?schema|structured output|output_(config|format)|text\.format|response_?(format|schema|mime)|grammar"
        ),
        lambda request, head: request.schema,
    ),
)


def granted(request: Request, without: Made) -> Request:
    """The request without what its model refused."""
    if EFFORT in without:
        request = replace(request, effort=None, thinking_tokens=None)
    if THINKING in without:
        request = replace(request, thinking=False, thinking_tokens=None)
    if CACHE_KEY in without:
        request = replace(request, cache_key="")
    return replace(request, schema=None) if SCHEMA in without else request


def shape(schema: Mapping[str, Any]) -> dict[str, Any]:
    """As OpenAI's wires name it; not strict, because that takes a part of JSON Schema only."""
    return {"name": NAME, "schema": schema, "strict": False}
