"""The endpoints for closed questions as `VendorServer` speaks them: OpenAI's list of answers, Google's named ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.servers.vendor import Reply

OPENAI = "/v1/decisions"
GOOGLE = "/v1beta/decisions"
PATHS = {OPENAI, GOOGLE}

Event = dict[str, Any]


def answer(path: str, reply: Reply, model: str | None, body: Mapping[str, Any]) -> Event:
    """`reply.choices` in the order of the questions; a question without one is refused."""
    return _google(reply, body) if path == GOOGLE else _openai(reply, model, body)


def violation(path: str, body: Mapping[str, Any]) -> str:
    if unknown := set(body) - {"model", "input", "questions"}:
        return f"unknown fields {sorted(unknown)}"
    questions = body["questions"].values() if path == GOOGLE else body["questions"]
    choices = [question["criteria"] if path == GOOGLE else question["choices"] for question in questions]
    return "" if choices and all(2 <= len(each) <= 255 for each in choices) else "between 2 and 255 choices"


def _openai(reply: Reply, model: str | None, body: Mapping[str, Any]) -> Event:
    answers: list[Event] = []
    for place, question in enumerate(body["questions"]):
        name = {"name": question["name"]}
        if place >= len(reply.choices):
            answers.append({"type": "refusal", **name})
            continue
        choice, sure = reply.choices[place]
        values = [each["value"] for each in question["choices"]]
        shared = [{"value": value, "probability": _share(value, choice, sure, len(values))} for value in values]
        answers.append({"type": "choice", "choice": choice, "confidence": sure, "probabilities": shared, **name})
    used = {"model": model} if model else {}
    return {"answers": answers, **used, **({"usage": _openai_usage(reply)} if reply.usage else {})}


def _openai_usage(reply: Reply) -> Event:
    assert reply.usage
    return {
        "input_tokens": reply.usage.input,
        "input_tokens_details": {"cached_tokens": reply.usage.cached, "cache_write_tokens": 0},
        "output_tokens": 0,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": reply.usage.input,
    }


def _google(reply: Reply, body: Mapping[str, Any]) -> Event:
    if not reply.choices:
        return {"prompt_feedback": {"block_reason": "safety"}}
    answers: Event = {}
    for (name, question), (choice, sure) in zip(body["questions"].items(), reply.choices, strict=False):
        values = list(question["criteria"])
        shared = {value: _share(value, choice, sure, len(values)) for value in values}
        answers[name] = {"type": "choice", "choice": choice, "confidence": sure, "probabilities": shared}
    used = reply.usage.input if reply.usage else None
    return {"answers": answers} | ({"usage": {"total_input_tokens": used, "total_tokens": used}} if used else {})


def _share(value: str, choice: str, sure: float, count: int) -> float:
    return sure if value == choice else (1 - sure) / (count - 1)
