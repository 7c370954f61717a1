"""Light markdown for an answer that is still being written: append-only, so nothing is ever drawn twice."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from enforcer.ui.figures import cells, fitting

Paint = Callable[[str, str], str]  # text, style name -> what is written; styles: see STYLES
Highlight = Callable[[str, str], Iterator[tuple[str, str]]]  # language, line -> (text, style)

STYLES = {
    "": "",
    "bold": "1",
    "code": "36",
    "heading": "1;4",
    "quote": "2",
    "bullet": "2",
    "fence": "2",
    "keyword": "34",
    "string": "32",
    "number": "33",
    "comment": "2",
    "name": "1",
}

_UNDECIDED = re.compile(r"[ \t]*(#{1,6}|[-*+]|\d{1,3}[.)]?|>|`{1,2}|~{1,2})?[ \t]*")
_FENCE = re.compile(r"[ ]{0,3}(`{3,}|~{3,})[ \t]*([\w+#.-]*)")
_HEADING = re.compile(r"#{1,6}[ \t]+")
_ITEM = re.compile(r"([ \t]*)([-*+]|\d{1,3}[.)])[ \t]+")
_QUOTE = re.compile(r"[ \t]*>[ \t]?")
_CODE = re.compile(r"(`+)(?!`)(.+?)(?<!`)\1(?!`)")
_TICKS = re.compile(r"`+|\*")
_BOLD = re.compile(r"\*\*(?=\S)(.+?)(?<=\S)\*\*")
_WORD = re.compile(r"[^ \t`*]+")
_PLAIN_LINE = re.compile(r"[ \t]*\|")  # a table: its columns must not be wrapped

HOLD = 200  # characters that wait at most for the end of a word or span
LONG_CODE_LINE = 4_000  # beyond it a line of code is no longer waited for


def ink(text: str, style: str) -> str:
    codes = STYLES[style]
    return f"\x1b[{codes}m{text}\x1b[0m" if codes else text


def no_ink(text: str, style: str) -> str:
    return text


def no_colours(language: str, line: str) -> Iterator[tuple[str, str]]:
    yield line, ""


class MarkdownStream:
    """Text in, formatted text out, word by word; inside a code fence line by line.

    `width` None = never wrap. Expects sanitised text. A span that is not closed on its line is shown as it was written.
    """

    def __init__(self, width: int | None, paint: Paint = no_ink, highlight: Highlight = no_colours) -> None:
        self._width = width if width is None else max(width, 8)
        self._paint = paint
        self._highlight = highlight
        self._buffer = ""
        self._fence = ""
        self._language = ""
        self._out: list[str] = []
        self._start_line()

    @property
    def at_line_start(self) -> bool:
        """Nothing of the current line has been written."""
        return self._column == 0 and not self._split

    def feed(self, text: str) -> str:
        *lines, rest = text.split("\n")
        for line in lines:
            self._buffer += line
            self._end_line()
        self._buffer += rest
        if self._buffer:
            self._advance(final=False)
        return self._take()

    def finish(self) -> str:
        """What was held back; afterwards the stream is as new, and the cursor where the text ended."""
        if self._buffer and not self._is_fence_line():
            self._advance(final=True)
        self._flush_atom()
        self._buffer = self._fence = self._language = ""
        return self._take()

    def restart(self) -> None:
        """The caller has begun a new line by itself."""
        self._start_line()

    # Lines

    def _start_line(self) -> None:
        self._begun = self._wrap = self._split = False
        self._style = ""
        self._column = self._indent = self._spaces = 0
        self._atom: list[tuple[str, str]] = []
        self._atom_cells = 0

    def _end_line(self) -> None:
        if not self._is_fence_line():
            self._advance(final=True)
            self._flush_atom()
        self._out.append("\n")
        self._buffer = ""
        self._start_line()

    def _is_fence_line(self) -> bool:
        """Write the line if it opens or closes a block of code."""
        if self._begun or self._split:
            return False
        match = _FENCE.match(self._buffer)
        if match is None or "`" in self._buffer[match.end(1) :]:
            return False
        closes = self._fence and match[1].startswith(self._fence) and not self._buffer[match.end(1) :].strip()
        if self._fence and not closes:
            return False
        self._fence, self._language = ("", "") if closes else (match[1], match[2])
        self._write(self._buffer, "fence")
        return True

    def _advance(self, *, final: bool) -> None:
        """Write as much of the buffer as is certain."""
        if self._fence:
            self._code_line(final=final)
            return
        if not self._begun and not self._begin(final=final):
            return
        self._words(final=final)

    def _code_line(self, *, final: bool) -> None:
        if not final and len(self._buffer) < LONG_CODE_LINE:
            return
        if self._split or not final:
            self._write(self._buffer, "")
            self._split = True
        else:
            for text, style in self._highlight(self._language, self._buffer):
                self._write(text, style)
        self._buffer = ""

    def _begin(self, *, final: bool) -> bool:
        """Decide what kind of line it is; False while it may still become another kind."""
        line = self._buffer
        undecided = _UNDECIDED.fullmatch(line) or (_FENCE.match(line) and len(line) < HOLD)
        if undecided and not final:
            return False
        self._begun = True
        self._wrap = self._width is not None and _PLAIN_LINE.match(line) is None
        if match := _HEADING.match(line):
            self._style = "heading"
        elif match := _ITEM.match(line):
            self._item(match[1], match[2])
        elif match := _QUOTE.match(line):
            self._style = "quote"
            self._write("│ ", "quote")
        else:
            return True
        self._buffer = line[match.end() :]
        self._indent = self._column
        return True

    def _item(self, lead: str, mark: str) -> None:
        self._write(lead.expandtabs(4), "")
        self._write(f"{mark if mark[0].isdigit() else '•'} ", "bullet")

    # Words

    def _words(self, *, final: bool) -> None:
        text, at = self._buffer, 0
        while at < len(text):
            char = text[at]
            if char in " \t":
                self._flush_atom()
                self._spaces += 4 if char == "\t" else 1
                at += 1
            elif char in "`*":
                end = self._span(text, at, final=final)
                if end == at:
                    break
                at = end
            else:
                at = self._word(text, at)
        self._buffer = text[at:]

    def _word(self, text: str, at: int) -> int:
        match = _WORD.match(text, at)
        end = match.end() if match else at + 1
        self._add(text[at:end], self._style)
        return end

    def _span(self, text: str, at: int, *, final: bool) -> int:
        """Write a code or bold span; `at` when its end has not come yet."""
        pattern, style = (_CODE, "code") if text[at] == "`" else (_BOLD, "bold")
        match = pattern.match(text, at)
        if match and (final or match.end() < len(text)):  # one more marker could still belong to it
            self._inner(match[match.lastindex or 0], style)
            return match.end()
        if not final and len(text) - at < HOLD and _may_open(text, at):
            return at
        marks = _TICKS.match(text, at)  # a run of backticks that opens nothing has none inside it that would
        end = marks.end() if marks else at + 1
        self._add(text[at:end], self._style)
        return end

    def _inner(self, text: str, style: str) -> None:
        for number, word in enumerate(text.split(" ")):
            if number:
                self._flush_atom()
                self._spaces += 1
            if word:
                self._add(word, style)

    def _add(self, text: str, style: str) -> None:
        self._atom_cells += cells(text)
        if self._atom and self._atom[-1][1] == style:
            text = self._atom.pop()[0] + text
        self._atom.append((text, style))
        if self._atom_cells > HOLD:
            self._flush_atom()

    def _flush_atom(self) -> None:
        """Write the word that is complete, on a new row if this one is full."""
        if not self._atom:
            return
        if self._wrap and self._width and self._column + self._spaces + self._atom_cells > self._width:
            if self._column > self._indent:
                self._new_row()
            self._spaces = 0
        if self._spaces:
            self._write(" " * self._spaces, "")
        for text, style in self._atom:
            self._fold(text, style)
        self._atom, self._atom_cells, self._spaces = [], 0, 0

    def _fold(self, text: str, style: str) -> None:
        width = self._width
        while self._wrap and width and self._column + cells(text) > width:
            room = max(fitting(text, width - self._column), 1)
            self._write(text[:room], style)
            text = text[room:]
            self._new_row()
        if text:
            self._write(text, style)

    def _new_row(self) -> None:
        indent = self._indent if self._width and self._indent < self._width // 2 else 0
        self._out.append("\n" + " " * indent)
        self._column = indent

    def _write(self, text: str, style: str) -> None:
        if text:
            self._out.append(self._paint(text, style))
            self._column += cells(text)

    def _take(self) -> str:
        text = "".join(self._out)
        self._out.clear()
        return text


def _may_open(text: str, at: int) -> bool:
    """Whether a marker can begin a span; `2 * 3` and `a ** b` cannot."""
    if text[at] == "`":
        return True
    following = text[at + 1 : at + 3]
    return following in {"", "*"} or (following[0] == "*" and not following[1].isspace())
