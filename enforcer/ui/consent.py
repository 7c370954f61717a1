"""What a person has to see before saying yes to a tool call: the whole of it, nothing hidden."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from rich.text import Text

from enforcer.core.messages import ToolCall
from enforcer.ui.sanitize import clean, line

WHOLE = frozenset({"command", "url", "file_path", "path", "pattern"})  # never cut
LONG = 200  # characters from which the length is said
CUT = 1_500  # of other values
CUT_LINES = 20
_BLANKS = re.compile(r"[ \t]{9,}")
_BLANK_LINES = re.compile(r"\n{4,}")


def consent_text(call: ToolCall, reason: str, agent: str) -> Text:
    who = f"{line(agent)} wants to run" if agent else "may it run?"
    text = Text(f"{line(call.name)} · {who}", "bold yellow")
    if reason:
        text.append(f" · {line(reason)}", "yellow not bold")
    for row in _body(call):
        text.append("\n  ").append_text(row)
    return text


def visible(text: str) -> str:
    """Clean text in which runs of blanks, that could push something out of sight, are written as a figure."""
    short = _BLANKS.sub(lambda match: f"<{len(match[0]):,} blanks>", clean(text))
    return _BLANK_LINES.sub(lambda match: f"\n<{len(match[0]) - 1:,} blank lines>\n", short)


def _body(call: ToolCall) -> Iterator[Text]:
    values = dict(call.input)
    if "old_string" in values and "new_string" in values:
        yield Text(line(str(values.pop("file_path", ""))))
        yield from _signed("-", str(values.pop("old_string")), "red")
        yield from _signed("+", str(values.pop("new_string")), "green")
    command = values.pop("command", None)
    if command is not None:
        yield from _rows(visible(str(command)), "bold")
        if len(str(command)) > LONG:
            yield Text(f"{len(str(command)):,} characters, all of them shown", "yellow")
    for name, value in values.items():
        yield from _value(name, value)


def _value(name: str, value: Any) -> Iterator[Text]:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    shown = visible(text)
    hidden = ""
    if name not in WHOLE and (len(shown) > CUT or shown.count("\n") >= CUT_LINES):
        kept = "\n".join(shown[:CUT].split("\n")[:CUT_LINES])
        hidden = f"… {len(shown) - len(kept):,} of {len(shown):,} characters not shown"
        shown = kept
    first, *rest = shown.split("\n")
    yield Text.assemble((f"{line(name)}: ", "dim"), first)
    for row in rest:
        yield Text(f"  {row}")
    if hidden:
        yield Text(hidden, "yellow")


def _signed(sign: str, text: str, style: str) -> Iterator[Text]:
    rows = visible(text).split("\n")
    for row in rows[:CUT_LINES]:
        yield Text(f"{sign} {row}", style)
    if len(rows) > CUT_LINES:
        yield Text(f"… {len(rows) - CUT_LINES:,} more lines", "yellow")


def _rows(text: str, style: str) -> Iterator[Text]:
    for row in text.split("\n"):
        yield Text(row, style)
