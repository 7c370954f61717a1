"""Thinking that a server left in the text, between tags: told from the answer while both are still coming."""

from __future__ import annotations

from typing import NamedTuple

TAGS = (("<think>", "</think>"), ("[THINK]", "[/THINK]"))


class Piece(NamedTuple):
    text: str
    thinking: bool


class ThinkTags:
    """Only what an answer opens with is taken for thinking: further on, tags are what the model talks about."""

    def __init__(self) -> None:
        self._held = ""  # the beginning of a tag, perhaps; or blanks that are shown only when something follows
        self._close = ""  # what ends the thinking we are in
        self._begun = False  # the answer itself

    def feed(self, text: str) -> list[Piece]:
        if self._begun:
            return [Piece(text, thinking=False)] if text else []
        self._held += text
        return self._thinking() if self._close else self._opening()

    def flush(self) -> list[Piece]:
        """What is held back, now that nothing follows."""
        held, self._held = self._held, ""
        return [Piece(held, bool(self._close))] if held.strip() else []

    def _opening(self) -> list[Piece]:
        start = self._held.lstrip()
        for open, close in TAGS:
            if start.startswith(open):
                self._close, self._held = close, start.removeprefix(open)
                return self._thinking()
            if open.startswith(start):
                return []
        return self._answer()

    def _thinking(self) -> list[Piece]:
        thought, closed, rest = self._held.partition(self._close)
        if not closed:
            return self._thought(_without_beginning(self._held, self._close))
        pieces = self._thought(thought)
        self._close, self._held = "", rest
        return pieces + self._after()

    def _thought(self, text: str) -> list[Piece]:
        """Thinking that is nothing but blanks is none: models that do not think leave an empty pair of tags."""
        if not text.strip():
            return []
        self._held = self._held.removeprefix(text)
        return [Piece(text, thinking=True)]

    def _after(self) -> list[Piece]:
        """The blank lines between thinking and answer are neither."""
        self._held = self._held.lstrip()
        return self._answer() if self._held else []

    def _answer(self) -> list[Piece]:
        held, self._held, self._begun = self._held, "", True
        return [Piece(held, thinking=False)]


def _without_beginning(text: str, tag: str) -> str:
    """`text` without an end that may become `tag`."""
    sizes = range(min(len(tag) - 1, len(text)), 0, -1)
    return next((text[:-size] for size in sizes if tag.startswith(text[-size:])), text)
