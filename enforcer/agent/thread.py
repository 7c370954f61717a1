"""A thread: the messages one model sees, trimmed by whole turns when its window is full."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from enforcer.core.errors import ContextTooSmall
from enforcer.core.lanes import Lane, ModelRef
from enforcer.core.messages import Image, Message, Part, Role, Search, Text, Thinking, ToolCall, ToolResult
from enforcer.providers.replay import Replay

CHARS_PER_TOKEN = 4  # an estimate that errs on the safe side for English and code
IMAGE_TOKENS = 1600
KEEP_AFTER_TRIM = 0.7  # trim well below the limit, so that the prefix is stable for many turns again


class Thread:
    """Messages of one lane, oldest first. Trimming hides turns from the model; it never forgets them."""

    def __init__(self, lane: Lane, messages: Iterable[Message] = ()) -> None:
        self.lane = lane
        self.replays: dict[ModelRef, Replay] = {}  # rendered messages, kept for each model that reads the thread
        self._messages: list[Message] = []
        self._sizes: list[int] = []  # tokens of each message, by estimate
        self._first = 0  # index of the oldest message the model still sees
        self.replace(messages)

    def __len__(self) -> int:
        return len(self._messages)

    @property
    def messages(self) -> tuple[Message, ...]:
        return tuple(self._messages)

    @property
    def visible(self) -> Sequence[Message]:
        """What the model sees: the first user message, and all since the last trim."""
        if not self._first:
            return self._messages
        return [self._messages[0], *self._messages[self._first :]]

    @property
    def unanswered(self) -> bool:
        return bool(self._messages) and self._messages[-1].role is Role.USER

    def add(self, message: Message) -> None:
        self._messages.append(message)
        self._sizes.append(estimate_tokens(message))

    def replace(self, messages: Iterable[Message]) -> None:
        self._messages, self._first = list(messages), 0
        self._sizes = [estimate_tokens(message) for message in self._messages]

    def take_back(self) -> None:
        """Forget the user messages at the end that no model answered."""
        while self.unanswered:
            self._messages.pop()
            self._sizes.pop()
        self._first = min(self._first, max(len(self._messages) - 1, 0))

    def fit(self, budget_tokens: int) -> int:
        """Hide the oldest whole turns until the estimate fits; the number of turns hidden now.

        Turns are never split: a ToolCall keeps its ToolResult. The first user message always stays.
        Raises: ContextTooSmall if the last turn alone exceeds `budget_tokens`.
        """
        if self._weight(self._first) <= budget_tokens:
            return 0
        starts = self._turn_starts()
        for hidden, start in enumerate(starts, 1):
            weight = self._weight(start)
            if weight <= budget_tokens * KEEP_AFTER_TRIM or (start == starts[-1] and weight <= budget_tokens):
                self._first = start
                return hidden
        least = self._weight(starts[-1] if starts else self._first)
        raise ContextTooSmall(
            f"the last request alone needs about {least:,} tokens and the {self.lane} model takes {budget_tokens:,}; "
            "make it shorter, or switch with /lane"
        )

    def halve(self) -> int:
        """Hide turns until half of what is visible is left, or the last turn alone; the number of turns hidden now."""
        starts, half = self._turn_starts(), self._weight(self._first) // 2
        for hidden, start in enumerate(starts, 1):
            if start == starts[-1] or self._weight(start) <= half:
                self._first = start
                return hidden
        return 0

    def _weight(self, first: int) -> int:
        """Tokens the model would see if it saw the first message and all from `first` on."""
        return sum(self._sizes[first:]) + (self._sizes[0] if first else 0)

    def _turn_starts(self) -> list[int]:
        """Where the turns behind the oldest visible one begin; two prompts in a row are one turn."""
        roles = [message.role for message in self._messages]
        later = range(self._first + 1, len(roles))
        return [i for i in later if roles[i] is Role.USER and roles[i - 1] is not Role.USER]


def estimate_tokens(message: Message) -> int:
    return sum(_part_tokens(part) for part in message.parts) + 4


def _part_tokens(part: Part) -> int:
    match part:
        case Text(text) | Thinking(text):
            return len(text) // CHARS_PER_TOKEN
        case ToolCall(_, name, input, broken):
            return (len(name) + len(broken or "") + sum(len(str(v)) + len(k) + 6 for k, v in input.items())) // 4
        case ToolResult(_, content, _, images):
            return len(content) // CHARS_PER_TOKEN + len(images) * IMAGE_TOKENS
        case Image():
            return IMAGE_TOKENS
        case Search(opaque=opaque):
            return len(str(opaque)) // CHARS_PER_TOKEN
