"""Changes one key of a YAML settings file and nothing else: comments, order and spelling of the rest stay.

The text is edited where the key stands. The result is read again before it is written: when it does not say exactly
what was meant, nothing is written and the person is asked to edit by hand.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, SequenceNode

from enforcer.config.nodes import Pair, end_of, end_of_pair, path_of, root_of, split_key
from enforcer.config.paths import PRIVATE_FILE, private_folder
from enforcer.config.replace import alone_in, replace_text
from enforcer.config.yaml import Plain, read_text, resolved, source_of
from enforcer.core.errors import UsageError

SHARED_FILE = 0o644
_WORD = re.compile(r"[A-Za-z0-9/~_][A-Za-z0-9_./@+~-]*(?::[A-Za-z0-9_./@+~-]+)*")
_OTHERS_READ_AS_SOMETHING = re.compile(r"(?i)[0-9].*|~|null|true|false|yes|no|on|off|y|n")
_INDENT = "  "


def set_key(path: Path, key: str, value: object, *, private: bool = True) -> None:
    """Set a dotted key to a JSON value, or to a `Plain` word as it was typed. A missing file is made.

    A link is followed. `private` is about a new file: 0600 in a 0700 folder. Raises: UsageError; the file is then
    as it was.
    """
    _edit(path, lambda text: with_key(text, str(path), key, value), private=private)


def unset_key(path: Path, key: str) -> bool:
    """Take a dotted key out; False when it was not there. Raises: UsageError."""
    if not path.exists():
        return False
    return _edit(path, lambda text: without_key(text, str(path), key), private=True)


def with_key(text: str, source: str, key: str, value: object) -> str:
    """The text with the key set. `source` is how messages call it. Raises: UsageError."""
    parts, value = split_key(key), _plain(value)
    wanted = _set(read_text(text, source), parts, value, source, key)
    edited = _json_text(text, wanted) or _tried(lambda: _inserted(text, parts, value))
    return _checked(edited, resolved(wanted), source, key)


def without_key(text: str, source: str, key: str) -> str:
    """The text without the key, and without sections that are empty then. Raises: UsageError."""
    parts, tree = split_key(key), read_text(text, source)
    wanted = _removed(tree, parts)
    if wanted == tree:
        return text
    edited = _json_text(text, wanted) or _tried(lambda: _cut(text, parts))
    return _checked(edited, resolved(wanted), source, key)


def _edit(path: Path, change: Callable[[str], str], *, private: bool) -> bool:
    place = Path(os.path.realpath(path))  # unlike `resolve`, it has no error of its own for a link to itself
    try:
        private_folder(place.parent) if private else place.parent.mkdir(parents=True, exist_ok=True)
        with alone_in(place.parent):
            text = source_of(place) if place.exists() else ""
            edited = change(text)
            if edited != text:
                replace_text(place, edited, PRIVATE_FILE if private else SHARED_FILE)
            return bool(edited != text)
    except OSError as error:
        raise UsageError(f"{path} cannot be written ({error.strerror}); nothing was changed") from error


# What the file should say afterwards


def _set(tree: Any, parts: Sequence[str], value: Any, source: str, key: str) -> Any:
    if not parts:
        return value
    if tree is not None and not isinstance(tree, dict):
        raise UsageError(f"{source}: what {key} belongs to is not a mapping there; change it by hand")
    tree = tree or {}
    return {**tree, parts[0]: _set(tree.get(parts[0]), parts[1:], value, source, key)}


def _removed(tree: Any, parts: Sequence[str]) -> Any:
    if not isinstance(tree, dict) or parts[0] not in tree:
        return tree
    rest = {name: item for name, item in tree.items() if name != parts[0]}
    if len(parts) == 1:
        return rest
    inner = _removed(tree[parts[0]], parts[1:])
    return rest if inner in ({}, None) else {**tree, parts[0]: inner}


def _checked(edited: str, wanted: Any, source: str, key: str) -> str:
    try:
        same = _without_empty(resolved(read_text(edited, source))) == _without_empty(wanted)
    except UsageError:
        same = False
    if not same:
        raise UsageError(f"{source}: {key} cannot be changed without touching what stands around it; do it by hand")
    return edited


def _without_empty(tree: Any) -> Any:
    """A section with everything in it commented out says as much as none."""
    if not isinstance(tree, dict):
        return tree
    kept = {name: _without_empty(item) for name, item in tree.items()}
    return {name: item for name, item in kept.items() if item not in ({}, None)} or None


# Edits of the text


def _tried(edit: Callable[[], str]) -> str:
    """ "" where the parser with places refuses what the quick one took, such as a tab behind a colon."""
    try:
        return edit()
    except (yaml.YAMLError, ValueError):
        return ""


def _json_text(text: str, wanted: Any) -> str:
    """JSON has no comments to lose: it is written anew. "" for everything else."""
    try:
        json.loads(text)
    except ValueError:
        return ""
    return json.dumps(resolved(wanted), ensure_ascii=False, indent=2) + "\n"


def _inserted(text: str, parts: Sequence[str], value: Any) -> str:
    root = root_of(text)
    found = path_of(root, parts)
    rest = parts[len(found) :]
    if not rest:
        return _replaced(text, found[-1], value)
    inside = found[-1].value if found else root
    nested = _nested(rest[1:], value)
    if isinstance(inside, MappingNode) and inside.flow_style:
        return _into_flow(text, inside, f"{_flow(rest[0])}: {_flow(nested)}")
    if isinstance(inside, MappingNode):
        lines = _lines({rest[0]: nested}, _column(inside.value[0][0]))
        return _after_line(text, end_of(inside, text), lines)
    if found:  # a section with nothing in it yet
        return _replaced(text, found[-1], {rest[0]: nested})
    return _after_line(text, len(text), _lines({rest[0]: nested}, 0))


def _replaced(text: str, pair: Pair, value: Any) -> str:
    """Another value behind the same key; a comment behind the colon or behind the value stays."""
    if pair.is_alias:
        return ""
    start, end = pair.value.start_mark.index, end_of(pair.value, text)
    if pair.mapping.flow_style:
        return f"{text[:start]}{' ' * (start == end)}{_flow(value)}{text[end:]}"
    colon = text.index(":", pair.key.end_mark.index) + 1
    between = text[colon:start]
    if isinstance(value, Mapping) and value:
        rest_of_line, newline, after = text[end:].partition("\n")
        head = f"{text[:colon]}{between.rstrip()}{rest_of_line.rstrip()}"
        return _after_line(f"{head}{newline}{after}", colon, _lines(value, _column(pair.key) + len(_INDENT)))
    if isinstance(value, list) and value and _is_block(pair.value):
        return f"{text[:start]}{_items(value, _column(pair.value)).strip()}{text[end:]}"
    if "\n" in between:
        return f"{text[:colon]} {_flow(value)}{between.rstrip()}{text[end:]}"
    return f"{text[:colon]}{between or ' '}{_flow(value)}{text[end:]}"


def _into_flow(text: str, mapping: MappingNode, entry: str) -> str:
    if not mapping.value:
        brace = text.index("{", mapping.start_mark.index) + 1
        return f"{text[:brace]}{entry}{text[brace:]}"
    key, value = mapping.value[-1]
    end = end_of_pair(Pair(mapping, key, value), text)
    return f"{text[:end]}, {entry}{text[end:]}"


def _after_line(text: str, position: int, lines: str) -> str:
    """New lines behind the line of a position, with the line ends of the text."""
    newline = "\r\n" if "\r\n" in text else "\n"
    cut = text.find("\n", position) + 1
    before, after = (text[:cut], text[cut:]) if cut else (text, "")
    if before and not before.endswith("\n"):
        before += newline
    return f"{before}{lines.replace(chr(10), newline)}{after}"


def _cut(text: str, parts: Sequence[str]) -> str:
    found = path_of(root_of(text), parts)
    if len(found) < len(parts):
        return text
    pair = found[-1]
    for outer in reversed(found[:-1]):
        inner = text[outer.key.end_mark.index : end_of_pair(outer, text)]
        if len(pair.mapping.value) > 1 or "#" in inner or outer.is_alias:
            break
        pair = outer
    return _cut_flow(text, pair) if pair.mapping.flow_style else _cut_lines(text, pair)


def _cut_lines(text: str, pair: Pair) -> str:
    start = pair.key.start_mark.index - _column(pair.key)
    end = text.find("\n", end_of_pair(pair, text)) + 1
    return text[:start] + (text[end:] if end else "")


def _cut_flow(text: str, pair: Pair) -> str:
    keys = [key for key, _ in pair.mapping.value]
    place = keys.index(pair.key)
    start, end = pair.key.start_mark.index, end_of_pair(pair, text)
    if place + 1 < len(keys):
        end = keys[place + 1].start_mark.index
    elif place:
        before = pair.mapping.value[place - 1]
        start = end_of_pair(Pair(pair.mapping, *before), text)
    return text[:start] + text[end:]


# How values are written


def _plain(value: object) -> Any:
    """JSON values and `Plain`; everything else by its text."""
    match value:
        case Plain() | bool() | int() | float() | None:
            return value
        case Mapping():
            return {str(name): _plain(item) for name, item in value.items()}
        case list() | tuple():
            return [_plain(item) for item in value]
    return str(value)


def _nested(parts: Sequence[str], value: Any) -> Any:
    return {parts[0]: _nested(parts[1:], value)} if parts else value


def _lines(tree: Mapping[str, Any], indent: int) -> str:
    """A mapping in block style, ending with a line end."""
    text = ""
    for name, value in tree.items():
        text += f"{' ' * indent}{_flow(name)}:"
        if isinstance(value, Mapping) and value:
            text += f"\n{_lines(value, indent + len(_INDENT))}"
        else:
            text += f" {_flow(value)}\n"
    return text


def _items(values: Sequence[Any], indent: int) -> str:
    return "".join(f"{' ' * indent}- {_flow(value)}\n" for value in values)


def _column(node: Node) -> int:
    return int(node.start_mark.column)


def _is_block(node: Node) -> bool:
    return isinstance(node, SequenceNode) and not node.flow_style


def _flow(value: Any) -> str:
    """A value on one line."""
    match value:
        case Mapping():
            return "{" + ", ".join(f"{_flow(name)}: {_flow(item)}" for name, item in value.items()) + "}"
        case list():
            return "[" + ", ".join(_flow(item) for item in value) + "]"
        case Plain():
            return str(value) if _WORD.fullmatch(value) or _is_number(value) else _quoted(value)
        case str():
            bare = _WORD.fullmatch(value) and not _OTHERS_READ_AS_SOMETHING.fullmatch(value)
            return value if bare else _quoted(value)
    return json.dumps(value)


def _is_number(word: str) -> bool:
    return not isinstance(resolved(Plain(word)), str)


def _quoted(text: str) -> str:
    """Double quotes, the same in JSON and YAML; what a terminal would act on is written as an escape."""
    shown = json.dumps(text, ensure_ascii=False)
    return "".join(char if char.isprintable() else _escape(char) for char in shown)


def _escape(char: str) -> str:
    return f"\\u{ord(char):04x}" if ord(char) < 0x10000 else f"\\U{ord(char):08x}"
