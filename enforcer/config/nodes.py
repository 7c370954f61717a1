"""Where the keys of a settings file stand in its text: for edits that leave the rest alone, and for line numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from enforcer.core.errors import UsageError

_ALIAS = re.compile(r"\*[^\s,\]}]+")
_PART = re.compile(r'"([^"]+)"|([^."]+)')
_KEY = re.compile(rf"(?:{_PART.pattern})(?:\.(?:{_PART.pattern}))*")


@dataclass(frozen=True, slots=True)
class Pair:
    """A key with its value inside of one mapping."""

    mapping: MappingNode
    key: Node
    value: Node

    @property
    def is_alias(self) -> bool:
        """The value stands somewhere else and has a name there."""
        return self.value.start_mark.index < self.key.end_mark.index


def split_key(key: str) -> tuple[str, ...]:
    """`lanes.ask`; a part with a dot in it is quoted: `providers."openai-compatible:a.b".base_url`.

    Raises: UsageError.
    """
    if not _KEY.fullmatch(key):
        raise UsageError(f"'{key}' is not a key; write it like lanes.creative.model")
    return tuple(quoted or plain for quoted, plain in _PART.findall(key))


def join_key(parts: Sequence[str]) -> str:
    return ".".join(f'"{part}"' if "." in part else part for part in parts)


def root_of(text: str) -> Node | None:
    """The nodes of a text that `read_text` has taken. None when there is nothing but comments."""
    node: Node | None = yaml.compose(text, Loader=yaml.SafeLoader)
    return None if isinstance(node, ScalarNode) and not node.value else node


def pair_of(node: Node | None, name: str) -> Pair | None:
    if not isinstance(node, MappingNode):
        return None
    return next((Pair(node, key, value) for key, value in node.value if key.value == name), None)


def path_of(root: Node | None, parts: Sequence[str]) -> tuple[Pair, ...]:
    """The pairs on the way to a key, as far as they are there."""
    found: list[Pair] = []
    node = root
    for part in parts:
        pair = pair_of(node, part)
        if pair is None:
            break
        found.append(pair)
        node = pair.value
    return tuple(found)


def line_of(text: str, parts: Sequence[str]) -> int | None:
    """The line a key stands in, from 1; None when it is not there or the text cannot be read."""
    try:
        found = path_of(root_of(text), parts)
    except yaml.YAMLError:
        return None
    return found[-1].key.start_mark.line + 1 if len(found) == len(parts) else None


def end_of(node: Node, text: str) -> int:
    """Where the last character of a value is behind us; comments and blank lines after it are not part of it."""
    if isinstance(node, ScalarNode):
        end = node.end_mark.index
        return len(text[:end].rstrip()) if node.style in {"|", ">"} else end
    if isinstance(node, (MappingNode, SequenceNode)) and node.flow_style:
        return int(node.end_mark.index)
    if isinstance(node, MappingNode):
        return max(end_of_pair(Pair(node, key, value), text) for key, value in node.value)
    return max(end_of(item, text) for item in node.value)


def end_of_pair(pair: Pair, text: str) -> int:
    if pair.is_alias:
        alias = _ALIAS.search(text, pair.key.end_mark.index)
        return alias.end() if alias else int(pair.key.end_mark.index)
    return max(end_of(pair.key, text), end_of(pair.value, text))
