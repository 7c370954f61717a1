"""Questions to the person: asked once, answered with a key, then folded to one line that says what was chosen."""

from __future__ import annotations

import asyncio
import os
import shlex
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, Protocol

from rich.text import Text

from enforcer.agent.pipeline import Consent
from enforcer.core.messages import ToolCall
from enforcer.lanes.policy import KEYS as LANE_KEYS
from enforcer.ui import figures
from enforcer.ui.ahead import Draft
from enforcer.ui.choices import Choices
from enforcer.ui.consent import LEAST, Asked, asked_of
from enforcer.ui.keys import KeySource, cooked
from enforcer.ui.markdown import MarkdownStream, ink, no_colours, no_ink
from enforcer.ui.sanitize import clean, line, visible
from enforcer.ui.screen import Screen

SPECIFICATION_KEYS = (
    ("y", "build it"),
    ("a", "build it, edits need no yes"),
    ("n", "keep planning (default)"),
    ("d", "drop it"),
)
SPECIFICATION_SAID = {"build": "approved", "accept": "approved, with edits", "plan": "not yet", "drop": "dropped"}
GONE = frozenset({"ctrl-c", "eof"})  # the person left the question


class Power(Protocol):
    """One thing a folder would do or allow."""

    @property
    def kind(self) -> str: ...

    @property
    def text(self) -> str: ...


class Ask:
    """Everything a session may ask. `hold` keeps the live line and the key watch out of the way meanwhile."""

    def __init__(
        self,
        screen: Screen,
        keys: KeySource,
        *,
        hold: Callable[[], AbstractContextManager[None]] = nullcontext,
        draft: Callable[[], Draft | None] = lambda: None,
        interrupt: Callable[[], None] = lambda: None,
        timeout_s: float | None = None,
    ) -> None:
        """`draft` takes what is typed ahead, `interrupt` is for Ctrl+C in a turn, `timeout_s` for the lane question."""
        self._screen = screen
        self._keys = keys
        self._hold = hold
        self._draft = draft
        self._interrupt = interrupt
        self._timeout_s = timeout_s

    async def lane_question(self, question: str, keys: Sequence[tuple[str, str]] = LANE_KEYS) -> str:
        """`enter`, `n`, `k`, …, `timeout`, or `cancel`: then the prompt goes back into the input line."""
        asked = _asked(line(question), keys, self._screen.width)
        names = {name.lower() for name, _ in keys} | ({"e"} if keys is LANE_KEYS else set())
        with self._hold():
            rows = self._ask(asked)
            key = await self._within_time(names | {"enter", "y", "esc"} | GONE)
            answer = {"y": "enter", "esc": "n", "eof": "n", "ctrl-c": "cancel"}.get(key, key)
            said = {name.lower(): label for name, label in keys} | {"cancel": "back to the prompt"}
            said["e"] = "switch, the handoff first"
            self._fold(rows, question, said.get(answer, "no answer, so it stays" if answer == "timeout" else answer))
        return answer

    async def escalation_question(self, question: str, offer: str) -> str:
        """`enter`, `n`, `timeout`, or `cancel`."""
        return await self.lane_question(question, (("Enter", offer), ("n", "no")))

    async def edit(self, path: Path) -> None:
        """Open a file in the person's editor and wait until it is closed."""
        editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
        with self._hold(), cooked():
            process = await asyncio.create_subprocess_exec(*shlex.split(editor), str(path))
            await process.wait()

    async def permission(
        self, call: ToolCall, *, summary: str, reason: str, suggestions: Sequence[str], agent: str
    ) -> Consent:
        """Whether a call may run. Enter, Esc and everything unclear mean no."""
        asked = asked_of(call, reason, agent, self._screen.width)
        with self._hold():
            rows, key = await self._decided(asked, suggestions)
            consent = await self._consent(key, suggestions)
            self._fold(rows, summary, _said(consent))
        if key == "ctrl-c":
            self._interrupt()
        return consent

    async def trust(self, root: Path, powers: Sequence[Power]) -> bool:
        """Whether a folder's own hooks and rules may act. Lists each of them as it is written; the default is no."""
        question = f"{root} brings settings that can run commands or allow tools here:"
        shown = Text(f"{line(question)}\n")
        for power in powers:
            shown.append(f"  {line(power.kind)}: ", "yellow").append(f"{visible(power.text)}\n")
        shown.append("Without trust it is still read, and its deny and ask rules hold.", "dim")
        with self._hold():
            self._ask(
                shown, _packed((("y", "trust exactly these"), ("n", "do not trust (default)")), self._screen.width)
            )
            trusted = await self._key({"y", "n", "enter", "esc"} | GONE) == "y"
            self._screen.print(Text(f"  {'trusted' if trusted else 'not trusted'}", "dim"))
        return trusted

    async def questions(self, questions: Sequence[Mapping[str, Any]]) -> Mapping[str, str]:
        """The answers, by question; several choices are joined by commas."""
        answers: dict[str, str] = {}
        for question in questions:
            with self._hold():
                asked = str(question.get("question", ""))
                answers[asked] = await self._one_question(question, asked)
        return answers

    async def plan(self, plan: str) -> tuple[bool, str]:
        """Whether the plan is carried out, and what to change when not. The plan stays in the scrollback."""
        with self._hold():
            self._screen.new_line()
            self.show(plan)
            rows = self._ask(_packed((("y", "carry it out"), ("n", "keep planning (default)")), self._screen.width))
            key = await self._key({"y", "n", "enter", "esc"} | GONE)
            feedback = await self._keys.line("what should change? (Enter = nothing) ") if key == "n" else ""
            self._fold(rows, "plan", "approved" if key == "y" else "not yet")
        return key == "y", feedback

    async def specification(self, plan: str, problems: Sequence[str]) -> tuple[str, str]:
        """What becomes of a specification, and what to change when planning goes on. It stays in the scrollback."""
        with self._hold():
            self._screen.new_line()
            self.show(plan)
            if problems:
                self._screen.print(Text(f"It is not complete: {line('; '.join(problems))}", "yellow"))
            rows = self._ask(_packed(SPECIFICATION_KEYS, self._screen.width))
            key = await self._key({"y", "a", "n", "d", "enter", "esc"} | GONE)
            remark = await self._keys.line("what should change? (Enter = nothing) ") if key == "n" else ""
            choice = {"y": "build", "a": "accept", "d": "drop"}.get(key, "plan")
            self._fold(rows, "specification", SPECIFICATION_SAID[choice])
        if key == "ctrl-c":
            self._interrupt()
        return choice, remark

    def show(self, markdown: str) -> None:
        """Write it out, and leave it there."""
        colour = self._screen.colour
        stream = MarkdownStream(self._screen.wrap_width, ink if colour else no_ink, no_colours)
        self._screen.write(f"{stream.feed(clean(markdown))}{stream.finish()}\n")

    async def _one_question(self, question: Mapping[str, Any], asked: str) -> str:
        several = bool(question.get("multiSelect"))
        choices = Choices.for_options(question.get("options") or (), several=several)
        chosen: set[str] = set()
        rows = self._ask(Text(clean(asked), "bold"), choices.text())
        while True:
            key = await self._key(choices.keys | {"enter", "esc"} | GONE)
            if key == "o":
                answer = await self._keys.line("your answer: ")
                break
            if key in choices.labels and several:
                chosen ^= {key}
                rows = self._again(rows, Text(clean(asked), "bold"), choices.text(chosen))
                continue
            if key == "enter" and not several:
                continue  # one of them has to be meant
            answer = choices.answer({key} if key in choices.labels else chosen if key == "enter" else set())
            break
        self._fold(rows, asked, answer or "no answer")
        if key == "ctrl-c":
            self._interrupt()
        return answer or "(the person gave no answer)"

    async def _decided(self, asked: Asked, suggestions: Sequence[str]) -> tuple[int, str]:
        """The rows of the question, and the key that answered it; all there is to see can be asked for before."""
        room = self._screen.height - 1 - self._screen.rows(asked.text(0))
        room -= self._screen.rows(Choices.for_permission(suggestions).text())
        more = len(asked.rows) > max(room, LEAST)
        choices = Choices.for_permission(suggestions, more=more)
        rows = self._ask(asked.text(room - more), choices.text())
        while (key := choices.meaning(await self._key(choices.keys | GONE | {"enter", "esc"}))) == "v":
            self._screen.erase(rows)
            self._screen.print(asked.text())
            choices = Choices.for_permission(suggestions)
            rows = self._ask(asked.head, choices.text())
        return rows, key

    async def _consent(self, key: str, suggestions: Sequence[str]) -> Consent:
        match key:
            case "y":
                return Consent(True)
            case "a":
                return Consent(True, "session", tuple(suggestions))
            case "p":
                return Consent(True, "always", tuple(suggestions))
            case "n":
                said = await self._keys.line("what should it do instead? (Enter = nothing) ")
                return Consent(False, feedback=said.strip())
        return Consent(False)

    # Asking and folding

    def _ask(self, *parts: Text) -> int:
        self._keys.forget(self._draft())
        return self._show(*parts)

    def _show(self, *parts: Text) -> int:
        """The rows that can be taken back; what makes a question taller than the screen stays in the scrollback."""
        *before, last = parts
        if sum(map(self._screen.rows, parts)) >= self._screen.height:
            self._screen.print(*before)
            return self._screen.print(last)
        return self._screen.print(*parts)

    def _again(self, rows: int, *parts: Text) -> int:
        self._screen.erase(rows)
        return self._show(*parts)

    def _fold(self, rows: int, question: str, answer: str) -> None:
        self._screen.erase(rows)
        room = max(self._screen.width - figures.cells(answer) - 6, 10)
        self._screen.print(Text(f"? {figures.shorten(line(question), room)} → {line(answer)}", "dim"))

    async def _key(self, known: frozenset[str] | set[str]) -> str:
        while True:
            key = await self._keys.key(known)
            if key in known:
                return key

    async def _within_time(self, known: frozenset[str] | set[str]) -> str:
        try:
            async with asyncio.timeout(self._timeout_s):
                return await self._key(known)
        except TimeoutError:
            return "timeout"


def _asked(question: str, keys: Sequence[tuple[str, str]], width: int) -> Text:
    """The question and its keys on one row, or the keys below it."""
    row = _packed(keys, 10_000)
    if figures.cells(question) + 3 + row.cell_len < width:
        return Text(f"{question}   ").append_text(row)
    return Text(f"{question}\n").append_text(_packed(keys, width))


def _packed(keys: Sequence[tuple[str, str]], width: int) -> Text:
    """`[Enter] switch  [n] stay`; a row breaks between the keys, not inside them."""
    text, used = Text(), 0
    for name, label in keys:
        took = figures.cells(f"[{name}] {label}")
        if used and used + 2 + took >= width:
            text.append("\n")
            used = 0
        text.append("  " if used else "").append(f"[{name}]", "bold").append(f" {label}")
        used += took + (2 if used else 0)
    return text


def _said(consent: Consent) -> str:
    if not consent.allowed:
        return f"no: {consent.feedback}" if consent.feedback else "no"
    rules = ", ".join(consent.rules)
    return {"session": f"yes, for this session: {rules}", "always": f"yes, always: {rules}"}.get(consent.scope, "yes")
