"""The one screen of a first run: which model serves which lane. Enter takes what is proposed, Esc leaves."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import Protocol

from enforcer.core.errors import UsageError
from enforcer.core.lanes import Lane, ModelRef
from enforcer.lanes.proposal import Choice, Chosen, Proposal, remark
from enforcer.ui.ahead import Draft
from enforcer.ui.figures import cells, shorten
from enforcer.ui.keynames import Key
from enforcer.ui.sanitize import line
from enforcer.ui.screen import Screen

MOST = 9  # choices that have a digit
LEAVING = frozenset({"esc", "ctrl-c", "ctrl-d", "eof"})
ARROW_KEYS = {"up": -1, "down": 1}
HINTS = ("[Enter] use these", "[↑↓] lane", "[←→] model", "[Esc] leave", "or type provider/model")
TYPING = ("[Enter] take it", "[Esc] back")
NONE_YET = "no model yet; type one, like provider/model"


class Presses(Protocol):
    """Keys as they are pressed."""

    async def press(self) -> Key: ...

    def forget(self, draft: Draft | None = None) -> None: ...


@dataclass(frozen=True, slots=True)
class Question:
    """`found` are lines about where models can come from; `objection` says why a typed model cannot be used, or ""."""

    proposal: Proposal
    found: Sequence[str]
    objection: Callable[[ModelRef], str]


async def offer_demo(screen: Screen, keys: Presses, rows: Sequence[str]) -> str:
    """What to do where nothing was found: `demo`, `again`, or `leave`."""
    screen.new_line()
    screen.write("".join(f"{shorten(line(row), screen.width - 1)}\n" for row in rows))
    hints = "  ".join(("[Enter] watch the demo, it needs no key", "[r] look again", "[Esc] leave"))
    screen.write(f"{screen.ink(shorten(hints, screen.width - 1), 'dim')}\n")
    keys.forget()
    while True:
        key = await keys.press()
        if key.name in LEAVING:
            return "leave"
        if key.name == "enter":
            return "demo"
        if key.text.lower() == "r":
            return "again"


async def choose_by_lines(
    question: Question, screen: Screen, read: Callable[[str], Awaitable[str | None]]
) -> Chosen | None:
    """The same on a terminal without keys: whole lines; `read` gives None at the end of input."""
    chosen = dict(question.proposal.chosen)
    while True:
        rows = [f"{lane}: {line(str(chosen[lane])) if lane in chosen else NONE_YET}" for lane in Lane]
        screen.write("".join(f"{row}\n" for row in (*rows, remark(chosen)) if row))
        text = await read("Enter to use these, lane=provider/model to change one, q to leave: ")
        if text is None or text.strip().lower() in {"q", "quit"}:
            return None
        if not text.strip() and chosen:
            return chosen
        screen.write(f"{line(said)}\n" if (said := _changed(text.strip(), chosen, question)) else "")


def _changed(text: str, chosen: dict[Lane, ModelRef], question: Question) -> str:
    """Changes one lane, or says why not."""
    name, equals, model = text.partition("=")
    if not equals or name not in set(Lane):
        return "write it like creative=provider/model"
    try:
        ref = ModelRef.parse(model)
    except UsageError as error:
        return str(error)
    objection = question.objection(ref)
    if not objection:
        chosen[Lane(name)] = ref
    return objection


class Choosing:
    """Draws the screen, takes keys, and draws it again."""

    def __init__(self, screen: Screen, keys: Presses, question: Question) -> None:
        self._screen = screen
        self._keys = keys
        self._question = question
        self._chosen = dict(question.proposal.chosen)
        self._lane = Lane.CREATIVE
        self._typed = ""
        self._told = ""

    async def choose(self) -> Chosen | None:
        """None when the person leaves."""
        self._keys.forget()
        while True:
            rows = self._draw()
            key = await self._keys.press()
            self._screen.erase(rows)
            if self._typed:
                self._edit(key)
            elif key.name in LEAVING:
                return None
            elif key.name == "enter":
                if self._chosen:
                    return self._chosen
                self._told = NONE_YET
            else:
                self._move(key)

    # Keys

    def _move(self, key: Key) -> None:
        self._told = ""
        if key.name in ARROW_KEYS:
            self._lane = self._lane.other
        elif key.name in {"left", "right"}:
            self._step(1 if key.name == "right" else -1)
        elif key.name == "char" and key.text.isdecimal():
            self._take(int(key.text) - 1)
        elif key.name in {"char", "paste"} and key.text.strip():
            self._typed = line(key.text.strip())

    def _edit(self, key: Key) -> None:
        self._told = ""
        match key.name:
            case "char" | "paste":
                self._typed += line(key.text)
            case "backspace":
                self._typed = self._typed[:-1]
            case "enter":
                self._take_typed()
            case name if name in LEAVING or name == "ctrl-u":
                self._typed = ""

    def _take_typed(self) -> None:
        try:
            ref = ModelRef.parse(self._typed)
        except UsageError as error:
            self._told = str(error)
            return
        self._told = self._question.objection(ref)
        if not self._told:
            self._chosen[self._lane], self._typed = ref, ""

    def _take(self, place: int) -> None:
        offered = self._offered()
        if 0 <= place < len(offered):
            self._chosen[self._lane] = offered[place].ref

    def _step(self, by: int) -> None:
        refs = [choice.ref for choice in self._offered()]
        if refs:
            now = self._chosen.get(self._lane)
            self._take((refs.index(now) + by) % len(refs) if now in refs else 0)

    # Drawing

    def _draw(self) -> int:
        rows = self._rows()
        self._screen.new_line()
        self._screen.write("".join(f"{row}\n" for row in rows))
        return len(rows)

    def _rows(self) -> list[str]:
        head = [self._ink("Enforcer works with two models. This is what it would use:", "bold"), ""]
        lanes = [row for lane in Lane for row in self._lane_rows(lane)]
        meaning = [f"  {row}" for row in wrap(remark(self._chosen), self._screen.width - 3)]
        found = self._list("found: ", self._question.found)
        below = [*self._told_rows(), *self._hints()]
        fixed = [*head, *lanes, "", *meaning, "", *found, *below]
        room = self._screen.height - 1 - len(fixed)
        if room < 0:  # a very small screen gets what it needs most
            return [*lanes, *below][: self._screen.height - 1]
        return [*head, *lanes, "", *meaning, "", *self._choice_rows(room), *found, *below]

    def _lane_rows(self, lane: Lane) -> list[str]:
        here = lane is self._lane
        typing = here and bool(self._typed)
        ref = self._chosen.get(lane)
        name = self._ink(f"{lane.value:<12}", lane.value)
        model = f"{self._typed}▏" if typing else line(str(ref)) if ref else NONE_YET
        head = f"{'›' if here else ' '} {name}{self._fit(model, 14)}"
        return [head, self._ink(self._fit(f"{'':14}{self._why(lane, ref)}"), "dim")]

    def _why(self, lane: Lane, ref: ModelRef | None) -> str:
        choices = self._question.proposal.choices[lane]
        found = next((choice for choice in choices if choice.ref == ref), None)
        return f"{found.why} · {found.price}" if found else "your choice" if ref else ""

    def _choice_rows(self, room: int) -> list[str]:
        offered = self._offered()[: room - 2]
        if room < 4 or len(offered) < 2:
            return []
        width = max(cells(str(choice.ref)) for choice in offered) + 2
        rows = [self._fit(f"  for {self._lane}, with its number:")]
        return [*rows, *(self._choice(number, choice, width) for number, choice in enumerate(offered, 1)), ""]

    def _choice(self, number: int, choice: Choice, width: int) -> str:
        text = self._fit(f"   {number}  {line(str(choice.ref)):<{width}}{choice.why}")
        return text if self._chosen.get(self._lane) == choice.ref else self._ink(text, "dim")

    def _told_rows(self) -> list[str]:
        return [self._ink(self._fit(line(self._told)), "yellow")] if self._told else []

    def _hints(self) -> list[str]:
        return self._list("", TYPING if self._typed else HINTS, between="  ")

    def _list(self, head: str, parts: Sequence[str], between: str = ", ") -> list[str]:
        """As many rows as the parts need; a row breaks between parts."""
        rows, row = [], head
        for part in map(line, parts):
            if row != head and cells(row) + cells(part) + len(between) >= self._screen.width:
                rows.append(row)
                row = " " * len(head)
            row += (between if row.strip() and row != head else "") + part
        return [self._ink(self._fit(each), "dim") for each in [*rows, row] if each.strip() != head.strip() or parts]

    def _offered(self) -> tuple[Choice, ...]:
        return self._question.proposal.choices[self._lane][:MOST]

    def _fit(self, text: str, used: int = 0) -> str:
        return shorten(text, self._screen.width - 1 - used)

    def _ink(self, text: str, style: str) -> str:
        return self._screen.ink(self._fit(text), style)
