"""The rules offered with "always": narrow, one for each command, never for an interpreter as a whole."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from enforcer.core.verdict import Ruling, Verdict
from enforcer.permissions.rules import READERS, WRITERS, joined
from enforcer.permissions.shell import names

# Tools whose arguments only choose what to check.
_CHECKERS = names("pytest ruff mypy pyright flake8 pylint tsc jest vitest eslint prettier ctest phpunit rspec")
_SUBCOMMANDS = {
    "git": names("add commit fetch stash"),
    "cargo": names("build check clippy fmt test"),
    "go": names("build fmt test vet"),
    "npm": names("test"),
}


def command_rules(parts: Iterable[tuple[tuple[str, ...], Verdict]]) -> Iterator[str]:
    """One rule for each command that asked."""
    for argv, verdict in parts:
        if verdict.ruling is Ruling.ASK and not verdict.firm and (spec := _spec(argv)):
            yield f"Bash({spec})"


def _spec(argv: Sequence[str]) -> str:
    if any("*" in word or "\n" in word for word in argv) or joined(argv).endswith(":"):
        return ""
    if argv[0] in _CHECKERS:
        return f"{argv[0]} *"
    if len(argv) > 2 and argv[1] in _SUBCOMMANDS.get(argv[0], ()):
        return f"{argv[0]} {argv[1]} *"
    return joined(argv)


def file_rule(tool: str, path: Path, *, folder: bool) -> str:
    target = f"{_escaped(path)}/**" if folder else _escaped(path)
    return f"{'Edit' if tool in WRITERS else 'Read' if tool in READERS else tool}(/{target})"


def kept(rules: Iterable[str], helps: Callable[[str], bool]) -> tuple[str, ...]:
    """Each rule once, and only when remembering it would make a difference."""
    return tuple(rule for rule in dict.fromkeys(rules) if rule and helps(rule))


def _escaped(path: Path) -> str:
    return re.sub(r"([*?\[\]!\\ ])", r"\\\1", str(path))
