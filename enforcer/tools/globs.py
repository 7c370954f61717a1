"""Path patterns: globs as a person writes them, and the rules of an ignore file. Touches no file."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_CLASS = re.compile(r"\[[!^]?\]?(?:\[:\w+:\]|\\.|[^\]])*\]", re.DOTALL)
_SPECIAL = re.compile(r"\[:(?P<name>\w+):\]|\\(?P<literal>.)|--|[\[&~|]|^\]", re.DOTALL)  # inside a class
_TRAILING_SPACE = re.compile(r"(?<!\\)((?:\\\\)*) +$")
POSIX = {  # what stands between the brackets for [:name:]
    "alnum": "a-zA-Z0-9",
    "alpha": "a-zA-Z",
    "blank": r" \t",
    "digit": "0-9",
    "lower": "a-z",
    "punct": r"!-/:-@\[-`{-~",
    "space": r" \t\n\r\f\v",
    "upper": "A-Z",
    "word": r"\w",
    "xdigit": "0-9A-Fa-f",
}


def translate(pattern: str) -> str:
    """A regular expression for a whole relative path: `*` stays in its folder, `**` does not, `{a,b}` is a choice."""
    braces = pattern.count("{") == pattern.count("}")
    made: list[str] = []
    at = depth = 0
    while at < len(pattern):
        piece, length = _piece(pattern, at, inside=depth > 0, braces=braces)
        if braces and length == 1:
            depth += (pattern[at] == "{") - (pattern[at] == "}" and depth > 0)
        made.append(piece)
        at += length
    return "".join(made)


def _piece(pattern: str, at: int, *, inside: bool, braces: bool) -> tuple[str, int]:
    """The translation of what stands at `at`, and how long it is."""
    char = pattern[at]
    starts = at == 0 or pattern[at - 1] in "/{,"
    if starts and pattern.startswith("**/", at):
        return "(?:[^/]+/)*", 3
    if starts and pattern[at:] == "**":
        return ".+", 2
    if char == "*":
        return "[^/]*", len(pattern[at:]) - len(pattern[at:].lstrip("*"))
    if char == "?":
        return "[^/]", 1
    if char == "[" and (found := _CLASS.match(pattern, at)):
        return _class(found[0]), len(found[0])
    if char == "\\" and at + 1 < len(pattern):
        return re.escape(pattern[at + 1]), 2
    choice = {"{": "(?:", "}": ")" if inside else None, ",": "|" if inside else None}.get(char) if braces else None
    return choice or re.escape(char), 1


def _class(text: str) -> str:
    body = text[1:-1]
    negated = body.startswith(("!", "^"))
    return f"(?!/)[{'^' if negated else ''}{_SPECIAL.sub(_plain, body[negated:])}]"


def _plain(found: re.Match[str]) -> str:
    """Named classes, escaped characters, and what Python reads otherwise than a shell does."""
    if found["name"]:
        return POSIX.get(found["name"], "")
    if found["literal"]:
        return re.escape(found["literal"])
    return r"-\-" if found[0] == "--" else f"\\{found[0]}"


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of an ignore file."""

    regex: str
    ignores: bool
    folders_only: bool

    @classmethod
    def parse(cls, line: str, *, braces: bool = False) -> Rule | None:
        """None for a comment, an empty line, or one that is no pattern."""
        line = _TRAILING_SPACE.sub(r"\1", line.rstrip("\r\n"))
        if not line or line.startswith("#"):
            return None
        ignores = not line.startswith("!")
        line = line if ignores else line[1:]
        folders_only = line.endswith("/")
        line = line.rstrip("/") if folders_only else line
        if not line:
            return None
        anchored = "/" in line
        line = line.removeprefix("/")
        regex = translate(line if braces else line.replace("{", "\\{").replace("}", "\\}"))
        rule = cls(regex if anchored else f"(?:[^/]+/)*{regex}", ignores, folders_only)
        return rule if _compiles(rule.regex) else None


class Rules:
    """The rules of one file, for paths relative to its folder. The last rule that matches decides."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        backwards = tuple(rules)[::-1]
        self._folders = _Table(backwards)
        self._files = _Table(tuple(rule for rule in backwards if not rule.folders_only))

    @classmethod
    def parse(cls, text: str) -> Rules:
        return cls(rule for line in text.split("\n") if (rule := Rule.parse(line)))

    def ignores(self, path: str, *, is_folder: bool) -> bool | None:
        """None when no rule speaks of this very path; whether a folder above it is ignored is asked there."""
        return (self._folders if is_folder else self._files).decide(path)


class _Table:
    """All rules in one expression: one search per path instead of one per rule."""

    def __init__(self, rules: tuple[Rule, ...]) -> None:
        self._rules = rules
        self._regex = re.compile("|".join(f"({rule.regex})\\Z" for rule in rules), re.DOTALL) if rules else None

    def decide(self, path: str) -> bool | None:
        found = self._regex.match(path) if self._regex else None
        return self._rules[found.lastindex - 1].ignores if found and found.lastindex else None


def _compiles(regex: str) -> bool:
    try:
        re.compile(regex)
    except re.error:
        return False
    return True
