"""May this file be read or written? Rules first, then protected places, then what the mode says of the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from enforcer.core.verdict import ALLOWED, Ruling, Verdict
from enforcer.permissions.paths import Place, Protected, runs_later
from enforcer.permissions.repositories import makes_one
from enforcer.permissions.rules import Rule, RuleSet, ruled


@dataclass(frozen=True, slots=True)
class FilePolicy:
    """`accept_edits`: writes inside the workspace need no question."""

    rules: RuleSet
    cwd: Path
    roots: tuple[Path, ...]  # resolved
    protected: Protected
    readable: tuple[Path, ...] = ()  # folders outside the roots that may be read, e.g. the outputs of this session
    accept_edits: bool = False

    def read(self, path: Path, *, deep: bool = False, tool: str = "Read") -> Verdict:
        place = self._place(path)
        if place is None:
            return _no_path()
        if refused := self._denied(place, tool) or self.protected.read(place):
            return refused
        if rule := self._first(self.rules.ask, tool, place, fold=True):
            return ruled(Ruling.ASK, rule)
        if deep and (rule := self._hides_something(place)):
            return Verdict(
                Ruling.ASK, f"it goes through folders where {rule} hides files; use Grep instead", firm=False
            )
        if place.inside or any(place.real.is_relative_to(folder) for folder in self.readable):
            return ALLOWED
        if place.real == Path("/dev/null") or self._first(self.rules.allow, tool, place):
            return ALLOWED
        return Verdict(Ruling.ASK, f"{place.real} is outside the workspace", firm=False)

    def write(self, path: Path, *, tool: str = "Edit") -> Verdict:
        place = self._place(path)
        if place is None:
            return _no_path()
        if refused := self._denied(place, tool) or self._denied(place, "Read"):
            return refused
        guarded = self.protected.write(place)
        if guarded and guarded.ruling is Ruling.DENY:
            return guarded
        if rule := self._first(self.rules.ask, tool, place, fold=True):
            return ruled(Ruling.ASK, rule)
        if guarded is None and any(makes_one(path) for path in place.paths):
            guarded = Verdict(Ruling.ASK, f"{place.given} may turn its folder into a git repository", "protected path")
        return guarded or self._write_elsewhere(place, tool)

    def _write_elsewhere(self, place: Place, tool: str) -> Verdict:
        rule = self._first(self.rules.allow, tool, place)
        if rule and (place.inside or rule.spec is not None):
            return Verdict(Ruling.ALLOW, by=f"rule {rule}")
        if place.escapes:
            reason = (
                f"{place.given} leads out of the workspace, to {place.real}; write inside it or name a folder of it"
            )
            return Verdict(Ruling.DENY, reason, "workspace")
        if not place.inside:
            return Verdict(Ruling.ASK, f"{place.real} is outside the workspace", "workspace")
        if runs_later(place.real, self.roots):
            return Verdict(Ruling.ASK, f"{place.real.name} holds what other tools run later", firm=self.accept_edits)
        return ALLOWED if self.accept_edits else Verdict(Ruling.ASK, "", firm=False)

    def named(self, path: Path) -> Verdict:
        """A path handed to a program nobody knows: denials hold, protected places ask, the rest is not its matter."""
        place = self._place(path)
        if place is None:
            return _no_path()
        if refused := self._denied(place, "Read") or self.protected.read(place):
            return refused
        guarded = self.protected.write(place) or self._denied(place, "Edit")
        if guarded is None:
            return ALLOWED
        hooks = {part.casefold() for part in place.real.parts} >= {".git", "hooks"}
        return guarded if hooks else replace(guarded, ruling=Ruling.ASK)

    def outside(self, path: Path) -> bool:
        place = self._place(path)
        return place is None or not place.inside

    def _place(self, path: Path) -> Place | None:
        try:
            return Place.of(path if path.is_absolute() else self.cwd / path, self.roots)
        except ValueError:
            return None

    def _denied(self, place: Place, tool: str) -> Verdict | None:
        rule = self._first(self.rules.deny, tool, place, fold=True)
        return ruled(Ruling.DENY, rule) if rule else None

    def _first(self, rules: Sequence[Rule], tool: str, place: Place, *, fold: bool = False) -> Rule | None:
        """`fold` = a restriction: it also counts for the path as written, in any case, below any root."""
        bases = tuple(dict.fromkeys((self.cwd, *self.roots))) if fold else (self.cwd,)
        paths = place.paths if fold else (place.real,)
        for rule in rules:
            if rule.covers(tool) and (rule.spec is None or any(rule.matches_path(p, bases, fold=fold) for p in paths)):
                return rule
        return None

    def _hides_something(self, place: Place) -> Rule | None:
        hiding = (rule for rule in self.rules.deny if rule.spec is not None and rule.covers("Read"))
        return next(hiding, None) if place.real.is_dir() else None


def _no_path() -> Verdict:
    return Verdict(Ruling.DENY, "a path has no NUL byte", "safety")
