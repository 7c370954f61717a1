"""`enforcer route --jsonl`: a prompt as JSON on each line in, a decision as JSON on each line out, as they come."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from enforcer.cli.routing import Prompt
from enforcer.core.lanes import Lane, LaneDecision

FIELDS = ("lane", "task", "confidence", "abstained", "source", "reason", "runner_up", "steps", "us", "model")
CONTEXT = ("active_lane", "previous")
EXAMPLE = '{"text": "write a haiku about rain"}'


def told(decision: LaneDecision) -> dict[str, Any]:
    """A decision for programs; the fields that are promised come first."""
    data = decision.to_json()
    return {name: data[name] for name in FIELDS} | data


def answer(
    lines: Iterable[bytes], decide: Callable[[Prompt], LaneDecision], say: Callable[[Mapping[str, Any]], None]
) -> int:
    """A line is answered before the next one is read; how many could not be read. An empty one is none."""
    bad = 0
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            data = told(decide(read(line)))
        except ValueError as wrong:
            data, bad = {"line": number, "error": str(wrong)}, bad + 1
        say(data)
    return bad


def read(line: bytes) -> Prompt:
    """Raises: ValueError with one sentence that says what is wrong."""
    data = _object(line)
    text, context = data.get("text"), data.get("context")
    if not isinstance(text, str) or not text.strip():
        raise ValueError(f"'text' must be the prompt, like this: {EXAMPLE}")
    if not isinstance(context, Mapping | None):
        raise ValueError("'context' must be an object with active_lane and previous, or be left out")
    known = context or {}
    if unknown := [key for key in known if key not in CONTEXT]:
        raise ValueError(f"'context' has {unknown[0]!r}; it takes {' and '.join(CONTEXT)}")
    return Prompt(text, _lane(known.get("active_lane")), _previous(known.get("previous")))


def _object(line: bytes) -> Mapping[str, Any]:
    try:
        data = json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise ValueError("this line is not UTF-8") from None
    except RecursionError:
        raise ValueError("this line is nested too deeply") from None
    except ValueError as wrong:
        raise ValueError(f"this line is not JSON ({str(wrong).partition(':')[0].lower()})") from None
    if not isinstance(data, dict):
        raise ValueError(f"this line is no JSON object; write it like this: {EXAMPLE}")
    return data


def _lane(value: object) -> Lane | None:
    if value is None:
        return None
    if value not in list(Lane):  # a list from outside has no hash
        raise ValueError("'active_lane' must be creative or analytical")
    return Lane(str(value))


def _previous(value: object) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ValueError("'previous' must be the prompt before this one")
    return value
