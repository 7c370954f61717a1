"""The answer as it is written: sanitised, formatted, printed as it comes, and never twice after a retry."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, Protocol, cast

from enforcer.ui.markdown import MarkdownStream, ink, no_colours, no_ink
from enforcer.ui.sanitize import Sanitizer
from enforcer.ui.screen import Screen

AGAIN = "(the answer starts again)"


class Lexer(Protocol):
    def get_tokens(self, text: str) -> Iterator[tuple[Any, str]]: ...


class Answer:
    """One model message at a time: `begin`, `feed` as it streams, `complete` with the whole text."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._sanitizer = Sanitizer()
        self._markdown: MarkdownStream | None = None
        self._said: list[str] = []  # raw text of this message that was fed to the screen
        self._repeats = ""  # what a retry is expected to say again
        self._matched = 0
        self._fresh = True  # nothing of this message was shown yet

    def begin(self) -> None:
        """A new message is asked for."""
        self.end()
        self._said.clear()
        self._repeats, self._matched = "", 0
        self._fresh = True

    def feed(self, text: str) -> None:
        if self._repeats:
            text = self._without_repetition(text)
        if text:
            self._said.append(text)
            self._show(text)

    def interrupted(self) -> None:
        """The stream broke and starts anew: what comes next may repeat what stands there already."""
        self._repeats, self._matched = "".join(self._said), 0
        self.end()

    def complete(self, text: str) -> None:
        """The message is whole; shows what was not streamed."""
        if self._repeats:  # the second try was shorter than what stands there
            self._start_again(self._repeats[: self._matched])
        if text.strip() and not self._said:
            self._show(text)
        self.begin()

    def end(self) -> None:
        """Finish the line; something else is to be printed."""
        if self._markdown is None:
            return
        held = self._sanitizer.finish()
        self._screen.write((self._markdown.feed(held) if held else "") + self._markdown.finish())
        self._markdown = None
        self._screen.new_line()

    def _show(self, text: str) -> None:
        if self._markdown is None:
            text = text.lstrip("\n")
            if not text:
                return
            self._markdown = self._stream()
        self._screen.write(self._markdown.feed(self._sanitizer.feed(text)))

    def _stream(self) -> MarkdownStream:
        if self._fresh:
            self._screen.gap()
        self._fresh = False
        self._screen.new_line()
        colour = self._screen.colour
        return MarkdownStream(self._screen.wrap_width, ink if colour else no_ink, highlighted if colour else no_colours)

    def _without_repetition(self, text: str) -> str:
        """What is new in it, once the retry has caught up with what was shown."""
        ahead = self._repeats[self._matched : self._matched + len(text)]
        if text.startswith(ahead):
            self._matched += len(ahead)
            if self._matched == len(self._repeats):
                self._repeats = ""
            return text[len(ahead) :]
        self._start_again(self._repeats[: self._matched])
        return text

    def _start_again(self, beginning: str) -> None:
        self.end()
        self._screen.write(f"{AGAIN}\n")
        self._repeats, self._matched = "", 0
        self._said.clear()
        if beginning:
            self._said.append(beginning)
            self._show(beginning)


def highlighted(language: str, line: str) -> Iterator[tuple[str, str]]:
    """Parts of a line of code with the name of their style; each line by itself, so the cost stays linear."""
    lexer = _lexer(language)
    if lexer is None:
        yield line, ""
        return
    for kind, text in lexer.get_tokens(line):
        part = text.rstrip("\n")
        if part:
            yield part, _style(str(kind))


@cache
def _lexer(language: str) -> Lexer | None:
    from rich.syntax import Syntax

    return cast("Lexer | None", Syntax("", language).lexer) if language else None


@cache
def _style(kind: str) -> str:
    family = kind.split(".")[1:]
    match family[:2]:
        case ["Keyword", *_]:
            return "keyword"
        case ["Comment", *_]:
            return "comment"
        case ["Literal", "String"]:
            return "string"
        case ["Literal", "Number"]:
            return "number"
        case ["Name", *_] if family[-1] in {"Function", "Class"}:
            return "name"
    return ""
