"""What one lane must know of the other: the handoff at a switch, the delta on return, and the last exchanges."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from enforcer.agent.loop import Agent
from enforcer.agent.requester import Origin
from enforcer.agent.thread import Thread
from enforcer.core.errors import EnforcerError
from enforcer.core.events import Emit, HistoryReplayed, Notice
from enforcer.core.lanes import Lane
from enforcer.core.messages import Message, Role, Text, message_to_json, user
from enforcer.core.requests import Purpose
from enforcer.lanes.handoff import (
    OUTGOING_PROMPT,
    Handoff,
    HandoffFacts,
    as_context_block,
    build,
    delta,
    flatten_exchanges,
    parse_markdown,
    parse_outgoing,
    validate,
)
from enforcer.providers.base import Request
from enforcer.session.resume import Said

OUTGOING_TOKENS = 600


@dataclass(frozen=True, slots=True)
class Carried:
    """What the next prompt of a lane is preceded by."""

    blocks: tuple[str, ...] = ()
    path: Path | None = None
    bytes: int = 0
    full_bytes: int = 0  # what the whole history would have taken


@dataclass(slots=True)
class Exchange:
    """One prompt and what came of it, in the lane it ran in."""

    lane: Lane
    prompt: str
    messages: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class _Before:
    """How things were before something was carried to a lane."""

    known: int
    heard: int
    messages: int  # of the lane's thread
    waiting: Carried | None
    last: Handoff | None
    last_path: Path | None


@dataclass(slots=True)
class Bridge:
    """Keeps the one transcript both threads can be rebuilt from; code fills in what code knows."""

    root: Path
    folder: Callable[[], Path]  # <session>/handoffs, made on demand
    facts: Callable[[], HandoffFacts]  # files, tasks and constraints as they are now
    emit: Emit
    mode: str = "artifact"  # artifact | full
    tail_turns: int = 2
    max_tokens: int = 2000
    exchanges: list[Exchange] = field(default_factory=list)
    last: Handoff | None = None
    last_path: Path | None = None
    _known: dict[Lane, int] = field(default_factory=lambda: dict.fromkeys(Lane, 0))  # exchanges a lane knows of
    _heard: dict[Lane, int] = field(default_factory=lambda: dict.fromkeys(Lane, 0))  # messages of its own thread
    _before: dict[Lane, _Before] = field(default_factory=dict)  # to undo the last switch to it
    _taken: dict[Lane, tuple[Carried | None, int]] = field(default_factory=dict)  # by the prompt that runs
    _waiting: dict[Lane, Carried] = field(default_factory=dict)

    @property
    def last_user(self) -> str:
        return self.exchanges[-1].prompt if self.exchanges else ""

    @property
    def last_assistant(self) -> str:
        messages = self.exchanges[-1].messages if self.exchanges else ()
        return next((m.text for m in reversed(messages) if m.role is Role.ASSISTANT and m.text), "")

    def heard(self, lane: Lane, prompt: str, thread: Thread) -> None:
        """A turn ended in `lane`: from now on the other lane has something to catch up on."""
        news = thread.messages[self._heard[lane] :]
        if any(message.role is Role.ASSISTANT for message in news):
            # The prompt alone: what preceded it (a handoff) came from the other lane anyway.
            said = tuple(message for message in news if message.role is not Role.USER)
            shown = [image for message in news if message.role is Role.USER for image in message.images]
            self.exchanges.append(Exchange(lane, prompt, (user(prompt, *shown), *said)))
            self._known[lane] = len(self.exchanges)
            self._heard[lane] = len(thread)

    def restore(self, said: Sequence[Said]) -> None:
        """Rebuild what was exchanged; a lane knows all up to its own last word, as it did when that was said."""
        turn: tuple[Lane, int] | None = None
        for each in said:
            lane, message = each.lane, each.message
            self._heard[lane] += 1
            if message.role is not Role.USER:
                self._hears(lane, message, replayed=each.replayed)
            elif not each.replayed and turn != (lane, each.turn):
                turn = (lane, each.turn)
                texts = [part.text for part in message.parts if isinstance(part, Text)]
                prompt = texts[-1] if texts else ""
                self.exchanges.append(Exchange(lane, prompt, (user(prompt, *message.images),)))
            self._known[lane] = len(self.exchanges)

    def tell(self, lane: Lane, texts: Sequence[str]) -> None:
        """Put texts before the next prompt of a lane (what a SessionStart hook has to say)."""
        waiting = self._waiting.get(lane, Carried())
        self._waiting[lane] = replace(waiting, blocks=(*waiting.blocks, *texts))

    def take(self, lane: Lane) -> Carried | None:
        """What is to precede the next prompt of `lane`: a switch left it, or the other lane has moved on."""
        waiting = self._waiting.pop(lane, None)
        self._taken[lane] = (waiting, self._known[lane])
        return _joined(waiting, self._caught_up(lane))

    def reread(self, lane: Lane) -> tuple[Carried, list[str]]:
        """Take over what the person changed in the saved handoff, or say what is wrong with it."""
        carried = self._waiting[lane]
        if self.last is None or self.last_path is None:
            return carried, []
        edited = parse_markdown(self.last_path.read_text("utf-8"), self.last)
        problems = validate(edited, root=self.root, known_directives=self.last.constraints, max_tokens=self.max_tokens)
        if problems:
            return carried, problems
        self.last = edited
        edited.save(self.last_path.parent, _number(self.last_path))
        blocks = (as_context_block(edited), *carried.blocks[1:])
        size = sum(len(block.encode()) for block in blocks)
        self._waiting[lane] = replace(carried, blocks=blocks, bytes=size)
        return self._waiting[lane], []

    def give_back(self, lane: Lane) -> None:
        """The prompt that took it was never answered: the next one is to have it."""
        waiting, self._known[lane] = self._taken.pop(lane, (self._waiting.get(lane), self._known[lane]))
        self._wait(lane, waiting)

    def undo(self, lane: Lane, thread: Thread) -> None:
        """The switch to `lane`, whose thread is `thread`, did not happen after all."""
        before = self._before.pop(lane, None)
        if before is None:
            return
        self._known[lane], self._heard[lane] = before.known, before.heard
        self.last, self.last_path = before.last, before.last_path
        self._wait(lane, before.waiting)
        if len(thread) > before.messages:
            thread.replace(thread.messages[: before.messages])

    def begin_clean(self, lane: Lane, block: str, path: Path) -> None:
        """The lane's thread is empty now: this block is all its next prompt is preceded by."""
        self._known[lane], self._heard[lane] = len(self.exchanges), 0
        self._before.pop(lane, None)
        self._taken.pop(lane, None)
        self._waiting[lane] = Carried((block,), path, len(block.encode()))

    def clear(self) -> None:
        self.exchanges.clear()
        self._waiting.clear()
        self._before.clear()
        self._taken.clear()
        self._known = dict.fromkeys(Lane, 0)
        self._heard = dict.fromkeys(Lane, 0)
        self.last = self.last_path = None

    async def carry(
        self,
        from_lane: Lane,
        to_lane: Lane,
        threads: Mapping[Lane, Thread],
        outgoing: Agent | None,
        origin: Origin,
        held: str,
    ) -> Carried:
        """Build what the target lane is told. No artifact while the outgoing thread is empty."""
        missed = self.exchanges[self._known[to_lane] :]
        self._before[to_lane] = self._now(to_lane, threads[to_lane])
        full = _bytes(threads[from_lane].messages)
        if not missed:
            return Carried(full_bytes=full)
        if self.mode == "full":
            return self._replay(to_lane, threads[to_lane], missed, full)
        said = await self._ask(outgoing, threads[from_lane], origin) if outgoing else ""
        carried = self._artifact(from_lane, to_lane, threads, missed, said, held, full)
        self._waiting[to_lane] = _joined(carried, self._waiting.get(to_lane)) or carried
        self._known[to_lane] = len(self.exchanges)
        return carried

    def _artifact(
        self,
        from_lane: Lane,
        to_lane: Lane,
        threads: Mapping[Lane, Thread],
        missed: Sequence[Exchange],
        said: str,
        held: str,
        full: int,
    ) -> Carried:
        decisions, questions = parse_outgoing(said)
        facts = replace(self.facts(), goal=missed[-1].prompt, held_prompt=held)
        handoff = build(from_lane, to_lane, facts, decisions, questions, max_tokens=self.max_tokens)
        returning = self.last if len(threads[to_lane]) else None
        shown = delta(returning, handoff) if returning else handoff
        problems = validate(handoff, root=self.root, known_directives=facts.constraints, max_tokens=self.max_tokens)
        for problem in problems:
            self.emit(Notice(f"handoff: {problem}", "warning"))
        folder = self.folder()
        path = handoff.save(folder, _next_number(folder))
        self.last, self.last_path = handoff, path
        tail = flatten_exchanges([m for exchange in missed for m in exchange.messages], self.tail_turns)
        blocks = tuple(filter(None, [as_context_block(shown), tail]))
        return Carried(blocks, path, sum(len(block.encode()) for block in blocks), full)

    def _now(self, lane: Lane, thread: Thread) -> _Before:
        waiting = self._waiting.get(lane)
        return _Before(self._known[lane], self._heard[lane], len(thread), waiting, self.last, self.last_path)

    def _wait(self, lane: Lane, carried: Carried | None) -> None:
        self._waiting.pop(lane, None)
        if carried is not None:
            self._waiting[lane] = carried

    def _hears(self, lane: Lane, message: Message, *, replayed: bool) -> None:
        last = self.exchanges[-1] if self.exchanges else None
        if last is not None and last.lane is lane and not replayed:
            last.messages = (*last.messages, message)

    def _replay(self, lane: Lane, thread: Thread, missed: Sequence[Exchange], full: int) -> Carried:
        messages = tuple(message for exchange in missed for message in exchange.messages)
        for message in messages:
            thread.add(message)
        self.emit(HistoryReplayed(lane, messages))  # a resumed session has to have it in this lane, too
        self._heard[lane] = len(thread)
        self._known[lane] = len(self.exchanges)
        return Carried((), None, full, full)

    def _caught_up(self, lane: Lane) -> Carried | None:
        """Turns that ran in the other lane without a switch (`@creative …`) are told as plain text."""
        missed = [exchange for exchange in self.exchanges[self._known[lane] :] if exchange.lane is not lane]
        self._known[lane] = len(self.exchanges)
        if not missed:
            return None
        tail = flatten_exchanges([m for exchange in missed for m in exchange.messages], self.tail_turns)
        return Carried((f"[meanwhile, in the {lane.other} lane]\n{tail}",))

    async def _ask(self, agent: Agent, thread: Thread, origin: Origin) -> str:
        """Decisions and open questions in the outgoing model's words; "" when it cannot say: no switch waits for it."""
        request = Request(
            model=agent.endpoint.ref.model,
            system=agent.system,
            messages=agent.endpoint.render(thread, user(OUTGOING_PROMPT)),
            tools=agent.pipeline.toolbox.specs(),
            max_tokens=OUTGOING_TOKENS,
            cache_key=origin.cache_key,
        )
        purpose = replace(origin, purpose=Purpose.HANDOFF, why="decisions and open questions for the handoff")
        try:
            completed = await agent.requester.side(agent.endpoint, request, purpose)
        except EnforcerError as error:
            self.emit(Notice(f"the handoff goes without the model's own notes: {error}", "warning"))
            return ""
        return completed.message.text


def _joined(first: Carried | None, second: Carried | None) -> Carried | None:
    if first is None or second is None:
        return first or second
    return replace(first, blocks=(*first.blocks, *second.blocks))


def _next_number(folder: Path) -> int:
    """A resumed session goes on counting: no handoff replaces an earlier one."""
    return max(map(_number, folder.glob("[0-9]*-*.md")), default=0) + 1


def _number(handoff: Path) -> int:
    return int(handoff.name.partition("-")[0])


def _bytes(messages: Sequence[Message]) -> int:
    return sum(len(str(message_to_json(message))) for message in messages)
