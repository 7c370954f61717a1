"""What serves a lane: one pinned model on one provider, with all that is known of it."""

from __future__ import annotations

from dataclasses import dataclass

from enforcer.agent.thread import Thread
from enforcer.core.errors import EnforcerError
from enforcer.core.lanes import ModelRef
from enforcer.core.messages import Message
from enforcer.providers.base import Provider, ProviderSettings
from enforcer.providers.models import ModelFacts
from enforcer.providers.pins import PinGuard
from enforcer.providers.replay import Replay

RESERVED_FOR_ANSWER = 0.25  # of the window, at most


@dataclass(slots=True)
class Endpoint:
    """Resolved once, when the lane's model is set or a sub-agent is spawned; nothing a model says changes it."""

    ref: ModelRef
    provider: Provider
    settings: ProviderSettings
    facts: ModelFacts
    guard: PinGuard
    effort: str | None = None  # as it is sent
    effort_note: str = ""  # why it is not what was asked for

    def render(self, thread: Thread, *more: Message) -> tuple[Message, ...]:
        """What the thread shows of itself, as this vendor takes it; each message is rendered once."""
        replay = thread.replays.get(self.ref)
        if replay is None:
            replay = thread.replays[self.ref] = Replay(self.provider.kind, images=self.facts.images, model=self.ref)
        return replay.render([*thread.visible, *more])

    @property
    def thinking_tokens(self) -> int | None:
        """The effort as a number, for the few models that take no word for it."""
        return self.facts.thinking_tokens.get(self.effort or "")

    @property
    def input_budget(self) -> int:
        """Tokens left for messages, once the answer has its room."""
        answer = min(self.facts.max_output, int(self.facts.context * RESERVED_FOR_ANSWER))
        return self.facts.context - answer


class PinViolation(EnforcerError):
    """Another model answered than the one that was asked for."""

    def __init__(self, pinned: ModelRef, served: str | None) -> None:
        super().__init__(f"{pinned} was asked for, but {served or 'no named model'} answered; its answer was not used")
        self.pinned = pinned
        self.served = served
