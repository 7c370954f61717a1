"""What may not be delegated, decided in code before anything is spawned (the numbers are part of the answer)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_ASKS_THE_PERSON = re.compile(
    r"\b(ask (the )?(user|person)|AskUserQuestion|ExitPlanMode|let (the )?(user|person) (decide|choose)"
    r"|(user|person)'s (decision|choice))\b",
    re.IGNORECASE,
)
_DANGLING = re.compile(
    r"\b(as (discussed|mentioned|agreed)|(the|this) (text|draft|code|plan|list|version|conversation) above|see above"
    r"|above[- ]mentioned|the above|our (conversation|discussion)|what (we|I) (said|wrote|discussed)"
    r"|the (draft|plan|outline) (I|we|you) (made|wrote))\b",
    re.IGNORECASE,
)
_NAMED_DRAFT = re.compile(r"\bthe (draft|outline|excerpt|snippet)\b", re.IGNORECASE)
_VOICE = re.compile(r"\b(in|with|keep(ing)?) (my|our|this|the same|your) (voice|persona|tone)\b", re.IGNORECASE)
_PATH = re.compile(r"[\w./~-]*[/.][\w./-]+")


@dataclass(frozen=True, slots=True)
class NotDelegable:
    rule: int
    reason: str


def not_delegable(prompt: str, inputs: Mapping[str, str], *, depth: int, cwd: Path) -> NotDelegable | None:
    """The first predicate that holds, or None when the step may go to a sub-agent.

    Predicates 3 (write race) and 4 (a blocking checkpoint of the parent) cannot hold while delegations run one
    after another and checkpoints are evaluated by the harness.
    """
    if depth > 0:
        return NotDelegable(5, "a sub-agent may not delegate; do the step yourself")
    if _ASKS_THE_PERSON.search(prompt):
        return NotDelegable(1, "the step needs the person; ask them yourself, then delegate the rest")
    backed = bool(inputs) or _names_a_file(prompt, cwd)
    dangling = _DANGLING.search(prompt) or _NAMED_DRAFT.search(prompt)
    if dangling and not backed:
        return NotDelegable(
            2, f"'{dangling[0]}' points at something the sub-agent cannot see; pass it in `inputs` or name a file"
        )
    if _VOICE.search(prompt) and not backed:
        return NotDelegable(6, "the voice is only known in this conversation; describe it or pass a sample in `inputs`")
    return None


def _names_a_file(prompt: str, cwd: Path) -> bool:
    return any((cwd / Path(word).expanduser()).is_file() for word in _PATH.findall(prompt))
