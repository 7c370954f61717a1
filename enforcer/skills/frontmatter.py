"""Front matter of a Markdown file, read leniently. Every value stays text: what it means is for the schema to say."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from enforcer.core.errors import EnforcerError

LARGEST_BYTES = 1_000_000
LARGEST_FRONT_CHARS = 65_536
DEEPEST = 20
FRONT_STARTS = 2  # the line behind the opening ---


class Unreadable(EnforcerError):
    """The file cannot be used at all; the message is one clause that says why."""


@dataclass(frozen=True, slots=True)
class Front:
    """`fields` are what stands between the two `---` lines: strings, lists and mappings of strings."""

    fields: dict[str, Any]
    body: str
    warnings: tuple[str, ...] = ()


def read_text(path: Path) -> str:
    """The text of a regular file without byte order mark and with `\\n` line ends. Raises: Unreadable."""
    try:
        if not path.is_file():
            raise Unreadable("it is not a regular file")
        size = path.stat().st_size
        if size > LARGEST_BYTES:
            raise Unreadable(f"it is {size / 1e6:.1f} MB long; at most {LARGEST_BYTES / 1e6:.0f} MB is read")
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable("it is not UTF-8 text") from error
    except OSError as error:
        raise Unreadable(f"it cannot be read: {error.strerror}") from error


def split(text: str) -> tuple[str, str]:
    """The front matter and the body. Raises: Unreadable when there is no front matter."""
    if not text.strip():
        raise Unreadable("it is empty")
    lines = text.split("\n")
    if lines[0].rstrip() != "---":
        raise Unreadable("it has no front matter; its first line must be ---")
    for number, line in enumerate(lines[1:], start=1):
        if line.rstrip() == "---":
            return "\n".join(lines[1:number]), "\n".join(lines[number + 1 :]).strip("\n")
    raise Unreadable("its front matter is not closed by a line ---")


def parse(text: str, known: Collection[str]) -> Front:
    """Front matter and body; what YAML refuses is read line by line, with a warning.

    `known` are the keys that may start a line in that second reading; any other line goes on with the value before.
    Raises: Unreadable.
    """
    front, body = split(text)
    if len(front) > LARGEST_FRONT_CHARS:
        raise Unreadable(f"its front matter is longer than {LARGEST_FRONT_CHARS} characters")
    try:
        fields = mapping(front)
    except yaml.YAMLError as error:
        fields = _by_lines(front, known)
        if not fields:
            raise Unreadable(f"its front matter is not YAML ({where(error, FRONT_STARTS)})") from error
        return Front(
            fields,
            body,
            (f"the front matter is not YAML ({where(error, FRONT_STARTS)}); quote values that hold a colon",),
        )
    return Front(fields, body)


def mapping(text: str) -> dict[str, Any]:
    """A YAML mapping whose scalars all stay text, so that `on` is a word and no tag builds anything.

    Raises: Unreadable when it is YAML but no mapping, yaml.YAMLError when it is no YAML.
    """
    _refuse_depth(text)
    loader = _Loader(text)
    try:
        data = loader.get_single_data()
    finally:
        loader.dispose()
    if data in (None, ""):
        return {}
    if not isinstance(data, dict):
        raise Unreadable("it is no list of keys and values")
    return {str(key): value for key, value in data.items()}


def where(error: yaml.YAMLError, first_line: int) -> str:
    """The line, as a person counts it, and the problem; `first_line` is where the YAML begins in its file."""
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or "unreadable"
    return f"line {mark.line + first_line}: {problem}" if mark else str(problem)


_Loader: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


def _refuse_depth(text: str) -> None:
    # Building nested values recurses in C: some thousand brackets would end the process, not raise an error.
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            raise Unreadable(f"it is nested more than {DEEPEST} levels deep")


def _by_lines(front: str, known: Collection[str]) -> dict[str, Any]:
    start = re.compile(rf"({'|'.join(sorted(map(re.escape, known)))})\s*:(.*)")
    blocks: dict[str, list[str]] = {}
    current: list[str] | None = None
    for line in front.split("\n"):
        match = start.fullmatch(line)
        if match:
            current = blocks.setdefault(match[1], [])
            current.append(match[2].strip())
        elif current is not None:
            current.append(line)
    return {key: _value(key, lines) for key, lines in blocks.items()}


def _value(key: str, lines: list[str]) -> Any:
    if key == "metadata":
        pairs = (line.partition(":") for line in lines[1:] if ":" in line)
        return {name.strip(): _unquoted(value) for name, _, value in pairs}
    first = "" if re.fullmatch(r"[|>][+-]?", lines[0]) else lines[0]
    return _unquoted("\n".join([first, *(line.strip() for line in lines[1:])]))


def _unquoted(value: str) -> str:
    value = value.strip()
    quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "\"'"
    return value[1:-1] if quoted else value
