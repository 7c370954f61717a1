"""Which calls a checkpoint speaks of. A script named in a rule is meant however it is started."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from enforcer.core.messages import ToolCall

MatchesRule = Callable[[str, ToolCall], bool]  # a permission rule, a call: whether any part of it is meant
_SHELLS = ("bash", "sh", "zsh", "dash", "ksh", "source", ".")
_THROUGH = {
    "": _SHELLS,
    "sh": _SHELLS,
    "py": ("python", "python3", "uv run"),
    "js": ("node", "bun", "deno run"),
    "rb": ("ruby",),
}
_SCRIPT = re.compile(r"Bash\((?P<name>[\w.-]+?(?:\.(?P<suffix>sh|py|js|rb))?)(?P<rest> .*)?\)")


def is_meant(rules: Sequence[str], call: ToolCall, matches_rule: MatchesRule) -> bool:
    return any(matches_rule(spelling, call) for rule in rules for spelling in spellings(rule))


def spellings(rule: str) -> Iterator[str]:
    """`Bash(deploy.sh *)` is also `bash deploy.sh`, from any folder. A copy of a script is another script."""
    yield rule
    found = _SCRIPT.fullmatch(rule)
    if found and found["suffix"]:
        for program in _THROUGH[found["suffix"]]:
            for where in ("", "*/"):
                yield f"Bash({program} {where}{found['name']}{found['rest'] or ''})"
