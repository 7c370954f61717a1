"""What a person has to see before saying yes to a tool call: the whole of it, nothing hidden."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.text import Text

from enforcer.core.messages import ToolCall
from enforcer.ui.change import change
from enforcer.ui.figures import cells, count, fitting
from enforcer.ui.sanitize import line, visible

WHOLE = frozenset({"command", "url", "file_path", "path", "pattern"})  # never cut
LONG = 200  # characters from which the length is said
LEAST = 4  # rows that are shown of what may be cut, however low the screen is


@dataclass(frozen=True, slots=True)
class Asked:
    """`fixed` is never cut. `rows` may be, to a head and a tail; each is one row of the screen."""

    head: Text
    fixed: Sequence[Text]
    rows: Sequence[Text]

    def text(self, room: int | None = None) -> Text:
        """All of it, or what of the rows fits into so many; 0 = none of them."""
        text = Text().append_text(self.head)
        rows = self.rows if room is None else excerpt(self.rows, room) if room else ()
        for row in (*self.fixed, *rows):
            text.append("\n  ").append_text(row)
        return text


def asked_of(call: ToolCall, reason: str, agent: str, width: int) -> Asked:
    who = f"{line(agent)} wants to run" if agent else "may it run?"
    head = Text(f"{line(call.name)} · {who}", "bold yellow")
    if reason:
        head.append(f" · {line(reason)}", "yellow not bold")
    whole = {name: value for name, value in call.input.items() if name in WHOLE}
    rest = {name: value for name, value in call.input.items() if name not in WHOLE}
    rows = [piece for row in _rest(rest) for piece in _folded(row, max(width - 3, 4))]
    return Asked(head, list(_whole(whole)), rows)


def excerpt(rows: Sequence[Text], room: int) -> Sequence[Text]:
    """The rows if they fit, else the first and the last ones, and the number of the others between them."""
    if len(rows) <= room:
        return rows
    shown = max(room, LEAST) - 1
    tail = shown // 3
    hidden = len(rows) - shown
    if hidden < 1:
        return rows
    said = Text(f"… {count(hidden, 'more line')}, not shown here", "yellow")
    return [*rows[: shown - tail], said, *rows[len(rows) - tail :]]


def _whole(values: Mapping[str, Any]) -> Iterator[Text]:
    for name, value in values.items():
        if name != "command":
            yield from _value(name, value)
            continue
        yield from (Text(row, "bold") for row in visible(str(value)).split("\n"))
        if len(str(value)) > LONG:
            yield Text(f"{len(str(value)):,} characters, all of them shown", "yellow")


def _rest(values: Mapping[str, Any]) -> Iterator[Text]:
    left = dict(values)
    if "old_string" in left and "new_string" in left:
        yield from change(str(left.pop("old_string")), str(left.pop("new_string")))
    for name, value in left.items():
        yield from _value(name, value)


def _value(name: str, value: Any) -> Iterator[Text]:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    first, *rest = visible(text).split("\n")
    yield Text.assemble((f"{line(name)}: ", "dim"), first)
    for row in rest:
        yield Text(f"  {row}")


def _folded(row: Text, width: int) -> Iterator[Text]:
    """Pieces that take one row each; what goes on is moved in, so that it cannot look like a row of its own."""
    row.expand_tabs(4)
    if cells(row.plain) <= width:
        yield row
        return
    ends, at = [], fitting(row.plain, width)
    while at < len(row.plain):
        ends.append(at)
        at += max(fitting(row.plain[at : at + width], width - 2), 1)
    first, *rest = row.divide(ends)
    yield first
    for piece in rest:
        yield Text("  ").append_text(piece)
