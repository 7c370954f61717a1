"""The specification: what a plan must say so that another model can build from it alone, in fixed sections."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from enforcer.lanes.artifact import estimate, one_line, quoted, too_long, write

MOST_TOKENS = 6_000
PROSE = ("Goal", "Structure", "Interfaces", "Responsibilities")
LISTS = ("Build order", "Acceptance checks", "Open questions")
SECTIONS = (*PROSE, *LISTS)
NEEDED = tuple(name for name in SECTIONS if name != "Open questions")
MEANT = {  # headings that mean the same
    "architecture": "Structure",
    "file structure": "Structure",
    "interface contracts": "Interfaces",
    "contracts": "Interfaces",
    "module responsibilities": "Responsibilities",
    "modules": "Responsibilities",
    "implementation order": "Build order",
    "steps": "Build order",
    "acceptance criteria": "Acceptance checks",
    "checks": "Acceptance checks",
    "questions": "Open questions",
}
_HEADING = re.compile(r"^\s{0,3}#{1,4}\s+(?:\d+[.)]\s*)?(.+?)\s*[:#]*\s*$")
_ITEM = re.compile(r"^\s{0,3}(?:[-*+]|\d{1,3}[.)])\s+(?:\[[ xX]\]\s+)?")
_FENCE = re.compile(r"^\s{0,3}(?:```|~~~)")
_EMPTY = frozenset({"", "none", "none.", "nothing", "n/a", "-"})


@dataclass(frozen=True, slots=True)
class Specification:
    """`request` is the person's, word for word. What a section does not say is empty."""

    request: str
    goal: str = ""
    structure: str = ""
    interfaces: str = ""
    responsibilities: str = ""
    build_order: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()

    def render_markdown(self) -> str:
        prose = (self.goal, self.structure, self.interfaces, self.responsibilities)
        bodies = [body or "none" for body in prose]
        bodies += [
            "\n".join(f"{number}. {step}" for number, step in enumerate(self.build_order, 1)) or "none",
            "\n".join(f"- {check}" for check in self.checks) or "none",
            "\n".join(f"- {question}" for question in self.questions) or "none",
        ]
        head = f"# Specification\n\n{quoted(self.request)}\n"
        return head + "".join(f"\n## {name}\n\n{body}\n" for name, body in zip(SECTIONS, bodies, strict=True))

    def to_json(self) -> dict[str, Any]:
        return {
            "request": self.request,
            "goal": self.goal,
            "structure": self.structure,
            "interfaces": self.interfaces,
            "responsibilities": self.responsibilities,
            "build_order": list(self.build_order),
            "acceptance_checks": list(self.checks),
            "open_questions": list(self.questions),
        }

    def save(self, folder: Path, number: int) -> Path:
        """Write `<nn>.md` and `.json`, readable by their owner only; the path of the first."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = folder / f"{number:02d}.md"
        write(path, self.render_markdown())
        write(path.with_suffix(".json"), json.dumps(self.to_json(), ensure_ascii=False, indent=2) + "\n")
        return path


def parse(text: str, request: str) -> Specification:
    """Read a plan; headings of any level and order, code blocks as they are."""
    bodies = _sections(text)
    goal, structure, interfaces, responsibilities = (_prose(bodies.get(name, "")) for name in PROSE)
    order, checks, questions = (_items(bodies.get(name, "")) for name in LISTS)
    return Specification(request, goal, structure, interfaces, responsibilities, order, checks, questions)


def validate(specification: Specification, *, max_tokens: int = MOST_TOKENS) -> list[str]:
    """What is wrong with it, one clause each; empty when another model can build from it."""
    said = dict(zip(SECTIONS, _parts(specification), strict=True))
    missing = [f"section '{name}' is missing or empty" for name in NEEDED if not said[name]]
    return missing + too_long(estimate(specification.render_markdown()), max_tokens)


def as_context_block(specification: Specification) -> str:
    """What the model reads that builds it."""
    body = re.sub(r"<(?=/?specification)", "‹", specification.render_markdown(), flags=re.IGNORECASE)
    return (
        "<specification>\n"
        "The person approved this plan. You begin with it alone: nothing of the conversation in which it was made is "
        "here. Build it in the order it says, run each acceptance check, and say which of them pass.\n\n"
        f"{body}</specification>"
    )


def _parts(specification: Specification) -> Sequence[str | tuple[str, ...]]:
    each = specification
    return (
        each.goal,
        each.structure,
        each.interfaces,
        each.responsibilities,
        each.build_order,
        each.checks,
        each.questions,
    )


def _sections(text: str) -> dict[str, str]:
    """Bodies by our names; a heading of another name belongs to the section it stands in."""
    found: dict[str, list[str]] = {}
    current, fenced = list[str](), False
    for line in text.replace("\r\n", "\n").split("\n"):
        fenced = fenced != bool(_FENCE.match(line))
        heading = None if fenced else _HEADING.match(line)
        name = _named(heading[1]) if heading else ""
        if name:
            current = found.setdefault(name, [])
        else:
            current.append(line)
    return {name: "\n".join(lines).strip("\n") for name, lines in found.items()}


def _named(heading: str) -> str:
    plain = heading.strip("*_` ").lower()
    return next((name for name in SECTIONS if name.lower() == plain), MEANT.get(plain, ""))


def _prose(body: str) -> str:
    return "" if body.strip().lower() in _EMPTY else body.strip("\n")


def _items(body: str) -> tuple[str, ...]:
    """A list, what is indented below an item belonging to it; without any list sign, its paragraphs."""
    items: list[str] = []
    listed = any(_ITEM.match(line) for line in body.split("\n"))
    for line in body.split("\n") if listed else re.split(r"\n\s*\n", body):
        if _ITEM.match(line) or not items or not listed:
            items.append(_ITEM.sub("", line))
        else:
            items[-1] = f"{items[-1]} {line.strip()}"
    return tuple(one for item in items if (one := one_line(item)).lower() not in _EMPTY)
