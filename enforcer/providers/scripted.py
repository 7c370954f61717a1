"""A provider that says what a file tells it to: for tests, for the demo, and to see the harness work without a key."""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from enforcer.core.errors import UsageError
from enforcer.core.events import TextDelta, ThinkingDelta
from enforcer.core.messages import Message, Part, Role, Text, Thinking, ToolCall, Usage
from enforcer.providers.base import (
    Completed,
    Failure,
    ListedModel,
    ProviderError,
    ProviderSettings,
    Request,
    StopReason,
    StreamEvent,
)
from enforcer.providers.models import complaint, read_yaml

KIND = "scripted"
CHARS_PER_TOKEN = 4
ITSELF = "=model"  # `served` unless the file says otherwise: the id that was asked for


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Call(_Strict):
    name: str
    input: Mapping[str, Any] = Field(default_factory=dict)
    id: str | None = None
    broken: str | None = None


class Tokens(_Strict):
    input: int | None = None
    output: int | None = None
    cache_read: int | None = None
    cache_write: int | None = None


class Fault(_Strict):
    """Raised behind the reply's text, which is then what was cut off."""

    failure: Failure
    message: str = ""
    status: int | None = None
    retry_after_s: float | None = None


class Expect(_Strict):
    """What the request must hold, else the test or demo that wrote the file is told."""

    last_user_contains: str | None = None
    last_result_contains: str | None = None
    system_contains: str | None = None
    tools_include: tuple[str, ...] = ()
    tools_exclude: tuple[str, ...] = ()


class Reply(_Strict):
    """One answer. `usage: null` = the service did not say; left out = an estimate. `served: null` likewise."""

    text: str = ""
    thinking: str = ""
    calls: tuple[Call, ...] = ()
    usage: Tokens | None = None
    served: str | None = ITSELF
    stop: StopReason | None = None
    error: Fault | None = None
    expect: Expect = Expect()
    delay_ms: float = 0  # before each chunk


class _File(_Strict):
    """`otherwise`: what a model says, as often as it takes, when it is asked something its script does not expect."""

    models: dict[str, tuple[Reply, ...]]
    otherwise: dict[str, Reply] = {}


@dataclass(slots=True)
class Scenario:
    """Replies in order, one queue per model id; whoever holds the scenario takes from the same queues."""

    models: Mapping[str, Sequence[Reply]]
    source: str = "the scenario"
    otherwise: Mapping[str, Reply] = field(default_factory=dict)
    _queues: dict[str, deque[Reply]] = field(init=False)

    def __post_init__(self) -> None:
        self._queues = {model: deque(replies) for model, replies in self.models.items()}

    @classmethod
    def load(cls, path: Path) -> Scenario:
        """The same object for the same file, until the file changes. Raises: UsageError naming file and key."""
        key = (str(path.resolve()), path.stat().st_mtime_ns if path.exists() else 0)
        if key not in _LOADED:
            _LOADED[key] = cls.parse(read_yaml(path), str(path))
        return _LOADED[key]

    @classmethod
    def parse(cls, data: Any, source: str = "the scenario") -> Scenario:
        try:
            file = _File.model_validate(data)
            return cls(file.models, source, file.otherwise)
        except ValidationError as error:
            raise complaint(source, "", error) from error

    def left(self, model: str) -> int:
        return len(self._queues.get(model, ()))

    def answer(self, request: Request) -> tuple[int, Reply]:
        """The next reply if the request is what it expects, else `otherwise`. Raises: ProviderError."""
        queue, other = self._queues.get(request.model), self.otherwise.get(request.model)
        if other and not (queue and not _unmet(queue[0].expect, request)):
            return 0, other
        number, reply = self.take(request.model)
        unmet = _unmet(reply.expect, request)
        if unmet:
            where = f"{self.source}, {request.model}, reply {number}"
            raise ProviderError(f"{where}: expected {unmet}; correct the scenario or the prompt", failure=Failure.FATAL)
        return number, reply

    def take(self, model: str) -> tuple[int, Reply]:
        """The next reply, and its number from 1. Raises: ProviderError."""
        if model not in self._queues:
            known = ", ".join(self._queues) or "none"
            raise ProviderError(
                f"{self.source} has no model '{model}' (it has: {known}); choose one of those or add it",
                failure=Failure.NOT_FOUND,
            )
        replies, queue = len(self.models[model]), self._queues[model]
        if not queue:
            raise ProviderError(
                f"{self.source} has {_count(replies, 'reply', 'replies')} for the model '{model}' and was asked once "
                "more; add a reply",
                failure=Failure.FATAL,
            )
        return replies - len(queue) + 1, queue.popleft()


_LOADED: dict[tuple[str, int], Scenario] = {}


class ScriptedProvider:
    """`settings.base_url` is the path of a scenario file. `requests` has what it was asked, in order."""

    kind = KIND

    def __init__(self, settings: ProviderSettings) -> None:
        if not settings.base_url:
            raise UsageError(f"providers.{settings.name}.base_url is not set; give it the path of a scenario file")
        self._start(Scenario.load(Path(settings.base_url).expanduser()))

    @classmethod
    def of(cls, scenario: Scenario) -> ScriptedProvider:
        provider = cls.__new__(cls)
        provider._start(scenario)
        return provider

    def _start(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.requests: list[Request] = []

    async def stream(self, request: Request) -> AsyncGenerator[StreamEvent, None]:
        self.requests.append(request)
        number, reply = self.scenario.answer(request)
        for event in _deltas(reply):
            await asyncio.sleep(reply.delay_ms / 1000)
            yield event
        if reply.error:
            raise _failed(reply.error, reply.text)
        yield _completed(request, number, reply)

    async def models(self) -> tuple[ListedModel, ...]:
        return tuple(ListedModel(model) for model in self.scenario.models)

    async def close(self) -> None:
        """Nothing is held open."""


def _deltas(reply: Reply) -> list[StreamEvent]:
    thinking: list[StreamEvent] = [ThinkingDelta(word) for word in _words(reply.thinking)]
    return thinking + [TextDelta(word) for word in _words(reply.text)]


def _words(text: str) -> list[str]:
    return re.findall(r"\s*\S+|\s+\Z", text)


def _failed(fault: Fault, said: str) -> ProviderError:
    return ProviderError(
        fault.message or f"{KIND} failed as its scenario tells it to ({fault.failure})",
        failure=fault.failure,
        status=fault.status,
        retry_after_s=fault.retry_after_s,
        partial=Message(Role.ASSISTANT, (Text(said),), note="cut") if said else None,
    )


def _completed(request: Request, number: int, reply: Reply) -> Completed:
    parts: list[Part] = []
    if reply.thinking:
        parts.append(Thinking(reply.thinking, KIND, {"text": reply.thinking}))
    if reply.text:
        parts.append(Text(reply.text))
    slug = re.sub(r"[^a-zA-Z0-9_-]", "-", request.model)[:20]
    for index, call in enumerate(reply.calls, 1):
        parts.append(ToolCall(call.id or f"{slug}-{number}-{index}", call.name, call.input, call.broken))
    return Completed(
        Message(Role.ASSISTANT, tuple(parts)),
        _usage(request, reply),
        reply.stop or (StopReason.TOOLS if reply.calls else StopReason.END),
        request.model if reply.served == ITSELF else reply.served,
    )


def _usage(request: Request, reply: Reply) -> Usage:
    if reply.usage:
        return Usage(**reply.usage.model_dump())
    if "usage" in reply.model_fields_set:
        return Usage()
    sent = len(request.system) + sum(_length(part) for message in request.messages for part in message.parts)
    made = len(reply.text) + len(reply.thinking) + sum(len(call.name) + len(str(call.input)) for call in reply.calls)
    return Usage(sent // CHARS_PER_TOKEN, made // CHARS_PER_TOKEN)


def _length(part: Part) -> int:
    match part:
        case Text(text) | Thinking(text):
            return len(text)
        case ToolCall(_, name, input):
            return len(name) + len(str(input))
    return len(getattr(part, "content", ""))


def _unmet(expect: Expect, request: Request) -> str:
    """What was expected and what came, or ""."""
    user = next((m.text for m in reversed(request.messages) if m.role is Role.USER), "")
    result = next((r.content for m in reversed(request.messages) for r in reversed(m.results)), "")
    for name, wanted, got in (
        ("last_user_contains", expect.last_user_contains, user),
        ("last_result_contains", expect.last_result_contains, result),
        ("system_contains", expect.system_contains, request.system),
    ):
        if wanted is not None and wanted not in got:
            return f"{name} '{wanted}', and got '{got[:200]}'"
    names = {tool.name for tool in request.tools}
    missing, extra = set(expect.tools_include) - names, set(expect.tools_exclude) & names
    if missing or extra:
        told = f"tools_include {sorted(missing)}" if missing else f"tools_exclude {sorted(extra)}"
        return f"{told}, and got {sorted(names)}"
    return ""


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
