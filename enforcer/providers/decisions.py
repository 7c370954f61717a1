"""The vendors' endpoints for closed questions: a text and the choices go in, a choice with its probability comes back.

Whoever asks reads the same from every service: one JSON object with the choice of each question under its name, and
`confidence`, which is that of the first one. OpenAI lists its answers in order, Google names them.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from enforcer.core.messages import Text, Usage
from enforcer.providers import wire
from enforcer.providers.base import Question, Request, StopReason
from enforcer.providers.body import Body, Items, Run, compact_json

PATH = "/decisions"


def listed(request: Request, items: Callable[[Run], Items]) -> Body:
    """OpenAI's; `items` writes a message as its other endpoint takes it."""
    head = {"model": request.model, "questions": [_listed(question) for question in request.questions]}
    return Body(head, "input", [(message,) for message in request.messages], items)


def named(request: Request) -> Body:
    """Google's."""
    head = {"model": request.model, "questions": {question.name: _named(question) for question in request.questions}}
    return Body(head, "input", [request.messages], _texts)


class Decided(wire.Reader):
    """Reads an answer, which comes as one JSON object."""

    vendor = ""

    def __init__(self, request: Request) -> None:
        super().__init__(request)
        self._questions = request.questions

    def feed(self, event: Mapping[str, Any]) -> list[wire.Delta]:
        self.error = event.get("error") or None
        served = event.get("model")
        self.served = served if isinstance(served, str) and served else None
        self.usage = self.count(wire.mapping(event.get("usage")))
        self.done = self.ended = "answers" in event or self.refused(event)
        answers = self.answers(event)
        if not self.done or len(answers) < len(self._questions):
            self.stop = StopReason.REFUSAL
            return []
        return self.draft.say("answer", compact_json(_said(self._questions, answers)))

    @abstractmethod
    def answers(self, event: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        """Those that chose, in the order of the questions."""

    @abstractmethod
    def count(self, usage: Mapping[str, Any]) -> Usage: ...

    def refused(self, event: Mapping[str, Any]) -> bool:
        """The service would not look at the text."""
        return False


class Listed(Decided):
    """OpenAI's answers."""

    vendor = "openai"

    def answers(self, event: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        said = event.get("answers")
        return _chosen(said if isinstance(said, list) else ())

    def count(self, usage: Mapping[str, Any]) -> Usage:
        return Usage(
            input=wire.tokens(usage, "input_tokens"),
            output=wire.tokens(usage, "output_tokens"),
            cache_read=wire.tokens(usage, "input_tokens_details", "cached_tokens"),
            cache_write=wire.tokens(usage, "input_tokens_details", "cache_write_tokens"),
        )


class Named(Decided):
    """Google's answers; it does not say which model gave them."""

    vendor = "google"

    def answers(self, event: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        said = wire.mapping(event.get("answers"))
        return _chosen([said.get(question.name) for question in self._questions])

    def count(self, usage: Mapping[str, Any]) -> Usage:
        """What is 0 is left out, and these answers are no tokens."""
        read = wire.tokens(usage, "total_input_tokens")
        made = wire.tokens(usage, "total_output_tokens")
        return Usage(
            input=read,
            output=0 if made is None and read is not None else made,
            cache_read=wire.tokens(usage, "total_cached_tokens"),
        )

    def refused(self, event: Mapping[str, Any]) -> bool:
        return bool(wire.mapping(event.get("prompt_feedback")).get("block_reason"))


def _listed(question: Question) -> dict[str, Any]:
    choices = [{"value": value, "description": meant} for value, meant in question.choices.items()]
    told = [{name: text for name, text in choice.items() if text} for choice in choices]
    return {"type": "choice", "name": question.name, "instructions": question.text, "choices": told}


def _named(question: Question) -> dict[str, Any]:
    return {"type": "choice", "instructions": question.text, "criteria": dict(question.choices)}


def _texts(run: Run) -> Items:
    parts = [part for message in run for part in message.parts if isinstance(part, Text) and part.text.strip()]
    return [{"type": "text", "text": part.text} for part in parts]


def _chosen(answers: Sequence[object]) -> list[Mapping[str, Any]]:
    found = [wire.mapping(answer) for answer in answers]
    return [answer for answer in found if answer.get("type") == "choice" and isinstance(answer.get("choice"), str)]


def _said(questions: Sequence[Question], answers: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    chosen = {question.name: answer["choice"] for question, answer in zip(questions, answers, strict=False)}
    return chosen | {"confidence": answers[0].get("confidence")}
