"""What an edit would change, line by line, with nothing in it that cannot be seen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from rich.text import Text

from enforcer.tools.diffs import CONTEXT, MOST_PAIRS
from enforcer.ui.figures import count
from enforcer.ui.sanitize import visible


def change(old: str, new: str) -> Iterator[Text]:
    """A unified diff; `- ` and `+ ` say what the colours say."""
    if old == new:
        yield Text("both texts are the same", "yellow")
        return
    before, after = _lines(old, new)
    only_blanks = "".join(old.split()) == "".join(new.split())
    done = 0
    for tag, start, end, start_after, end_after in _steps(before, after):
        if start > done:
            yield _left_out(start - done)
        if tag == "equal":
            yield from (Text(f"  {visible(line)}", "dim") for line in before[start:end])
        else:
            yield from (Text(f"- {_marked(line, tabs=only_blanks)}", "red") for line in before[start:end])
            yield from (Text(f"+ {_marked(line, tabs=only_blanks)}", "green") for line in after[start_after:end_after])
        done = end
    if done < len(before):
        yield _left_out(len(before) - done)


def _lines(old: str, new: str) -> tuple[list[str], list[str]]:
    if old.endswith("\n") and new.endswith("\n"):
        old, new = old[:-1], new[:-1]
    return old.split("\n"), new.split("\n")


def _steps(before: Sequence[str], after: Sequence[str]) -> Iterator[tuple[str, int, int, int, int]]:
    if len(before) * len(after) > MOST_PAIRS:  # comparing would take longer than reading
        yield "replace", 0, len(before), 0, len(after)
        return
    for group in SequenceMatcher(None, before, after).get_grouped_opcodes(CONTEXT):
        yield from group


def _left_out(lines: int) -> Text:
    return Text(f"  … {count(lines, 'equal line')}", "dim")


def _marked(line: str, *, tabs: bool) -> str:
    """Blanks at the end are dots; where blanks are all that changes, a tab is a mark."""
    kept = line.rstrip(" ")
    shown = visible(kept) + visible("·" * (len(line) - len(kept)))
    return shown.replace("\t", "⇥   ") if tabs else shown
