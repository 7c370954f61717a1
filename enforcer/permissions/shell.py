"""A small strict lexer of shell text: it understands plain literal commands and says None to everything else."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field


def names(text: str) -> frozenset[str]:
    return frozenset(text.split())


MAX_CHARS = 10_000  # longer text is never read as plain
_WORD_PUNCTUATION = frozenset("_-./,:=+@%^!")
_KEYWORDS = names("if then else elif fi case esac for select while until do done in function coproc ! { } [[ ]]")
_SILENT_TARGETS = frozenset({"/dev/null", "/dev/stdout", "/dev/stderr"})
_ESCAPABLE_IN_DOUBLE = frozenset('$`"\\')
_REDIRECT = re.compile(r"(?P<fd>\d?)(?P<kind>&>>|&>|>&|>>|>\||>|<)")
_DUPLICATED = re.compile(r"[12](?=[\s;|&<>]|$)")
_OPERATOR = re.compile(r"&&|\|\||\|&|\||;|\n")


@dataclass(frozen=True, slots=True)
class Simple:
    """One command with every word resolved. `after` is the operator before it, "" for the first."""

    argv: tuple[str, ...]
    after: str = ""
    reads: tuple[str, ...] = ()  # < file
    writes: tuple[str, ...] = ()  # > file


@dataclass(slots=True)
class _Draft:
    after: str
    words: list[str] = field(default_factory=list)
    reads: list[str] = field(default_factory=list)
    writes: list[str] = field(default_factory=list)


class _NotPlain(Exception):
    """Something whose meaning only a real shell knows."""


def parse(text: str, home: str) -> tuple[Simple, ...] | None:
    """The simple commands of `text`, or None when it is anything but plain words, `&& || ; |` and redirects."""
    if len(text) > MAX_CHARS or has_odd_characters(text):
        return None
    try:
        return tuple(_Lexer(text, home).commands())
    except _NotPlain:
        return None


def has_odd_characters(text: str) -> bool:
    """Control, format and non-ASCII blank characters: what a person sees may not be what runs."""
    if text.isascii():
        return any((ord(char) < 32 and char not in "\n\t") or char == "\x7f" for char in text)
    return any(unicodedata.category(char)[0] in "CZ" and char not in " \n\t" for char in text)


class _Lexer:
    def __init__(self, text: str, home: str) -> None:
        self._text = text
        self._home = home
        self._at = 0

    def commands(self) -> Iterator[Simple]:
        draft = _Draft("")
        while self._skip_blanks():
            if operator := self._take(_OPERATOR):
                if not draft.words:
                    self._empty_is_fine(operator, draft)
                    continue
                yield self._finished(draft)
                draft = _Draft(operator.group())
            elif redirect := self._take(_REDIRECT):
                self._redirect(redirect, draft)
            else:
                draft.words.append(self._word())
        if draft.words:
            yield self._finished(draft)
        elif draft.after not in {"", ";", "\n"} or draft.reads or draft.writes:
            raise _NotPlain

    def _skip_blanks(self) -> bool:
        """Past blanks and comments; False at the end."""
        while self._at < len(self._text) and self._text[self._at] in " \t#":
            if self._text[self._at] == "#":
                end = self._text.find("\n", self._at)
                self._at = len(self._text) if end < 0 else end
            else:
                self._at += 1
        return self._at < len(self._text)

    def _take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        found = pattern.match(self._text, self._at)
        if found:
            self._at = found.end()
        return found

    def _empty_is_fine(self, operator: re.Match[str], draft: _Draft) -> None:
        if operator.group() != "\n" or draft.reads or draft.writes:
            raise _NotPlain

    def _finished(self, draft: _Draft) -> Simple:
        name = draft.words[0]
        if not name or name in _KEYWORDS or re.match(r"\w+\+?=", name):
            raise _NotPlain
        return Simple(tuple(draft.words), draft.after, tuple(draft.reads), tuple(draft.writes))

    def _redirect(self, found: re.Match[str], draft: _Draft) -> None:
        kind = found["kind"]
        if found["fd"] and kind in {"&>", "&>>"}:
            raise _NotPlain  # `2&>f` is a word and a redirect to the shell
        if kind == ">&" and self._take(_DUPLICATED):
            return
        if not self._skip_blanks() or self._text[self._at] in "<>&|;\n(":
            raise _NotPlain
        target = self._word()
        if kind == "<":
            draft.reads.append(target)
        elif target not in _SILENT_TARGETS:
            draft.writes.append(target)

    def _word(self) -> str:
        parts: list[str] = []
        start = self._at
        while self._at < len(self._text) and self._text[self._at] not in " \t\n;&|<>":
            parts.append(self._piece(first=self._at == start))
        if self._at == start:
            raise _NotPlain
        if self._text[start : self._at].isdigit() and self._text[self._at : self._at + 1] in {"<", ">"}:
            raise _NotPlain  # a descriptor of several digits
        return "".join(parts)

    def _piece(self, *, first: bool) -> str:
        char = self._text[self._at]
        match char:
            case "'":
                return self._single_quoted()
            case '"':
                return self._double_quoted()
            case "\\":
                return self._escaped()
            case "~" if first:
                return self._tilde()
            case "{" if self._text.startswith("{}", self._at):
                self._at += 2
                return "{}"
            case "#" if not first:
                self._at += 1
                return char
            case "~" if self._text[self._at - 1] not in ":=":  # behind these bash may read it as a home
                self._at += 1
                return char
        if char.isalnum() or char in _WORD_PUNCTUATION:
            self._at += 1
            return char
        raise _NotPlain

    def _single_quoted(self) -> str:
        end = self._text.find("'", self._at + 1)
        if end < 0:
            raise _NotPlain
        inner, self._at = self._text[self._at + 1 : end], end + 1
        return inner

    def _double_quoted(self) -> str:
        parts: list[str] = []
        self._at += 1
        while self._at < len(self._text):
            char = self._text[self._at]
            self._at += 1
            if char == '"':
                return "".join(parts)
            if char in "$`":
                raise _NotPlain
            if char == "\\" and self._text[self._at : self._at + 1] in _ESCAPABLE_IN_DOUBLE:
                char = self._text[self._at]
                self._at += 1
            elif char == "\\" and self._text[self._at : self._at + 1] == "\n":
                raise _NotPlain
            parts.append(char)
        raise _NotPlain

    def _escaped(self) -> str:
        char = self._text[self._at + 1 : self._at + 2]
        if not char or char == "\n":
            raise _NotPlain
        self._at += 2
        return char

    def _tilde(self) -> str:
        following = self._text[self._at + 1 : self._at + 2]
        if following not in {"", "/", " ", "\t", "\n", ";", "&", "|", "<", ">"}:
            raise _NotPlain
        self._at += 1
        return self._home


_CONTINUATION = re.compile(r"\\\n")
_QUOTING = re.compile(r"[\\'\"]")
_SEPARATORS = re.compile(r"[;&|\n()`]+")
_DEFAULT = re.compile(r"\$\{\w+:?[-=+?]")  # ${x:-word}
_BETWEEN_WORDS = re.compile(r"[\s<>{},=$\[\]]+")


def raw_segments(text: str) -> list[list[str]]:
    """The words of text that is not plain, quotes removed: a net for denials, never a ground to allow."""
    bare = _QUOTING.sub("", _CONTINUATION.sub("", text))
    return [words for part in _SEPARATORS.split(bare) if (words := part.split())]


def flat(text: str) -> str:
    """Quotes, separators and expansions reduced to single blanks, so that a denied word stands free."""
    bare = _DEFAULT.sub(" ", _QUOTING.sub("", _CONTINUATION.sub("", text)))
    return _BETWEEN_WORDS.sub(" ", _SEPARATORS.sub(" ", bare)).strip()
