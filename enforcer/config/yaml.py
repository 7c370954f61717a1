"""The one way YAML is read: no tags, no duplicate keys, no guessing. What a plain word means is for the schema to say.

Plain scalars come back as `Plain`, the text as it was typed, so that `on`, `1.10` or `2026-01-31` reach a text field
unchanged; `resolved` gives plain JSON values where there is no schema.
"""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from enforcer.core.errors import UsageError

LARGEST_BYTES = 1_000_000
DEEPEST = 50
MOST_VALUES = 50_000  # with every alias written out

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NOT_JSON: Any = object()
_TEXT_TAG = "tag:yaml.org,2002:str"
_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_BOOL = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INT = re.compile(r"-?(?:0|[1-9][0-9]{0,17})")
_FLOAT = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]{1,3})?")


class Plain(str):
    """An unquoted scalar, as it was typed."""

    __slots__ = ()


def read_file(path: Path) -> Any:
    """The document of a file: mappings, lists, text, `Plain` and None.

    Raises: FileNotFoundError; UsageError with file and line for everything else.
    """
    return read_text(source_of(path), str(path))


def read_text(text: str, source: str) -> Any:
    """Like `read_file`. `source` is how messages call it. Raises: UsageError."""
    if text.lstrip()[:1] == "{" and (value := _json(text)) is not _NOT_JSON:
        return value
    return _Reader(source, _events(text, source)).document()


def resolved(value: Any) -> Any:
    """Plain JSON: true, false and JSON numbers get their type, every other word stays text."""
    match value:
        case dict():
            return {key: resolved(item) for key, item in value.items()}
        case list():
            return [resolved(item) for item in value]
        case Plain():
            return _resolved_word(str(value))
    return value


@dataclass(slots=True)
class _Reader:
    source: str
    events: Iterator[Any]
    count: int = 0
    anchors: dict[str, tuple[Any, int]] = field(default_factory=dict)  # the value, and how many values it holds

    def document(self) -> Any:
        next(self.events)  # the start of the stream
        if isinstance(next(self.events), yaml.StreamEndEvent):
            return None
        value = self._value(next(self.events), 0)
        next(self.events)  # the end of the document
        following = next(self.events)
        if not isinstance(following, yaml.StreamEndEvent):
            raise self._error(following, "there is a second document; keep one")
        return value

    def _value(self, event: Any, depth: int) -> Any:
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event)
        before = self.count
        self._counted(event, 1)
        if event.tag not in {None, "!", _TEXT_TAG}:
            raise self._error(event, f"the tag {_tag(event.tag)} is not allowed; write a plain value")
        if depth > DEEPEST:
            raise self._error(event, f"it is nested deeper than {DEEPEST} levels")
        value = self._content(event, depth)
        if event.anchor:
            self.anchors[event.anchor] = (value, self.count - before)
        return value

    def _content(self, event: Any, depth: int) -> Any:
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(depth)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(depth)
        if not event.implicit[0] or event.tag:
            return str(event.value)
        return None if event.value in _NULL else Plain(event.value)

    def _sequence(self, depth: int) -> list[Any]:
        items: list[Any] = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            items.append(self._value(event, depth + 1))
        return items

    def _mapping(self, depth: int) -> dict[str, Any]:
        items: dict[str, Any] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent):
                raise self._error(event, "a key must be a word")
            self._counted(event, 1)
            key = str(event.value)
            if key in items:
                raise self._error(event, f"the key '{key}' stands there twice; keep one")
            items[key] = self._value(next(self.events), depth + 1)
        return items

    def _alias(self, event: Any) -> Any:
        if event.anchor not in self.anchors:
            raise self._error(event, f"*{event.anchor} refers to nothing that is complete before it")
        value, size = self.anchors[event.anchor]
        self._counted(event, size)
        return value

    def _counted(self, event: Any, size: int) -> None:
        self.count += size
        if self.count > MOST_VALUES:
            raise self._error(event, f"it has more than {MOST_VALUES:,} values when its aliases are written out")

    def _error(self, event: Any, what: str) -> UsageError:
        return UsageError(f"{self.source}:{event.start_mark.line + 1}: {what}")


def _events(text: str, source: str) -> Iterator[Any]:
    """The parser's events; its complaints become ours."""
    try:
        yield from yaml.parse(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise UsageError(
            f"{source}:{line}: this is not valid YAML ({error.problem}); mend it and start again"
        ) from None
    except yaml.YAMLError as error:
        what = getattr(error, "reason", "it cannot be read")
        raise UsageError(f"{source}: this is not valid YAML ({what}); mend it and start again") from None


def _json(text: str) -> Any:
    """JSON is YAML but for its tabs and escapes; what JSON refuses is left to the other reader and its messages."""
    try:
        value = json.loads(text, object_pairs_hook=_keys_once, parse_int=Plain, parse_float=Plain, parse_constant=Plain)
        if "\\u" in text:  # an escape may hide half a surrogate pair, which no UTF-8 can hold
            json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return _NOT_JSON
    level: list[Any] = [value]
    for _ in range(DEEPEST + 2):
        level = [item for inner in level for item in _children(inner)]
    return _NOT_JSON if level else value


def _keys_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    items = dict(pairs)
    if len(items) < len(pairs):
        raise ValueError("a key stands there twice")
    return items


def _children(value: Any) -> Iterable[Any]:
    return value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()


def source_of(path: Path) -> str:
    """The text of a file, not yet understood; a regular one of reasonable size, never a pipe that keeps us waiting.

    Raises: FileNotFoundError; UsageError for everything else.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror}); mend that and start again") from error
    status = os.fstat(handle)
    if not stat.S_ISREG(status.st_mode):  # a folder can be opened as well
        os.close(handle)
        raise UsageError(f"{path} is not a regular file; replace it by one")
    with os.fdopen(handle, "rb") as file:
        if status.st_size > LARGEST_BYTES:
            raise UsageError(f"{path} has {status.st_size:,} bytes; at most {LARGEST_BYTES:,} are read")
        return _decoded(path, file.read(LARGEST_BYTES + 1))


def _decoded(path: Path, data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\x00" in data[:4]:
        raise UsageError(f"{path} is UTF-16 or UTF-32 text; save it as UTF-8")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise UsageError(f"{path}:{line}: this is not UTF-8 text; save the file as UTF-8") from None


def _tag(tag: str) -> str:
    return tag.replace("tag:yaml.org,2002:", "!!")


def _resolved_word(word: str) -> Any:
    if word in _BOOL:
        return _BOOL[word]
    if _INT.fullmatch(word):
        return int(word)
    return float(word) if _FLOAT.fullmatch(word) else word
