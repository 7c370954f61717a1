"""The plain forms of a session's command line, read without the library that knows all of them.

That library takes a fifth of a start. What is not plain here (a mistake, --help, -pc, --print=…) is left to it, so that
help and errors are its own. `tests/unit/cli/test_quick.py` holds this table against the flags in `session.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

SWITCHES = {
    "-p": ("print_", True),
    "--print": ("print_", True),
    "-c": ("continue_", True),
    "--continue": ("continue_", True),
    "--fork-session": ("fork", True),
    "--fork": ("fork", True),
    "--trust": ("trust", True),
    "--no-trust": ("trust", False),
    "--include-partial-messages": ("include_partial_messages", True),
    "--one-vendor": ("one_vendor", True),
    "--verbose": ("verbose", True),
}
TEXTS = {
    "--lane": "lane",
    "--creative": "creative",
    "--analytical": "analytical",
    "-m": "model",
    "--model": "model",
    "-r": "resume",
    "--resume": "resume",
    "--permission-mode": "permission_mode",
    "--effort": "effort",
    "--json-schema": "json_schema",
    "--output-format": "output_format",
    "--input-format": "input_format",
}
LISTS = {
    "--allowedTools": "allowed_tools",
    "--allowed-tools": "allowed_tools",
    "--disallowedTools": "disallowed_tools",
    "--disallowed-tools": "disallowed_tools",
    "--add-dir": "add_dir",
    "-i": "image",
    "--image": "image",
}


def plain(arguments: Sequence[str]) -> dict[str, Any] | None:
    """The arguments of `start`, None when they should be read by the library."""
    values: dict[str, Any] = {}
    rest = list(arguments)
    while rest:
        word = rest.pop(0)
        if word in SWITCHES:
            name, on = SWITCHES[word]
            values[name] = on
        elif not word.startswith("-"):
            if "prompt" in values:
                return None
            values["prompt"] = word
        elif not _valued(word, rest, values):
            return None
    return values


def _valued(word: str, rest: list[str], values: dict[str, Any]) -> bool:
    """Take a flag and its value, `--flag value` or `--flag=value`; False when it is not plain."""
    flag, joined, value = word.partition("=")
    if flag not in TEXTS and flag not in LISTS:
        return False
    if joined and not flag.startswith("--"):
        return False
    if not joined:
        if not rest or rest[0].startswith("-"):
            return False
        value = rest.pop(0)
    if flag in TEXTS:
        values[TEXTS[flag]] = value
    else:
        values[LISTS[flag]] = (*values.get(LISTS[flag], ()), value)
    return True
