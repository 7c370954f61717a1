"""What a model service is to the rest of the house: one request in, a stream of deltas and one message out."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from enforcer.core.errors import EnforcerError
from enforcer.core.events import TextDelta, ThinkingDelta, WebSearched
from enforcer.core.messages import Message, ToolSpec, Usage


@dataclass(frozen=True, slots=True)
class ServerTool:
    """A tool that the service runs by itself. `WebSearch` is the only one; a vendor without it leaves it out."""

    name: str = "WebSearch"
    allowed_domains: tuple[str, ...] = ()
    blocked_domains: tuple[str, ...] = ()
    most: int = 5  # uses in one request, where the vendor counts them


@dataclass(frozen=True, slots=True)
class Question:
    """A closed question about what was said: one of `choices`, each with what it means ("" = the name says it)."""

    name: str
    text: str
    choices: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Request:
    """One model request. `messages` are already rendered for the vendor (`providers/replay.py`)."""

    model: str  # the vendor's own id, verbatim
    system: str
    messages: tuple[Message, ...]
    tools: tuple[ToolSpec, ...] = ()
    max_tokens: int = 8192
    effort: str | None = None  # low | medium | high | …; passed on where the vendor has it
    cache_key: str = ""  # the same for requests that begin alike, where a service sorts them by it
    schema: Mapping[str, Any] | None = None  # the JSON Schema an answer is to fit; who asks checks it
    thinking: bool = False  # whether the model is known to reason; some services refuse to be asked for thoughts else
    server_tools: tuple[ServerTool, ...] = ()
    thinking_tokens: int | None = None  # what the effort is for a model that takes a number instead of a word
    questions: tuple[Question, ...] = ()  # asked instead where the service has an endpoint for that; else passed over


class StopReason(StrEnum):
    END = "end"
    TOOLS = "tools"
    LENGTH = "length"
    PAUSE = "pause"  # the service stopped in the middle of its own tools; the same conversation again goes on
    REFUSAL = "refusal"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Completed:
    """The end of a stream. `served` is the model id the service named, None when it named none.

    `notes` are sentences for the person: what of the request this service would not take, said once.
    """

    message: Message
    usage: Usage
    stop: StopReason
    served: str | None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ListedModel:
    """A model as its service lists it; None where it does not say."""

    id: str
    context: int | None = None  # tokens
    max_output: int | None = None  # tokens
    name: str = ""  # for people


StreamEvent = TextDelta | ThinkingDelta | WebSearched | Completed


class Provider(Protocol):
    """`kind` names the wire: "anthropic", "openai", "chat", "scripted"; opaque blocks go back to the same kind only."""

    @property
    def kind(self) -> str: ...

    def stream(self, request: Request) -> AsyncIterator[StreamEvent]:
        """Deltas as they come, then exactly one Completed. Raises: ProviderError."""
        ...

    async def models(self) -> tuple[ListedModel, ...]:
        """What the service offers, in its order; a free request. Raises: ProviderError."""
        ...

    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class ProviderSettings:
    """What a provider is built from. `key` is passed to the SDK explicitly; it reads no environment by itself."""

    name: str  # as in a model ref: "anthropic", "openai", "openai-compatible:local"
    base_url: str | None = None
    key: str | None = None
    key_env: str = ""  # where the key is looked for, for messages
    tries: int = 5
    first_byte_s: float = 600.0
    idle_s: float = 90.0
    transport: str = "auto"  # what carries the requests: a name in `registry.TRANSPORTS`, auto for the lightest


class Failure(StrEnum):
    """What can be done about it."""

    RETRY = "retry"  # 408, 409, 429, >= 500, overloaded
    LOADING = "loading"  # a local server reads its model from the disk: it says so, and is worth waiting for
    UNREACHABLE = "unreachable"  # refused, DNS, TLS; retried like RETRY, told apart in the message
    CUT = "cut"  # the stream ended early; `partial` has what came
    AUTH = "auth"  # 401, 403, no key
    NOT_FOUND = "not_found"  # 404: model or address
    CONTEXT = "context"  # the prompt is too long
    FATAL = "fatal"  # any other 4xx, a page instead of a stream


class ProviderError(EnforcerError):
    """A model service failed. The message is one sentence that names the provider and what to do.

    `said` is what the service itself said, at length and without our key; it is for code, never shown.
    """

    def __init__(
        self,
        message: str,
        *,
        failure: Failure,
        status: int | None = None,
        retry_after_s: float | None = None,
        partial: Message | None = None,
        said: str = "",
    ) -> None:
        super().__init__(message)
        self.failure = failure
        self.status = status
        self.retry_after_s = retry_after_s
        self.partial = partial
        self.said = said

    @property
    def retryable(self) -> bool:
        return self.failure in {Failure.RETRY, Failure.LOADING, Failure.UNREACHABLE, Failure.CUT}

    @property
    def elsewhere(self) -> bool:
        """Whether another model may do better: this one is away, or the person has no access to it."""
        away = self.retryable or self.failure in {Failure.AUTH, Failure.NOT_FOUND}
        return away or self.status in {402, 429}  # the credits or the quota are spent
