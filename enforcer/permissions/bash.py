"""Judges shell text, conservatively: a plain read-only command runs, a denied one never does, the rest asks."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from enforcer.core.verdict import ALLOWED, Ruling, Verdict, strictest
from enforcer.permissions.guards import Ground, catastrophe, git_bypass
from enforcer.permissions.programs import Reading, behind_colons, is_reader, reading
from enforcer.permissions.repositories import distrust, inside_bare, top
from enforcer.permissions.rules import Rule, joined, ruled
from enforcer.permissions.shell import Simple, flat, parse, raw_segments
from enforcer.permissions.unwrap import (
    STRIPPED,
    WITH_RUN,
    inner,
    inner_texts,
    is_wrapper,
    not_coverable,
    program,
    readings,
    runs_words,
)

HARD_CHARS = 100_000  # no system runs one argument of this size
MAX_DEPTH = 4  # `bash -c` inside `bash -c`
_WRITERS = frozenset(
    {"cp", "mv", "tee", "touch", "mkdir", "rm", "rmdir", "ln", "install", "dd", "chmod", "chown", "truncate", "sed"}
)
_MOVES = frozenset({"cd", "pushd", "popd"})
_GUARDED_PROGRAMS = frozenset({"rm", "find", "shred", "git"})
_WINDOW = 300  # words of one command that are looked at in tangled text, so that its cost stays linear
_RAW_TARGET = re.compile(r">[>|&]?\s*([^\s<>|;&()]+)")
_PATHLIKE = re.compile(r"^[~./]|/|^\.\.")


class Files(Protocol):
    """The policy of files, as the shell needs it."""

    def read(self, path: Path, *, deep: bool = False) -> Verdict: ...

    def write(self, path: Path) -> Verdict: ...

    def named(self, path: Path) -> Verdict:
        """A path handed to a program nobody knows: only what is denied or protected counts."""
        ...

    def outside(self, path: Path) -> bool: ...


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules that speak of Bash."""

    allow: tuple[Rule, ...] = ()
    ask: tuple[Rule, ...] = ()
    deny: tuple[Rule, ...] = ()


@dataclass(frozen=True, slots=True)
class ShellJudge:
    rules: Rules
    cwd: Path
    ground: Ground
    files: Files

    def judge(self, text: str) -> Verdict:
        if "\0" in text:
            return _denied("a command has no NUL byte")
        if len(text) > HARD_CHARS:
            return _denied(f"a command of {len(text)} characters is too long to run; write it to a file first")
        if refused := next(self._refusals(text, (self.cwd,), 0), None):
            return refused
        commands = parse(text, str(self.ground.home))
        return self._raw(text) if commands is None else self._all(commands, (self.cwd,), 0)

    def parts(self, text: str) -> Iterator[tuple[tuple[str, ...], Verdict]]:
        """Each command of plain text with its own verdict, for suggestions."""
        for simple, cwds in _walk(parse(text, str(self.ground.home)) or (), (self.cwd,), self.ground.home):
            yield _stripped(simple.argv), self._one(simple, cwds, 0)

    # Denials: over every reading of the text, plain or not

    def _refusals(self, text: str, cwds: Sequence[Path], depth: int) -> Iterator[Verdict]:
        commands = parse(text, str(self.ground.home))
        if commands is None or depth > MAX_DEPTH:
            yield from self._raw_refusals(text, cwds)
            return
        for simple, places in _walk(commands, cwds, self.ground.home):
            for words in readings(simple.argv):
                yield from self._refused(words, places)
                for inner_text in inner_texts(words):
                    yield from self._refusals(inner_text, places, depth + 1)

    def _refused(self, words: Sequence[str], cwds: Sequence[Path]) -> Iterator[Verdict]:
        yield from _guarded(words, cwds, self.ground)
        bare = (words[0].rsplit("/", 1)[-1], *words[1:])
        code = joined(words[1:]) if runs_words(words) else ""
        for rule in self.rules.deny:
            if rule.matches_command(words) or rule.matches_command(bare) or (code and rule.matches_inside(code)):
                yield ruled(Ruling.DENY, rule)

    def _raw_refusals(self, text: str, cwds: Sequence[Path]) -> Iterator[Verdict]:
        places = list(cwds)
        for words in raw_segments(text):
            for at, word in enumerate(words):
                if at == 0 or word.rsplit("/", 1)[-1] in _GUARDED_PROGRAMS:
                    yield from _guarded(words[at : at + _WINDOW], places, self.ground)
            if (target := _destination(words, self.ground.home)) is not None:
                places.append(cwds[0] / target)
        yield from (ruled(Ruling.DENY, rule) for rule in self.rules.deny if rule.matches_inside(text))
        for target in _RAW_TARGET.findall(text):
            yield from self._unwritable(target.strip("'\""))
        for word in {*flat(text).split()}:
            if _PATHLIKE.search(word) and (verdict := self._named(word, cwds)).ruling is Ruling.DENY:
                yield verdict

    def _unwritable(self, target: str) -> Iterator[Verdict]:
        verdict = self.files.write(self.cwd / _expand(target, self.ground.home))
        if verdict.ruling is Ruling.DENY:
            yield verdict

    def _raw(self, text: str) -> Verdict:
        rule = next((rule for rule in self.rules.ask if rule.matches_inside(text)), None)
        if rule:
            return ruled(Ruling.ASK, rule)
        return Verdict(Ruling.ASK, "the command is not plain enough to be judged", firm=False)

    # Plain text: the strictest of its commands

    def _all(self, commands: Sequence[Simple], cwds: Sequence[Path], depth: int) -> Verdict:
        return strictest(self._one(simple, places, depth) for simple, places in _walk(commands, cwds, self.ground.home))

    def _one(self, simple: Simple, cwds: Sequence[Path], depth: int) -> Verdict:
        verdicts = [self.files.read(cwd / path) for cwd in cwds for path in simple.reads]
        verdicts += [self.files.write(cwd / path) for cwd in cwds for path in simple.writes]
        return strictest([*verdicts, self._program(simple.argv, cwds, depth)])

    def _program(self, argv: tuple[str, ...], cwds: Sequence[Path], depth: int) -> Verdict:
        for words in readings(argv):
            if rule := next((rule for rule in self.rules.ask if rule.matches_command(words)), None):
                return ruled(Ruling.ASK, rule)
        if argv[0] in _MOVES:
            return self._cd(argv, cwds)
        if program(argv) == "git" and any(inside_bare(cwd) for cwd in cwds):
            return Verdict(Ruling.ASK, "this folder only looks like a git repository, and git may run what it names")
        found = reading(argv)
        if found is None:
            return self._unknown(argv, cwds, depth)
        paths = found.paths or ((".",) if found.deep else ())
        verdicts = [self.files.read(cwd / path, deep=found.deep) for cwd in cwds for path in paths]
        verdicts += self._repositories(found, cwds) if argv[0] == "git" else []
        verdict = strictest(verdicts)
        by_rule = verdict.ruling is Ruling.ASK and not self._uncovered(argv, cwds, depth)
        return ALLOWED if by_rule else verdict

    def _repositories(self, found: Reading, cwds: Sequence[Path]) -> Iterator[Verdict]:
        for cwd in cwds:
            if reason := distrust(cwd, self.ground.roots):
                yield Verdict(Ruling.ASK, reason, firm=False)
            yield from (self.files.read((top(cwd) or cwd) / path) for path in found.from_top)

    def _cd(self, argv: Sequence[str], cwds: Sequence[Path]) -> Verdict:
        if argv[0] != "cd" or len(argv) != 2 or argv[1].startswith("-"):
            return Verdict(Ruling.ASK, f"{argv[0]} leads to a place that is not plain to see", firm=False)
        targets = [Path(os.path.normpath(cwd / argv[1])) for cwd in cwds]
        if any(self.files.outside(target) for target in targets):
            return Verdict(Ruling.ASK, f"cd leaves the workspace: {argv[1]}", firm=False)
        if any(Path(os.path.realpath(target)) != target for target in targets):
            return Verdict(Ruling.ASK, f"cd goes through a link: {argv[1]}", firm=False)
        return ALLOWED

    def _unknown(self, argv: tuple[str, ...], cwds: Sequence[Path], depth: int) -> Verdict:
        named = strictest(self._named(word, cwds) for word in argv)
        if named.ruling is not Ruling.ALLOW:
            return named
        reason = self._uncovered(argv, cwds, depth)
        return Verdict(Ruling.ASK, reason, firm=False) if reason else ALLOWED

    def _uncovered(self, argv: tuple[str, ...], cwds: Sequence[Path], depth: int) -> str:
        """Why no allow rule covers it, "" when one does."""
        if depth > MAX_DEPTH:
            return "too many commands inside one another"
        if program(argv) in STRIPPED and argv[0] in STRIPPED:
            return self._inner_uncovered(argv, cwds, depth)
        rule = next((rule for rule in self.rules.allow if rule.matches_command(argv)), None)
        if rule is None:
            return f"'{_short(argv)}' is not known to be harmless"
        if reason := not_coverable(argv):
            return reason
        if program(argv) in _WRITERS and "*" in (rule.spec or "*") and self._leaves(argv[1:], cwds):
            return f"'{argv[0]}' reaches out of the workspace"
        if word := self._denied_word(argv):
            return f"'{word}' is denied and '{argv[0]}' may run it"
        for text in inner_texts(argv):
            commands = parse(text, str(self.ground.home))
            if commands is None or self._all(commands, cwds, depth + 1).ruling is not Ruling.ALLOW:
                return f"what '{argv[0]}' is to run is not known to be harmless"
        if not is_wrapper(argv):
            return ""
        judge = replace(self, rules=_naming(rule, self.rules)) if program(argv) in WITH_RUN else self
        return judge._inner_uncovered(argv, cwds, depth)

    def _inner_uncovered(self, argv: tuple[str, ...], cwds: Sequence[Path], depth: int) -> str:
        found = inner(argv)
        if not found or not found[1]:
            return f"what '{argv[0]}' is to run is not plain to see"
        verdict = self._program(found[0], cwds, depth + 1)
        return "" if verdict.ruling is Ruling.ALLOW else verdict.reason

    def _denied_word(self, argv: Sequence[str]) -> str:
        """A denied program as an argument of something nobody knows to be no wrapper."""
        if is_reader(argv[0]):
            return ""
        denied = {rule.program for rule in self.rules.deny} - {""}
        return next((word for word in argv[1:] if word.rsplit("/", 1)[-1] in denied), "")

    def _leaves(self, words: Sequence[str], cwds: Sequence[Path]) -> bool:
        paths = [word for word in words if not word.startswith("-")]
        return any(self.files.outside(cwd / path) for cwd in cwds for path in paths)

    def _named(self, word: str, cwds: Sequence[Path]) -> Verdict:
        if len(word) > 4096 or "\n" in word:
            return ALLOWED
        parts = {word, word.partition("=")[2], *behind_colons(word)} - {""}
        return strictest(self.files.named(cwd / _expand(part, self.ground.home)) for cwd in cwds for part in parts)


def _walk(commands: Sequence[Simple], cwds: Sequence[Path], home: Path) -> Iterator[tuple[Simple, tuple[Path, ...]]]:
    """Each command with every folder it may run in: a `cd` may fail or be skipped, and in a pipe it is forgotten."""
    possible = list(cwds)
    sure: tuple[Path, ...] | None = None  # behind `cd x &&`, as long as the chain lasts
    moved = False
    for simple in commands:
        piped = simple.after in {"|", "|&"}
        if not (simple.after == "&&" or (piped and not moved)):
            sure = None
        here = sure or tuple(possible)
        yield simple, here
        target = _destination(simple.argv, home)
        moved = target is not None
        if target is not None:
            targets = tuple(dict.fromkeys(Path(os.path.normpath(cwd / target)) for cwd in here))
            possible += [place for place in targets if place not in possible]
            # `a || cd x && b` runs b in the old folder when a succeeds.
            certain = simple.argv[0] == "cd" and not piped and simple.after != "||"
            sure = targets if certain else None


def _destination(argv: Sequence[str], home: Path) -> str | None:
    """Where a `cd` in any of its spellings goes, None for other commands."""
    words = _stripped(tuple(argv))
    if words[0] not in _MOVES:
        return None
    names = [word for word in words[1:] if word == "-" or not word.startswith("-")]
    return _expand((names or ["~"])[0].replace("$HOME", "~"), home)


def _naming(rule: Rule, rules: Rules) -> Rules:
    """`uv run pytest *` also says yes to the `pytest *` in it; `uv run *` names no program."""
    rest = (rule.spec or "").split(maxsplit=2)[2:]
    named = (Rule("Bash", text, rule.origin) for text in rest if re.match(r"[\w./]+(?=\s|:\*|$)", text))
    return replace(rules, allow=(*rules.allow, *named))


def _guarded(words: Sequence[str], cwds: Sequence[Path], ground: Ground) -> Iterator[Verdict]:
    if reason := catastrophe(words, cwds, ground) or git_bypass(words):
        yield _denied(reason)


def _expand(word: str, home: Path) -> str:
    return f"{home}{word[1:]}" if word == "~" or word.startswith("~/") else word


def _stripped(argv: tuple[str, ...]) -> tuple[str, ...]:
    while program(argv) in STRIPPED and (found := inner(argv)) and found[1]:
        argv = found[0]
    return argv


def _denied(reason: str) -> Verdict:
    return Verdict(Ruling.DENY, reason, "safety")


def _short(argv: Sequence[str]) -> str:
    text = joined(argv)
    return text if len(text) <= 60 else f"{text[:59]}…"
