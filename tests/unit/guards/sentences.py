"""The sentences the program can print, as patterns read off its source."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from tests.unit.guards.source import PACKAGE, modules

HOLE = "\0"  # what is only known at run time
LETTERS = 8  # of its own a pattern has at least: "{}: {}" would match everything
LONG = 6  # words in a hole that must be a sentence of their own: a name or what a service said is shorter


@dataclass(frozen=True)
class Sentence:
    file: str
    text: str  # with holes

    @property
    def readable(self) -> str:
        return self.text.replace(HOLE, "{}")

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile("(.*?)".join(map(re.escape, self.text.split(HOLE))), re.DOTALL)

    def matches(self, said: str) -> bool:
        """Whether it could have been printed; a hole takes any text, none too."""
        return self._pattern.fullmatch(said) is not None

    def holes(self, said: str) -> tuple[str, ...] | None:
        """What stands in the holes, None when it could not have been printed."""
        found = self._pattern.fullmatch(said)
        return found and found.groups()


def can_be_said(said: str, known: Sequence[Sentence]) -> bool:
    """Whether it is one of the sentences, and what is long in its holes is one as well."""
    filled = (each.holes(said) for each in known)
    return any(all(_fits(hole.strip(" ;:,.("), known) for hole in holes) for holes in filled if holes is not None)


def _fits(hole: str, known: Sequence[Sentence]) -> bool:
    return len(hole.split()) < LONG or can_be_said(hole, known)


def sentences(root: Path = PACKAGE) -> list[Sentence]:
    return [Sentence(path.relative_to(root).as_posix(), said) for path in modules(root) for said in _of(path)]


def _of(path: Path) -> Iterator[str]:
    tree = ast.parse(path.read_text("utf-8"))
    named = {
        target.id: text
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name) and (text := _text(node.value, {})) is not None
    }
    for said in _spoken(tree, named):
        if " " in said and sum(char.isalpha() for char in said.replace(HOLE, "")) >= LETTERS:
            yield said


def _spoken(node: ast.AST, named: Mapping[str, str]) -> Iterator[str]:
    """Whole texts, not the pieces they are made of, and no docstrings."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant):
            continue
        said = None if isinstance(child, ast.Name) else _text(child, named)
        if said is None:
            yield from _spoken(child, named)
        else:
            yield said


def _text(node: ast.AST, named: Mapping[str, str]) -> str | None:
    """A literal, an f-string, or a sum that begins with one; None for anything else."""
    match node:
        case ast.Constant(value=str(text)):
            return re.sub(r"\{[^{}]*\}", HOLE, text)
        case ast.Name(id=name):
            return named.get(name)
        case ast.JoinedStr(values=values):
            return "".join(_piece(value, named) for value in values)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            begin, end = _text(left, named), _text(right, named)
            if begin is None and end is None:
                return None
            return (HOLE if begin is None else begin) + (HOLE if end is None else end)
    return None


def _piece(node: ast.AST, named: Mapping[str, str]) -> str:
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.FormattedValue(value=ast.Name(id=name)) if name in named:
            return named[name]
    return HOLE
