"""Where skills are looked for, and which one wins when two have the same name."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from enforcer.skills.parse import Broken, Level, Skill, load

FOLDERS = (".enforcer/skills", ".agents/skills", ".claude/skills")  # in a project, the first beats the later ones
DEEPEST = 3  # skills/<group>/<group>/<name>
MOST_FOLDERS = 5_000  # of one root; a person who points at a whole disk should not wait
SKIPPED = frozenset({".git", "node_modules", "__pycache__", ".venv"})
FILE_NAMES = ("SKILL.md", "skill.md")
LONGEST_LISTED = 1_536
_LISTING_HEAD = "Skills: read the file before you work on a task that one of these fits."


@dataclass(frozen=True, slots=True)
class Root:
    folder: Path
    level: Level


@dataclass(frozen=True, slots=True)
class Shadowed:
    """A good skill that is not used because `by` has the same name."""

    skill: Skill
    by: Skill


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything found; `skills` sorted by name, each name once."""

    skills: tuple[Skill, ...] = ()
    broken: tuple[Broken, ...] = ()
    shadowed: tuple[Shadowed, ...] = ()

    def get(self, name: str) -> Skill | None:
        return next((skill for skill in self.skills if skill.name == name), None)


def roots(project: Path | None, home: Path, config: Path, shipped: Path | None) -> tuple[Root, ...]:
    """All places in order of precedence. `project` is None while its folder is not trusted; `config` is the user's."""
    found = [Root(project / name, Level.PROJECT) for name in FOLDERS] if project else []
    found += [Root(folder, Level.USER) for folder in (config / "skills", *(home / name for name in FOLDERS[1:]))]
    if shipped:
        found.append(Root(shipped, Level.SHIPPED))
    return tuple(found)


def find(places: Iterable[Root]) -> Catalogue:
    """Every skill of these places. A bad one is listed as broken and stops no other."""
    taken: dict[str, Skill] = {}
    broken: list[Broken] = []
    shadowed: list[Shadowed] = []
    seen: set[Path] = set()
    for place in places:
        for path in skill_files(place.folder):
            real = path.resolve()
            if real in seen:  # one folder linked into two places is one skill
                continue
            seen.add(real)
            skill = load(path, place.level)
            if isinstance(skill, Broken):
                broken.append(skill)
            elif skill.name in taken:
                shadowed.append(Shadowed(skill, taken[skill.name]))
            else:
                taken[skill.name] = skill
    return Catalogue(tuple(taken[name] for name in sorted(taken)), tuple(broken), tuple(shadowed))


def skill_files(folder: Path) -> Iterator[Path]:
    """Every SKILL.md below `folder`, in a stable order; the inside of a skill is not searched for more."""
    waiting: list[tuple[Path, int]] = [(folder, 0)]
    looked_at = 0
    while waiting and looked_at < MOST_FOLDERS:
        current, depth = waiting.pop(0)
        looked_at += 1
        file = _skill_file(current) if depth else None
        if file:
            yield file
        elif depth < DEEPEST:
            waiting.extend((below, depth + 1) for below in _folders(current))


def listing(skills: Sequence[Skill], budget_chars: int) -> str:
    """The catalogue for a system prompt: names first of all, descriptions as far as the budget goes, "" when empty.

    Byte-stable for the same skills. Skills that only a person may start are left out.
    """
    offered = [skill for skill in sorted(skills, key=lambda skill: skill.name) if skill.for_model]
    if not offered:
        return ""
    plain = [f"- {skill.name} ({skill.path})" for skill in offered]
    room = budget_chars - len(_LISTING_HEAD) - sum(len(line) + 1 for line in plain)
    longest = _fair_share([len(_about(skill)) + 2 for skill in offered], room)
    lines = [line + _clipped(_about(skill), longest) for line, skill in zip(plain, offered, strict=True)]
    return _within("\n".join([_LISTING_HEAD, *lines]), budget_chars)


def _about(skill: Skill) -> str:
    about = f"{skill.description} {skill.when_to_use}".strip()
    return about if len(about) <= LONGEST_LISTED else about[: LONGEST_LISTED - 1] + "…"


def _fair_share(lengths: list[int], room: int) -> int:
    """The length at which all descriptions are cut so that together they fill `room`: short ones stay whole."""
    share = 0
    for position, length in enumerate(sorted(lengths)):
        share = room // (len(lengths) - position)
        if length > share:
            return max(share, 0)
        room -= length
    return max(lengths)


def _clipped(about: str, longest: int) -> str:
    text = f": {about}"
    if len(text) <= longest:
        return text
    return text[: longest - 1] + "…" if longest > len(": …") else ""


def _within(text: str, budget_chars: int) -> str:
    """Whole lines only: half a path would send the model to a file that is not there."""
    if len(text) <= budget_chars:
        return text
    kept = text[: budget_chars + 1].rpartition("\n")[0]
    return kept if "\n" in kept else ""


def _skill_file(folder: Path) -> Path | None:
    return next((folder / name for name in FILE_NAMES if os.path.lexists(folder / name)), None)


def _folders(folder: Path) -> list[Path]:
    try:
        return sorted(entry for entry in folder.iterdir() if entry.name not in SKIPPED and entry.is_dir())
    except OSError:  # not there, no folder, or not ours to read: no skills
        return []
