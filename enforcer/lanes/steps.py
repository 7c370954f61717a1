"""Splits a request into its steps. The lane of a request is the lane of the last thing it asks for."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from enforcer.core.lanes import Step
from enforcer.lanes.lexicon import MAKING, VERBS
from enforcer.lanes.prediction import Prediction

LONGEST = 1_200  # characters of a request that is taken apart
MOST = 12
SURE = 0.62  # a step below this has no lane of its own

_ITEM = re.compile(r"^\s*(?:\d{1,2}[.)]|[-*•]|step \d+[:.)])\s+(?=\w)", re.IGNORECASE | re.MULTILINE)
_JOINT = re.compile(
    r"(?:\s*[,;.]\s*|\s+)(?:and\s+)?(?:then|after that|afterwards|finally|lastly|next)\b[,:]?\s+(?=\w)"
    r"|\s*;\s+|\s*[.!]\s+(?=[A-Z\w])|\s*,?\s+and\s+(?=\w)|\s*,\s+(?=\w)",
    re.IGNORECASE,
)
_ALSO_ADJECTIVES = frozenset({"clean", "clear", "cool", "correct", "dry", "lean", "light", "open", "smooth", "warm"})
_OPENING = re.compile(
    r"^(?:(?:first|second|third|finally|lastly|next|then|now|also|and|please|can you|could you|i want you to"
    r"|i need you to|let's|after that)[\s,:]+)+",
    re.IGNORECASE,
)


def split_steps(request: str) -> tuple[str, ...]:
    """The things asked for, in order; one when it cannot be taken apart for sure."""
    text = request.strip()
    if len(text) > LONGEST:
        return (text,)
    items = _numbered(text)
    if len(items) > 1:
        return items
    parts: list[str] = []
    begin = 0
    for joint in _JOINT.finditer(text):
        if _commands(text[joint.end() :]) and _commands(parts[0] if parts else text):
            parts.append(text[begin : joint.start()])
            begin = joint.end()
    parts.append(text[begin:])
    steps = tuple(step for part in parts if (step := _OPENING.sub("", part.strip()).strip(" ,;.")))
    return steps if 1 < len(steps) <= MOST else (text,)


def plan_steps(request: str, predict: Callable[[str], Prediction]) -> tuple[tuple[Step, ...], Prediction | None]:
    """The steps with their lanes, and what decides: the prediction for the last step that has a lane.

    Nothing is decided when there is one step only, or no step has a lane.
    """
    texts = split_steps(request)
    if len(texts) < 2:
        return (), None
    predictions = [predict(text) for text in texts]
    steps = tuple(_step(text, prediction) for text, prediction in zip(texts, predictions, strict=True))
    last = next((p for p in reversed(predictions) if p.lane is not None and p.confidence >= SURE), None)
    return steps, last


def _step(text: str, prediction: Prediction) -> Step:
    return Step(text, prediction.lane if prediction.confidence >= SURE else None, prediction.task)


def _numbered(text: str) -> tuple[str, ...]:
    starts = list(_ITEM.finditer(text))
    if len(starts) < 2 or len(starts) > MOST:
        return ()
    ends: Sequence[int] = [*(item.start() for item in starts[1:]), len(text)]
    items = [text[item.end() : end].strip() for item, end in zip(starts, ends, strict=True)]
    return tuple(items) if all(_commands(item) for item in items) else ()


def _commands(text: str) -> bool:
    """Whether it begins with a verb that says what to do."""
    words = _OPENING.sub("", text.lstrip()).split(maxsplit=1)
    head = words[0].lower().strip(".,:;!?") if words else ""
    if head in _ALSO_ADJECTIVES and (len(words) == 1 or words[0][-1] in ".,:;!?"):
        return False  # "short and warm, for beginners" asks for one thing
    return head in VERBS or head in MAKING
