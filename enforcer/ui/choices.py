"""The keys of one question and what they mean: a letter and a digit for each answer."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rich.text import Text

from enforcer.ui.sanitize import clean, line


@dataclass(frozen=True, slots=True)
class Choices:
    """`labels`: the canonical key of each answer and its words; `aliases`: other keys for the same."""

    labels: Mapping[str, str]
    aliases: Mapping[str, str] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)
    several: bool = False
    other: bool = False

    @classmethod
    def for_permission(cls, suggestions: Sequence[str], *, more: bool = False) -> Choices:
        """Yes and no; what can be remembered, where something can; and to see all, where there is `more`."""
        rules = ", ".join(line(rule) for rule in suggestions)
        labels = {"y": "yes, once"}
        if suggestions:
            labels |= {"a": f"yes, for this session: {rules}", "p": f"yes, always: {rules}"}
        labels["n"] = "no (default)"
        aliases = {str(number): key for number, key in enumerate(labels, 1)}
        return cls(labels | ({"v": "view all"} if more else {}), aliases)

    @classmethod
    def for_options(cls, options: Sequence[Any], *, several: bool) -> Choices:
        """Options are texts, or mappings with `label` and `description`."""
        labels, notes = {}, {}
        for number, option in enumerate(options[:9], 1):
            given = option if isinstance(option, Mapping) else {"label": option}
            labels[str(number)] = str(given.get("label", ""))
            notes[str(number)] = str(given.get("description") or "")
        return cls(labels, notes=notes, several=several, other=True)

    @property
    def keys(self) -> frozenset[str]:
        return frozenset({*self.labels, *self.aliases, *(("o",) if self.other else ())})

    def meaning(self, key: str) -> str:
        return self.aliases.get(key, key)

    def answer(self, chosen: Collection[str]) -> str:
        return ", ".join(label for key, label in self.labels.items() if key in chosen)

    def text(self, chosen: Collection[str] = ()) -> Text:
        """One row per answer, the key in front."""
        text = Text()
        for key, label in self.labels.items():
            mark = ("[x] " if key in chosen else "[ ] ") if self.several else ""
            text.append("\n" if text else "").append(f"  [{key}] ", "bold").append(f"{mark}{clean(label)}")
            if self.notes.get(key):
                text.append(f"  {line(self.notes[key])}", "dim")
        if self.other:
            text.append("\n  [o] ", "bold").append("something else, in your words")
        if self.several:
            text.append("\n  [Enter] ", "bold").append("done")
        return text
