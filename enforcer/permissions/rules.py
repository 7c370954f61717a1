"""Permission rules in Claude Code's grammar: read from text, matched against one call. Decides nothing alone."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path
from typing import Any

from pathspec import GitIgnoreSpec

from enforcer.core.errors import UsageError
from enforcer.core.verdict import Ruling, Verdict
from enforcer.permissions.shell import flat, names
from enforcer.tools.web.address import PORTS, Address, BadAddress, canonical_host, parse

DELEGATION = frozenset({"Delegate", "Agent", "Task"})
READERS = frozenset({"Read", "Grep", "Glob", "LS", "NotebookRead"})
WRITERS = frozenset({"Edit", "Write", "MultiEdit", "NotebookEdit"})
INTERPRETERS = names("bash sh zsh dash ksh fish python python3 node deno bun perl ruby php lua awk gawk mawk osascript")
_COVERS = {"Read": READERS, "Edit": WRITERS, **dict.fromkeys(DELEGATION, DELEGATION)}
_SHAPE = re.compile(r"(?P<tool>\*|[A-Za-z_][\w.*-]*)\s*(?:\((?P<spec>.*)\))?", re.DOTALL)
_PARAMETER = re.compile(r"(?P<name>[A-Za-z_]\w*):(?P<value>.*)", re.DOTALL)
_GLOB = re.compile(r"[*?\[]")
_SITE = re.compile(
    r"(?:domain|private):\s*(?P<host>\*|(?:\*\.)?(?:\[[^\]]*\]|[^:/@\s\[\]]+))(?::(?P<port>[1-9]\d{0,4}))?"
)


class BadRule(UsageError):
    """A rule that cannot be read; the sentence names the rule and where it stands."""


@dataclass(frozen=True)
class Rule:
    """`Tool` or `Tool(spec)`. `base` is what a leading `/` of a path means: the folder of the settings."""

    tool: str
    spec: str | None = None
    origin: str = ""
    base: Path | None = None

    @classmethod
    def parse(cls, text: str, origin: str = "", base: Path | None = None) -> Rule:
        """Raises: BadRule."""
        found = _SHAPE.fullmatch(text.strip())
        where = f"{origin}: " if origin else ""
        if not found:
            raise BadRule(
                f"{where}'{text}' is not a permission rule; write Tool or Tool(pattern), e.g. Bash(git diff *)"
            )
        spec = found["spec"]
        if spec is not None and not spec.strip():
            raise BadRule(f"{where}'{text}' has an empty pattern; write {found['tool']} alone for the whole tool")
        rule = cls(found["tool"], None if spec in {None, "*"} else spec, origin, base)
        if rule.tool == "WebFetch" and rule.spec is not None and rule.site is None:
            raise BadRule(f"{where}'{text}' is not a WebFetch rule; write WebFetch(domain:example.org)")
        return rule

    def __str__(self) -> str:
        return self.tool if self.spec is None else f"{self.tool}({self.spec})"

    @cached_property
    def broad(self) -> bool:
        """It would allow any program: the whole shell, or an interpreter with whatever text."""
        if self.tool not in {"Bash", "*"}:
            return self.tool.startswith("mcp__") and "__" not in self.tool[5:]
        first = (self.spec or "*").replace(":*", " *").split()[0]
        name = first.rsplit("/", 1)[-1]
        open_end = self.spec is None or self.spec.endswith("*")
        return bool(_GLOB.search(first)) or (open_end and name in INTERPRETERS | {"sudo", "env", "xargs", "eval"})

    def covers(self, tool: str) -> bool:
        """Whether the rule speaks of this tool at all."""
        if self.tool.startswith("mcp__"):
            return tool == self.tool or tool.startswith(f"{self.tool}__") or fnmatchcase(tool, self.tool)
        return self.tool in {"*", tool} or tool in _COVERS.get(self.tool, ())

    # Bash

    @cached_property
    def _command(self) -> re.Pattern[str]:
        return re.compile(_command_regex(_normal(self.spec or "*")), re.DOTALL)

    @cached_property
    def _command_inside(self) -> re.Pattern[str]:
        return re.compile(
            r"(?:^|(?<=[\s/]))" + _command_regex(flat((self.spec or "*").replace(":*", " *")), whole=False)
        )

    def matches_command(self, argv: Sequence[str]) -> bool:
        """The whole command; `a *` also matches a bare `a`."""
        return bool(self._command.fullmatch(joined(argv)))

    def matches_inside(self, text: str) -> bool:
        """The words of the rule stand somewhere in `text`; for denials only."""
        return bool(self._command_inside.search(flat(text)))

    @property
    def program(self) -> str:
        """The first literal word of a Bash rule, "" when it has none."""
        first = (self.spec or "*").replace(":*", " *").split()[0]
        return "" if _GLOB.search(first) else first

    # Paths

    @cached_property
    def _anchor(self) -> tuple[Path | None, str]:
        """The folder the pattern starts in (None = wherever the session works) and the pattern below it."""
        spec = self.spec or "**"
        if spec.startswith("//"):
            return Path("/"), spec[1:]
        if spec.startswith("~/"):
            return Path.home().resolve(), spec[1:]
        if spec.startswith("/"):
            return self.base.resolve() if self.base else None, spec
        return None, spec.removeprefix(".") if spec.startswith("./") else spec

    def matches_path(self, path: Path, bases: Sequence[Path], *, fold: bool = False) -> bool:
        """Gitignore's meaning below each base. `fold` ignores case: for denials, since file systems may."""
        anchor, pattern = self._anchor
        spec = self._folded_spec if fold else self._spec
        floating = anchor is None and "/" not in pattern.rstrip("/")
        for base in (anchor,) if anchor else (*bases, *((Path("/"),) if floating and fold else ())):
            relative = _below(path, base)
            if relative is not None and spec.match_file(relative.casefold() if fold else relative):
                return True
        return False

    @cached_property
    def _spec(self) -> GitIgnoreSpec:
        return GitIgnoreSpec.from_lines([self._anchor[1]])

    @cached_property
    def _folded_spec(self) -> GitIgnoreSpec:
        return GitIgnoreSpec.from_lines([self._anchor[1].casefold()])

    # Everything else

    @cached_property
    def site(self) -> tuple[str, int | None] | None:
        """Host and port of a WebFetch rule: `*` for any, `*.example.org` for those below; None = it names none."""
        found = _SITE.fullmatch((self.spec or "domain:*").strip())
        if found is None:
            return None
        try:
            host = "*" if found["host"] == "*" else canonical_host(found["host"].removeprefix("*."))
        except BadAddress:
            return None
        below = "*." if found["host"].startswith("*.") else ""
        return f"{below}{host}", int(found["port"]) if found["port"] else None

    @property
    def exact(self) -> bool:
        """It names one host."""
        return self.spec is not None and self.site is not None and not self.site[0].startswith("*")

    def matches_host(self, url: str) -> bool:
        try:
            return self.matches_address(parse(url))
        except BadAddress:
            return False

    def matches_address(self, address: Address) -> bool:
        """`domain:example.org` is that host alone, `domain:*.example.org` those below it. By label, never by prefix."""
        if self.site is None:
            return False
        host, port = self.site
        if port is not None and port != (address.port or PORTS[address.scheme]):
            return False
        if host.startswith("*."):
            return address.host.endswith(host[1:])
        return host in {"*", address.host}

    def matches_agent(self, given: Mapping[str, Any]) -> bool:
        spec = self.spec or "*"
        if spec.startswith("lane:"):
            return str(given.get("lane", "")) == spec[5:].strip()
        names = {str(given.get(key, "")) for key in ("subagent_type", "agent")}
        return any(fnmatchcase(name, spec) for name in names)

    def matches_parameter(self, given: Mapping[str, Any]) -> bool:
        """`Tool(param:value)`; deny and ask only."""
        found = _PARAMETER.fullmatch(self.spec or "")
        if found is None or found["name"] not in given:
            return False
        value = given[found["name"]]
        return fnmatchcase(str(value).lower() if isinstance(value, bool) else str(value), found["value"])


@dataclass(frozen=True)
class RuleSet:
    """What was configured, from every level. A level that may only restrict brings no `allow`."""

    allow: tuple[Rule, ...] = ()
    ask: tuple[Rule, ...] = ()
    deny: tuple[Rule, ...] = ()
    problems: tuple[str, ...] = field(default=(), compare=False)

    @classmethod
    def parse(
        cls,
        *,
        allow: Iterable[str] = (),
        ask: Iterable[str] = (),
        deny: Iterable[str] = (),
        origin: str = "",
        base: Path | None = None,
    ) -> RuleSet:
        """A bad rule is dropped alone and named in `problems`."""
        problems: list[str] = []

        def read(texts: Iterable[str]) -> Iterator[Rule]:
            for text in texts:
                try:
                    yield Rule.parse(text, origin, base)
                except BadRule as error:
                    problems.append(str(error))

        return cls(tuple(read(allow)), tuple(read(ask)), tuple(read(deny)), tuple(problems))

    def __add__(self, other: RuleSet) -> RuleSet:
        return RuleSet(
            tuple(dict.fromkeys((*self.allow, *other.allow))),
            tuple(dict.fromkeys((*self.ask, *other.ask))),
            tuple(dict.fromkeys((*self.deny, *other.deny))),
            (*self.problems, *other.problems),
        )


def ruled(ruling: Ruling, rule: Rule) -> Verdict:
    """The verdict of a rule, in words that name it and where it stands."""
    verb = "denied" if ruling is Ruling.DENY else "asked about"
    where = f" ({rule.origin})" if rule.origin else ""
    return Verdict(ruling, f"{verb} by the rule {rule}{where}", f"rule {rule}")


def tools_of(name: str) -> frozenset[str]:
    """Every tool a rule of this name speaks of."""
    return frozenset({name, *_COVERS.get(name, ())})


def joined(argv: Sequence[str]) -> str:
    """One text for one command; a word with blanks stays recognisable as one word."""
    return " ".join(shlex.quote(word) if not word or re.search(r"[\s'\"\\]", word) else word for word in argv)


def _normal(spec: str) -> str:
    """The pattern as `joined` would write a command: single blanks, one way of quoting."""
    if spec.endswith(":*"):
        spec = f"{spec[:-2]} *"
    if not re.search(r"['\"\\]", spec):
        return " ".join(spec.split())
    try:
        return joined(shlex.split(spec))
    except ValueError:
        return " ".join(spec.split())


def _command_regex(pattern: str, *, whole: bool = True) -> str:
    open_end = pattern.endswith(" *")
    literal = pattern[:-2] if open_end else pattern
    body = ".*".join(re.escape(part) for part in literal.split("*"))
    if not whole:
        return body + r"(?!\S)" if not literal.endswith("*") else body
    return body + (r"(?: .*)?" if open_end else "")


def _below(path: Path, base: Path | None) -> str | None:
    """The path as it is written from there. By its parts, which is several times faster than `relative_to`."""
    if base is None:
        return None
    parts, start = path.parts, base.parts
    return "/".join(parts[len(start) :]) or "." if parts[: len(start)] == start else None
