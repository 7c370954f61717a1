"""Choose one of many by typing: a list with a search line above and a preview below, never larger than the screen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from enforcer.ui.figures import cells, count, shorten
from enforcer.ui.sanitize import line

if TYPE_CHECKING:
    from prompt_toolkit.application import Application
    from prompt_toolkit.formatted_text import StyleAndTextTuples
    from prompt_toolkit.input import Input
    from prompt_toolkit.key_binding import KeyBindings
    from prompt_toolkit.output import Output

Fragment = tuple[str, str]  # style and text
Row = list[Fragment]

HINT = "Enter opens, Esc leaves, type to search"
STYLES = {
    "creative": "ansimagenta",
    "analytical": "ansicyan",
    "dim": "ansibrightblack",
    "chosen": "reverse",
    "note": "ansiyellow",
}
WITH_PREVIEW = 12  # rows from which a preview has room
WITH_COST, WITH_TURNS = 40, 60  # columns from which a row has them
ESCAPE_S = 0.05


@dataclass(frozen=True, slots=True)
class Choice:
    """`preview` rows are style and text; `search` is what typing looks in, besides what is shown."""

    id: str
    title: str
    age: str = ""
    lanes: tuple[str, ...] = ()
    turns: int = 0
    cost: str = ""
    search: str = ""
    preview: tuple[Fragment, ...] = ()
    locked: str = ""  # why it cannot be chosen

    def has(self, words: Sequence[str]) -> bool:
        return all(word in f"{self.title}\n{self.id}\n{self.search}".casefold() for word in words)


@dataclass(slots=True)
class Picking:
    """What was typed and where the mark stands; it draws rows and knows no terminal."""

    choices: Sequence[Choice]
    query: str = ""
    note: str = ""
    _mark: int = 0
    _top: int = 0  # the first choice that is shown
    _shown: list[Choice] = field(init=False)

    def __post_init__(self) -> None:
        self._shown = list(self.choices)

    @property
    def chosen(self) -> Choice | None:
        return self._shown[self._mark] if self._shown else None

    def search(self, query: str) -> None:
        self.query, self.note, self._mark, self._top = query, "", 0, 0
        words = query.casefold().split()
        self._shown = [choice for choice in self.choices if choice.has(words)]

    def move(self, by: int) -> None:
        self.note = ""
        self._mark = max(0, min(self._mark + by, len(self._shown) - 1))

    def rows(self, width: int, height: int) -> list[Row]:
        """At most `height` rows of at most `width` columns."""
        preview = self._preview(width) if height >= WITH_PREVIEW else []
        head = [self._head(width)] if height > 1 else []
        foot = [[self._foot(width)]] if height > 3 else []
        room = max(1, height - len(head) - len(foot) - len(preview))
        return [*head, *self._list(width, room), *preview, *foot][: max(height, 1)]

    def _head(self, width: int) -> Row:
        found = f"  {len(self._shown)} of {len(self.choices)}"
        typed = shorten(line(self.query), max(width - cells(found) - 9, 1))
        row: Row = [("class:dim", "search "), ("bold", typed), ("[SetCursorPosition]", "")]
        return [*row, ("class:dim", shorten(found, width - 8 - cells(typed)))]

    def _foot(self, width: int) -> Fragment:
        return ("class:note", shorten(self.note, width)) if self.note else ("class:dim", shorten(HINT, width))

    def _list(self, width: int, room: int) -> Iterator[Row]:
        if not self._shown:
            yield [("class:dim", shorten("  nothing fits; Esc clears the search", width))]
            yield from ([] for _ in range(room - 1))
            return
        self._top = max(min(self._top, self._mark), self._mark - room + 1)
        shown = self._shown[self._top : self._top + room]
        for number, choice in enumerate(shown, self._top):
            yield _row(choice, width, chosen=number == self._mark)
        yield from ([] for _ in range(room - len(shown)))

    def _preview(self, width: int) -> list[Row]:
        preview = self.chosen.preview if self.chosen else ()
        longest = max((len(choice.preview) for choice in self.choices), default=0)
        rows: list[Row] = [[("class:dim", "─" * width)]]
        rows += [[(style, shorten(line(text), width))] for style, text in preview]
        return rows + [[] for _ in range(longest - len(preview))]


async def pick(choices: Sequence[Choice], *, io: tuple[Input, Output] | None = None) -> str:
    """The id of the choice, "" for none; `io` replaces the terminal."""
    return await _application(Picking(choices), io).run_async()


def _row(choice: Choice, width: int, *, chosen: bool) -> Row:
    """`›  3h  the title …  CA  12 turns  $0.08`; what does not fit goes first from the right."""
    title = f"{line(choice.title)}{' (open)' if choice.locked else ''}"
    head = f"{'›' if chosen else ' '} {choice.age:>4}  "
    tail: Row = []
    if width >= WITH_COST:
        tail = [("", "  "), *_lanes(choice.lanes), ("", f" {choice.cost:>9}")]
    if width >= WITH_TURNS:
        tail.insert(-1, ("", f" {count(choice.turns, 'turn'):>9}"))
    room = max(width - cells(head) - sum(cells(text) for _, text in tail), 1)
    shown = shorten(title, room)
    row: Row = [("", head), ("bold" if chosen else "", shown), ("", " " * (room - cells(shown))), *tail]
    return [(f"{style} class:chosen" if chosen else style, text) for style, text in row]


def _lanes(used: Sequence[str]) -> Row:
    """A letter for each lane that was used, so that it is told without colour as well."""
    letters = (("creative", "C"), ("analytical", "A"))
    return [(f"class:{lane}", letter) if lane in used else ("class:dim", "·") for lane, letter in letters]


def _application(picking: Picking, io: tuple[Input, Output] | None) -> Application[str]:
    from prompt_toolkit.application import Application
    from prompt_toolkit.layout import Layout, Window
    from prompt_toolkit.layout.controls import FormattedTextControl
    from prompt_toolkit.styles import Style

    def text() -> StyleAndTextTuples:
        size = application.output.get_size()
        shown: StyleAndTextTuples = []
        for number, row in enumerate(picking.rows(size.columns, size.rows)):
            shown.append(("", "\n" if number else ""))
            shown.extend(row)
        return shown

    control = FormattedTextControl(text, focusable=True, show_cursor=True)
    application: Application[str] = Application(
        layout=Layout(Window(control, wrap_lines=False)),
        key_bindings=_keys(picking),
        style=Style.from_dict(STYLES),
        full_screen=True,  # what stood on the screen is there again afterwards, whatever was resized meanwhile
        include_default_pygments_style=False,
        input=io[0] if io else None,
        output=io[1] if io else None,
    )
    application.ttimeoutlen = application.timeoutlen = ESCAPE_S
    return application


def _keys(picking: Picking) -> KeyBindings:
    from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
    from prompt_toolkit.keys import Keys

    keys = KeyBindings()

    def leave(event: KeyPressEvent) -> None:
        event.app.exit(result="")

    def enter(event: KeyPressEvent) -> None:
        chosen = picking.chosen
        if chosen is None or chosen.locked:
            picking.note = chosen.locked if chosen else "nothing fits; Esc clears the search"
            return
        event.app.exit(result=chosen.id)

    def escape(event: KeyPressEvent) -> None:
        if not picking.query:
            return leave(event)
        return picking.search("")

    for names, by in ((("up", "c-p"), -1), (("down", "c-n", "tab"), 1), (("pageup",), -10), (("pagedown",), 10)):
        for name in names:
            keys.add(name)(lambda _, by=by: picking.move(by))
    keys.add("home")(lambda _: picking.move(-len(picking.choices)))
    keys.add("end")(lambda _: picking.move(len(picking.choices)))
    keys.add("enter")(enter)
    keys.add("escape", eager=True)(escape)
    for name in ("c-c", "c-d", "<sigint>"):
        keys.add(name)(leave)
    keys.add("backspace")(lambda _: picking.search(picking.query[:-1]))
    keys.add("c-u")(lambda _: picking.search(""))
    keys.add("c-w")(lambda _: picking.search(picking.query.rstrip().rpartition(" ")[0]))
    for name in (Keys.Any, Keys.BracketedPaste):
        keys.add(name)(lambda event: picking.search(picking.query + _typed(event.data)))
    return keys


def _typed(data: str) -> str:
    """What can stand in a search; other keys come here as control characters."""
    return "".join(char for char in data.replace("\n", " ") if char.isprintable())
